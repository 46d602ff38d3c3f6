import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.models import Count, Exists, OuterRef, Subquery


def name_the_organisation(apps, schema_editor):
    """Write with each person around a dossier for whom this person works there, when there is one answer."""
    Assignment = apps.get_model("cases", "Assignment")
    RoleAssignment = apps.get_model("accounts", "RoleAssignment")
    works = RoleAssignment.objects.filter(user=OuterRef("user"), role=OuterRef("role"), organisation__isnull=False)
    one = works.order_by().values("user").annotate(n=Count("organisation", distinct=True)).filter(n=1)
    Assignment.objects.filter(Exists(one), user__isnull=False, organisation=None).update(
        organisation=Subquery(works.order_by("pk").values("organisation")[:1])
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("cases", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="assignment",
            name="deputy_for",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="vervangt",
            ),
        ),
        migrations.CreateModel(
            name="BreakGlass",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.TextField(max_length=500, verbose_name="reden")),
                ("opened_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="geopend op")),
                ("ends_on", models.DateField(help_text="Eerste dag zonder toegang.", verbose_name="tot")),
                ("reviewed_at", models.DateTimeField(blank=True, null=True, verbose_name="beoordeeld op")),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[("terecht", "Terecht"), ("niet_terecht", "Niet terecht")],
                        max_length=20,
                        verbose_name="oordeel",
                    ),
                ),
                ("review_note", models.CharField(blank=True, max_length=300, verbose_name="toelichting")),
                ("key", models.UUIDField(editable=False, null=True, unique=True)),
                (
                    "assignment",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="break_glass",
                        to="cases.assignment",
                        verbose_name="betrokkenheid",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="door",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="break_glasses",
                        to="cases.case",
                        verbose_name="dossier",
                    ),
                ),
                (
                    "holder",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="klantmanager van het dossier",
                    ),
                ),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="beoordeeld door",
                    ),
                ),
            ],
            options={
                "verbose_name": "noodtoegang",
                "verbose_name_plural": "noodtoegangen",
                "ordering": ["-opened_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Deputyship",
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
                ("starts_on", models.DateField(verbose_name="vanaf")),
                ("ends_on", models.DateField(help_text="Eerste dag zonder deze vervanger.", verbose_name="tot")),
                ("covers_all", models.BooleanField(default=True, verbose_name="alle dossiers")),
                ("named_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="vastgelegd op")),
                ("begun_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("closed_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("key", models.UUIDField(editable=False, null=True, unique=True)),
                (
                    "deputy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="vervanger",
                    ),
                ),
                (
                    "holder",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="wie wordt vervangen",
                    ),
                ),
                (
                    "named_by",
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
                "verbose_name": "vervanging",
                "verbose_name_plural": "vervangingen",
                "ordering": ["-starts_on", "-pk"],
            },
        ),
        migrations.AddField(
            model_name="assignment",
            name="deputyship",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="assignments",
                to="cases.deputyship",
                verbose_name="vervanging",
            ),
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.CheckConstraint(
                condition=models.Q(("deputyship", None), ("deputy_for__isnull", False), _connector="OR"),
                name="assignment_deputyship_names_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.CheckConstraint(
                condition=models.Q(("deputy_for", None), ("ends_on__isnull", False), _connector="OR"),
                name="assignment_deputy_has_an_end",
            ),
        ),
        migrations.AddIndex(
            model_name="breakglass",
            index=models.Index(fields=["by", "opened_at"], name="break_glass_of_user"),
        ),
        migrations.AddConstraint(
            model_name="breakglass",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reviewed_at", None), ("reviewed_by", None), ("verdict", "")),
                    models.Q(
                        ("reviewed_at__isnull", False),
                        ("reviewed_by__isnull", False),
                        models.Q(("verdict", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="break_glass_reviewed_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="deputyship",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_on__gte", models.F("starts_on"))), name="deputyship_ends_after_start"
            ),
        ),
        migrations.AddConstraint(
            model_name="deputyship",
            constraint=models.CheckConstraint(
                condition=models.Q(("holder", models.F("deputy")), _negated=True), name="deputyship_of_two_people"
            ),
        ),
        migrations.AlterField(
            model_name="journalentry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("opened", "Dossier geopend"),
                    ("changed", "Gegevens gewijzigd"),
                    ("assigned", "Betrokkene toegevoegd"),
                    ("released", "Betrokkenheid gestopt"),
                    ("break_glass", "Noodtoegang"),
                    ("phase", "Fase gewijzigd"),
                    ("task", "Taak bijgewerkt"),
                    ("plan", "Plan van Aanpak"),
                    ("startgroep", "Startgroep"),
                    ("attendance", "Aanwezigheid"),
                    ("enrolment", "Inschrijving"),
                    ("absence", "Verzuim"),
                    ("alert", "Signaal"),
                    ("follow_up", "Opvolging"),
                    ("mentoring", "Mentor"),
                    ("contact", "Contactmoment"),
                    ("check_in", "Gesprek"),
                    ("disclosure", "Gegevens verstrekt"),
                    ("import", "Ingelezen"),
                    ("closed", "Dossier gesloten"),
                ],
                max_length=20,
                verbose_name="soort",
            ),
        ),
        migrations.RunPython(name_the_organisation, migrations.RunPython.noop),
    ]
