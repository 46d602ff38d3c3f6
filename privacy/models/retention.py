"""Clearing out what is too old: one run from list to report, and dossiers whose clearing is suspended."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from accounts.zones import Zone

#: Roles that see the policy, the runs and the suspended dossiers: numbers and dates, no content.
RETENTION_ROLES = (Role.FUNCTIONEEL_BEHEERDER, Role.PRIVACY_OFFICER)


class RetentionState(models.TextChoices):
    TELT = "telt", _("Proefrun wordt gemaakt")
    KLAAR = "klaar", _("Wacht op goedkeuring")
    RUIMT_OP = "ruimt_op", _("Ruimt op")
    UITGEVOERD = "uitgevoerd", _("Opgeruimd")
    GESTOPT = "gestopt", _("Gestopt")
    VERVALLEN = "vervallen", _("Vervallen")
    MISLUKT = "mislukt", _("Mislukt")


#: States in which the worker has something to do.
WORKING_STATES = (RetentionState.TELT, RetentionState.RUIMT_OP)


class RetentionQuerySet(models.QuerySet):
    def visible_to(self, user):
        """For the functioneel beheerder and the privacy officer."""
        return self if user.role in RETENTION_ROLES else self.none()


class RetentionRunQuerySet(RetentionQuerySet):
    def due(self, now):
        """Runs with work that nobody holds, or whose holder's lease ran out; oldest first."""
        return self.filter(Q(lease_until=None) | Q(lease_until__lte=now), state__in=WORKING_STATES).order_by("pk")


class RetentionRun(models.Model):
    """Opruimrun: a list of what is past its time (proefrun), approved by a second person, then carried out."""

    zone = Zone.AUDIT

    state = models.CharField(_("stand"), max_length=20, choices=RetentionState, default=RetentionState.TELT)
    #: The day on which the list was judged; what comes of age later is for a later run.
    as_of = models.DateField(_("peildatum"))
    #: Digest of the policy: a list made under another policy cannot be approved.
    policy = models.CharField(_("bewaarbeleid"), max_length=16)
    problem = models.CharField(_("wat er mis ging"), max_length=300, blank=True)
    prepared_at = models.DateTimeField(_("gemaakt op"), default=timezone.now)
    #: None: by the command, at the server.
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("gemaakt door")
    )  # fmt: skip
    approved_at = models.DateTimeField(_("goedgekeurd op"), null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("goedgekeurd door"),
    )  # fmt: skip
    finished_at = models.DateTimeField(_("klaar op"), null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("gestopt door")
    )  # fmt: skip

    items_total = models.PositiveIntegerField(_("op de lijst"), default=0)
    items_done = models.PositiveIntegerField(_("gedaan"), default=0)
    claimed_by = models.CharField(max_length=40, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)

    objects = RetentionRunQuerySet.as_manager()

    class Meta:
        ordering = ["-prepared_at", "-pk"]
        verbose_name = _("opruimrun")
        verbose_name_plural = _("opruimruns")
        constraints = [
            # One list at a time: a second would promise what the first takes away.
            models.UniqueConstraint(
                fields=["state"], condition=Q(state__in=["telt", "ruimt_op"]), name="retention_one_at_work"
            )
        ]

    def __str__(self):
        return f"{self.as_of:%d-%m-%Y}"

    @property
    def is_working(self):
        """Whether the worker has something to do, so that the page keeps asking."""
        return self.state in WORKING_STATES

    @property
    def waits_for_approval(self):
        return self.state == RetentionState.KLAAR

    @property
    def was_approved(self):
        return self.approved_at is not None

    @property
    def can_be_cancelled(self):
        return self.state in (*WORKING_STATES, RetentionState.KLAAR)


class RetentionResult(models.Model):
    """Uitkomst per model: how many rows a run found for one rule, how many it did. `examples` are numbers and dates."""

    zone = Zone.AUDIT

    run = models.ForeignKey(RetentionRun, models.CASCADE, related_name="results")
    #: The order of the page; with it a result of one rule under one period.
    position = models.PositiveSmallIntegerField()
    #: The place of the rule in the policy.
    entry = models.PositiveSmallIntegerField()
    model = models.CharField(_("model"), max_length=100)
    period = models.CharField(_("termijn"), max_length=40)
    action = models.CharField(_("wat er gebeurt"), max_length=10)
    listed = models.PositiveIntegerField(_("gevonden"), default=0)
    done = models.PositiveIntegerField(_("gedaan"), default=0)
    oldest = models.DateField(_("oudste"), null=True, blank=True)
    newest = models.DateField(_("jongste"), null=True, blank=True)
    examples = models.JSONField(_("voorbeelden"), default=list, blank=True)

    class Meta:
        ordering = ["run", "position"]
        verbose_name = _("uitkomst van een opruimrun")
        verbose_name_plural = _("uitkomsten van een opruimrun")
        constraints = [models.UniqueConstraint(fields=["run", "position"], name="retention_result_once")]

    def __str__(self):
        return f"{self.model} · {self.period}"


class ItemState(models.TextChoices):
    PENDING = "pending", _("Staat op de lijst")
    HELD = "held", _("Aangehouden")
    LEFT = "left", _("Gebleven")


class RetentionItem(models.Model):
    """Regel van de lijst: one dossier, match, mentor, message … past its time. Gone as soon as it is dealt with.

    `reference` is a dossier number or a row number, never a name.
    """

    zone = Zone.AUDIT

    run = models.ForeignKey(RetentionRun, models.CASCADE, related_name="items")
    #: The place of the period in the policy: the order of the work.
    position = models.PositiveSmallIntegerField()
    period = models.CharField(_("termijn"), max_length=40)
    root = models.BigIntegerField(_("rij"))
    reference = models.CharField(_("nummer"), max_length=30)
    anchor_on = models.DateField(_("sinds"))
    state = models.CharField(_("stand"), max_length=10, choices=ItemState, default=ItemState.PENDING)
    reason = models.CharField(_("waarom niet"), max_length=200, blank=True)

    class Meta:
        ordering = ["run", "position", "root"]
        verbose_name = _("regel van een opruimlijst")
        verbose_name_plural = _("regels van een opruimlijst")
        constraints = [models.UniqueConstraint(fields=["run", "position", "root"], name="retention_item_once")]
        indexes = [models.Index(fields=["run", "state", "position", "root"], name="retention_item_next")]

    def __str__(self):
        return self.reference


class RetentionBatch(models.Model):
    """Stap van een opruimrun: the log of what one transaction did, in counts."""

    zone = Zone.AUDIT

    run = models.ForeignKey(RetentionRun, models.CASCADE, related_name="batches")
    number = models.PositiveIntegerField(_("stap"))
    at = models.DateTimeField(_("wanneer"))
    period = models.CharField(_("termijn"), max_length=40)
    items = models.PositiveIntegerField(_("gedaan"), default=0)
    left = models.PositiveIntegerField(_("gebleven"), default=0)
    #: {model: rows}
    rows = models.JSONField(_("rijen"), default=dict)

    class Meta:
        ordering = ["run", "number"]
        verbose_name = _("stap van een opruimrun")
        verbose_name_plural = _("stappen van een opruimrun")
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="retention_batch_once")]

    def __str__(self):
        return f"{self.run} · {self.number}"


class RetentionHold(models.Model):
    """Bewaarplicht opgeschort: this dossier is not cleared as long as it is active. Knows the dossier by its number."""

    zone = Zone.AUDIT

    case_number = models.CharField(_("dossiernummer"), max_length=30)
    reason = models.CharField(_("reden"), max_length=300)
    is_active = models.BooleanField(_("van kracht"), default=True)
    placed_at = models.DateTimeField(_("sinds"), default=timezone.now)
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("door")
    )
    ended_at = models.DateTimeField(_("opgeheven op"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("opgeheven door")
    )  # fmt: skip

    objects = RetentionQuerySet.as_manager()

    class Meta:
        ordering = ["-placed_at", "-pk"]
        verbose_name = _("opgeschorte bewaarplicht")
        verbose_name_plural = _("opgeschorte bewaarplichten")
        constraints = [
            models.UniqueConstraint(fields=["case_number"], condition=Q(is_active=True), name="retention_hold_once"),
            models.CheckConstraint(
                condition=Q(is_active=True, ended_at=None) | Q(is_active=False, ended_at__isnull=False),
                name="retention_hold_active_or_ended",
            ),
        ]

    def __str__(self):
        return self.case_number
