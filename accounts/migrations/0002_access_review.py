import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="AccessReview",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="begonnen op")),
                ("signed_off_at", models.DateTimeField(blank=True, null=True, verbose_name="afgerond op")),
                ("is_running", models.BooleanField(default=True, editable=False, verbose_name="loopt")),
                ("stays", models.PositiveIntegerField(default=0, verbose_name="blijft")),
                ("ended", models.PositiveIntegerField(default=0, verbose_name="beëindigd")),
                (
                    "signed_off_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "started_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "beoordeling van toegangsrechten",
                "verbose_name_plural": "beoordelingen van toegangsrechten",
                "ordering": ["-started_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_running", True)),
                        fields=("is_running",),
                        name="access_review_one_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("is_running", True), ("signed_off_at", None), ("signed_off_by", None)),
                            models.Q(
                                ("is_running", False),
                                ("signed_off_at__isnull", False),
                                ("signed_off_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="access_review_signed_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AccessReviewRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "decision",
                    models.CharField(
                        choices=[("blijft", "Blijft"), ("beeindigen", "Beëindigen")],
                        max_length=20,
                        verbose_name="oordeel",
                    ),
                ),
                ("decided_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="beoordeeld op")),
                (
                    "decided_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "review",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="accounts.accessreview"
                    ),
                ),
                (
                    "role_assignment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="review_rows",
                        to="accounts.roleassignment",
                        verbose_name="rol",
                    ),
                ),
            ],
            options={
                "verbose_name": "oordeel over een rol",
                "verbose_name_plural": "oordelen over rollen",
                "ordering": ["review", "role_assignment"],
                "constraints": [
                    models.UniqueConstraint(fields=("review", "role_assignment"), name="access_review_row_once")
                ],
            },
        ),
    ]
