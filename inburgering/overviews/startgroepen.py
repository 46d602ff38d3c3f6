"""What the pages of the Startgroep show: the list, one group, the roll of a session."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.roles import Role
from cases.words import written
from inburgering import rules
from inburgering.models import (
    Enrolment,
    SessionKind,
    Startgroep,
    StartgroepParticipant,
    StartgroepState,
)
from inburgering.overviews.attendance import Attendance, attendance_of

TONES = {
    StartgroepState.GEPLAND: "info",
    StartgroepState.LOPEND: "done",
    StartgroepState.BEELDVORMING: "done",
    StartgroepState.AF_TE_RONDEN: "soon",
    StartgroepState.AFGEROND: "",
}


@dataclass(frozen=True)
class StartgroepRow:
    """One line of the list of Startgroepen."""

    pk: int
    code: str
    url: str
    state: str
    tone: str
    period: str
    docent: str
    location: str
    taken: int
    capacity: int
    next_session: str
    unrecorded: int


def startgroep_rows(groups, today):
    """Rows of these groups `with_counts(today)`; one query."""
    return [
        StartgroepRow(
            pk=row.pk,
            code=row.code,
            url=row.get_absolute_url(),
            state=row.state(today).label,
            tone=TONES[row.state(today)],
            period=_("%(start)s tot en met %(end)s") % {"start": written(row.start_on), "end": written(row.ends_on)},
            docent=row.docent.name,
            location=row.location,
            taken=row.taken,
            capacity=row.capacity,
            next_session=written(row.next_on),
            unrecorded=row.unrecorded,
        )
        for row in groups.select_related("docent")
    ]


@dataclass(frozen=True)
class SessionLine:
    """One session of a group."""

    pk: int
    when: str
    time: str
    kind: str
    is_intake: bool
    remark: str
    state: str
    tone: str
    roll_url: str
    move_url: str
    cancel_url: str


@dataclass(frozen=True)
class ParticipantLine:
    """One participant of a group. `reached` is empty when somebody has to phone or write."""

    pk: int
    name: str
    number: str
    url: str
    since: str
    left: str
    reached: bool
    enrolment: str
    attendance: Attendance | None
    remove_url: str


@dataclass(frozen=True)
class StartgroepPage:
    """Everything one Startgroep shows to the role that looks."""

    startgroep: Startgroep
    state: str
    tone: str
    facts: list
    taken: int
    free: int
    sessions: list
    participants: list
    hidden: int
    holidays: list
    may_change: bool
    may_finish: bool
    not_enrolled: int


def startgroep_page(startgroep, user, today):
    """The page of one group for this user, in a fixed number of queries.

    Participants only as far as the dossiers go: of the others the page tells how many they are.
    """
    is_docent = user.role == Role.DOCENT
    may_change = startgroep.finished_on is None
    sessions = list(startgroep.sessions.select_related("meeting").order_by("on", "pk"))
    participants = list(
        StartgroepParticipant.objects.visible_to(user, today)
        .filter(startgroep=startgroep)
        .select_related("case__statushouder__user")
    )
    taken = startgroep.participants.current().count()
    attendance = attendance_of(participants, user, today)
    enrolments = {
        row.case_id: row.get_status_display()
        for row in Enrolment.objects.filter(case__in=[p.case_id for p in participants]).order_by("pk")
    }
    current = [p for p in participants if p.left_on is None]
    state = startgroep.state(today)
    last = max((s.on for s in sessions if not s.cancelled_at), default=startgroep.ends_on)
    days = [s.on for s in sessions if not s.cancelled_at and s.on >= today]
    return StartgroepPage(
        startgroep=startgroep,
        state=state.label,
        tone=TONES[state],
        facts=[
            (_("Docent"), startgroep.docent.name),
            (
                _("Periode"),
                _("%(start)s tot en met %(end)s")
                % {"start": written(startgroep.start_on), "end": written(startgroep.ends_on)},
            ),
            (_("Beeldvorming vanaf"), written(startgroep.assessment_from)),
            (_("Tijd"), f"{startgroep.starts_at:%H:%M} – {startgroep.ends_at:%H:%M}"),
            (_("Plaats"), startgroep.location),
        ],
        taken=taken,
        free=startgroep.capacity - taken,
        sessions=[_session_line(s, today, is_docent, may_change) for s in sessions],
        participants=[
            ParticipantLine(
                pk=p.pk,
                name=p.case.statushouder.full_name,
                number=p.case.number,
                url=p.get_learning_url(),
                since=written(p.joined_on),
                left=written(p.left_on),
                reached=p.case.statushouder.can_be_mailed,
                enrolment=enrolments.get(p.case_id, ""),
                attendance=attendance.get(p.pk),
                remove_url=(
                    reverse("inburgering:remove_participant", args=[p.pk]) if may_change and not p.left_on else ""
                ),
            )
            for p in sorted(participants, key=lambda p: (p.left_on is not None, p.case.statushouder.full_name))
        ],
        hidden=taken - len(current),
        holidays=[written(day) for day in rules.not_a_working_day(days)],
        may_change=may_change,
        may_finish=may_change and last <= today,
        not_enrolled=sum(1 for p in current if p.case_id not in enrolments),
    )


def _session_line(session, today, is_docent, may_change):
    if session.cancelled_at:
        state, tone = _("Gaat niet door"), ""
    elif session.roll_called_at:
        state, tone = _("Aanwezigheid opgenomen"), "done"
    elif session.on <= today:
        state, tone = _("Aanwezigheid nog niet opgenomen"), "urgent"
    else:
        state, tone = _("Komt nog"), "info"
    open_ = may_change and not session.cancelled_at
    movable = open_ and not session.roll_called_at
    start, end = timezone.localtime(session.meeting.starts_at), timezone.localtime(session.meeting.ends_at)
    holiday = rules.not_a_working_day([session.on])
    return SessionLine(
        pk=session.pk,
        when=date_format(session.on, "l j F Y"),
        time=f"{start:%H:%M} – {end:%H:%M}",
        kind=session.get_kind_display(),
        is_intake=session.kind == SessionKind.GROUP_INTAKE,
        remark=_("Feestdag of weekend") if holiday and not session.cancelled_at else "",
        state=state,
        tone=tone,
        roll_url=(
            reverse("inburgering:call_roll", args=[session.pk])
            if is_docent and not session.cancelled_at and session.on <= today
            else ""
        ),
        move_url=reverse("inburgering:move_session", args=[session.pk]) if movable else "",
        cancel_url=(
            reverse("inburgering:cancel_session", args=[session.pk])
            if movable and session.kind != SessionKind.GROUP_INTAKE
            else ""
        ),
    )
