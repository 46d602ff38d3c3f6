"""How often somebody was at the sessions of a Startgroep, to be drawn as a small bar with its numbers."""

from dataclasses import dataclass

from django.db.models import Count
from django.utils.translation import gettext as _

from inburgering.models import AttendanceStatus, SessionAttendance, StartgroepParticipant, StartgroepSession


@dataclass(frozen=True)
class Bar:
    """A part of an attendance bar: words, number, tone of the chart, and where it is drawn (0–100)."""

    label: str
    value: int
    tone: int
    x: str
    width: str


@dataclass(frozen=True)
class Attendance:
    """How often present, late, reported absent and absent, of the sessions held; `open` were not recorded."""

    present: int
    late: int
    reported: int
    absent: int
    open: int

    @property
    def parts(self):
        return [
            (_("aanwezig"), self.present, 5),
            (_("te laat"), self.late, 3),
            (_("afgemeld"), self.reported, 1),
            (_("afwezig"), self.absent, 6),
            (_("niet opgenomen"), self.open, 0),
        ]

    @property
    def bars(self):
        total, start, bars = sum(value for _words, value, _tone in self.parts) or 1, 0.0, []
        for label, value, tone in self.parts:
            width = 100 * value / total
            if value and tone:
                bars.append(Bar(label, value, tone, f"{start:.1f}", f"{width:.1f}"))
            start += width
        return bars

    @property
    def words(self):
        """ "9 aanwezig, 1 te laat": only what occurs."""
        return ", ".join(f"{value} {label}" for label, value, _tone in self.parts if value) or _(
            "nog geen bijeenkomst"
        )


def attendance_of(participants, user, today):
    """Attendance of these participants as far as this user reads it, by their id: {id: `Attendance`}; two queries.

    Expected are the sessions held while somebody belonged to the group; without a row a session is not recorded.
    """
    participants = list(participants)
    sessions = {}
    held = StartgroepSession.objects.standing().filter(
        on__lte=today, startgroep__in={p.startgroep_id for p in participants}
    )
    for group, day in held.values_list("startgroep", "on"):
        sessions.setdefault(group, []).append(day)
    counts = {}
    marks = SessionAttendance.objects.visible_to(user, today).filter(
        participant__in=[p.pk for p in participants], session__cancelled_at=None, session__on__lte=today
    )
    for participant, status, number in marks.values_list("participant", "status").annotate(number=Count("pk")):
        counts.setdefault(participant, {})[status] = number
    found = {}
    for p in participants:
        mine = counts.get(p.pk, {})
        expected = sum(
            1
            for day in sessions.get(p.startgroep_id, [])
            if p.joined_on <= day and (p.left_on is None or day < p.left_on)
        )
        found[p.pk] = Attendance(
            present=mine.get(AttendanceStatus.AANWEZIG, 0),
            late=mine.get(AttendanceStatus.TE_LAAT, 0),
            reported=mine.get(AttendanceStatus.AFWEZIG_GEMELD, 0),
            absent=mine.get(AttendanceStatus.AFWEZIG, 0),
            open=max(0, expected - sum(mine.values())),
        )
    return found


def group_attendance(groups, user, today):
    """The attendance of whole groups together, by their id: {id: `Attendance`}; three queries."""
    participants = StartgroepParticipant.objects.visible_to(user, today).filter(startgroep__in=groups)
    members = list(participants)
    found = attendance_of(members, user, today)
    sums = {}
    for member in members:
        one = found[member.pk]
        sums.setdefault(member.startgroep_id, []).append((one.present, one.late, one.reported, one.absent, one.open))
    return {
        group: Attendance(*(sum(column) for column in zip(*sums.get(group, [(0, 0, 0, 0, 0)]), strict=True)))
        for group in groups
    }
