"""Mentors, requests for a mentor, the match, contact moments and the 3- and 6-month talks."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, F, Max, OuterRef, Q, Subquery, Sum, TextField
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, OrganisationKind, RoleAssignment
from accounts.roles import Role
from accounts.searching import every_word
from accounts.zones import Zone
from cases.models import Case, Language
from cases.models.case import held, visible
from mentoring.rules import CORRECTION_DAYS
from notifications.models import Meeting


class MentorStatus(models.TextChoices):
    AANGEMELD = "aangemeld", _("Aangemeld")
    KENNISMAKING = "kennismaking", _("Kennismaking")
    GEDRAGSCODE_AKKOORD = "gedragscode_akkoord", _("Gedragscode akkoord")
    BESCHIKBAAR = "beschikbaar", _("Beschikbaar")
    PAUZE = "pauze", _("Pauze")
    GESTOPT = "gestopt", _("Gestopt")
    AFGEWEZEN = "afgewezen", _("Afgewezen")


class DayPart(models.TextChoices):
    """When somebody can meet."""

    MA_OVERDAG = "ma_overdag", _("maandag overdag")
    MA_AVOND = "ma_avond", _("maandagavond")
    DI_OVERDAG = "di_overdag", _("dinsdag overdag")
    DI_AVOND = "di_avond", _("dinsdagavond")
    WO_OVERDAG = "wo_overdag", _("woensdag overdag")
    WO_AVOND = "wo_avond", _("woensdagavond")
    DO_OVERDAG = "do_overdag", _("donderdag overdag")
    DO_AVOND = "do_avond", _("donderdagavond")
    VR_OVERDAG = "vr_overdag", _("vrijdag overdag")
    VR_AVOND = "vr_avond", _("vrijdagavond")
    ZA = "za", _("zaterdag")
    ZO = "zo", _("zondag")


class Interest(models.TextChoices):
    """What people like to do together."""

    KOKEN = "koken", _("koken")
    SPORT = "sport", _("sport")
    VOETBAL = "voetbal", _("voetbal")
    WANDELEN = "wandelen", _("wandelen en fietsen")
    MUZIEK = "muziek", _("muziek")
    LEZEN = "lezen", _("lezen en taal")
    CULTUUR = "cultuur", _("cultuur en museum")
    TECHNIEK = "techniek", _("techniek en klussen")
    TUIN = "tuin", _("tuin en natuur")
    KINDEREN = "kinderen", _("dingen met kinderen")
    WERK = "werk", _("werk en studie")


class GenderWish(models.TextChoices):
    GEEN = "", _("geen voorkeur")
    VROUW = "vrouw", _("liefst een vrouw")
    MAN = "man", _("liefst een man")


class Gender(models.TextChoices):
    ONBEKEND = "", _("niet gezegd")
    VROUW = "vrouw", _("vrouw")
    MAN = "man", _("man")
    ANDERS = "anders", _("anders")


def in_reach(user, path="case", today=None):
    """The condition that this person may read the mentoring of a dossier at all (zone mentoring).

    A dossier without klantmanager is open to every klantmanager in zones contact and programme only (model §5.7 (9)):
    its mentoring is not.
    """
    if user.role == Role.KLANTMANAGER:
        return held(user, path, today)
    if user.role in (Role.VRIJWILLIGERSCOORDINATOR, Role.STATUSHOUDER, Role.MENTOR):
        return visible(user, path, today)
    return Q(pk__in=())


def coordinating_organisations(today=None):
    """Volunteer organisations in which somebody coordinates today: where a request for a mentor can go."""
    roles = RoleAssignment.objects.current(today).of_role(Role.VRIJWILLIGERSCOORDINATOR)
    return Organisation.objects.filter(kind=OrganisationKind.VRIJWILLIGERS, pk__in=roles.values("organisation"))


def labels(choices, codes):
    """The Dutch words of these codes, in the order of the choices; unknown codes are left out."""
    codes = set(codes)
    return [str(choice.label) for choice in choices if choice.value in codes]


class MentorQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The coordinator sees the files of the own organisation, a mentor only the own (zone volunteer)."""
        if user.role == Role.VRIJWILLIGERSCOORDINATOR:
            return self.filter(organisation=user.acting_as.organisation_id)
        if user.role == Role.MENTOR:
            return self.filter(user=user)
        return self.none()

    def available(self):
        return self.filter(status=MentorStatus.BESCHIKBAAR)

    def with_places(self):
        """Each with `active_count` (matches now), `proposed_count` (proposals in the air) and `free_count`."""
        counts = Mentorship.objects.filter(mentor=OuterRef("pk")).order_by().values("mentor")
        return self.annotate(
            active_count=Coalesce(Subquery(counts.active().annotate(n=Count("pk")).values("n")), 0),
            proposed_count=Coalesce(Subquery(counts.proposed().annotate(n=Count("pk")).values("n")), 0),
        ).annotate(free_count=F("max_active") - F("active_count") - F("proposed_count"))

    def with_role(self, today=None):
        """Each with `has_role`: whether the account is active and holds the role of mentor today."""
        roles = RoleAssignment.objects.current(today).of_role(Role.MENTOR).filter(user=OuterRef("user"))
        return self.annotate(has_role=Exists(roles))

    def search(self, text):
        """By name or e-mail address."""
        return self.filter(every_word(text, "user__name", "user__email"))

    def speaks(self, language):
        """Those who speak the language with this code."""
        # The list of codes is JSON; SQLite knows no "contains" on it, so the code is found with its quotes.
        return self.annotate(languages_text=Cast("languages", TextField())).filter(
            languages_text__contains=f'"{language}"'
        )


class Mentor(models.Model):
    """Mentor: a volunteer, an extra neighbour. The file is the mentor's and the coordinator's."""

    zone = Zone.VOLUNTEER

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("account"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("vrijwilligersorganisatie")
    )
    status = models.CharField(_("stand"), max_length=30, choices=MentorStatus, default=MentorStatus.AANGEMELD)
    gender = models.CharField(_("geslacht"), max_length=10, choices=Gender, blank=True)
    languages = models.JSONField(_("talen"), default=list, blank=True, help_text=_("Codes van talen."))
    availability = models.JSONField(_("beschikbaar"), default=list, blank=True)
    interests = models.JSONField(_("interesses"), default=list, blank=True)
    neighbourhood = models.CharField(_("wijk"), max_length=80, blank=True)
    max_active = models.PositiveSmallIntegerField(_("koppelingen tegelijk"), default=2)
    motivation = models.TextField(_("motivatie"), max_length=1000, blank=True)
    vog_seen_on = models.DateField(_("VOG gezien op"), null=True, blank=True)
    gedragscode_version = models.CharField(_("akkoord met gedragscode, versie"), max_length=20, blank=True)
    gedragscode_accepted_at = models.DateTimeField(_("akkoord met gedragscode op"), null=True, blank=True)
    status_since = models.DateField(_("stand sinds"), default=timezone.localdate)

    objects = MentorQuerySet.as_manager()

    class Meta:
        ordering = ["user__name", "pk"]
        verbose_name = _("mentor")
        verbose_name_plural = _("mentoren")

    def __str__(self):
        return str(self.user)

    def language_labels(self):
        """Dutch names of the languages spoken."""
        return labels(Language, self.languages)

    def day_part_labels(self):
        """When this mentor can meet, in words."""
        return labels(DayPart, self.availability)

    def interest_labels(self):
        """What this mentor likes to do, in words."""
        return labels(Interest, self.interests)

    @property
    def knows_gedragscode(self):
        """Whether the current version of the code of conduct was agreed to (R34); a new version asks again."""
        return bool(self.gedragscode_version) and self.gedragscode_version == settings.GEDRAGSCODE_VERSION


class MatchRequestStatus(models.TextChoices):
    OPEN = "open", _("Wacht op een mentor")
    VOORGESTELD = "voorgesteld", _("Mentor voorgesteld")
    VERVULD = "vervuld", _("Vervuld")
    INGETROKKEN = "ingetrokken", _("Ingetrokken")


OPEN_REQUESTS = (MatchRequestStatus.OPEN, MatchRequestStatus.VOORGESTELD)


class MatchRequestQuerySet(models.QuerySet):
    def visible_to(self, user, today=None):
        """Requests of dossiers in reach, for the roles that take part: coordinator, klantmanager, statushouder.

        A coordinator sees those that were put to the own organisation.
        """
        if user.role not in (Role.VRIJWILLIGERSCOORDINATOR, Role.KLANTMANAGER, Role.STATUSHOUDER):
            return self.none()
        rows = self.filter(in_reach(user, "case", today))
        if user.role == Role.VRIJWILLIGERSCOORDINATOR:
            rows = rows.filter(organisation=user.acting_as.organisation_id)
        return rows

    def open(self):
        return self.filter(status__in=OPEN_REQUESTS)

    def search(self, text):
        """By name of the statushouder or number of the dossier."""
        return self.filter(
            every_word(text, "case__statushouder__full_name", "case__statushouder__preferred_name", "case__number")
        )


class MatchRequest(models.Model):
    """Koppelverzoek: a statushouder would like a mentor; wishes, not demands."""

    zone = Zone.MENTORING

    case = models.ForeignKey(Case, models.CASCADE, related_name="+", verbose_name=_("dossier"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("vrijwilligersorganisatie")
    )
    wishes = models.TextField(_("wensen"), max_length=500, blank=True)
    gender_wish = models.CharField(_("voorkeur"), max_length=10, choices=GenderWish, blank=True)
    availability = models.JSONField(_("kan op"), default=list, blank=True)
    interests = models.JSONField(_("interesses"), default=list, blank=True)
    status = models.CharField(_("stand"), max_length=20, choices=MatchRequestStatus, default=MatchRequestStatus.OPEN)
    opened_on = models.DateField(_("sinds"), default=timezone.localdate)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    closed_on = models.DateField(_("gesloten op"), null=True, blank=True)
    closed_reason = models.CharField(_("reden"), max_length=300, blank=True)

    objects = MatchRequestQuerySet.as_manager()

    class Meta:
        ordering = ["opened_on", "pk"]
        verbose_name = _("koppelverzoek")
        verbose_name_plural = _("koppelverzoeken")
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(status__in=OPEN_REQUESTS), name="match_request_one_open"
            )
        ]
        indexes = [
            models.Index(
                fields=["organisation", "opened_on"],
                condition=Q(status__in=OPEN_REQUESTS),
                name="match_request_waiting",
            )
        ]

    def __str__(self):
        return f"{self.case}"

    @property
    def is_open(self):
        return self.status in OPEN_REQUESTS

    def days_waiting(self, today):
        """Days since the request was opened, in whole days."""
        return (today - self.opened_on).days

    def day_part_labels(self):
        """When the statushouder can meet, in words."""
        return labels(DayPart, self.availability)

    def interest_labels(self):
        """What the statushouder likes to do, in words."""
        return labels(Interest, self.interests)


class MentorshipStatus(models.TextChoices):
    VOORGESTELD = "voorgesteld", _("Voorgesteld")
    GEACCEPTEERD = "geaccepteerd", _("Mentor zegt ja")
    AFGESLAGEN = "afgeslagen", _("Voorstel afgeslagen")
    INGETROKKEN = "ingetrokken", _("Voorstel ingetrokken")
    VERLOPEN = "verlopen", _("Voorstel verlopen")
    ACTIEF = "actief", _("Actief")
    BEEINDIGD = "beeindigd", _("Beëindigd")


#: A proposal that is still in the air.
PROPOSED = (MentorshipStatus.VOORGESTELD, MentorshipStatus.GEACCEPTEERD)
#: A match that was confirmed.
BEGUN = (MentorshipStatus.ACTIEF, MentorshipStatus.BEEINDIGD)


class EndReason(models.TextChoices):
    NIEUWE_MATCH = "nieuwe_match", _("Er komt een nieuwe match")
    AFGEROND = "afgerond", _("Doel bereikt, afgerond")
    MENTOR_STOPT = "mentor_stopt", _("Mentor stopt")
    STATUSHOUDER_STOPT = "statushouder_stopt", _("Statushouder stopt")
    VERHUIZING = "verhuizing", _("Verhuizing")
    DOSSIER_GESLOTEN = "dossier_gesloten", _("Dossier gesloten")


class MentorshipQuerySet(models.QuerySet):
    def visible_to(self, user, today=None):
        """A mentor sees the own active matches (and the own proposals); coordinator, klantmanager and statushouder those
        of dossiers in reach, a coordinator only with mentors of the own organisation."""
        if user.role not in (Role.MENTOR, Role.VRIJWILLIGERSCOORDINATOR, Role.KLANTMANAGER, Role.STATUSHOUDER):
            return self.none()
        reach = in_reach(user, "case", today)
        if user.role == Role.MENTOR:
            return self.filter(Q(status__in=PROPOSED) | (Q(status=MentorshipStatus.ACTIEF) & reach), mentor__user=user)
        if user.role == Role.VRIJWILLIGERSCOORDINATOR:
            reach &= Q(mentor__organisation=user.acting_as.organisation_id)
        return self.filter(reach)

    def active(self):
        return self.filter(status=MentorshipStatus.ACTIEF)

    def proposed(self):
        return self.filter(status__in=PROPOSED)

    def begun(self):
        """Matches that were confirmed, active or ended; no proposals."""
        return self.filter(status__in=BEGUN)

    def with_contact(self):
        """Each with `last_contact_on` (or None), `minutes` together, and `quiet_since`: the last contact, or the start.

        An attempt that reached nobody is no contact.
        """
        moments = ContactMoment.objects.reached().filter(mentorship=OuterRef("pk")).order_by().values("mentorship")
        return self.annotate(
            last_contact_on=Subquery(moments.annotate(last=Max("on")).values("last")),
            minutes=Coalesce(Subquery(moments.annotate(total=Sum("minutes")).values("total")), 0),
        ).annotate(quiet_since=Coalesce("last_contact_on", "start_date"))

    def silent(self, today, days):
        """Active, and without contact for `days` days; after `with_contact`."""
        return self.active().filter(quiet_since__lte=today - timedelta(days=days))

    def search(self, text, *, by_full_name=True):
        """By name of mentor or statushouder, or number of the dossier. A mentor, who knows the name of every day alone,
        does not find by the full name either."""
        fields = ["mentor__user__name", "case__statushouder__preferred_name", "case__number"]
        return self.filter(every_word(text, *fields, *(["case__statushouder__full_name"] if by_full_name else [])))


class Mentorship(models.Model):
    """Koppeling: a mentor and a statushouder, from proposal to end."""

    zone = Zone.MENTORING

    mentor = models.ForeignKey(Mentor, models.PROTECT, related_name="mentorships", verbose_name=_("mentor"))
    case = models.ForeignKey(Case, models.CASCADE, related_name="+", verbose_name=_("dossier"))
    request = models.ForeignKey(
        MatchRequest,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="mentorships",
        verbose_name=_("koppelverzoek"),
    )
    status = models.CharField(
        _("stand"), max_length=20, choices=MentorshipStatus, default=MentorshipStatus.VOORGESTELD
    )
    proposed_at = models.DateTimeField(_("voorgesteld op"), default=timezone.now)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    answer_by = models.DateField(_("antwoord uiterlijk"), null=True, blank=True)
    answered_at = models.DateTimeField(_("antwoord op"), null=True, blank=True)
    statushouder_agrees = models.BooleanField(_("statushouder zegt ja"), null=True, blank=True)
    declined_by = models.CharField(
        _("afgeslagen door"), max_length=30, choices=[(r.value, r.label) for r in (Role.MENTOR, Role.STATUSHOUDER)], blank=True
    )  # fmt: skip
    confirmed_at = models.DateTimeField(_("bevestigd op"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    start_date = models.DateField(_("gestart op"), null=True, blank=True)
    ended_on = models.DateField(_("beëindigd op"), null=True, blank=True)
    end_reason = models.CharField(_("reden van het einde"), max_length=20, choices=EndReason, blank=True)
    end_note = models.CharField(_("toelichting"), max_length=300, blank=True)

    objects = MentorshipQuerySet.as_manager()

    class Meta:
        ordering = ["-start_date", "-pk"]
        verbose_name = _("koppeling")
        verbose_name_plural = _("koppelingen")
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(status=MentorshipStatus.ACTIEF), name="mentorship_one_active_per_case"
            ),
            models.UniqueConstraint(
                fields=["request"], condition=Q(status__in=PROPOSED), name="mentorship_one_proposal_per_request"
            ),
            models.CheckConstraint(
                condition=~Q(status=MentorshipStatus.ACTIEF) | Q(start_date__isnull=False),
                name="mentorship_active_has_start",
            ),
            models.CheckConstraint(
                condition=~Q(status=MentorshipStatus.BEEINDIGD) | Q(ended_on__isnull=False),
                name="mentorship_ended_has_end",
            ),
        ]

    def __str__(self):
        return f"{self.mentor} · {self.case}"

    @property
    def is_active(self):
        return self.status == MentorshipStatus.ACTIEF

    @property
    def is_proposed(self):
        return self.status in PROPOSED

    @property
    def mentor_agrees(self):
        """Whether the mentor said yes to the proposal."""
        return self.status == MentorshipStatus.GEACCEPTEERD

    @property
    def can_be_confirmed(self):
        """Both sides said yes."""
        return self.mentor_agrees and bool(self.statushouder_agrees)


class CheckInKind(models.TextChoices):
    M3 = "m3", _("3-maandengesprek")
    M6 = "m6", _("6-maandengesprek")


class CheckInStatus(models.TextChoices):
    GEPLAND = "gepland", _("Gepland")
    TE_PLANNEN = "te_plannen", _("Nog te plannen")
    VASTGELEGD = "vastgelegd", _("Vastgelegd")
    VERVALLEN = "vervallen", _("Vervallen")


OPEN_CHECK_INS = (CheckInStatus.GEPLAND, CheckInStatus.TE_PLANNEN)


class CheckInOutcome(models.TextChoices):
    VOORTZETTEN = "voortzetten", _("Samen verder")
    NIEUWE_MATCH = "nieuwe_match", _("Nieuwe match zoeken")
    AFRONDEN = "afronden", _("Afronden")


class CheckInQuerySet(models.QuerySet):
    def visible_to(self, user, today=None):
        """Talks of visible matches."""
        return self.filter(mentorship__in=Mentorship.objects.visible_to(user, today).values("pk"))

    def listed_for(self, role):
        """The talks that a role keeps a list of: a klantmanager the 3-month talks, the others all."""
        return self.filter(kind=CheckInKind.M3) if role == Role.KLANTMANAGER else self

    def open(self):
        return self.filter(status__in=OPEN_CHECK_INS)

    def overdue(self, today):
        """Open, and the day on which somebody should have recorded or planned it has come."""
        return self.open().filter(due_on__lte=today)


class CheckIn(models.Model):
    """3- of 6-maandengesprek (R29–R31): target date by rule, meeting by agreement, outcome by people."""

    zone = Zone.MENTORING

    mentorship = models.ForeignKey(Mentorship, models.CASCADE, related_name="check_ins", verbose_name=_("koppeling"))
    kind = models.CharField(_("soort"), max_length=5, choices=CheckInKind)
    target_on = models.DateField(_("streefdatum"))
    due_on = models.DateField(
        _("signaal vanaf"), help_text=_("De dag na het gesprek; zonder afspraak de streefdatum en de speling.")
    )
    meeting = models.OneToOneField(
        Meeting, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("agendapunt")
    )
    status = models.CharField(_("stand"), max_length=20, choices=CheckInStatus, default=CheckInStatus.GEPLAND)
    held_on = models.DateField(_("gehouden op"), null=True, blank=True)
    outcome = models.CharField(_("uitkomst"), max_length=20, choices=CheckInOutcome, blank=True)
    summary = models.TextField(_("samenvatting"), max_length=1000, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = CheckInQuerySet.as_manager()

    class Meta:
        ordering = ["target_on", "pk"]
        verbose_name = _("gesprek")
        verbose_name_plural = _("gesprekken")
        constraints = [
            models.UniqueConstraint(fields=["mentorship", "kind"], name="check_in_once"),
            models.CheckConstraint(
                condition=~Q(kind=CheckInKind.M6, status=CheckInStatus.VASTGELEGD) | ~Q(outcome=""),
                name="check_in_m6_needs_outcome",
            ),
        ]
        indexes = [models.Index(fields=["due_on"], condition=Q(status__in=OPEN_CHECK_INS), name="check_in_open_due")]

    def __str__(self):
        return f"{self.get_kind_display()} · {self.mentorship}"

    @property
    def is_open(self):
        return self.status in OPEN_CHECK_INS

    @property
    def leading_role(self):
        """Who records this talk: the klantmanager the first (R29), the coordinator the second (R30)."""
        return Role.KLANTMANAGER if self.kind == CheckInKind.M3 else Role.VRIJWILLIGERSCOORDINATOR

    @property
    def roles(self):
        """The three who take part."""
        return (Role.MENTOR, Role.STATUSHOUDER, self.leading_role)

    @property
    def alert_key(self):
        """The key of the alert for the day from which this talk asks for attention."""
        return f"check-in:{self.pk}:{self.due_on.isoformat()}"


class ContactChannel(models.TextChoices):
    SAMEN_OP_PAD = "samen_op_pad", _("Samen op pad")
    THUIS = "thuis", _("Thuis")
    BELLEN = "bellen", _("Bellen")
    APP = "app", _("App")
    MET_GROEP = "met_groep", _("Met groep")
    NIET_BEREIKT = "niet_bereikt", _("Niet bereikt")


class ContactMomentQuerySet(models.QuerySet):
    def visible_to(self, user, today=None):
        """A mentor reads the own moments of active matches; the coordinator those of visible dossiers; the statushouder
        the own. Nobody else reads what was done; the journal says that and when."""
        if user.role in (Role.MENTOR, Role.VRIJWILLIGERSCOORDINATOR, Role.STATUSHOUDER):
            return self.filter(mentorship__in=Mentorship.objects.visible_to(user, today).begun().values("pk"))
        return self.none()

    def reached(self):
        """Moments at which there was contact."""
        return self.exclude(channel=ContactChannel.NIET_BEREIKT)

    def logged_by_mentor(self, user):
        """All moments this mentor ever logged, for the own hours: of an ended match numbers only (model §5.7 (3))."""
        return self.filter(mentorship__mentor__user=user)


class ContactMoment(models.Model):
    """Contactmoment: when, how and how long mentor and statushouder met. No medical or financial matters."""

    zone = Zone.MENTORING

    mentorship = models.ForeignKey(
        Mentorship, models.CASCADE, related_name="contact_moments", verbose_name=_("koppeling")
    )
    on = models.DateField(_("wanneer"))
    channel = models.CharField(_("hoe"), max_length=20, choices=ContactChannel)
    minutes = models.PositiveSmallIntegerField(_("hoe lang (minuten)"), default=60)
    note = models.CharField(_("wat deden jullie"), max_length=500, blank=True)
    concern = models.BooleanField(_("ik maak me zorgen"), default=False)
    key = models.UUIDField(unique=True, editable=False)
    logged_at = models.DateTimeField(_("vastgelegd op"), default=timezone.now)
    logged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(_("gewijzigd op"), null=True, blank=True)

    objects = ContactMomentQuerySet.as_manager()

    class Meta:
        ordering = ["-on", "-pk"]
        verbose_name = _("contactmoment")
        verbose_name_plural = _("contactmomenten")
        constraints = [models.CheckConstraint(condition=Q(minutes__lte=1440), name="contact_moment_within_a_day")]
        indexes = [models.Index(fields=["mentorship", "-on"], name="contact_moment_of_match")]

    def __str__(self):
        return f"{self.on:%d-%m-%Y}"

    @property
    def was_reached(self):
        return self.channel != ContactChannel.NIET_BEREIKT

    def can_be_changed(self, now):
        """Whether the mentor may still correct or remove it."""
        return now <= self.logged_at + timedelta(days=CORRECTION_DAYS)
