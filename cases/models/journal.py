"""What happened around a dossier (journal) and what asks for somebody's attention (alerts)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from accounts.searching import every_word
from accounts.zones import WITHOUT_KLANTMANAGER, Reach, Zone, readable_zones
from cases.models.case import Case, held, visible, waiting


class JournalKind(models.TextChoices):
    """Events of the case timeline (requirements §1.7), as far as they exist."""

    OPENED = "opened", _("Dossier geopend")
    CHANGED = "changed", _("Gegevens gewijzigd")
    ASSIGNED = "assigned", _("Betrokkene toegevoegd")
    RELEASED = "released", _("Betrokkenheid gestopt")
    BREAK_GLASS = "break_glass", _("Noodtoegang")
    PHASE = "phase", _("Fase gewijzigd")
    TASK = "task", _("Taak bijgewerkt")
    PLAN = "plan", _("Plan van Aanpak")
    STARTGROEP = "startgroep", _("Startgroep")
    ATTENDANCE = "attendance", _("Aanwezigheid")
    ENROLMENT = "enrolment", _("Inschrijving")
    ABSENCE = "absence", _("Verzuim")
    ALERT = "alert", _("Signaal")
    FOLLOW_UP = "follow_up", _("Opvolging")
    MENTORING = "mentoring", _("Mentor")
    CONTACT = "contact", _("Contactmoment")
    CHECK_IN = "check_in", _("Gesprek")
    DISCLOSURE = "disclosure", _("Gegevens verstrekt")
    RIGHTS = "rights", _("Verzoek over gegevens")
    NOTICE = "notice", _("Uitleg over privacy")
    IMPORT = "import", _("Ingelezen")
    CLOSED = "closed", _("Dossier gesloten")


#: Kinds whose line says what: a task, an alert, which data changed. Who reads a zone in summary does not see them.
DETAILED_KINDS = (JournalKind.TASK, JournalKind.ALERT, JournalKind.FOLLOW_UP, JournalKind.CHANGED)


class JournalQuerySet(models.QuerySet):
    def visible_to(self, user, today=None):
        """Lines of visible dossiers in zones that this role reads at least in part: that, when and who.

        A line meant for one role is for that role; the statushouder reads what was followed up, after the contact.
        """
        if user.acting_as is None:
            return self.none()
        role = user.acting_as.role
        zones = Q(zone__in=readable_zones(role)) | (
            Q(zone__in=readable_zones(role, at_least=Reach.SUMMARY)) & ~Q(kind__in=DETAILED_KINDS)
        )
        if role == Role.KLANTMANAGER:
            rows = (held(user, "case", today) & zones) | (waiting("case") & Q(zone__in=WITHOUT_KLANTMANAGER))
        else:
            rows = visible(user, "case", today) & zones
        meant = Q(for_role__in=("", role))
        if role == Role.STATUSHOUDER:
            meant |= Q(kind=JournalKind.FOLLOW_UP)
        return self.filter(rows, meant)


class JournalEntry(models.Model):
    """Journaalregel: that something happened, when and by whom; never the content, which stays behind its own page."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="journal", verbose_name=_("dossier"))
    kind = models.CharField(_("soort"), max_length=20, choices=JournalKind)
    zone = models.CharField(_("zone"), max_length=20, choices=[(z.value, z.value) for z in Zone])
    text = models.CharField(_("wat"), max_length=300)
    at = models.DateTimeField(_("wanneer"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("door")
    )
    role = models.CharField(_("in de rol"), max_length=30, choices=Role, blank=True)
    for_role = models.CharField(_("alleen voor"), max_length=30, choices=Role, blank=True)

    objects = JournalQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("journaalregel")
        verbose_name_plural = _("journaalregels")
        indexes = [models.Index(fields=["case", "-at"], name="journal_of_case")]

    def __str__(self):
        return self.text


class AlertStatus(models.TextChoices):
    NIEUW = "nieuw", _("Nieuw")
    GEZIEN = "gezien", _("Gezien")
    CONTACT_GEHAD = "contact_gehad", _("Contact gehad")
    AFGEHANDELD = "afgehandeld", _("Afgehandeld")
    VERVALLEN = "vervallen", _("Vervallen")


#: States in which the alert waits for somebody.
OPEN_ALERTS = (AlertStatus.NIEUW, AlertStatus.GEZIEN, AlertStatus.CONTACT_GEHAD)


class AlertQuerySet(models.QuerySet):
    def visible_to(self, user, today=None):
        """Alerts for the role worked in now, of visible dossiers. Nobody else sees them.

        Of a dossier that waits for a klantmanager every klantmanager sees those that are open, not what once was.
        """
        if user.acting_as is None:
            return self.none()
        rows = visible(user, "case", today)
        if user.role == Role.KLANTMANAGER:
            rows = held(user, "case", today) | (waiting("case") & Q(status__in=OPEN_ALERTS))
        return self.filter(rows, for_role=user.acting_as.role)

    def open(self):
        return self.filter(status__in=OPEN_ALERTS)

    def search(self, text):
        """By the person's name, the dossier's number, or the words of the alert."""
        return self.filter(every_word(text, "case__statushouder__full_name", "case__number", "title"))


class Alert(models.Model):
    """Signaal: something about a dossier that asks one role to act. `key` makes it one, however often it is raised."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="alerts", verbose_name=_("dossier"))
    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(_("soort"), max_length=40)
    for_role = models.CharField(_("voor"), max_length=30, choices=Role)
    zone = models.CharField(_("zone"), max_length=20, choices=[(z.value, z.value) for z in Zone])
    title = models.CharField(_("signaal"), max_length=120)
    detail = models.CharField(_("toelichting"), max_length=500, blank=True)
    link = models.CharField(_("pad in het portaal"), max_length=300, blank=True)
    status = models.CharField(_("stand"), max_length=20, choices=AlertStatus, default=AlertStatus.NIEUW)
    raised_at = models.DateTimeField(_("ontstaan op"), default=timezone.now)
    changed_at = models.DateTimeField(_("bijgewerkt op"), default=timezone.now)
    seen_at = models.DateTimeField(_("gezien op"), null=True, blank=True)
    handled_at = models.DateTimeField(_("afgehandeld op"), null=True, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("door")
    )

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["raised_at", "pk"]
        verbose_name = _("signaal")
        verbose_name_plural = _("signalen")
        indexes = [models.Index(fields=["for_role", "status", "raised_at"], name="alert_for_role")]
        constraints = [
            models.CheckConstraint(
                condition=Q(handled_at=None, handled_by=None) | Q(handled_at__isnull=False, handled_by__isnull=False),
                name="alert_handled_at_and_by",
            )
        ]

    def __str__(self):
        return self.title

    @property
    def is_open(self):
        return self.status in OPEN_ALERTS


class FollowUpChannel(models.TextChoices):
    TELEFOON = "telefoon", _("Gebeld")
    GESPREK = "gesprek", _("Gesproken")
    APP = "app", _("App of sms")
    EMAIL = "email", _("E-mail")
    BRIEF = "brief", _("Brief")
    NIET_BEREIKT = "niet_bereikt", _("Niet bereikt")


class FollowUp(models.Model):
    """Opvolging: what somebody did about an alert and what was agreed. It lies in the zone of its alert."""

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="follow_ups", verbose_name=_("signaal"))
    contacted_on = models.DateField(_("wanneer"))
    channel = models.CharField(_("hoe"), max_length=20, choices=FollowUpChannel)
    agreed = models.TextField(_("wat is afgesproken"), max_length=1000, blank=True)
    closes = models.BooleanField(_("signaal afhandelen"), default=True)
    key = models.UUIDField(unique=True, editable=False)
    recorded_at = models.DateTimeField(_("vastgelegd op"), default=timezone.now)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["recorded_at", "pk"]
        verbose_name = _("opvolging")
        verbose_name_plural = _("opvolgingen")

    def __str__(self):
        return f"{self.alert}"

    @property
    def zone(self):
        return self.alert.zone
