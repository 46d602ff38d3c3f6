"""The dossier and the one table of who stands around it."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from accounts.roles import CASE_ROLES, Role
from accounts.searching import every_word
from accounts.zones import WITHOUT_KLANTMANAGER, Zone, readable_zones
from cases.models.person import Statushouder
from cases.models.programme import ProgrammeSettings


class LegalRegime(models.TextChoices):
    WI2013 = "wi2013", _("Wi2013")
    WI2021 = "wi2021", _("Wi2021")
    GEEN = "geen", _("Geen inburgeringsplicht")


class Group(models.TextChoices):
    ASIEL = "asielstatushouder", _("Asielstatushouder")
    GEZIN = "gezinsmigrant", _("Gezinsmigrant")
    OVERIG = "overig", _("Overig")


class Leerroute(models.TextChoices):
    B1 = "b1", _("B1-route")
    ONDERWIJS = "onderwijs", _("Onderwijsroute")
    Z = "z", _("Z-route")
    ONBEKEND = "onbekend", _("Nog niet bekend")


class Phase(models.TextChoices):
    AANGEMELD = "aangemeld", _("Aangemeld")
    INTAKE = "intake", _("Intake")
    STARTGROEP = "startgroep", _("Startgroep")
    PLAATSING = "plaatsing", _("Plaatsing")
    INBURGERING = "inburgering", _("Inburgering")
    AFGEROND = "afgerond", _("Afgerond")
    PAUZE = "pauze", _("Pauze")
    BEEINDIGD = "beeindigd", _("Beëindigd")


#: The line drawn on the case page, in order.
PHASE_LINE = (Phase.AANGEMELD, Phase.INTAKE, Phase.STARTGROEP, Phase.PLAATSING, Phase.INBURGERING, Phase.AFGEROND)
#: Phases in which nobody has to do anything any more.
CLOSED_PHASES = (Phase.AFGEROND, Phase.BEEINDIGD)
OPEN_PHASES = tuple(phase for phase in Phase if phase not in CLOSED_PHASES)

#: Roles in which an organisation stands around a dossier, and with it everyone who works there in that role. In the
#: other roles it is always a person.
ORGANISATION_ROLES = frozenset({Role.VRIJWILLIGERSCOORDINATOR, Role.INSTITUUT})


class TermSource(models.TextChoices):
    DUO = "duo", _("Opgave van DUO")
    BEREKEND = "berekend", _("Berekend")


def visible(user, path="", today=None):
    """The condition that a dossier is visible to this person in the role worked in now. The only place that decides it.

    `path` leads from the asking model to its dossier ("case", "mentorship__case"); empty for the dossier itself.
    A statushouder sees the own dossier. Others see those around which they, or their organisation, stand today.
    A dossier without klantmanager is open to every klantmanager of the municipality (model §5.7 (9)).

    The condition looks at one dossier at a time, so it costs the same for a person with 80 dossiers and with all.
    """
    acting_as = user.acting_as
    if acting_as is None or acting_as.role not in CASE_ROLES | {Role.STATUSHOUDER}:
        return Q(pk__in=())
    if acting_as.role == Role.STATUSHOUDER:
        return Q(**{f"{path}__statushouder__user" if path else "statushouder__user": user})
    if acting_as.role == Role.KLANTMANAGER:
        return held(user, path, today) | waiting(path)
    return held(user, path, today)


def held(user, path="", today=None):
    """The condition that this person, or the organisation, stands around the dossier today in the role worked in now."""
    return Q(Exists(Assignment.objects.current(today).held_by(user).filter(case=OuterRef(path or "pk"))))


def waiting(path=""):
    """The condition that a dossier has no klantmanager, open or closed: one that is closed must be found to be reopened."""
    here = Q(without_klantmanager_since__isnull=False)
    # Asked of another table it is a look at one dossier too: a join would let the database begin with all of them.
    return here if not path else Q(Exists(Case.objects.filter(here, pk=OuterRef(path))))


def in_open_zone(user, path="case", today=None, field="zone"):
    """The condition that a row with a zone lies in a visible dossier and in a zone this role reads in full there.

    Of a dossier that waits for a klantmanager, the klantmanagers who don't stand around it read contact and programme.
    """
    zones = Q(**{f"{field}__in": readable_zones(user.role)})
    if user.role == Role.KLANTMANAGER:
        narrow = Q(**{f"{field}__in": WITHOUT_KLANTMANAGER})
        return (held(user, path, today) & zones) | (waiting(path) & narrow)
    return visible(user, path, today) & zones


class CaseQuerySet(models.QuerySet):
    def visible_to(self, user, today=None):
        """The dossiers this person sees in the role worked in now (see `visible`)."""
        return self.filter(visible(user, "", today))

    def held_by(self, user, today=None):
        """The dossiers around which this person stands today in the role worked in now: "mijn dossiers".

        A person stands around a dossier once in a role (`services.assign` sees to it), so the join gives no doubles and
        the list comes from the index of the person's relations, in the order of the dossiers.
        """
        acting_as = user.acting_as
        if acting_as is None:
            return self.none()
        if acting_as.role in ORGANISATION_ROLES:
            return self.filter(held(user, "", today))
        today = today or timezone.localdate()
        return self.filter(
            Q(assignments__ends_on=None) | Q(assignments__ends_on__gt=today),
            works_for(acting_as, "assignments__organisation"),
            assignments__user=user,
            assignments__role=acting_as.role,
            assignments__starts_on__lte=today,
        )

    def open(self):
        return self.filter(phase__in=OPEN_PHASES)

    def closed(self):
        return self.filter(phase__in=CLOSED_PHASES)

    def without_klantmanager(self):
        """Open dossiers that wait for a klantmanager."""
        return self.filter(waiting()).open()

    def unheld(self):
        """All dossiers without klantmanager, the closed ones too."""
        return self.filter(waiting())

    def search(self, text):
        """By name or (external) number."""
        text = text.strip()
        if not text:
            return self
        found = every_word(text, "statushouder__full_name", "statushouder__preferred_name", "number")
        return self.filter(found | Q(external_number__iexact=text))


class Case(models.Model):
    """Dossier: one person in the programme, from registration to the goal."""

    zone = Zone.PROGRAMME

    number = models.CharField(_("dossiernummer"), max_length=20, unique=True)
    external_number = models.CharField(
        _("nummer bij de gemeente"), max_length=40, unique=True, null=True, blank=True,
        help_text=_("Een eigen nummer van de gemeente, nooit een BSN of V-nummer."),
    )  # fmt: skip
    statushouder = models.OneToOneField(Statushouder, models.PROTECT, related_name="case")
    municipality = models.CharField(_("gemeente"), max_length=60, blank=True)
    legal_regime = models.CharField(_("wet"), max_length=10, choices=LegalRegime, default=LegalRegime.WI2021)
    group = models.CharField(_("groep"), max_length=20, choices=Group, default=Group.ASIEL)
    phase = models.CharField(_("fase"), max_length=20, choices=Phase, default=Phase.AANGEMELD)
    phase_since = models.DateField(_("fase sinds"))
    phase_before_pause = models.CharField(max_length=20, choices=Phase, blank=True)
    phase_reason = models.CharField(_("reden"), max_length=300, blank=True)
    leerroute = models.CharField(_("leerroute"), max_length=20, choices=Leerroute, default=Leerroute.ONBEKEND)
    programme_start = models.DateField(_("start programma"))
    goal_deadline_original = models.DateField(_("doeldatum bij de start"))
    goal_deadline = models.DateField(_("doeldatum"))
    pip_date = models.DateField(_("datum PIP"), null=True, blank=True)
    legal_term_start = models.DateField(_("inburgeringstermijn vanaf"), null=True, blank=True)
    legal_term_end = models.DateField(_("inburgeringstermijn tot en met"), null=True, blank=True)
    legal_term_source = models.CharField(max_length=10, choices=TermSource, blank=True)
    programme_settings = models.ForeignKey(
        ProgrammeSettings, models.PROTECT, related_name="+", verbose_name=_("instellingen")
    )
    #: Kept by `services.assign` and `release` in step with `Assignment`: the list of waiting dossiers needs no search
    #: through all of them.
    without_klantmanager_since = models.DateField(
        _("zonder klantmanager sinds"), null=True, blank=True, editable=False
    )
    opened_at = models.DateTimeField(_("geopend op"), default=timezone.now)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    #: From the form: sending it twice opens one dossier.
    key = models.UUIDField(unique=True, null=True, editable=False)

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-pk"]
        verbose_name = _("dossier")
        verbose_name_plural = _("dossiers")
        indexes = [
            models.Index(fields=["phase", "number"], name="case_phase"),
            models.Index(
                fields=["without_klantmanager_since"],
                condition=Q(without_klantmanager_since__isnull=False),
                name="case_without_klantmanager",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(goal_deadline__gte=F("goal_deadline_original")), name="case_deadline_only_moves_later"
            ),
        ]

    def __str__(self):
        return self.number

    def get_absolute_url(self):
        return reverse("cases:case", args=[self.number])

    @property
    def is_closed(self):
        """Nobody has to do anything for this dossier any more."""
        return self.phase in CLOSED_PHASES

    @property
    def waits_for_klantmanager(self):
        """Nobody of the municipality has it."""
        return self.without_klantmanager_since is not None

    @property
    def deadline_was_moved(self):
        return self.goal_deadline != self.goal_deadline_original


class PhaseChange(models.Model):
    """Fasewissel: on which day a dossier came into a phase. The case page draws its line from these."""

    zone = Zone.PROGRAMME

    case = models.ForeignKey(Case, models.CASCADE, related_name="phase_changes", verbose_name=_("dossier"))
    phase = models.CharField(_("fase"), max_length=20, choices=Phase)
    since = models.DateField(_("sinds"))

    class Meta:
        ordering = ["since", "pk"]
        verbose_name = _("fasewissel")
        verbose_name_plural = _("fasewissels")

    def __str__(self):
        return f"{self.case}: {self.get_phase_display()}"


class CaseNumber(models.Model):
    """Teller van dossiernummers: the last number given out in a year; the row is locked while one is taken."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("teller van dossiernummers")
        verbose_name_plural = _("tellers van dossiernummers")

    def __str__(self):
        return f"{self.year}: {self.last}"


def works_for(acting_as, path="organisation"):
    """The condition that a person stands there for the organisation worked for now, or for none.

    Who leaves an organisation and goes on for another in the same role leaves the dossiers behind.
    """
    here = Q(**{f"{path}__isnull": True})
    return here if acting_as.organisation_id is None else here | Q(**{path: acting_as.organisation_id})


class AssignmentQuerySet(models.QuerySet):
    def current(self, today=None):
        """In force on `today`."""
        today = today or timezone.localdate()
        return self.filter(Q(ends_on=None) | Q(ends_on__gt=today), starts_on__lte=today)

    def held_by(self, user):
        """Of this person, or of the organisation this person acts for, in the role worked in now."""
        acting_as = user.acting_as
        if acting_as is None:
            return self.none()
        mine = Q(user=user) & works_for(acting_as)
        if acting_as.role in ORGANISATION_ROLES and acting_as.organisation_id:
            mine |= Q(user=None, organisation=acting_as.organisation_id)
        return self.filter(mine, role=acting_as.role)

    def of_role(self, role):
        return self.filter(role=role)

    def overlapping(self, starts_on, ends_on):
        """In force on at least one day from `starts_on` up to but not including `ends_on`."""
        return self.filter(
            Q(ends_on=None) | Q(Q(ends_on__gt=starts_on), Q(ends_on__gt=F("starts_on"))), starts_on__lt=ends_on
        )


class Assignment(models.Model):
    """Betrokkene: who stands around a dossier, in which role, from when until when. The only table of relations.

    With a person, `organisation` is for whom this person works there; alone, it stands for everybody who works there in
    that role. With `deputy_for` it is somebody in the place of another: by a `deputyship`, or with emergency access.
    """

    zone = Zone.CONTACT

    case = models.ForeignKey(Case, models.CASCADE, related_name="assignments", verbose_name=_("dossier"))
    role = models.CharField(_("rol"), max_length=30, choices=[(r.value, r.label) for r in Role if r in CASE_ROLES])
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("persoon")
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("organisatie")
    )
    starts_on = models.DateField(_("vanaf"), default=timezone.localdate)
    ends_on = models.DateField(_("tot"), null=True, blank=True, help_text=_("Eerste dag zonder deze betrokkenheid."))
    deputy_for = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("vervangt"),
    )  # fmt: skip
    deputyship = models.ForeignKey(
        "cases.Deputyship", models.PROTECT, null=True, blank=True, related_name="assignments",
        verbose_name=_("vervanging"),
    )  # fmt: skip
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["case", "starts_on", "pk"]
        verbose_name = _("betrokkene")
        verbose_name_plural = _("betrokkenen")
        # In the order of the dossiers: the list of a person's dossiers reads its fifty rows and no more.
        indexes = [models.Index(fields=["user", "role", "case", "ends_on", "starts_on"], name="assignment_of_user")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="assignment_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=False) | Q(organisation__isnull=False), name="assignment_of_somebody"
            ),
            models.UniqueConstraint(
                fields=["case", "role"],
                condition=Q(ends_on=None, deputy_for=None, role__in=[Role.KLANTMANAGER, Role.MENTOR]),
                name="assignment_one_klantmanager_one_mentor",
            ),
            models.UniqueConstraint(
                fields=["case", "role", "user"],
                condition=Q(ends_on=None, user__isnull=False),
                name="assignment_once_per_user",
            ),
            models.CheckConstraint(
                condition=Q(deputyship=None) | Q(deputy_for__isnull=False), name="assignment_deputyship_names_whom"
            ),
            models.CheckConstraint(
                condition=Q(deputy_for=None) | Q(ends_on__isnull=False), name="assignment_deputy_has_an_end"
            ),
            models.UniqueConstraint(
                fields=["case", "role", "organisation"],
                condition=Q(ends_on=None, user=None),
                name="assignment_once_per_organisation",
            ),
        ]

    def __str__(self):
        return f"{self.user or self.organisation} · {self.get_role_display()}"
