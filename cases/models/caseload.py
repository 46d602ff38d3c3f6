"""The import of a caseload: one run of one file, and its rows."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KT
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from accounts.searching import every_word
from accounts.zones import Zone


class ImportState(models.TextChoices):
    LEEST = "leest", _("Wordt gelezen")
    GELEZEN = "gelezen", _("Gelezen, nog niet toegepast")
    PAST_TOE = "past_toe", _("Wordt toegepast")
    TOEGEPAST = "toegepast", _("Toegepast")
    DRAAIT_TERUG = "draait_terug", _("Wordt teruggedraaid")
    TERUGGEDRAAID = "teruggedraaid", _("Teruggedraaid")
    GEANNULEERD = "geannuleerd", _("Geannuleerd")
    VERLOPEN = "verlopen", _("Verlopen")
    MISLUKT = "mislukt", _("Mislukt")


#: States in which the worker has something to do.
WORKING_STATES = (ImportState.LEEST, ImportState.PAST_TOE, ImportState.DRAAIT_TERUG)


class RowStatus(models.TextChoices):
    NIEUW = "nieuw", _("Wordt een dossier")
    BEKEND = "bekend", _("Al bekend")
    VERSCHILT = "verschilt", _("Al bekend, met andere gegevens")
    DUBBEL = "dubbel", _("Dubbel in het bestand")
    GEWEIGERD = "geweigerd", _("Geweigerd")
    GEMAAKT = "gemaakt", _("Dossier gemaakt")
    GEBLEVEN = "gebleven", _("Dossier gebleven")
    OVERGESLAGEN = "overgeslagen", _("Overgeslagen")
    TERUGGEDRAAID = "teruggedraaid", _("Teruggedraaid")


#: What is or becomes a dossier of this run.
DOSSIER_STATUSES = (RowStatus.NIEUW, RowStatus.GEMAAKT, RowStatus.GEBLEVEN)


class CaseloadImportQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Every beheerder sees that a run was, its state and its counts; the rows are another question."""
        if user.role != Role.FUNCTIONEEL_BEHEERDER:
            return self.none()
        return self

    def due(self, now):
        """Runs with work that nobody holds, or whose holder's lease ran out; oldest first."""
        return self.filter(Q(lease_until=None) | Q(lease_until__lte=now), state__in=WORKING_STATES).order_by("pk")


class CaseloadImport(models.Model):
    """Import: one uploaded caseload file, read, shown, applied and perhaps taken back."""

    zone = Zone.CONTACT

    #: From the form: sending it twice is one run.
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    file_name = models.CharField(_("bestand"), max_length=120)
    file = models.FileField(_("bestand in opslag"), upload_to="caseloads", blank=True)
    state = models.CharField(_("stand"), max_length=20, choices=ImportState, default=ImportState.LEEST)
    problem = models.CharField(_("wat er mis ging"), max_length=500, blank=True)
    ignored_headings = models.JSONField(_("kolommen die niet worden gelezen"), default=list, blank=True)
    uploaded_at = models.DateTimeField(_("ingelezen op"), default=timezone.now)
    #: None: by the command, at the server.
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("door")
    )
    applied_at = models.DateTimeField(_("toegepast op"), null=True, blank=True)
    undone_at = models.DateTimeField(_("teruggedraaid op"), null=True, blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    #: From here on the rows hold no personal data any more.
    emptied_at = models.DateTimeField(_("gegevens verwijderd op"), null=True, blank=True)

    rows_total = models.PositiveIntegerField(_("rijen in deze stap"), default=0)
    rows_done = models.PositiveIntegerField(_("rijen gedaan"), default=0)
    claimed_by = models.CharField(max_length=40, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)

    objects = CaseloadImportQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at", "-pk"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        indexes = [
            models.Index(fields=["lease_until"], condition=Q(state__in=WORKING_STATES), name="caseload_import_due")
        ]

    def __str__(self):
        return self.file_name

    @property
    def is_working(self):
        """Whether the worker has something to do, so that the page keeps asking."""
        return self.state in WORKING_STATES

    @property
    def can_be_applied(self):
        return self.state == ImportState.GELEZEN

    @property
    def can_be_cancelled(self):
        return self.state in (ImportState.LEEST, ImportState.GELEZEN, ImportState.PAST_TOE)

    @property
    def can_be_undone(self):
        return self.state == ImportState.TOEGEPAST

    def is_of(self, user):
        """Whether this person uploaded the file."""
        return self.uploaded_by_id is not None and self.uploaded_by_id == user.pk


class CaseloadImportRowQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Rows are for who uploaded them: the one exception to "the beheerder reads no dossiers", and only until the
        run is applied, cancelled or a day old. Emptied rows tell nothing about a person and are for every beheerder.
        """
        if user.role != Role.FUNCTIONEEL_BEHEERDER:
            return self.none()
        return self.filter(Q(run__uploaded_by=user) | Q(run__emptied_at__isnull=False))

    def search(self, text):
        """By row number, dossier number, and what was read of name and external number."""
        text = text.strip()
        if not text:
            return self
        read = ("full_name", "preferred_name", "external_number")
        wanted = every_word(text, "case_number", *(f"read_{name}" for name in read))
        if text.isdecimal():
            wanted |= Q(number=int(text[:9]))
        return self.alias(**{f"read_{name}": KT(f"values__{name}") for name in read}).filter(wanted)


class CaseloadImportRow(models.Model):
    """Rij van een import: what was read, what became of it, and why."""

    zone = Zone.CONTACT

    run = models.ForeignKey(CaseloadImport, models.CASCADE, related_name="rows", verbose_name=_("import"))
    number = models.PositiveIntegerField(_("rij"))
    status = models.CharField(_("resultaat"), max_length=20, choices=RowStatus)
    is_warned = models.BooleanField(_("met een waarschuwing"), default=False)
    #: Codes of `cases.caseload.rows.REASONS`; they hold no personal data and stay.
    reasons = models.JSONField(_("redenen"), default=list, blank=True)
    #: What was read; None once emptied, and always for a row with a number the portal must not hold.
    values = models.JSONField(_("gelezen"), null=True, blank=True)
    case_number = models.CharField(_("dossier"), max_length=20, blank=True, db_index=True)
    #: The moment on every journal line that the import itself wrote.
    made_at = models.DateTimeField(_("gemaakt op"), null=True, blank=True)

    objects = CaseloadImportRowQuerySet.as_manager()

    class Meta:
        ordering = ["run", "number"]
        verbose_name = _("rij van een import")
        verbose_name_plural = _("rijen van een import")
        indexes = [models.Index(fields=["run", "status", "number"], name="caseload_row_by_status")]
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="caseload_row_once")]

    def __str__(self):
        return f"{self.number}"
