"""Addresses that take no mail, and the order in which messages are sent."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="RefusedAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.EmailField(max_length=254, unique=True, verbose_name="adres")),
                ("answer", models.CharField(max_length=300, verbose_name="wat de mailserver zei")),
                ("refused_at", models.DateTimeField(verbose_name="geweigerd op")),
                ("case_number", models.CharField(blank=True, max_length=30, verbose_name="dossiernummer")),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "geweigerd adres",
                "verbose_name_plural": "geweigerde adressen",
                "ordering": ["-refused_at", "-pk"],
            },
        ),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(
                condition=models.Q(("status__in", ("queued", "sending"))),
                fields=["-is_secret", "next_attempt_at", "id"],
                name="notification_turn",
            ),
        ),
    ]
