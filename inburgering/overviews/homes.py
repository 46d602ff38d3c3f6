"""What the homes of docent and institute draw from inburgering: what needs me today, first."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cases.models.case import CLOSED_PHASES
from cases.overviews.work import Work
from cases.words import days_ago, written
from inburgering.models import (
    Absence,
    Enrolment,
    EnrolmentStatus,
    Institute,
    Startgroep,
    StartgroepParticipant,
    StartgroepSession,
)
from inburgering.overviews.attendance import Attendance, group_attendance
from inburgering.overviews.institutes import InstituteRow, institute_row
from inburgering.overviews.startgroepen import StartgroepRow, startgroep_rows

#: Lines that a home shows of each kind; the list behind it has them all.
AT_MOST = 8


@dataclass(frozen=True)
class GroupOnHome:
    """A running Startgroep with how its people attended."""

    row: StartgroepRow
    attendance: Attendance


@dataclass(frozen=True)
class DocentHome:
    """What a docent has to do: `work` first, then the groups."""

    work: list
    groups: list
    sessions_today: int
    unrecorded: int
    to_enrol: int


def docent_home(user, today):
    """The docent's own groups: today's session, rolls not called, who is not enrolled yet. A fixed number of queries."""
    sessions = list(
        StartgroepSession.objects.visible_to(user, today)
        .standing()
        .filter(on__lte=today, startgroep__finished_on=None)
        .select_related("startgroep", "meeting")
        .order_by("-on", "pk")
        .filter(roll_called_at=None)
    )
    now = [s for s in sessions if s.on == today]
    late = [s for s in sessions if s.on < today]
    work = [
        Work(
            title=str(s.startgroep),
            url=s.startgroep.get_absolute_url(),
            status=_("Vandaag") if s.on == today else _("Niet opgenomen"),
            kind="info" if s.on == today else "urgent",
            when=f"{timezone.localtime(s.meeting.starts_at):%H:%M}" if s.on == today else days_ago(s.on, today),
            why=(
                _("%(kind)s, %(place)s") % {"kind": s.get_kind_display(), "place": s.startgroep.location}
                if s.on == today and s.startgroep.location
                else _("%(kind)s van %(day)s") % {"kind": s.get_kind_display(), "day": date_format(s.on, "l j F")}
            ),
            action=_("Aanwezigheid opnemen"),
            action_url=reverse("inburgering:call_roll", args=[s.pk]),
        )
        for s in [*now, *late][:AT_MOST]
    ]
    groups = Startgroep.objects.visible_to(user, today).unfinished().with_counts(today).order_by("start_on", "code")
    rows = startgroep_rows(groups, today)
    attendance = group_attendance([row.pk for row in rows], user, today)
    without = (
        StartgroepParticipant.objects.visible_to(user, today)
        .current()
        .filter(startgroep__docent=user, startgroep__assessment_from__lte=today)
        .exclude(case__phase__in=CLOSED_PHASES)
        .exclude(case__in=Enrolment.objects.exclude(status=EnrolmentStatus.INGETROKKEN).values("case"))
        .select_related("case__statushouder", "startgroep")
        .order_by("startgroep__ends_on", "case__statushouder__full_name")
    )
    to_enrol = list(without[: 10 * AT_MOST])
    work += [
        Work(
            title=p.case.statushouder.full_name,
            url=p.get_learning_url(),
            number=p.case.number,
            status=_("Nog niet ingeschreven"),
            kind="soon",
            why=(
                _("%(group)s loopt tot en met %(day)s")
                if p.startgroep.ends_on >= today
                else _("%(group)s eindigde op %(day)s")
            )
            % {"group": p.startgroep, "day": written(p.startgroep.ends_on)},
            action=_("Inschrijven"),
            action_url=reverse("inburgering:enrol", args=[p.case.number]),
        )
        for p in to_enrol[:AT_MOST]
    ]
    return DocentHome(
        work=work,
        groups=[GroupOnHome(row=row, attendance=attendance[row.pk]) for row in rows],
        sessions_today=len(now),
        unrecorded=len(late),
        to_enrol=len(to_enrol),
    )


@dataclass(frozen=True)
class InstituteHome:
    """What an institute has to do: `work` first, then its numbers."""

    institute: InstituteRow | None
    work: list
    to_place: int
    to_date: int
    waiting: int
    in_course: int
    absences: list
    absences_this_week: int


#: The states that wait for a step of the institute, in the order in which they are asked for.
_ASKED = (
    (EnrolmentStatus.RESULTAAT_VERZONDEN, "plaatsen"),
    (EnrolmentStatus.GEPLAATST, "startdatum"),
    (EnrolmentStatus.STARTDATUM_BEKEND, "gestart"),
)


def institute_home(user, today):
    """The institute's own people: who waits for a place or a date, and the absence of this week. A fixed number of
    queries.
    """
    mine = Enrolment.objects.visible_to(user, today)
    institute = (
        Institute.objects.visible_to(user).with_counts().select_related("organisation").first()
        if user.acting_as.organisation_id
        else None
    )
    counts = dict(mine.order_by().values_list("status").annotate(Count("pk")))
    asked = list(
        mine.filter(status__in=[status for status, _step in _ASKED])
        .exclude(status=EnrolmentStatus.STARTDATUM_BEKEND, start_on__gt=today)
        .select_related("case__statushouder")
        .order_by("appointment_on", "pk")[: 10 * AT_MOST]
    )
    row = institute_row(institute) if institute else None
    free = max(row.free, 0) if row else 0
    # Fetched also without a free place: the number of queries stays the same.
    waiting = list(mine.waiting().select_related("case__statushouder")[:AT_MOST])[:free]
    steps = dict(_ASKED)
    work = [_asked_row(e, steps[e.status], today) for e in asked[:AT_MOST]]
    work += [
        _work_row(
            e, _("Plaats vrij"), "info", _("Wacht sinds %s.") % written(e.waitlist_since), _("Plaatsen"), "plaatsen"
        )
        for e in waiting
    ]
    monday = today - timedelta(days=today.weekday())
    week = (
        Absence.objects.visible_to(user, today)
        .standing()
        .filter(lesson_on__gte=monday)
        .select_related("enrolment__case__statushouder")
        .order_by("-lesson_on", "-pk")
    )
    absences = list(week)
    return InstituteHome(
        institute=row,
        work=work,
        to_place=counts.get(EnrolmentStatus.RESULTAAT_VERZONDEN, 0),
        to_date=counts.get(EnrolmentStatus.GEPLAATST, 0),
        waiting=counts.get(EnrolmentStatus.WACHTLIJST, 0),
        in_course=counts.get(EnrolmentStatus.GESTART, 0),
        absences=[
            Work(
                title=a.enrolment.case.statushouder.full_name,
                url=a.enrolment.get_absolute_url(),
                why=a.get_kind_display(),
                when=date_format(a.lesson_on, "l j F"),
            )
            for a in absences[:AT_MOST]
        ],
        absences_this_week=len(absences),
    )


def _asked_row(enrolment, step, today):
    if step == "plaatsen":
        why = _("Het resultaat kwam op %s.") % written(enrolment.result_sent_on)
        return _work_row(enrolment, _("Wacht op plaats"), "urgent", why, _("Plaatsen"), step)
    if step == "startdatum":
        why = _("Geplaatst op %s; de docent wacht op de startdatum.") % written(enrolment.placed_on)
        return _work_row(enrolment, _("Geen startdatum"), "soon", why, _("Startdatum doorgeven"), step)
    why = _("De cursus zou beginnen op %s.") % written(enrolment.start_on)
    return _work_row(enrolment, _("Begonnen?"), "soon", why, _("Is gestart"), step)


def _work_row(enrolment, status, kind, why, action, step):
    return Work(
        title=enrolment.case.statushouder.full_name,
        url=enrolment.get_absolute_url(),
        number=enrolment.case.number,
        status=status,
        kind=kind,
        why=why,
        action=action,
        action_url=reverse("inburgering:advance_enrolment", args=[enrolment.pk, step]),
    )
