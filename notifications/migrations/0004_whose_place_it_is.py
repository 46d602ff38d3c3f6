"""A place in a meeting about no dossier knows of whose dossier it is."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("notifications", "0003_preferences_answers_and_feeds")]

    operations = [
        migrations.AddField(
            model_name="meetingparticipant",
            name="case_number",
            field=models.CharField(blank=True, db_index=True, max_length=30, verbose_name="dossiernummer"),
        ),
        migrations.RemoveConstraint(model_name="meetingparticipant", name="participant_once_per_address"),
        migrations.AddConstraint(
            model_name="meetingparticipant",
            constraint=models.UniqueConstraint(
                condition=Q(("user", None), ~Q(address="")),
                fields=("meeting", "role", "address", "case_number"),
                name="participant_once_per_address",
            ),
        ),
    ]
