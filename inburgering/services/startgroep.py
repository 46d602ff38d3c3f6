"""The Startgroep: planning, who takes part, moving sessions, and the roll call (R36–R41)."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import RoleAssignment
from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.sweeping import sweep
from accounts.zones import Zone
from cases import services as cases
from cases.models import Case, JournalKind, Phase, ProgrammeSettings
from cases.models.case import CLOSED_PHASES
from inburgering import rules
from inburgering.models import (
    AttendanceStatus,
    Enrolment,
    EnrolmentStatus,
    SessionAttendance,
    SessionKind,
    Startgroep,
    StartgroepParticipant,
    StartgroepSession,
)
from inburgering.services.enrolment import advance_enrolment, is_before
from notifications import services as notifications
from notifications.services import Receiver

MEETING_KIND = "startgroep"


@transaction.atomic
def plan_startgroep(
    *, code, docent, start_on, intake_on, pattern, weekdays, starts_at, ends_at, capacity, weeks=None, location="",
    key=None, by, today, now=None,
):  # fmt: skip
    """Plan a Startgroep with its group intake and its sessions, each in the docent's agenda. Returns the `Startgroep`.

    `key` comes from the form: sent twice it is one group. Sessions on a holiday stay where the rhythm puts them. The
    docent gets one message for the whole series, unless it was the docent who planned it.
    """
    if key is not None:
        planned = Startgroep.objects.filter(key=key).first()
        if planned:
            return planned
    settings = ProgrammeSettings.objects.on(today)
    weeks = weeks or settings.startgroep_weeks
    if not RoleAssignment.objects.current(today).filter(user=docent, role=Role.DOCENT).exists():
        raise RuleBroken(_("%s is geen docent. Kies een andere docent.") % docent)
    if Startgroep.objects.filter(code__iexact=code.strip()).exists():
        raise RuleBroken(_("Er is al een Startgroep met deze naam."))
    if len(set(weekdays)) != rules.WEEKDAYS_OF[pattern]:
        raise RuleBroken(_("Het ritme en het aantal lesdagen passen niet bij elkaar."))
    days = rules.session_dates(start_on, weeks, pattern, weekdays)
    if not days or intake_on >= days[0]:
        raise RuleBroken(_("De groepsintake komt vóór de eerste bijeenkomst."))
    startgroep = Startgroep.objects.create(
        code=code.strip(),
        docent=docent,
        start_on=start_on,
        weeks=weeks,
        pattern=pattern,
        weekdays=sorted(set(weekdays)),
        starts_at=starts_at,
        ends_at=ends_at,
        location=location.strip(),
        capacity=capacity,
        ends_on=rules.last_day(start_on, weeks),
        assessment_from=rules.assessment_from(start_on, settings.assessment_weeks),
        **({"key": key} if key else {}),
    )
    for kind, day in [(SessionKind.GROUP_INTAKE, intake_on), *((SessionKind.REGULAR, day) for day in days)]:
        _add_session(startgroep, kind, day, by=by, now=now)
    if docent != by:
        _tell(startgroep, Receiver(user=docent, role=Role.DOCENT), key="planned", by=by, now=now)
    return startgroep


def _add_session(startgroep, kind, day, *, by, now):
    meeting = notifications.schedule(
        kind=MEETING_KIND,
        title=f"{startgroep.code}, {SessionKind(kind).label.lower()}",
        starts_at=_moment(day, startgroep.starts_at),
        ends_at=_moment(day, startgroep.ends_at),
        place=startgroep.location,
        link=startgroep.get_absolute_url(),
        participants=[Receiver(user=startgroep.docent, role=Role.DOCENT)],
        invite=False,
        by=by,
        now=now,
    )
    return StartgroepSession.objects.create(startgroep=startgroep, kind=kind, on=day, meeting=meeting)


@transaction.atomic
def move_session(*, session, on, starts_at, ends_at, by, today, now=None):
    """Give a session another day or time; everybody in it is told. Returns the `StartgroepSession`.

    The group intake stays before the other sessions, and a session whose roll was called stays where it was.
    """
    now = now or timezone.now()
    startgroep = Startgroep.objects.select_for_update().get(pk=session.startgroep_id)
    session = StartgroepSession.objects.select_for_update().get(pk=session.pk)
    _refuse_when_over(startgroep, session)
    others = startgroep.sessions.standing().exclude(pk=session.pk)
    if others.filter(on=on).exists():
        raise RuleBroken(_("Op die dag is er al een bijeenkomst van deze groep."))
    if session.kind == SessionKind.GROUP_INTAKE and others.filter(on__lt=on).exists():
        raise RuleBroken(_("De groepsintake komt vóór de andere bijeenkomsten."))
    if session.kind == SessionKind.REGULAR and others.filter(kind=SessionKind.GROUP_INTAKE, on__gt=on).exists():
        raise RuleBroken(_("Een bijeenkomst komt na de groepsintake."))
    notifications.move(
        meeting=session.meeting, starts_at=_moment(on, starts_at), ends_at=_moment(on, ends_at), by=by, now=now
    )
    session.on = on
    session.save(update_fields=["on"])
    return session


@transaction.atomic
def cancel_session(*, session, by, today, now=None):
    """Call one session off; everybody in it is told. Returns the `StartgroepSession`; asking twice tells nobody twice."""
    now = now or timezone.now()
    startgroep = Startgroep.objects.select_for_update().get(pk=session.startgroep_id)
    session = StartgroepSession.objects.select_for_update().get(pk=session.pk)
    if session.cancelled_at:
        return session
    _refuse_when_over(startgroep, session)
    if session.kind == SessionKind.GROUP_INTAKE:
        raise RuleBroken(_("Een Startgroep heeft altijd een groepsintake. Kies een andere dag."))
    notifications.cancel(meeting=session.meeting, by=by, now=now)
    session.cancelled_at = now
    session.save(update_fields=["cancelled_at"])
    return session


def _refuse_when_over(startgroep, session):
    if startgroep.finished_on:
        raise RuleBroken(_("Deze Startgroep is afgerond."))
    if session.cancelled_at:
        raise RuleBroken(_("Deze bijeenkomst is afgezegd."))
    if session.roll_called_at:
        raise RuleBroken(_("Bij deze bijeenkomst is de aanwezigheid al opgenomen."))


@transaction.atomic
def add_participant(*, startgroep, case, joined_on=None, by, today, now=None):
    """Let somebody join a Startgroep, from `joined_on` (today). Returns the `StartgroepParticipant`.

    1. Lock the group: the last place goes to one person.
    2. Already in it: that row. In another group that goes on, a closed dossier, or a full group: refused.
    3. The docent now stands around the dossier, and a dossier that was not as far comes into the phase STARTGROEP.
    4. The coming sessions get this participant, who gets one message for all of them. Without account and address
       nobody is written to, and the page of the group says "bel of schrijf zelf"; the place waits for an address.
    """
    now = now or timezone.now()
    startgroep = Startgroep.objects.select_for_update().get(pk=startgroep.pk)
    current = StartgroepParticipant.objects.current()
    there = current.filter(startgroep=startgroep, case=case).first()
    if there:
        return there
    if startgroep.finished_on:
        raise RuleBroken(_("Deze Startgroep is afgerond."))
    case = Case.objects.select_for_update(of=("self",)).select_related("statushouder__user").get(pk=case.pk)
    if case.phase in CLOSED_PHASES:
        raise RuleBroken(_("Dit dossier is gesloten."))
    other = current.filter(case=case, startgroep__finished_on=None).select_related("startgroep").first()
    if other:
        raise RuleBroken(_("Deze persoon zit al in %s.") % other.startgroep)
    if current.filter(startgroep=startgroep).count() >= startgroep.capacity:
        raise RuleBroken(
            _("Deze Startgroep is vol: alle %d plaatsen zijn bezet. Kies een andere groep.") % startgroep.capacity
        )
    participant = StartgroepParticipant.objects.create(startgroep=startgroep, case=case, joined_on=joined_on or today)
    cases.assign(case=case, role=Role.DOCENT, user=startgroep.docent, by=by, today=today, now=now)
    if is_before(case, Phase.STARTGROEP):
        cases.move_phase(case=case, to=Phase.STARTGROEP, by=by, today=today, now=now)
    _record(case, _("Doet mee aan %s") % startgroep, by=by, now=now)
    receiver = receiver_of(case)
    notifications.join(
        meetings=_coming_meetings(startgroep, now), receiver=receiver, case_number=case.number, by=by, now=now
    )
    if receiver.can_be_reached:
        _tell(startgroep, receiver, key=f"joined:{participant.pk}", case_number=case.number, by=by, now=now)
    return participant


@transaction.atomic
def remove_participant(*, participant, by, today, now=None):
    """Somebody leaves a Startgroep, from today. Returns the `StartgroepParticipant`; what was recorded stays.

    The docent no longer stands around the dossier, and the coming sessions leave this person's agenda.
    """
    now = now or timezone.now()
    startgroep = Startgroep.objects.select_for_update().get(pk=participant.startgroep_id)
    participant = (
        StartgroepParticipant.objects.select_for_update(of=("self",))
        .select_related("case__statushouder__user")
        .get(pk=participant.pk)
    )
    if participant.left_on:
        return participant
    if startgroep.finished_on:
        raise RuleBroken(_("Deze Startgroep is afgerond."))
    participant.left_on = max(today, participant.joined_on)
    participant.save(update_fields=["left_on"])
    case = participant.case
    cases.release(case=case, role=Role.DOCENT, user=startgroep.docent, by=by, today=today, now=now)
    _record(case, _("Doet niet meer mee aan %s") % startgroep, by=by, now=now)
    receiver = receiver_of(case)
    notifications.leave(
        meetings=_coming_meetings(startgroep, now), receiver=receiver, case_number=case.number, by=by, now=now
    )
    if receiver.can_be_reached:
        notifications.notify(
            key=f"startgroep:{startgroep.pk}:left:{participant.pk}",
            kind="startgroep",
            receiver=receiver,
            subject=_("U doet niet meer mee aan %s") % startgroep,
            body=_("De bijeenkomsten staan niet meer in uw agenda. Vragen? Bel uw klantmanager."),
            case_number=case.number,
            by=by,
            now=now,
        )
    return participant


@transaction.atomic
def call_roll(*, session, marks, seen_at=None, by, today, now=None):
    """Record who was at a session: `marks` is {participant id: (status, remark)} for everybody of that day
    whose dossier `by` still sees; of the others stays what stands.

    Returns the `StartgroepSession`. `seen_at` is when the roll on the screen had been called (None: not yet); when
    somebody saved in between, the same list again changes nothing and another one is refused with who and when.
    A correction is a line in the journal of those it concerns.
    """
    now = now or timezone.now()
    session = (
        StartgroepSession.objects.select_for_update(of=("self",))
        .select_related("startgroep", "roll_called_by")
        .get(pk=session.pk)
    )
    if session.cancelled_at:
        raise RuleBroken(_("Deze bijeenkomst is afgezegd."))
    if session.on > today:
        raise RuleBroken(_("Deze bijeenkomst moet nog komen. Neem de aanwezigheid op de dag zelf op."))
    there = session.startgroep.participants.on(session.on).select_related("case")
    if by is not None:
        there = there.visible_to(by, today)
    expected = {p.pk: p for p in there}
    if set(marks) != set(expected):
        raise RuleBroken(_("De groep is intussen veranderd. Open de lijst opnieuw."))
    if any(status not in AttendanceStatus.values for status, _remark in marks.values()):
        raise RuleBroken(_("Kies bij iedereen een van de mogelijkheden."))
    known = {row.participant_id: row for row in session.attendance.all()}
    stored = {pk: (row.status, row.remark) for pk, row in known.items() if pk in expected}
    if session.roll_called_at and stored == marks:
        return session
    if session.roll_called_at != seen_at:
        raise RuleBroken(
            _("%(who)s heeft de aanwezigheid intussen opgenomen (%(when)s). Kijk de lijst na en sla dan opnieuw op.")
            % {
                "who": session.roll_called_by or _("Iemand anders"),
                "when": date_format(timezone.localtime(session.roll_called_at), "j F, H:i"),
            }
        )
    for pk, (status, remark) in marks.items():
        if stored.get(pk) == (status, remark):
            continue
        SessionAttendance.objects.update_or_create(
            session=session, participant=expected[pk], defaults={"status": status, "remark": remark}
        )
        text = _("Aanwezigheid gecorrigeerd") if pk in stored else _("Aanwezigheid opgenomen")
        _record(expected[pk].case, text, kind=JournalKind.ATTENDANCE, zone=Zone.ATTENDANCE, by=by, now=now)
    session.roll_called_at, session.roll_called_by = now, by
    session.save(update_fields=["roll_called_at", "roll_called_by"])
    return session


@transaction.atomic
def finish_startgroep(*, startgroep, by, today, now=None):
    """Round off a Startgroep on or after its last day. Returns the `Startgroep`; asking twice changes nothing.

    Who is still in the phase STARTGROEP comes into PLAATSING. The docent keeps the dossiers until four weeks after the
    course began. A session without roll call does not hold it up: the page shows it.
    """
    now = now or timezone.now()
    startgroep = Startgroep.objects.select_for_update().get(pk=startgroep.pk)
    if startgroep.finished_on:
        return startgroep
    last = startgroep.sessions.standing().order_by("-on").values_list("on", flat=True).first()
    if last and last > today:
        raise RuleBroken(_("De laatste bijeenkomst is nog niet geweest."))
    startgroep.finished_on = today
    startgroep.save(update_fields=["finished_on"])
    for participant in startgroep.participants.current().select_related("case"):
        case = participant.case
        _record(case, _("%s is afgerond") % startgroep, by=by, now=now)
        if case.phase == Phase.STARTGROEP:
            cases.move_phase(case=case, to=Phase.PLAATSING, by=by, today=today, now=now)
    return startgroep


@transaction.atomic
def end_for_closed_cases(*, today, now=None):
    """End the enrolments and the Startgroep of dossiers that were closed, so that their places are free. Returns how many.

    Who was in a Startgroep leaves it as anybody does: the sessions leave the agenda. Running it again changes nothing.
    """
    now = now or timezone.now()
    left = StartgroepParticipant.objects.current().filter(
        startgroep__finished_on=None, case__phase__in=CLOSED_PHASES, joined_on__lte=today
    )
    ended = sweep(left, lambda row: remove_participant(participant=row, by=None, today=today, now=now))
    for enrolment in Enrolment.objects.open().filter(case__phase__in=CLOSED_PHASES).select_related("case"):
        step = "intrekken"
        if enrolment.status in (EnrolmentStatus.GESTART, EnrolmentStatus.ONDERBROKEN):
            step = "afronden" if enrolment.case.phase == Phase.AFGEROND else "stoppen"
        advance_enrolment(
            enrolment=enrolment,
            step=step,
            on=today,
            reason=_("Het dossier is gesloten."),
            by=None,
            today=today,
            now=now,
        )
        ended += 1
    return ended


def receiver_of(case):
    """How a statushouder is reached: the account, or the address, or neither."""
    person = case.statushouder
    return Receiver(user=person.user, address="" if person.user else person.email, role=Role.STATUSHOUDER)


def _moment(day, time):
    return timezone.make_aware(datetime.combine(day, time))


def _coming_meetings(startgroep, now):
    sessions = startgroep.sessions.standing().filter(meeting__starts_at__gte=now).select_related("meeting")
    return [session.meeting for session in sessions]


def _record(case, text, *, kind=JournalKind.STARTGROEP, zone=Zone.PROGRAMME, by, now):
    cases.record(case=case, kind=kind, zone=zone, text=text, by=by, now=now)


def _tell(startgroep, receiver, *, key, case_number="", by, now):
    """One message for the whole series: which days, at what time and where."""
    days = [
        date_format(day, "l j F Y")
        for day in startgroep.sessions.standing().order_by("on").values_list("on", flat=True)
    ]
    notifications.notify(
        key=f"startgroep:{startgroep.pk}:{key}:{receiver.key}",
        kind="startgroep",
        receiver=receiver,
        subject=_("De bijeenkomsten van %s") % startgroep,
        body=_("Van %(start)s tot %(end)s uur%(place)s, op:\n%(days)s")
        % {
            "start": f"{startgroep.starts_at:%H:%M}",
            "end": f"{startgroep.ends_at:%H:%M}",
            "place": f", {startgroep.location}" if startgroep.location else "",
            "days": "\n".join(days),
        },
        link=startgroep.get_absolute_url() if receiver.role == Role.DOCENT else "",
        case_number=case_number,
        by=by,
        now=now,
    )
