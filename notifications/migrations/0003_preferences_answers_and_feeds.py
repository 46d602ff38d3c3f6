"""Preferences per sort of message, quiet hours, digests, answers to invitations and calendar feeds."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("notifications", "0002_refused_addresses_and_turns"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="meeting",
            name="changed_at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="gewijzigd op"),
        ),
        migrations.AddField(
            model_name="meeting",
            name="organiser",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="meeting",
            name="organiser_role",
            field=models.CharField(blank=True, max_length=30),
        ),
        migrations.AddField(
            model_name="meetingparticipant",
            name="answer",
            field=models.CharField(
                blank=True,
                choices=[("ja", "Komt"), ("nee", "Komt niet"), ("misschien", "Weet het nog niet")],
                max_length=20,
                verbose_name="antwoord",
            ),
        ),
        migrations.AddField(
            model_name="meetingparticipant",
            name="answered_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="geantwoord op"),
        ),
        migrations.AddField(
            model_name="meetingparticipant",
            name="asked",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="notification",
            name="digest",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="gathered",
                to="notifications.notification",
                verbose_name="verzamelbericht",
            ),
        ),
        migrations.AddField(
            model_name="notification",
            name="language",
            field=models.CharField(blank=True, max_length=10, verbose_name="taal"),
        ),
        migrations.AlterField(
            model_name="notification",
            name="status",
            field=models.CharField(
                choices=[
                    ("queued", "In de wachtrij"),
                    ("sending", "Wordt verzonden"),
                    ("sent", "Verzonden"),
                    ("failed", "Niet aangekomen"),
                    ("cancelled", "Ingetrokken"),
                    ("portal_only", "Alleen in het portaal"),
                    ("held", "Wacht op het verzamelbericht"),
                    ("in_digest", "In het verzamelbericht"),
                    ("blocked", "Niet verstuurd"),
                ],
                default="queued",
                max_length=20,
                verbose_name="stand",
            ),
        ),
        migrations.CreateModel(
            name="CalendarFeed",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="gemaakt op")),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="gewijzigd op")),
                (
                    "role_assignment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.roleassignment"
                    ),
                ),
            ],
            options={
                "verbose_name": "agendalink",
                "verbose_name_plural": "agendalinks",
                "ordering": ["role_assignment"],
            },
        ),
        migrations.CreateModel(
            name="MailSettings",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("quiet_from", models.TimeField(blank=True, null=True, verbose_name="rustig vanaf")),
                ("quiet_until", models.TimeField(blank=True, null=True, verbose_name="rustig tot")),
                ("quiet_days", models.CharField(blank=True, max_length=7, verbose_name="op welke dagen")),
                ("link_key", models.CharField(blank=True, max_length=32)),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "rustige uren",
                "verbose_name_plural": "rustige uren",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("quiet_from", None), ("quiet_until", None)),
                            models.Q(("quiet_from__isnull", False), ("quiet_until__isnull", False)),
                            _connector="OR",
                        ),
                        name="mail_settings_quiet_hours_whole",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Preference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("klantmanager", "Klantmanager"),
                            ("maatschappelijk_begeleider", "Maatschappelijk begeleider"),
                            ("mentor", "Mentor"),
                            ("vrijwilligerscoordinator", "Vrijwilligerscoördinator"),
                            ("docent", "Docent Startgroep"),
                            ("instituut", "Inburgeringsinstituut"),
                            ("statushouder", "Statushouder"),
                            ("functioneel_beheerder", "Functioneel beheerder"),
                            ("privacy_officer", "Privacy officer"),
                        ],
                        max_length=30,
                        verbose_name="rol",
                    ),
                ),
                ("kind", models.CharField(max_length=50, verbose_name="soort")),
                (
                    "way",
                    models.CharField(
                        choices=[
                            ("at_once", "Meteen per mail"),
                            ("daily", "Eén keer per dag, samen in één mail"),
                            ("weekly", "Eén keer per week, samen in één mail"),
                            ("portal", "Alleen in het portaal"),
                        ],
                        max_length=20,
                        verbose_name="hoe",
                    ),
                ),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="gewijzigd op")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "keuze bij meldingen",
                "verbose_name_plural": "keuzes bij meldingen",
                "ordering": ["user", "role", "kind"],
                "constraints": [models.UniqueConstraint(fields=("user", "role", "kind"), name="preference_once")],
            },
        ),
    ]
