"""The numbers and periods of the programme, versioned: a rule of the source pages is a setting, never a constant."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class GoalAnchor(models.TextChoices):
    PROGRAMMA_START = "programma_start", _("Start van het programma")
    STARTGROEP_START = "startgroep_start", _("Start van de Startgroep")
    CURSUS_START = "cursus_start", _("Start van de cursus")
    PLICHT_START = "plicht_start", _("Start van de inburgeringsplicht")


class StartgroepPattern(models.TextChoices):
    TWO_PER_WEEK = "2_per_week", _("Twee keer per week (12 bijeenkomsten in 6 weken)")
    ONE_PER_TWO_WEEKS = "1_per_2_weeks", _("Eens per twee weken (3 bijeenkomsten in 6 weken)")


class AbsenceWindow(models.TextChoices):
    ENROLMENT = "enrolment", _("Sinds het vorige afgehandelde signaal")
    QUARTER = "quarter", _("Per kwartaal")
    ROLLING_DAYS = "rolling_days", _("Over een aantal dagen terug")


def default_goal_reminders():
    """Months before the goal date at which a reminder is due (R44)."""
    return [6, 3, 1]


def _number(label, default, why, low=0, high=1000):
    return models.PositiveSmallIntegerField(
        label, default=default, help_text=why, validators=[MinValueValidator(low), MaxValueValidator(high)]
    )


class ProgrammeSettingsQuerySet(models.QuerySet):
    def on(self, day):
        """The version in force on `day`; when none began yet, unsaved defaults."""
        return self.filter(valid_from__lte=day).order_by("-valid_from").first() or ProgrammeSettings(valid_from=day)


class ProgrammeSettings(models.Model):
    """Programma-instellingen: every number of the requirements, in force from a date.

    Sources: goal R44 (Amb-6); Startgroep R37 (Amb-5), R39; theme meetings R22, R24 (Amb-1); talks R29, R30 (Amb-2);
    absence R57 (Amb-11); reports R56 (Amb-10); lessons R50; start date R42; plan R17; diploma R60; progress talk R62;
    matches of a mentor Amb-17. The help text of a field says the same to who reads the settings.
    """

    valid_from = models.DateField(_("geldig vanaf"), unique=True, default=timezone.localdate)
    goal_months = _number(
        _("maanden tot de doeldatum"), 24, _("Het diploma of Staatsexamen moet er binnen twee jaar zijn."), 1, 120
    )
    goal_anchor = models.CharField(
        _("doeldatum telt vanaf"), max_length=20, choices=GoalAnchor, default=GoalAnchor.PROGRAMMA_START,
        help_text=_("Het programma zegt niet vanaf welke dag de twee jaar tellen: dat kiest de gemeente."),
    )  # fmt: skip
    goal_reminder_months = models.JSONField(
        _("herinneren, maanden vóór de doeldatum"),
        default=default_goal_reminders,
        help_text=_("De klantmanager hoort op tijd dat de doeldatum nadert. Bijvoorbeeld [6, 3, 1]."),
    )
    startgroep_weeks = _number(_("weken Startgroep"), 6, _("De Startgroep duurt zes weken."), 1, 52)
    startgroep_pattern = models.CharField(
        _("ritme van de Startgroep"), max_length=20, choices=StartgroepPattern, default=StartgroepPattern.TWO_PER_WEEK,
        help_text=_("“Tweewekelijks” kan beide betekenen: de gemeente kiest."),
    )  # fmt: skip
    assessment_weeks = _number(
        _("weken tot de beeldvorming"),
        3,
        _("Na ongeveer drie weken in de Startgroep is er een beeld van de deelnemer."),
        1,
        52,
    )
    theme_interval_weeks = _number(
        _("weken tussen themabijeenkomsten"), 6, _("Mentoren komen elke zes weken bij elkaar."), 1, 52
    )
    theme_invite_days_before = _number(
        _("dagen vooraf uitnodigen"),
        14,
        _("Mentoren krijgen voor elke bijeenkomst een uitnodiging. Hoe lang vooraf kiest de gemeente."),
    )
    first_check_in_months = _number(
        _("maanden tot het eerste gesprek"),
        3,
        _("Na drie maanden spreken mentor, statushouder en klantmanager elkaar."),
        1,
        24,
    )
    second_check_in_months = _number(
        _("maanden tot het tweede gesprek"), 6, _("Na zes maanden is het gesprek met de coördinator."), 1, 24
    )
    check_in_window_days = _number(
        _("dagen speling rond een gesprek"), 14, _("Zoveel dagen ervoor of erna telt een gesprek nog als op tijd.")
    )
    absence_threshold = _number(
        _("verzuim: signaal bij meer dan"),
        3,
        _("Bij verzuim van meer dan drie keer neemt de klantmanager contact op."),
        1,
        50,
    )
    absence_window = models.CharField(
        _("verzuim telt"), max_length=20, choices=AbsenceWindow, default=AbsenceWindow.ENROLMENT,
        help_text=_("Het programma noemt geen periode: de gemeente kiest waarover wordt geteld."),
    )  # fmt: skip
    absence_window_days = _number(
        _("dagen terug bij een schuivend venster"), 90, _("Alleen bij tellen over een aantal dagen terug."), 1, 1000
    )
    absence_count_excused = models.BooleanField(
        _("geoorloofd verzuim telt mee"),
        default=True,
        help_text=_("Contact is zorg, geen straf: ook wie zich vaak afmeldt krijgt een gesprek."),
    )
    report_grace_days = _number(
        _("dagen na het kwartaal voor de rapportage"),
        14,
        _("De instituten rapporteren elk kwartaal. Zoveel dagen krijgen zij daarvoor."),
    )
    lessons_per_week_min = _number(
        _("lessen per week, minimaal"), 3, _("De lessen zijn ten minste drie keer per week."), 0, 20
    )
    enrol_alert_days = _number(
        _("dagen na de Startgroep zonder startdatum"),
        28,
        _("De cursus begint zo snel mogelijk na de Startgroep. Na zoveel dagen krijgt de klantmanager een signaal."),
    )
    plan_days = _number(
        _("dagen tot het Plan van Aanpak"),
        28,
        _("De klantmanager stelt het plan op. Zo lang na het openen van het dossier mag dat duren."),
    )
    diploma_start_days = _number(
        _("dagen tot de start van de diplomawaardering"),
        30,
        _("Een diploma van elders wordt vroeg gewaardeerd. Voor die dag moet dat begonnen zijn."),
    )
    progress_talk_months = _number(
        _("maanden tussen voortgangsgesprekken"),
        3,
        _("Elke drie maanden spreken klantmanager en statushouder over de voortgang."),
        1,
        24,
    )
    mentor_max_active = _number(
        _("koppelingen per mentor, standaard"),
        2,
        _("Een mentor heeft tijd voor weinig mensen. In het eigen profiel kan het anders staan."),
        1,
        20,
    )
    contact_rhythm_days = _number(
        _("dagen zonder contactmoment tot een stil-melding"), 14, _("Mentor en statushouder spreken wekelijks af; dit is twee weken."), 1, 365
    )  # fmt: skip
    created_at = models.DateTimeField(_("gemaakt op"), default=timezone.now, editable=False)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )

    objects = ProgrammeSettingsQuerySet.as_manager()

    class Meta:
        ordering = ["-valid_from"]
        verbose_name = _("programma-instellingen")
        verbose_name_plural = _("programma-instellingen")

    def __str__(self):
        return f"{self.valid_from:%d-%m-%Y}"
