"""The read log: a line per answered page about persons, the seals over it, and what the checks found.

Lines and seals are only ever added. On PostgreSQL the application's own database user cannot change or remove them
(`manage.py grant_database`); a seal makes visible what somebody with more rights did (`privacy.services.sealing`).
"""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from accounts.zones import Zone


class Action(models.TextChoices):
    """What somebody did, as far as an answer shows it."""

    READ = "bekeken", _("Bekeken")
    LISTED = "lijst", _("Lijst bekeken")
    SEARCHED = "gezocht", _("Gezocht")
    EXPORTED = "geexporteerd", _("Geëxporteerd")
    DOWNLOADED = "gedownload", _("Gedownload")
    CHANGED = "gewijzigd", _("Gewijzigd")
    DENIED = "geweigerd", _("Geweigerd")


#: What the person of a dossier is told about: somebody read it, took it along or changed it.
TOLD_TO_THE_PERSON = (Action.READ, Action.EXPORTED, Action.DOWNLOADED, Action.CHANGED)


class LogLineQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The whole log for the privacy officer, nothing for anybody else."""
        return self if user.role == Role.PRIVACY_OFFICER else self.none()

    def since(self, moment):
        return self.filter(at__gte=moment)

    def until(self, moment):
        """Before `moment`, which itself is left out."""
        return self.filter(at__lt=moment)

    def about(self, case_numbers):
        """What others read, took along or changed of these dossiers: what their person is told."""
        return self.filter(case_number__in=case_numbers, action__in=TOLD_TO_THE_PERSON).exclude(role=Role.STATUSHOUDER)

    def newest_first(self):
        return self.order_by("-at", "-pk")

    def oldest_first(self):
        return self.order_by("at", "pk")

    def beyond(self, at, pk, *, newest_first):
        """What comes after the line (`at`, `pk`) in this order. Written so that a database walks along its index."""
        if newest_first:
            return self.filter(at__lte=at).exclude(at=at, pk__gte=pk)
        return self.filter(at__gte=at).exclude(at=at, pk__lte=pk)


class LogLine(models.Model):
    """Logregel: who saw what of whom, when, in which role, and what came of it. Never the content.

    All columns are plain: a line outlives the account, the organisation and the dossier it tells of. The name of the
    account is not kept; it is looked up when a line is shown.
    """

    zone = Zone.AUDIT

    at = models.DateTimeField(_("moment"), default=timezone.now)
    actor = models.BigIntegerField(_("account"), null=True, blank=True)
    role = models.CharField(_("rol"), max_length=30, blank=True)
    organisation = models.CharField(_("organisatie"), max_length=120, blank=True)
    action = models.CharField(_("handeling"), max_length=20, choices=Action)
    case_number = models.CharField(_("dossiernummer"), max_length=30, blank=True)
    about_zone = models.CharField(_("zone"), max_length=20, blank=True)
    #: The name of the address: what it is for stands in `privacy.activities`.
    address = models.CharField(_("adres"), max_length=80, blank=True)
    #: Which thing, by its number, where that is no dossier number: "pk=12".
    subject = models.CharField(_("object"), max_length=80, blank=True)
    purpose = models.CharField(_("doel"), max_length=120, blank=True)
    count = models.IntegerField(_("aantal"), null=True, blank=True)
    search = models.CharField(_("zoekvraag"), max_length=200, blank=True)
    result = models.SmallIntegerField(_("uitkomst"))
    origin = models.CharField(_("herkomst"), max_length=45, blank=True)

    objects = LogLineQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("logregel")
        verbose_name_plural = _("logregels")
        indexes = [
            models.Index(fields=["at"], name="log_at"),
            models.Index(fields=["case_number", "at"], name="log_case_at"),
            models.Index(fields=["actor", "at"], name="log_actor_at"),
            models.Index(fields=["action", "at"], name="log_action_at"),
        ]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.case_number or self.address}"


class SealKind(models.TextChoices):
    LINES = "lines", _("Regels verzegeld")
    REMOVAL = "removal", _("Oude regels verwijderd")


class Seal(models.Model):
    """Zegel: over the lines since the seal before it, and over that seal.

    `ranges` names the numbers of the lines that are under it ("1-40,43"); `lines_hash` is computed over what stands in
    them, `digest` with the secret key over everything in this row. A removal has no lines of its own: it says that the
    lines under the seals up to `removed_up_to` left because their time was over.
    """

    number = models.BigIntegerField(_("nummer"), primary_key=True)
    kind = models.CharField(_("soort"), max_length=10, choices=SealKind, default=SealKind.LINES)
    sealed_at = models.DateTimeField(_("verzegeld op"), db_index=True)
    ranges = models.TextField(_("regels"), blank=True)
    up_to = models.BigIntegerField(_("tot en met regel"))
    lines = models.IntegerField(_("aantal regels"))
    last_at = models.DateTimeField(_("laatste regel"), null=True, blank=True)
    lines_hash = models.CharField(max_length=64, blank=True)
    removed_up_to = models.BigIntegerField(_("verwijderd tot en met zegel"), null=True, blank=True)
    previous = models.CharField(max_length=64, blank=True)
    key_name = models.CharField(max_length=16)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["number"]
        verbose_name = _("zegel")
        verbose_name_plural = _("zegels")

    def __str__(self):
        return f"zegel {self.number}"


class LogCheck(models.Model):
    """Controle van het logboek: asked for, done by the clock, and what it found (sentences without names)."""

    zone = Zone.AUDIT

    asked_at = models.DateTimeField(_("gevraagd op"), default=timezone.now)
    asked_by = models.BigIntegerField(_("gevraagd door account"), null=True, blank=True)
    done_at = models.DateTimeField(_("gedaan op"), null=True, blank=True)
    lines = models.BigIntegerField(_("regels"), default=0)
    seals = models.BigIntegerField(_("zegels"), default=0)
    findings = models.JSONField(_("bevindingen"), default=list)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        verbose_name = _("controle van het logboek")
        verbose_name_plural = _("controles van het logboek")

    def __str__(self):
        return f"controle {self.pk}"

    @property
    def is_clean(self):
        """Whether the check is done and found nothing."""
        return self.done_at is not None and not self.findings
