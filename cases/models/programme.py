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


def _number(label, default, source, low=0, high=1000):
    return models.PositiveSmallIntegerField(
        label, default=default, help_text=source, validators=[MinValueValidator(low), MaxValueValidator(high)]
    )


class ProgrammeSettingsQuerySet(models.QuerySet):
    def on(self, day):
        """The version in force on `day`; when none began yet, unsaved defaults."""
        return self.filter(valid_from__lte=day).order_by("-valid_from").first() or ProgrammeSettings(valid_from=day)


class ProgrammeSettings(models.Model):
    """Programma-instellingen: every number of the requirements, in force from a date."""

    valid_from = models.DateField(_("geldig vanaf"), unique=True, default=timezone.localdate)
    goal_months = _number(_("maanden tot de doeldatum"), 24, _("R44: binnen twee jaar."), 1, 120)
    goal_anchor = models.CharField(
        _("doeldatum telt vanaf"), max_length=20, choices=GoalAnchor, default=GoalAnchor.PROGRAMMA_START,
        help_text=_("R44, Amb-6."),
    )  # fmt: skip
    goal_reminder_months = models.JSONField(
        _("herinneren, maanden vóór de doeldatum"),
        default=default_goal_reminders,
        help_text=_("R44, bijvoorbeeld [6, 3, 1]."),
    )
    startgroep_weeks = _number(_("weken Startgroep"), 6, _("R37."), 1, 52)
    startgroep_pattern = models.CharField(
        _("ritme van de Startgroep"), max_length=20, choices=StartgroepPattern, default=StartgroepPattern.TWO_PER_WEEK,
        help_text=_("R37, Amb-5."),
    )  # fmt: skip
    assessment_weeks = _number(_("weken tot de beeldvorming"), 3, _("R39: na ongeveer drie weken."), 1, 52)
    theme_interval_weeks = _number(_("weken tussen themabijeenkomsten"), 6, _("R22."), 1, 52)
    theme_invite_days_before = _number(_("dagen vooraf uitnodigen"), 14, _("R24, Amb-1."))
    first_check_in_months = _number(_("maanden tot het eerste gesprek"), 3, _("R29."), 1, 24)
    second_check_in_months = _number(_("maanden tot het tweede gesprek"), 6, _("R30."), 1, 24)
    check_in_window_days = _number(_("dagen speling rond een gesprek"), 14, _("R29, Amb-2."))
    absence_threshold = _number(_("verzuim: signaal bij meer dan"), 3, _("R57: meer dan drie keer."), 1, 50)
    absence_window = models.CharField(
        _("verzuim telt"), max_length=20, choices=AbsenceWindow, default=AbsenceWindow.ENROLMENT,
        help_text=_("R57, Amb-11a."),
    )  # fmt: skip
    absence_window_days = _number(_("dagen terug bij een schuivend venster"), 90, _("R57, Amb-11a."), 1, 1000)
    absence_count_excused = models.BooleanField(
        _("geoorloofd verzuim telt mee"), default=True, help_text=_("R57, Amb-11b: contact is zorg, geen straf.")
    )
    report_grace_days = _number(_("dagen na het kwartaal voor de rapportage"), 14, _("R56, Amb-10."))
    lessons_per_week_min = _number(_("lessen per week, minimaal"), 3, _("R50."), 0, 20)
    enrol_alert_days = _number(_("dagen na de Startgroep zonder startdatum"), 28, _("R42."))
    plan_days = _number(_("dagen tot het Plan van Aanpak"), 28, _("R17; model §5.8."))
    diploma_start_days = _number(_("dagen tot de start van de diplomawaardering"), 30, _("R60."))
    progress_talk_months = _number(_("maanden tussen voortgangsgesprekken"), 3, _("R62."), 1, 24)
    mentor_max_active = _number(_("koppelingen per mentor, standaard"), 2, _("Amb-17."), 1, 20)
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
