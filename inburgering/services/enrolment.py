"""Enrolling at an institute and the steps that follow: who did what on which date (R42, R50–R53)."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import RoleAssignment
from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.sweeping import sweep
from accounts.zones import Zone
from cases import services as cases
from cases.models import (
    Alert,
    AlertStatus,
    Assignment,
    Case,
    DisclosureBasis,
    JournalKind,
    Phase,
    ProgrammeSettings,
)
from cases.models.case import CLOSED_PHASES, PHASE_LINE
from inburgering.models import (
    PLACED_ENROLMENTS,
    Enrolment,
    EnrolmentStatus,
    EnrolmentStep,
    Institute,
    StartgroepParticipant,
)
from inburgering.steps import STEPS, is_regular, is_skip
from notifications import services as notifications
from notifications.services import Receiver

MISSING_START = "missing_start"
#: How long a docent still reads the dossier after the course began (model §5.7).
DOCENT_WEEKS_AFTER_START = 4


@transaction.atomic
def enrol(*, case, institute, appointment_on, by, today, now=None):
    """Enrol a dossier at an institute: the appointment is made, and the institute stands around the dossier.

    Returns the `Enrolment`. Asking twice for the same institute gives the one that is there; a dossier has one open
    enrolment. Nothing here looks at the end of the Startgroep: a course may begin before it (R42).
    """
    now = now or timezone.now()
    case = Case.objects.select_for_update().get(pk=case.pk)
    current = Enrolment.objects.open().filter(case=case).select_related("institute__organisation").first()
    if current and current.institute_id == institute.pk:
        return current
    if current:
        raise RuleBroken(
            _("Er loopt al een inschrijving bij %s. Trek die eerst in of rond die af.") % current.institute
        )
    if case.phase in CLOSED_PHASES:
        raise RuleBroken(_("Dit dossier is gesloten."))
    if not institute.contracted:
        raise RuleBroken(_("Met dit instituut zijn geen afspraken. Kies een ander instituut."))
    enrolment = Enrolment.objects.create(case=case, institute=institute, appointment_on=appointment_on)
    _note(enrolment, appointment_on, by=by, now=now)
    cases.assign(case=case, role=Role.INSTITUUT, organisation=institute.organisation, by=by, today=today, now=now)
    if is_before(case, Phase.STARTGROEP):
        cases.move_phase(case=case, to=Phase.PLAATSING, by=by, today=today, now=now)
    _record(enrolment, by=by, now=now)
    return enrolment


@transaction.atomic
def advance_enrolment(
    *, enrolment, step, on, reason="", course_group=None, level=None, lessons_per_week=None, by, today, now=None
):  # fmt: skip
    """Take one of the steps in `inburgering.steps` on date `on`. Returns the `Enrolment`, which may have become another
    state than asked: placing beyond the capacity puts on the waiting list (R52).

    1. Lock the enrolment. The step was taken already: nothing more happens.
    2. Is it this role's step from here? A docent or klantmanager may go forward past steps, with a reason.
    3. Placing locks the institute's row and counts, so that two people never get one last place.
    4. Write the state with its date; the course's facts; a line of history and one of the journal.
    5. What follows: the result sent is a disclosure; a start moves the dossier on and withdraws the alert about the
       missing start date; an end releases the institute.
    6. Tell who has the next step: the institute about a result, docent and klantmanager about a start date.
    """
    now = now or timezone.now()
    step = STEPS[step]
    enrolment = (
        Enrolment.objects.select_for_update(of=("self",))
        .select_related("case__programme_settings", "institute__organisation")
        .get(pk=enrolment.pk)
    )
    if enrolment.status == step.to and (not step.field or getattr(enrolment, step.field) == on):
        return enrolment
    role = by.role if by else None
    skipping = is_skip(step, role, enrolment.status)
    if by and not skipping and not is_regular(step, role, enrolment.status):
        raise RuleBroken(_("Deze stap kan nu niet: de inschrijving staat op “%s”.") % enrolment.get_status_display())
    if (skipping or step.needs_reason) and not reason.strip():
        raise RuleBroken(_("Schrijf in een zin op waarom."))
    if on > today and not step.may_be_ahead:
        raise RuleBroken(_("Deze datum ligt in de toekomst. Kies een dag tot en met vandaag."))
    if step.ends and enrolment.started_on and on < enrolment.started_on:
        raise RuleBroken(_("Het einde ligt vóór de eerste les."))
    to, field = step.to, step.field
    if to in PLACED_ENROLMENTS and enrolment.status not in PLACED_ENROLMENTS and not _has_room(enrolment.institute):
        if enrolment.status == EnrolmentStatus.WACHTLIJST:
            raise RuleBroken(_("Er is nog geen plaats vrij: alle plaatsen van dit instituut zijn bezet."))
        to, field, on = EnrolmentStatus.WACHTLIJST, "waitlist_since", min(on, today)
    enrolment.status = to
    if field:
        setattr(enrolment, field, on)
    if to in PLACED_ENROLMENTS and enrolment.placed_on is None:
        enrolment.placed_on = min(on, today)
    if to == EnrolmentStatus.GESTART and enrolment.started_on is None:
        enrolment.started_on = on
    if to == EnrolmentStatus.GESTART and enrolment.start_on is None:
        enrolment.start_on = enrolment.started_on
    if step.ends:
        enrolment.end_reason = reason.strip()
    for name, value in (("course_group", course_group), ("level", level), ("lessons_per_week", lessons_per_week)):
        if step.asks_course and value not in (None, ""):
            setattr(enrolment, name, value)
    enrolment.save()
    _note(enrolment, on, reason=reason.strip(), by=by, now=now)
    _record(enrolment, by=by, now=now)
    _follow_on(enrolment, by=by, today=today, now=now)
    _tell(enrolment, by=by, today=today, now=now)
    return enrolment


@transaction.atomic
def raise_missing_start(*, today, now=None):
    """Alert the klantmanager about who still has no start date some weeks after the Startgroep (R42). Returns how many.

    Running it again changes nothing: one alert for each time in a Startgroep, withdrawn when a date is known.
    """
    raised = 0
    waiting = without_start_date(today)
    known = Alert.objects.filter(kind=MISSING_START).exclude(status=AlertStatus.VERVALLEN)
    known = set(known.filter(case__in=waiting.values("case")).values_list("key", flat=True))
    for participant in waiting.select_related("case__statushouder", "startgroep"):
        key = _missing_start_key(participant.pk)
        if key in known:
            continue
        cases.raise_alert(
            case=participant.case,
            key=key,
            kind=MISSING_START,
            for_role=Role.KLANTMANAGER,
            zone=Zone.PROGRAMME,
            title=_("Nog geen startdatum"),
            detail=_("%(group)s eindigde op %(day)s. Er is nog geen startdatum van een cursus.")
            % {"group": participant.startgroep, "day": date_format(participant.startgroep.ends_on, "j F Y")},
            link=participant.get_learning_url(),
            now=now,
        )
        raised += 1
    return raised


def without_start_date(today):
    """Participants whose Startgroep ended more than the set number of days ago and who have no start date (R42).

    The number of days is that of the dossier's own settings; versions are few, so they are read first.
    """
    over = Q(pk__in=[])
    for version in ProgrammeSettings.objects.all():
        over |= Q(
            case__programme_settings=version, startgroep__ends_on__lt=today - timedelta(days=version.enrol_alert_days)
        )
    begun = Enrolment.objects.exclude(status=EnrolmentStatus.INGETROKKEN).exclude(start_on=None)
    return (
        StartgroepParticipant.objects.current()
        .filter(over)
        .exclude(case__phase__in=[*CLOSED_PHASES, Phase.INBURGERING, Phase.PAUZE])
        .exclude(case__in=begun.values("case"))
    )


@transaction.atomic
def release_docents(*, today, now=None):
    """End the docent's place around a dossier four weeks after the course began (model §5.7). Returns how many ended.

    Not while the person is still in a Startgroep that goes on.
    """
    started = Enrolment.objects.filter(started_on__lte=today - timedelta(weeks=DOCENT_WEEKS_AFTER_START))
    in_a_group = StartgroepParticipant.objects.current().filter(startgroep__finished_on=None)
    over = Assignment.objects.current(today).of_role(Role.DOCENT).filter(case__in=started.values("case"))
    return sweep(
        over.exclude(case__in=in_a_group.values("case")).select_related("case", "user"),
        lambda assignment: cases.release(
            case=assignment.case, role=Role.DOCENT, user=assignment.user, by=None, today=today, now=now
        ),
    )


def _has_room(institute):
    """Whether a place is free; the institute's row stays locked until the placement is written (R52)."""
    locked = Institute.objects.select_for_update().get(pk=institute.pk)
    return Enrolment.objects.filter(institute=locked, status__in=PLACED_ENROLMENTS).count() < locked.capacity


def is_before(case, phase):
    return case.phase in PHASE_LINE and PHASE_LINE.index(case.phase) < PHASE_LINE.index(phase)


def _note(enrolment, on, *, reason="", by, now):
    EnrolmentStep.objects.create(enrolment=enrolment, status=enrolment.status, on=on, reason=reason, at=now, by=by)


def _record(enrolment, *, by, now):
    disclosure = enrolment.status == EnrolmentStatus.RESULTAAT_VERZONDEN
    text = (
        _("Toetsresultaat verzonden naar %s") % enrolment.institute
        if disclosure
        else _("Inschrijving: %s") % enrolment.get_status_display().lower()
    )
    cases.record(
        case=enrolment.case,
        kind=JournalKind.DISCLOSURE if disclosure else JournalKind.ENROLMENT,
        zone=Zone.PROGRAMME,
        text=text,
        by=by,
        now=now,
    )
    if disclosure:
        cases.disclose(
            case=enrolment.case,
            receiver=str(enrolment.institute),
            what=_("Naam, contactgegevens, leerroute en de uitkomst van de toets"),
            basis=DisclosureBasis.WI2021,
            disclosed_on=enrolment.result_sent_on,
            source=f"enrolment:{enrolment.pk}",
            is_recorded=True,
            by=by,
            now=now,
        )


def _missing_start_key(participant_id):
    return f"{MISSING_START}:{participant_id}"


def _follow_on(enrolment, *, by, today, now):
    case = enrolment.case
    if enrolment.start_on and enrolment.is_open:
        rows = StartgroepParticipant.objects.filter(case=case)
        keys = [_missing_start_key(pk) for pk in rows.values_list("pk", flat=True)]
        open_keys = Alert.objects.open().filter(key__in=keys).values_list("key", flat=True)
        for key in list(open_keys):
            cases.withdraw_alert(key=key, detail=_("De startdatum is bekend."), by=by, now=now)
    if enrolment.status == EnrolmentStatus.GESTART and is_before(case, Phase.INBURGERING):
        cases.move_phase(case=case, to=Phase.INBURGERING, by=by, today=today, now=now)
    if not enrolment.is_open:
        cases.release(
            case=case,
            role=Role.INSTITUUT,
            organisation=enrolment.institute.organisation,
            by=by,
            today=today,
            now=now,
        )


def _tell(enrolment, *, by, today, now):
    """A message without names to who is now to act or has waited for this; never to who did it."""
    if enrolment.status == EnrolmentStatus.RESULTAAT_VERZONDEN:
        roles = RoleAssignment.objects.current(today).of_role(Role.INSTITUUT)
        people = [
            (row.user, Role.INSTITUUT)
            for row in roles.filter(organisation=enrolment.institute.organisation).select_related("user")
        ]
        subject = _("Er wacht een aanmelding op een plaats")
        body = _("Het resultaat van een nieuwe aanmelding staat klaar. Plaats deze persoon zo snel mogelijk.")
    elif enrolment.status == EnrolmentStatus.STARTDATUM_BEKEND:
        around = Assignment.objects.filter(case=enrolment.case, user__isnull=False).current(today)
        around = around.filter(role__in=[Role.DOCENT, Role.KLANTMANAGER]).select_related("user")
        people = [(row.user, row.role) for row in around]
        subject = _("Er is een startdatum bekend")
        body = _("Het instituut heeft een startdatum doorgegeven voor iemand uit uw dossiers.")
    else:
        return
    for user, role in people:
        if user == by:
            continue
        notifications.notify(
            key=f"enrolment:{enrolment.pk}:{enrolment.status}:{enrolment.start_on}:{role}:{user.pk}",
            kind="enrolment",
            receiver=Receiver(user=user, role=role),
            subject=subject,
            body=body,
            link=enrolment.get_absolute_url(),
            case_number=enrolment.case.number,
            by=by,
            now=now,
        )
