"""Mentors, requests for a mentor, the match, contact moments and the 3- and 6-month talks."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from accounts.zones import Zone
from cases.models import Case, Language
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


class MentorQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The coordinator sees every mentor's file, a mentor only the own (zone volunteer)."""
        if user.role == Role.VRIJWILLIGERSCOORDINATOR:
            return self.all()
        if user.role == Role.MENTOR:
            return self.filter(user=user)
        return self.none()

    def available(self):
        return self.filter(status=MentorStatus.BESCHIKBAAR)


class Mentor(models.Model):
    """Mentor: a volunteer, an extra neighbour. The file is the mentor's and the coordinator's."""

    zone = Zone.VOLUNTEER

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("account"))
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
        return [str(Language(code).label) for code in self.languages if code in Language.values]


class MatchRequestStatus(models.TextChoices):
    OPEN = "open", _("Wacht op een mentor")
    VOORGESTELD = "voorgesteld", _("Mentor voorgesteld")
    VERVULD = "vervuld", _("Vervuld")
    INGETROKKEN = "ingetrokken", _("Ingetrokken")


OPEN_REQUESTS = (MatchRequestStatus.OPEN, MatchRequestStatus.VOORGESTELD)


class MatchRequestQuerySet(models.QuerySet):
    def visible_to(self, user, today=None):
        """Requests of visible dossiers, for the roles that take part: coordinator, klantmanager, statushouder."""
        if user.role not in (Role.VRIJWILLIGERSCOORDINATOR, Role.KLANTMANAGER, Role.STATUSHOUDER):
            return self.none()
        return self.filter(case__in=Case.objects.visible_to(user, today).values("pk"))

    def open(self):
        return self.filter(status__in=OPEN_REQUESTS)


class MatchRequest(models.Model):
    """Koppelverzoek: a statushouder would like a mentor; wishes, not demands."""

    zone = Zone.MENTORING

    case = models.ForeignKey(Case, models.CASCADE, related_name="+", verbose_name=_("dossier"))
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
            models.UniqueConstraint(fields=["case"], condition=Q(status__in=OPEN_REQUESTS), name="match_request_one_open")
        ]

    def __str__(self):
        return f"{self.case}"


class MentorshipStatus(models.TextChoices):
    VOORGESTELD = "voorgesteld", _("Voorgesteld")
    GEACCEPTEERD = "geaccepteerd", _("Mentor zegt ja")
    AFGESLAGEN = "afgeslagen", _("Mentor zegt nee")
    INGETROKKEN = "ingetrokken", _("Voorstel ingetrokken")
    ACTIEF = "actief", _("Actief")
    BEEINDIGD = "beeindigd", _("Beëindigd")


#: A proposal that is still in the air.
PROPOSED = (MentorshipStatus.VOORGESTELD, MentorshipStatus.GEACCEPTEERD)


class EndReason(models.TextChoices):
    NIEUWE_MATCH = "nieuwe_match", _("Er komt een nieuwe match")
    AFGEROND = "afgerond", _("Doel bereikt, afgerond")
    MENTOR_STOPT = "mentor_stopt", _("Mentor stopt")
    STATUSHOUDER_STOPT = "statushouder_stopt", _("Statushouder stopt")
    VERHUIZING = "verhuizing", _("Verhuizing")


class MentorshipQuerySet(models.QuerySet):
    def visible_to(self, user, today=None):
        """A mentor sees the own active matches (and the own proposals); coordinator, klantmanager and statushouder those
        of visible dossiers."""
        if user.role == Role.MENTOR:
            return self.filter(
                Q(status__in=PROPOSED)
                | Q(status=MentorshipStatus.ACTIEF, case__in=Case.objects.visible_to(user, today).values("pk")),
                mentor__user=user,
            )
        if user.role in (Role.VRIJWILLIGERSCOORDINATOR, Role.KLANTMANAGER, Role.STATUSHOUDER):
            return self.filter(case__in=Case.objects.visible_to(user, today).values("pk"))
        return self.none()

    def active(self):
        return self.filter(status=MentorshipStatus.ACTIEF)

    def proposed(self):
        return self.filter(status__in=PROPOSED)


class Mentorship(models.Model):
    """Koppeling: a mentor and a statushouder, from proposal to end."""

    zone = Zone.MENTORING

    mentor = models.ForeignKey(Mentor, models.PROTECT, related_name="mentorships", verbose_name=_("mentor"))
    case = models.ForeignKey(Case, models.CASCADE, related_name="+", verbose_name=_("dossier"))
    request = models.ForeignKey(
        MatchRequest, models.SET_NULL, null=True, blank=True, related_name="mentorships", verbose_name=_("koppelverzoek")
    )
    status = models.CharField(_("stand"), max_length=20, choices=MentorshipStatus, default=MentorshipStatus.VOORGESTELD)
    proposed_at = models.DateTimeField(_("voorgesteld op"), default=timezone.now)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(_("antwoord op"), null=True, blank=True)
    statushouder_agrees = models.BooleanField(_("statushouder zegt ja"), default=False)
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

    def open(self):
        return self.filter(status__in=OPEN_CHECK_INS)


class CheckIn(models.Model):
    """3- of 6-maandengesprek (R29–R31): target date by rule, meeting by agreement, outcome by people."""

    zone = Zone.MENTORING

    mentorship = models.ForeignKey(Mentorship, models.CASCADE, related_name="check_ins", verbose_name=_("koppeling"))
    kind = models.CharField(_("soort"), max_length=5, choices=CheckInKind)
    target_on = models.DateField(_("streefdatum"))
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

    def __str__(self):
        return f"{self.get_kind_display()} · {self.mentorship}"


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
            return self.filter(mentorship__in=Mentorship.objects.visible_to(user, today).values("pk"))
        return self.none()


class ContactMoment(models.Model):
    """Contactmoment: when, how and how long mentor and statushouder met. No medical or financial matters."""

    zone = Zone.MENTORING

    mentorship = models.ForeignKey(Mentorship, models.CASCADE, related_name="contact_moments", verbose_name=_("koppeling"))
    on = models.DateField(_("wanneer"))
    channel = models.CharField(_("hoe"), max_length=20, choices=ContactChannel)
    minutes = models.PositiveSmallIntegerField(_("hoe lang (minuten)"), default=60)
    note = models.CharField(_("wat deden jullie"), max_length=500, blank=True)
    concern = models.BooleanField(_("ik maak me zorgen"), default=False)
    key = models.UUIDField(unique=True, editable=False)
    logged_at = models.DateTimeField(_("vastgelegd op"), default=timezone.now)
    logged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = ContactMomentQuerySet.as_manager()

    class Meta:
        ordering = ["-on", "-pk"]
        verbose_name = _("contactmoment")
        verbose_name_plural = _("contactmomenten")
        constraints = [models.CheckConstraint(condition=Q(minutes__lte=1440), name="contact_moment_within_a_day")]

    def __str__(self):
        return f"{self.on:%d-%m-%Y}"
