"""The rights of the person: requests for a copy or a correction, who was given what, and which notice was explained."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from accounts.zones import Zone
from cases.models.case import Case, held, visible
from cases.models.person import Language


class RequestKind(models.TextChoices):
    COPY = "kopie", _("Kopie van gegevens")
    CORRECTION = "verbetering", _("Verbetering van gegevens")


class RequestStatus(models.TextChoices):
    GEVRAAGD = "gevraagd", _("Gevraagd")
    KLAARGEZET = "klaargezet", _("Wacht op goedkeuring")
    GOEDGEKEURD = "goedgekeurd", _("Klaar om op te halen")
    GEGEVEN = "gegeven", _("Gegeven")
    VERBETERD = "verbeterd", _("Verbeterd")
    GEWEIGERD = "geweigerd", _("Geweigerd")
    INGETROKKEN = "ingetrokken", _("Ingetrokken")


#: States in which the municipality still owes an answer.
OPEN_REQUESTS = (RequestStatus.GEVRAAGD, RequestStatus.KLAARGEZET)
#: States in which nothing happens any more.
CLOSED_REQUESTS = (
    RequestStatus.GEGEVEN, RequestStatus.VERBETERD, RequestStatus.GEWEIGERD, RequestStatus.INGETROKKEN,
)  # fmt: skip


def _around(user, path, today=None):
    """The condition of who sees what is recorded about the rights of a person: that person, the klantmanager around the
    dossier, and the privacy officer, who reads numbers and no names."""
    if user.role == Role.PRIVACY_OFFICER:
        return Q(pk__isnull=False)
    if user.role == Role.KLANTMANAGER:
        return held(user, path, today)
    if user.role == Role.STATUSHOUDER:
        return visible(user, path, today)
    return Q(pk__in=())


class RightsRequestQuerySet(models.QuerySet):
    def visible_to(self, user, today=None):
        """Of the person, of the klantmanager around the dossier, and of the privacy officer."""
        return self.filter(_around(user, "case", today))

    def open(self):
        """Those to which the municipality still owes an answer."""
        return self.filter(status__in=OPEN_REQUESTS)

    def nearing(self, day):
        """Open, due on or before `day`, and nobody was reminded of this date yet."""
        return self.open().filter(due_on__lte=day, reminded_at=None)


class RightsRequest(models.Model):
    """Verzoek over eigen gegevens: a copy (AVG art. 15 and 20) or a correction (art. 16), and what became of it."""

    zone = Zone.BENEFIT

    case = models.ForeignKey(Case, models.CASCADE, related_name="+", verbose_name=_("dossier"))
    kind = models.CharField(_("soort"), max_length=20, choices=RequestKind)
    item = models.CharField(_("wat klopt er niet"), max_length=200, blank=True)
    wish = models.TextField(_("wat moet er staan"), max_length=1000, blank=True)
    status = models.CharField(_("stand"), max_length=20, choices=RequestStatus, default=RequestStatus.GEVRAAGD)
    requested_on = models.DateField(_("gevraagd op"), default=timezone.localdate)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("gevraagd door")
    )  # fmt: skip
    due_on = models.DateField(_("antwoord uiterlijk"))
    extended_on = models.DateField(_("verlengd op"), null=True, blank=True)
    extension_reason = models.CharField(_("waarom verlengd"), max_length=300, blank=True)
    prepared_at = models.DateTimeField(_("klaargezet op"), null=True, blank=True)
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("klaargezet door")
    )  # fmt: skip
    approved_at = models.DateTimeField(_("goedgekeurd op"), null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("goedgekeurd door"),
    )  # fmt: skip
    #: Until when the copy can be fetched; it is made when it is fetched and stored nowhere.
    open_until = models.DateField(_("op te halen tot en met"), null=True, blank=True)
    handed_over_at = models.DateTimeField(_("gegeven op"), null=True, blank=True)
    closed_at = models.DateTimeField(_("afgehandeld op"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("afgehandeld door"),
    )  # fmt: skip
    answer = models.TextField(_("antwoord"), max_length=1000, blank=True)
    #: What the person has to say about data that was not corrected; it stays beside the data.
    statement = models.TextField(_("verklaring van de persoon"), max_length=1000, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True, editable=False)
    #: From the form: sending it twice is one request.
    key = models.UUIDField(unique=True, null=True, editable=False)

    objects = RightsRequestQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        verbose_name = _("verzoek over eigen gegevens")
        verbose_name_plural = _("verzoeken over eigen gegevens")
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(kind=RequestKind.COPY, status__in=[*OPEN_REQUESTS, RequestStatus.GOEDGEKEURD]),
                name="rights_one_copy_at_a_time",
            ),
            models.CheckConstraint(condition=Q(due_on__gte=F("requested_on")), name="rights_due_after_request"),
        ]
        indexes = [models.Index(fields=["due_on"], condition=Q(status__in=OPEN_REQUESTS), name="rights_open_due")]

    def __str__(self):
        return f"{self.get_kind_display()} · {self.case}"

    @property
    def is_open(self):
        return self.status in OPEN_REQUESTS

    @property
    def is_closed(self):
        return self.status in CLOSED_REQUESTS

    @property
    def is_copy(self):
        return self.kind == RequestKind.COPY

    def days_left(self, today):
        """Whole days until an answer is owed; negative when it is late."""
        return (self.due_on - today).days

    def can_be_fetched(self, today):
        """Whether the copy may be fetched now: approved, and its days are not over. Fetched once, it stays so until then."""
        done = (RequestStatus.GOEDGEKEURD, RequestStatus.GEGEVEN)
        return self.is_copy and self.status in done and self.open_until is not None and today <= self.open_until


class DisclosureBasis(models.TextChoices):
    WI2021 = "wi2021", _("Wet inburgering 2021")
    PARTICIPATIEWET = "participatiewet", _("Participatiewet")
    ANDERE_WET = "andere_wet", _("Een andere wet")
    OP_VERZOEK = "op_verzoek", _("De persoon vroeg erom (AVG)")


class DisclosureQuerySet(models.QuerySet):
    def visible_to(self, user, today=None):
        """Of the person, of the klantmanager around the dossier, and of the privacy officer."""
        return self.filter(_around(user, "case", today))


class Disclosure(models.Model):
    """Verstrekking: which data went to whom outside the dossier, when, and on which basis (AVG art. 15 lid 1 c, 19)."""

    zone = Zone.PROGRAMME

    case = models.ForeignKey(Case, models.CASCADE, related_name="+", verbose_name=_("dossier"))
    receiver = models.CharField(_("aan wie"), max_length=120)
    what = models.CharField(_("welke gegevens"), max_length=300)
    basis = models.CharField(_("op grond van"), max_length=20, choices=DisclosureBasis)
    disclosed_on = models.DateField(_("wanneer"), default=timezone.localdate)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("vastgelegd door")
    )  # fmt: skip
    #: What wrote it, once: "copy:12", "enrolment:7"; empty when a person did.
    source = models.CharField(max_length=60, blank=True, editable=False)
    key = models.UUIDField(unique=True, null=True, editable=False)

    objects = DisclosureQuerySet.as_manager()

    class Meta:
        ordering = ["-disclosed_on", "-pk"]
        verbose_name = _("verstrekking")
        verbose_name_plural = _("verstrekkingen")
        constraints = [
            models.UniqueConstraint(fields=["source"], condition=~Q(source=""), name="disclosure_once_per_source")
        ]

    def __str__(self):
        return f"{self.receiver} · {self.case}"


class PrivacyNoticeQuerySet(models.QuerySet):
    def on(self, day):
        """The version in force on `day`, or None."""
        return self.filter(valid_from__lte=day).order_by("-valid_from", "-pk").first()


class PrivacyNotice(models.Model):
    """Privacyuitleg: one version of what a person is told about their data, in force from a day."""

    version = models.CharField(_("versie"), max_length=20, unique=True)
    valid_from = models.DateField(_("geldig vanaf"), unique=True)
    text = models.TextField(_("uitleg"), max_length=5000)
    link = models.URLField(_("adres van de privacyverklaring"), blank=True)
    created_at = models.DateTimeField(_("gemaakt op"), default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = PrivacyNoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-valid_from"]
        verbose_name = _("privacyuitleg")
        verbose_name_plural = _("versies van de privacyuitleg")

    def __str__(self):
        return f"versie {self.version}"


class NoticeExplained(models.Model):
    """Uitleg gegeven: which version was explained to the person, when and in which language. It is no consent."""

    zone = Zone.CONTACT

    case = models.ForeignKey(Case, models.CASCADE, related_name="+", verbose_name=_("dossier"))
    notice = models.ForeignKey(PrivacyNotice, models.PROTECT, related_name="+", verbose_name=_("versie"))
    explained_on = models.DateField(_("uitgelegd op"), default=timezone.localdate)
    language = models.CharField(_("in welke taal"), max_length=10, choices=Language)
    with_interpreter = models.BooleanField(_("met tolk"), default=False)
    explained_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("door")
    )

    class Meta:
        ordering = ["-explained_on", "-pk"]
        verbose_name = _("gegeven uitleg over privacy")
        verbose_name_plural = _("gegeven uitleg over privacy")
        constraints = [models.UniqueConstraint(fields=["case", "notice"], name="notice_explained_once")]

    def __str__(self):
        return f"{self.case} · {self.notice}"
