"""A job's file says which dossiers stand in it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jas_portal", "0002_shared_cache")]

    operations = [
        migrations.AddField("job", "covers", models.JSONField(blank=True, default=list, editable=False)),
        migrations.AddField("jobpart", "covers", models.JSONField(blank=True, default=list, editable=False)),
    ]
