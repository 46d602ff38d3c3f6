"""A dossier with everything in it, closed long ago, and the figures that the programme counts."""

from collections import Counter
from datetime import datetime, time, timedelta
from uuid import uuid4

from allauth.account.models import EmailAddress
from django.db.models import Sum
from django.utils import timezone

from accounts.roles import Role
from accounts.zones import Zone
from cases import services
from cases.models import (
    Agreement,
    Alert,
    AlertStatus,
    Case,
    FollowUp,
    HomeAddress,
    HouseholdNote,
    PhaseChange,
    PlanVanAanpak,
    PlanVersion,
)
from inburgering.models import (
    Absence,
    AttendanceStatus,
    Enrolment,
    EnrolmentStatus,
    EnrolmentStep,
    SessionAttendance,
    Startgroep,
    StartgroepParticipant,
    StartgroepSession,
)
from mentoring.models import (
    CheckIn,
    CheckInKind,
    ContactChannel,
    ContactMoment,
    MatchRequest,
    MatchRequestStatus,
    Mentorship,
    MentorshipStatus,
)
from notifications.models import Meeting, MeetingParticipant, Notification, NotificationStatus
from tests import factories

#: Stands in every text and name of the person: after clearing it stands nowhere in the database.
SECRET = "Zandloper"


def moment(day, hour=10):
    return timezone.make_aware(datetime.combine(day, time(hour)))


def make_aged_case(cast, *, closed_on, phase="afgerond", secret=SECRET):
    """A dossier of a good year that closed on a day, with a row in every table around it. Returns the `Case`."""
    start = closed_on - timedelta(days=400)
    user = factories.make_user(Role.STATUSHOUDER, name=f"{secret} Tekle", email=f"{secret.lower()}@demo.example")
    case = factories.make_case(
        today=start,
        full_name=f"{secret} Tekle",
        preferred_name=secret,
        user=user,
        email=user.email,
        phone="0612345678",
    )
    Case.objects.filter(pk=case.pk).update(phase=phase, phase_since=closed_on, external_number=f"{secret}-1")
    Case.objects.filter(pk=case.pk).update(phase_reason=secret, legal_term_end=closed_on - timedelta(days=3))
    PhaseChange.objects.create(case=case, phase=phase, since=closed_on)
    person, begeleider = case.statushouder, cast.maatschappelijk_begeleider
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    HomeAddress.objects.create(statushouder=person, street=f"{secret}straat 1", town="Leiden")
    HouseholdNote.objects.create(statushouder=person, text=secret)
    services.assign(case=case, role=Role.KLANTMANAGER, user=cast.klantmanager, by=None, today=start)
    services.assign(case=case, role=Role.MAATSCHAPPELIJK_BEGELEIDER, user=begeleider, by=None, today=start)
    plan = PlanVanAanpak.objects.create(case=case, goal_text=secret)
    Agreement.objects.create(plan=plan, party=Role.STATUSHOUDER, what=secret)
    PlanVersion.objects.create(
        plan=plan, number=1, content={"goal": secret}, agreed_on=start, established_by=cast.klantmanager
    )
    alert = Alert.objects.create(
        case=case, key=f"{secret}:{case.pk}", kind="absence", for_role=Role.KLANTMANAGER, zone=Zone.ATTENDANCE,
        title="Verzuim", detail=secret, status=AlertStatus.AFGEHANDELD, raised_at=moment(start),
        handled_at=moment(start), handled_by=cast.klantmanager,
    )  # fmt: skip
    FollowUp.objects.create(
        alert=alert, contacted_on=start, channel="telefoon", agreed=secret, key=uuid4(), recorded_by=cast.klantmanager
    )
    services.journal.record(
        case=case, kind="plan", zone=Zone.BENEFIT, text=secret, by=cast.klantmanager, now=moment(closed_on)
    )
    _mentoring(cast, case, start, closed_on, secret)
    _learning(cast, case, start, closed_on, secret)
    Notification.objects.update_or_create(
        key=f"{secret}:{case.pk}",
        defaults={
            "kind": "assigned", "user": user, "address": user.email, "subject": secret, "case_number": case.number,
            "status": NotificationStatus.SENT, "created_at": moment(start),
        },
    )  # fmt: skip
    Notification.objects.filter(case_number=case.number).update(
        created_at=moment(closed_on), status=NotificationStatus.SENT
    )
    case.refresh_from_db()
    return case


def _mentoring(cast, case, start, closed_on, secret):
    file = _mentor_file(cast)
    request = MatchRequest.objects.create(
        case=case, organisation=cast.vrijwilligers, wishes=secret, status=MatchRequestStatus.VERVULD, opened_on=start,
        closed_on=start + timedelta(days=20),
    )  # fmt: skip
    match = Mentorship.objects.create(
        mentor=file, case=case, request=request, status=MentorshipStatus.BEEINDIGD, start_date=start,
        ended_on=closed_on, end_note=secret, end_reason="afgerond", proposed_at=moment(start),
        answered_at=moment(start),
    )  # fmt: skip
    for days, minutes in ((3, 60), (17, 45), (40, 90)):
        ContactMoment.objects.create(
            mentorship=match, on=start + timedelta(days=days), channel=ContactChannel.THUIS, minutes=minutes,
            note=secret, key=uuid4(), logged_by=cast.mentor, logged_at=moment(start + timedelta(days=days)),
        )  # fmt: skip
    begins = moment(start + timedelta(days=92))
    meeting = Meeting.objects.create(
        kind="check_in", title="Gesprek", place=secret, starts_at=begins, ends_at=begins + timedelta(hours=1),
        case_number=case.number,
    )  # fmt: skip
    MeetingParticipant.objects.create(meeting=meeting, user=case.statushouder.user, role=Role.STATUSHOUDER)
    CheckIn.objects.create(
        mentorship=match, kind=CheckInKind.M3, target_on=begins.date(), due_on=begins.date(), meeting=meeting,
        status="vastgelegd", held_on=begins.date(), summary=secret, recorded_by=cast.klantmanager,
    )  # fmt: skip


def _mentor_file(cast):
    file = getattr(cast, "mentor_file", None)
    if file is None:
        file = cast.mentor_file = factories.make_mentor(cast.mentor, organisation=cast.vrijwilligers)
    return file


def _learning(cast, case, start, closed_on, secret):
    enrolment = Enrolment.objects.create(
        case=case, institute=cast.institute, status=EnrolmentStatus.AFGEROND, level="B1", course_group=secret,
        placed_on=start, started_on=start + timedelta(days=60), ended_on=closed_on, end_reason=secret,
    )  # fmt: skip
    EnrolmentStep.objects.create(enrolment=enrolment, status=EnrolmentStatus.GESTART, on=start, reason=secret)
    for days in (70, 71, 99):
        Absence.objects.create(
            enrolment=enrolment, lesson_on=start + timedelta(days=days), hours=3, reported_by=cast.instituut,
            withdrawn_reason=secret,
        )  # fmt: skip
    group, _created = Startgroep.objects.get_or_create(
        code=f"SG {start:%Y-%m-%d}",
        defaults={
            "docent": cast.docent, "start_on": start, "pattern": "2_per_week", "starts_at": time(9),
            "ends_at": time(12), "ends_on": start + timedelta(days=42), "assessment_from": start + timedelta(days=21),
        },
    )  # fmt: skip
    member = StartgroepParticipant.objects.create(startgroep=group, case=case, joined_on=start)
    begins = moment(start + timedelta(days=2))
    session = StartgroepSession.objects.filter(startgroep=group).first()
    if session is None:
        meeting = Meeting.objects.create(
            kind="startgroep", title="Startgroep", starts_at=begins, ends_at=begins + timedelta(hours=3)
        )
        session = StartgroepSession.objects.create(startgroep=group, on=begins.date(), meeting=meeting)
    MeetingParticipant.objects.create(
        meeting=session.meeting, address=case.statushouder.email, role=f"{Role.STATUSHOUDER}"
    )
    SessionAttendance.objects.create(
        session=session, participant=member, status=AttendanceStatus.AANWEZIG, remark=secret
    )


def _months(begin, end):
    """Calendar months between two days: what the programme counts durations in."""
    return (end.year - begin.year) * 12 + end.month - begin.month if begin and end else None


def figures():
    """What the programme counts. Clearing what is old changes none of it."""
    cases = Case.objects.order_by("pk")
    matches = Mentorship.objects.order_by("pk")
    reached = ContactMoment.objects.reached()
    return {
        "dossiers per year of start, phase and route": Counter(
            (case.programme_start.year, case.phase, case.leerroute, case.municipality) for case in cases
        ),
        "months in the programme": [_months(case.programme_start, case.phase_since) for case in cases],
        "reached the goal in time": [case.phase_since.replace(day=1) <= case.goal_deadline for case in cases],
        "months per phase": sorted(
            (change.case_id, change.phase, change.since.year, change.since.month)
            for change in PhaseChange.objects.all()
        ),
        "requests for a mentor": Counter(MatchRequest.objects.values_list("organisation", "status")),
        "months waited for a mentor": [
            _months(request.opened_on, request.closed_on) for request in MatchRequest.objects.order_by("pk")
        ],
        "matches": Counter(matches.values_list("status", "end_reason")),
        "months of a match": [_months(match.start_date, match.ended_on) for match in matches],
        "hours per mentor": sorted(reached.values_list("mentorship__mentor").annotate(total=Sum("minutes"))),
        "hours per month": Counter((row.on.year, row.on.month, row.minutes) for row in reached),
        "talks": Counter(CheckIn.objects.values_list("kind", "status", "outcome")),
        "enrolments": Counter(Enrolment.objects.values_list("institute", "level", "status")),
        "months of a course": [_months(row.started_on, row.ended_on) for row in Enrolment.objects.order_by("pk")],
        "absence": Counter(Absence.objects.values_list("enrolment__institute", "kind", "lesson_on__year", "hours")),
        "attendance": Counter(SessionAttendance.objects.values_list("session__startgroep", "status")),
        "participants": Counter(StartgroepParticipant.objects.values_list("startgroep", flat=True)),
    }
