"""The Startgroep and the language schools: sessions, attendance, enrolments and absence."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from accounts.roles import Role
from accounts.zones import Zone
from cases.models import Case, ProgrammeSettings
from cases.models.case import held, visible
from cases.models.programme import StartgroepPattern
from notifications.models import Meeting


class InstituteQuerySet(models.QuerySet):
    def visible_to(self, user, today=None):
        """Names and numbers are no personal data: who has to do with schools reads them; an institute its own."""
        if user.role == Role.INSTITUUT:
            return self.filter(organisation=user.acting_as.organisation_id)
        if user.role in (
            Role.KLANTMANAGER,
            Role.MAATSCHAPPELIJK_BEGELEIDER,
            Role.DOCENT,
            Role.STATUSHOUDER,
            Role.FUNCTIONEEL_BEHEERDER,
        ):
            return self.all()
        return self.none()

    def contracted(self):
        return self.filter(contracted=True)

    def with_counts(self):
        """Each with `placed` (places taken) and `waiting` (people on the waiting list): counts, no people (R40)."""
        return self.annotate(
            placed=models.Count("enrolments", filter=Q(enrolments__status__in=PLACED_ENROLMENTS)),
            waiting=models.Count("enrolments", filter=Q(enrolments__status=EnrolmentStatus.WACHTLIJST)),
        ).annotate(free=F("capacity") - F("placed"))


class Institute(models.Model):
    """Instituut: a language school with its places and its waiting list (R51, R52)."""

    organisation = models.OneToOneField(Organisation, models.PROTECT, related_name="+", verbose_name=_("organisatie"))
    contracted = models.BooleanField(_("afspraken met de gemeente"), default=True)
    levels = models.JSONField(_("niveaus"), default=list, blank=True)
    capacity = models.PositiveIntegerField(_("plaatsen"), default=0)
    expected_wait_weeks = models.PositiveSmallIntegerField(_("wachttijd in weken"), default=0)
    as_of = models.DateField(_("stand op"), default=timezone.localdate)

    objects = InstituteQuerySet.as_manager()

    class Meta:
        ordering = ["organisation__name"]
        verbose_name = _("instituut")
        verbose_name_plural = _("instituten")

    def __str__(self):
        return self.organisation.name

    def get_absolute_url(self):
        return reverse("inburgering:institute", args=[self.pk])


class StartgroepState(models.TextChoices):
    """Where a group stands; read from its dates, never stored."""

    GEPLAND = "gepland", _("Gepland")
    LOPEND = "lopend", _("Loopt")
    BEELDVORMING = "beeldvorming", _("Loopt, beeldvorming open")
    AF_TE_RONDEN = "af_te_ronden", _("Af te ronden")
    AFGEROND = "afgerond", _("Afgerond")


class StartgroepQuerySet(models.QuerySet):
    def visible_to(self, user, today=None):
        """A docent sees the own groups; a klantmanager all groups (participants only as far as the dossiers go)."""
        if user.role == Role.DOCENT:
            return self.filter(docent=user)
        if user.role == Role.KLANTMANAGER:
            return self.all()
        return self.none()

    def unfinished(self):
        return self.filter(finished_on=None)

    def with_counts(self, today):
        """Each with `taken` places, `next_on` (the coming session) and `unrecorded` (sessions held without roll call)."""
        sessions = StartgroepSession.objects.standing().filter(startgroep=models.OuterRef("pk")).order_by()
        members = StartgroepParticipant.objects.current().filter(startgroep=models.OuterRef("pk")).order_by()

        def number(rows):
            rows = rows.values("startgroep").annotate(number=models.Count("pk")).values("number")
            return Coalesce(models.Subquery(rows), 0)

        return self.annotate(
            taken=number(members),
            unrecorded=number(sessions.without_roll(today)),
            next_on=models.Subquery(sessions.filter(on__gte=today).order_by("on").values("on")[:1]),
        )

    def running(self, today):
        """Begun and not finished."""
        return self.unfinished().filter(start_on__lte=today)

    def in_state(self, state, today):
        """Groups that stand in `state` on `today`; the same dates as `Startgroep.state`."""
        S = StartgroepState
        if state == S.AFGEROND:
            return self.exclude(finished_on=None)
        return self.unfinished().filter(
            {
                S.GEPLAND: Q(start_on__gt=today),
                S.LOPEND: Q(start_on__lte=today, assessment_from__gt=today, ends_on__gte=today),
                S.BEELDVORMING: Q(start_on__lte=today, assessment_from__lte=today, ends_on__gte=today),
                S.AF_TE_RONDEN: Q(ends_on__lt=today),
            }[state]
        )


class Startgroep(models.Model):
    """Startgroep: six weeks in which a group gets to know the programme (R36–R42)."""

    code = models.CharField(_("naam"), max_length=40, unique=True)
    docent = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("docent"))
    start_on = models.DateField(_("start"))
    weeks = models.PositiveSmallIntegerField(_("weken"), default=6)
    pattern = models.CharField(_("ritme"), max_length=20, choices=StartgroepPattern)
    weekdays = models.JSONField(_("lesdagen"), default=list, help_text=_("0 is maandag."))
    starts_at = models.TimeField(_("begint om"))
    ends_at = models.TimeField(_("eindigt om"))
    location = models.CharField(_("plaats"), max_length=200, blank=True)
    capacity = models.PositiveSmallIntegerField(_("plaatsen"), default=14)
    ends_on = models.DateField(_("laatste dag"))
    assessment_from = models.DateField(_("beeldvorming vanaf"))
    finished_on = models.DateField(_("afgerond op"), null=True, blank=True)
    #: Of the form that planned it: sent twice it makes one group.
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)

    objects = StartgroepQuerySet.as_manager()

    class Meta:
        ordering = ["-start_on", "code"]
        verbose_name = _("Startgroep")
        verbose_name_plural = _("Startgroepen")
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("start_on")), name="startgroep_ends_after_start")
        ]

    def __str__(self):
        return self.code

    def get_absolute_url(self):
        return reverse("inburgering:startgroep", args=[self.pk])

    def state(self, today):
        """Where the group stands on `today`."""
        if self.finished_on:
            return StartgroepState.AFGEROND
        if today < self.start_on:
            return StartgroepState.GEPLAND
        if today > self.ends_on:
            return StartgroepState.AF_TE_RONDEN
        return StartgroepState.LOPEND if today < self.assessment_from else StartgroepState.BEELDVORMING


class SessionKind(models.TextChoices):
    GROUP_INTAKE = "group_intake", _("Groepsintake")
    REGULAR = "regular", _("Bijeenkomst")


class StartgroepSessionQuerySet(models.QuerySet):
    def visible_to(self, user, today=None):
        return self.filter(startgroep__in=Startgroep.objects.visible_to(user, today).values("pk"))

    def standing(self):
        """Not called off."""
        return self.filter(cancelled_at=None)

    def without_roll(self, today):
        """Held by `today`, and nobody has said who was there."""
        return self.standing().filter(on__lte=today, roll_called_at=None, startgroep__finished_on=None)


class StartgroepSession(models.Model):
    """Bijeenkomst van de Startgroep. Exactly one is the group intake, before the others (R36)."""

    startgroep = models.ForeignKey(Startgroep, models.CASCADE, related_name="sessions", verbose_name=_("Startgroep"))
    kind = models.CharField(_("soort"), max_length=20, choices=SessionKind, default=SessionKind.REGULAR)
    on = models.DateField(_("datum"))
    meeting = models.OneToOneField(
        Meeting, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("agendapunt")
    )
    roll_called_at = models.DateTimeField(_("aanwezigheid opgenomen op"), null=True, blank=True)
    roll_called_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    cancelled_at = models.DateTimeField(_("afgezegd op"), null=True, blank=True)

    objects = StartgroepSessionQuerySet.as_manager()

    class Meta:
        ordering = ["on", "pk"]
        verbose_name = _("bijeenkomst")
        verbose_name_plural = _("bijeenkomsten")
        constraints = [
            models.UniqueConstraint(
                fields=["startgroep", "on"], condition=Q(cancelled_at=None), name="startgroep_session_once_a_day"
            ),
            models.UniqueConstraint(
                fields=["startgroep"], condition=Q(kind=SessionKind.GROUP_INTAKE), name="startgroep_one_group_intake"
            ),
        ]

    def __str__(self):
        return f"{self.startgroep} · {self.on:%d-%m-%Y}"


class StartgroepParticipantQuerySet(models.QuerySet):
    def visible_to(self, user, today=None):
        """Participants whose dossier is visible, for who reads the course of the programme."""
        if user.role in (Role.MENTOR, Role.VRIJWILLIGERSCOORDINATOR, Role.INSTITUUT):
            return self.none()
        return self.filter(visible(user, "case", today))

    def current(self):
        return self.filter(left_on=None)

    def on(self, day):
        """Who belonged to the group on that day."""
        return self.filter(Q(left_on=None) | Q(left_on__gt=day), joined_on__lte=day)


class StartgroepParticipant(models.Model):
    """Deelnemer van een Startgroep, from when until when."""

    zone = Zone.PROGRAMME

    startgroep = models.ForeignKey(
        Startgroep, models.CASCADE, related_name="participants", verbose_name=_("Startgroep")
    )
    case = models.ForeignKey(Case, models.CASCADE, related_name="+", verbose_name=_("dossier"))
    joined_on = models.DateField(_("vanaf"))
    left_on = models.DateField(_("tot"), null=True, blank=True)

    objects = StartgroepParticipantQuerySet.as_manager()

    class Meta:
        ordering = ["case__statushouder__full_name", "pk"]
        verbose_name = _("deelnemer")
        verbose_name_plural = _("deelnemers")
        constraints = [
            models.UniqueConstraint(
                fields=["startgroep", "case"], condition=Q(left_on=None), name="startgroep_participant_once"
            ),
            models.CheckConstraint(
                condition=Q(left_on=None) | Q(left_on__gte=F("joined_on")), name="startgroep_participant_leaves_after"
            ),
        ]

    def __str__(self):
        return f"{self.case}"

    def get_learning_url(self):
        """The tab of the dossier about the Startgroep and the course."""
        return reverse("inburgering:case_learning", args=[self.case.number])


class AttendanceStatus(models.TextChoices):
    AANWEZIG = "aanwezig", _("Aanwezig")
    TE_LAAT = "te_laat", _("Te laat")
    AFWEZIG_GEMELD = "afwezig_gemeld", _("Afgemeld")
    AFWEZIG = "afwezig", _("Afwezig")


class SessionAttendanceQuerySet(models.QuerySet):
    def visible_to(self, user, today=None):
        """Attendance at the Startgroep: docent, klantmanager of the dossier and the person; nobody else (§5.7)."""
        if user.role == Role.KLANTMANAGER:
            return self.filter(held(user, "participant__case", today))
        if user.role in (Role.DOCENT, Role.STATUSHOUDER):
            return self.filter(visible(user, "participant__case", today))
        return self.none()


class SessionAttendance(models.Model):
    """Aanwezigheid: one participant at one session. No row means not yet recorded, never present."""

    zone = Zone.ATTENDANCE

    session = models.ForeignKey(
        StartgroepSession, models.CASCADE, related_name="attendance", verbose_name=_("bijeenkomst")
    )
    participant = models.ForeignKey(
        StartgroepParticipant, models.CASCADE, related_name="attendance", verbose_name=_("deelnemer")
    )
    status = models.CharField(_("aanwezigheid"), max_length=20, choices=AttendanceStatus)
    remark = models.CharField(_("opmerking"), max_length=200, blank=True)

    objects = SessionAttendanceQuerySet.as_manager()

    class Meta:
        ordering = ["session", "participant"]
        verbose_name = _("aanwezigheid")
        verbose_name_plural = _("aanwezigheid")
        constraints = [models.UniqueConstraint(fields=["session", "participant"], name="attendance_once")]

    def __str__(self):
        return self.get_status_display()


class EnrolmentStatus(models.TextChoices):
    AFSPRAAK = "afspraak", _("Afspraak met instituut")
    RESULTAAT_VERZONDEN = "resultaat_verzonden", _("Resultaat verzonden")
    WACHTLIJST = "wachtlijst", _("Wachtlijst")
    GEPLAATST = "geplaatst", _("Geplaatst")
    STARTDATUM_BEKEND = "startdatum_bekend", _("Startdatum bekend")
    GESTART = "gestart", _("Gestart")
    ONDERBROKEN = "onderbroken", _("Onderbroken")
    AFGEROND = "afgerond", _("Afgerond")
    GESTOPT = "gestopt", _("Gestopt")
    OVERGESTAPT = "overgestapt", _("Overgestapt")
    INGETROKKEN = "ingetrokken", _("Ingetrokken")


#: The enrolment is over.
CLOSED_ENROLMENTS = (
    EnrolmentStatus.AFGEROND,
    EnrolmentStatus.GESTOPT,
    EnrolmentStatus.OVERGESTAPT,
    EnrolmentStatus.INGETROKKEN,
)
#: The enrolment takes a place at the institute.
PLACED_ENROLMENTS = (
    EnrolmentStatus.GEPLAATST,
    EnrolmentStatus.STARTDATUM_BEKEND,
    EnrolmentStatus.GESTART,
    EnrolmentStatus.ONDERBROKEN,
)


class EnrolmentQuerySet(models.QuerySet):
    def visible_to(self, user, today=None):
        """Enrolments of visible dossiers; an institute only its own."""
        if user.role in (Role.MENTOR, Role.VRIJWILLIGERSCOORDINATOR):
            return self.none()
        rows = self.filter(visible(user, "case", today))
        if user.role == Role.INSTITUUT:
            rows = rows.filter(institute__organisation=user.acting_as.organisation_id)
        return rows

    def open(self):
        return self.exclude(status__in=CLOSED_ENROLMENTS)

    def started(self):
        return self.filter(status=EnrolmentStatus.GESTART)

    def with_missed(self):
        """Each with `missed`: how many lessons were reported and not taken back."""
        return self.annotate(missed=models.Count("absences", filter=Q(absences__withdrawn_at=None)))

    def waiting(self):
        """On the waiting list, longest first."""
        return self.filter(status=EnrolmentStatus.WACHTLIJST).order_by("waitlist_since", "pk")


class Enrolment(models.Model):
    """Inschrijving: one person at one institute, with its five steps (R53)."""

    zone = Zone.PROGRAMME

    case = models.ForeignKey(Case, models.CASCADE, related_name="+", verbose_name=_("dossier"))
    institute = models.ForeignKey(Institute, models.PROTECT, related_name="enrolments", verbose_name=_("instituut"))
    course_group = models.CharField(_("groep"), max_length=60, blank=True)
    level = models.CharField(_("niveau"), max_length=10, blank=True)
    lessons_per_week = models.PositiveSmallIntegerField(_("lessen per week"), null=True, blank=True)
    status = models.CharField(_("stand"), max_length=30, choices=EnrolmentStatus, default=EnrolmentStatus.AFSPRAAK)
    appointment_on = models.DateField(_("afspraak op"), null=True, blank=True)
    result_sent_on = models.DateField(_("resultaat verzonden op"), null=True, blank=True)
    waitlist_since = models.DateField(_("op de wachtlijst sinds"), null=True, blank=True)
    placed_on = models.DateField(_("geplaatst op"), null=True, blank=True)
    start_on = models.DateField(_("startdatum"), null=True, blank=True)
    started_on = models.DateField(_("gestart op"), null=True, blank=True)
    ended_on = models.DateField(_("beëindigd op"), null=True, blank=True)
    end_reason = models.CharField(_("reden van het einde"), max_length=300, blank=True)
    #: Rises by one after each handled absence alert; an absence belongs to the window open when it was saved (Amb-11d).
    #: Not used when the programme counts per quarter: then each quarter numbers its own windows from 1.
    absence_window = models.PositiveSmallIntegerField(default=1)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("inschrijving")
        verbose_name_plural = _("inschrijvingen")
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=~Q(status__in=CLOSED_ENROLMENTS), name="enrolment_one_open_per_case"
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(started_on=None) | Q(ended_on__gte=F("started_on")),
                name="enrolment_ends_after_start",
            ),
        ]

    def __str__(self):
        return f"{self.case} · {self.institute}"

    def get_absolute_url(self):
        return reverse("inburgering:enrolment", args=[self.pk])

    def get_learning_url(self):
        """The tab of the dossier that shows this enrolment."""
        return reverse("inburgering:case_learning", args=[self.case.number])

    @property
    def is_open(self):
        return self.status not in CLOSED_ENROLMENTS


class EnrolmentStep(models.Model):
    """Stap van een inschrijving: what it became, on which date, and who wrote it down when (R53)."""

    zone = Zone.PROGRAMME

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="steps", verbose_name=_("inschrijving"))
    status = models.CharField(_("stand"), max_length=30, choices=EnrolmentStatus)
    on = models.DateField(_("datum"))
    reason = models.CharField(_("reden"), max_length=300, blank=True)
    at = models.DateTimeField(_("vastgelegd op"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("door")
    )

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = _("stap van een inschrijving")
        verbose_name_plural = _("stappen van een inschrijving")

    def __str__(self):
        return self.get_status_display()


class AbsenceKind(models.TextChoices):
    ONGEOORLOOFD = "ongeoorloofd", _("Ongeoorloofd")
    GEOORLOOFD = "geoorloofd", _("Geoorloofd")
    ONBEKEND = "onbekend", _("Reden nog onbekend")


class LessonPart(models.TextChoices):
    OCHTEND = "ochtend", _("Ochtend")
    MIDDAG = "middag", _("Middag")
    AVOND = "avond", _("Avond")


class AbsenceQuerySet(models.QuerySet):
    def visible_to(self, user, today=None):
        """Absence, for the klantmanager of the dossier, the institute itself and the person. A docent reads the
        Startgroep's attendance only, and a waiting dossier shows none (model §5.7)."""
        if user.role == Role.KLANTMANAGER:
            return self.filter(held(user, "enrolment__case", today))
        if user.role in (Role.INSTITUUT, Role.STATUSHOUDER):
            return self.filter(enrolment__in=Enrolment.objects.visible_to(user, today).values("pk"))
        return self.none()

    def correctable_by(self, user, today):
        """Absence an institute may correct: of its visible enrolments, and of its ended ones until the grace days are
        over, though the dossier itself is closed to it by then (model §5.7 (3))."""
        if user.role != Role.INSTITUUT:
            return self.none()
        running = self.filter(enrolment__in=Enrolment.objects.visible_to(user, today).values("pk"))
        return running | self.correctable_after_end(user, today)

    def correctable_after_end(self, user, today):
        """Absence of the institute's ended enrolments, as long as it may still be corrected."""
        if user.role != Role.INSTITUUT:
            return self.none()
        since = today - timedelta(days=ProgrammeSettings.objects.on(today).report_grace_days)
        return self.standing().filter(
            enrolment__institute__organisation=user.acting_as.organisation_id, enrolment__ended_on__gte=since
        )

    def standing(self):
        """Not taken back."""
        return self.filter(withdrawn_at=None)


class Absence(models.Model):
    """Verzuim: one missed lesson, reported by the institute. Coming late is no absence (Amb-11c)."""

    zone = Zone.ATTENDANCE

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="absences", verbose_name=_("inschrijving"))
    lesson_on = models.DateField(_("datum van de les"))
    lesson_part = models.CharField(_("dagdeel"), max_length=10, choices=LessonPart, default=LessonPart.OCHTEND)
    kind = models.CharField(_("soort"), max_length=20, choices=AbsenceKind, default=AbsenceKind.ONBEKEND)
    hours = models.DecimalField(_("uren"), max_digits=4, decimal_places=1, null=True, blank=True)
    window = models.PositiveSmallIntegerField(default=1)
    reported_at = models.DateTimeField(_("gemeld op"), default=timezone.now)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("gemeld door")
    )
    withdrawn_at = models.DateTimeField(_("ingetrokken op"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_reason = models.CharField(_("reden van de correctie"), max_length=200, blank=True)

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        ordering = ["-lesson_on", "-pk"]
        verbose_name = _("verzuim")
        verbose_name_plural = _("verzuim")
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "lesson_on", "lesson_part"],
                condition=Q(withdrawn_at=None),
                name="absence_once_per_lesson",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="absence_withdrawn_at_and_by",
            ),
        ]

    def __str__(self):
        return f"{self.lesson_on:%d-%m-%Y}"
