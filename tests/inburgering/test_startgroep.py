"""Planning a Startgroep, who takes part, its sessions and the roll call: state, journal, outbox."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.urls import reverse

from accounts.roles import Role
from accounts.rules import RuleBroken
from cases import services as cases
from cases.models import Assignment, Case, JournalEntry, JournalKind, Phase
from inburgering import services
from inburgering.models import (
    SessionAttendance,
    SessionKind,
    Startgroep,
    StartgroepParticipant,
    StartgroepState,
)
from notifications.models import Meeting, MeetingParticipant, MeetingState, Notification
from tests import factories

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PLAN = {
    "code": "Startgroep 7",
    "start_on": date(2026, 9, 7),
    "intake_on": date(2026, 9, 3),
    "pattern": "2_per_week",
    "weekdays": [0, 3],
    "starts_at": time(9, 30),
    "ends_at": time(12, 0),
    "capacity": 3,
}


def plan(cast, **fields):
    today = fields.pop("today", date(2026, 8, 1))
    fields = {"docent": cast.docent, "by": cast.klantmanager, **PLAN, **fields}
    return services.plan_startgroep(today=today, now=NOW, **fields)


@pytest.fixture
def group(cast):
    """Twelve sessions from 30 November, intake on the 26th: all in the future."""
    return plan(cast, start_on=date(2026, 11, 30), intake_on=date(2026, 11, 26), today=factories.TODAY)


@pytest.fixture
def past(cast):
    """The group of the golden dates, with the cast's person in it from the start."""
    group = plan(cast, code="Startgroep 6")
    services.add_participant(
        startgroep=group, case=cast.case, joined_on=date(2026, 9, 3), by=cast.klantmanager, today=date(2026, 9, 3),
        now=NOW,
    )  # fmt: skip
    return group


def journal(case, kind):
    return list(JournalEntry.objects.filter(case=case, kind=kind).order_by("pk").values_list("text", flat=True))


def marks_for(session, status="aanwezig"):
    return {p.pk: (status, "") for p in session.startgroep.participants.on(session.on)}


def test_plan_startgroep_holds_the_golden_dates(cast):
    group = plan(cast)
    sessions = list(group.sessions.order_by("on"))
    assert [s.kind for s in sessions].count(SessionKind.GROUP_INTAKE) == 1
    assert (sessions[0].kind, sessions[0].on) == (SessionKind.GROUP_INTAKE, date(2026, 9, 3))
    assert len(sessions[1:]) == 12
    assert (sessions[1].on, sessions[-1].on) == (date(2026, 9, 7), date(2026, 10, 15))
    assert (group.ends_on, group.assessment_from) == (date(2026, 10, 18), date(2026, 9, 28))


def test_plan_startgroep_once_per_two_weeks(cast):
    group = plan(cast, pattern="1_per_2_weeks", weekdays=[0])
    days = list(group.sessions.filter(kind=SessionKind.REGULAR).order_by("on").values_list("on", flat=True))
    assert days == [date(2026, 9, 7), date(2026, 9, 21), date(2026, 10, 5)]


def test_each_session_stands_in_the_docents_agenda_and_one_message_tells_of_all(cast):
    group = plan(cast)
    assert Meeting.objects.count() == 13
    assert {p.user for m in Meeting.objects.all() for p in m.participants.all()} == {cast.docent}
    message = Notification.objects.get()
    assert (message.user, message.role) == (cast.docent, Role.DOCENT)
    assert "maandag 7 september 2026" in message.body
    assert message.link == group.get_absolute_url()


def test_a_docent_who_plans_gets_no_message(cast):
    plan(cast, by=cast.docent)
    assert not Notification.objects.exists()


def test_plan_startgroep_twice_from_one_form_is_one_group(cast):
    key = "11111111-1111-4111-8111-111111111111"
    assert plan(cast, key=key) == plan(cast, key=key)
    assert Startgroep.objects.count() == 1
    assert Meeting.objects.count() == 13


@pytest.mark.parametrize(
    "fields",
    [
        {"intake_on": date(2026, 9, 7)},
        {"weekdays": [0]},
        {"pattern": "1_per_2_weeks"},
    ],
)
def test_plan_startgroep_refuses_what_does_not_fit(cast, fields):
    with pytest.raises(RuleBroken):
        plan(cast, **fields)
    assert not Startgroep.objects.exists()


def test_plan_startgroep_refuses_the_same_name_and_who_is_no_docent(cast):
    plan(cast)
    with pytest.raises(RuleBroken, match="naam"):
        plan(cast, code="startgroep 7")
    with pytest.raises(RuleBroken, match="geen docent"):
        plan(cast, code="Startgroep 8", docent=cast.klantmanager)


def test_the_state_follows_the_dates(cast):
    group = plan(cast)
    S = StartgroepState
    expected = {
        date(2026, 9, 6): S.GEPLAND,
        date(2026, 9, 7): S.LOPEND,
        date(2026, 9, 27): S.LOPEND,
        date(2026, 9, 28): S.BEELDVORMING,
        date(2026, 10, 18): S.BEELDVORMING,
        date(2026, 10, 19): S.AF_TE_RONDEN,
    }
    for day, state in expected.items():
        assert group.state(day) == state, day
        assert [s for s in S if Startgroep.objects.in_state(s, day).exists()] == [state], day


def test_add_participant_writes_all_that_follows(cast, group, today):
    participant = services.add_participant(
        startgroep=group, case=cast.case, by=cast.klantmanager, today=today, now=NOW
    )
    case = Case.objects.get(pk=cast.case.pk)
    assert (participant.joined_on, case.phase) == (today, Phase.STARTGROEP)
    docents = Assignment.objects.filter(case=case).current(today).of_role(Role.DOCENT)
    assert [row.user for row in docents] == [cast.docent]
    assert journal(case, JournalKind.STARTGROEP) == ["Doet mee aan Startgroep 7"]
    meetings = Meeting.objects.of_user(cast.statushouder)
    assert meetings.count() == 13
    message = Notification.objects.get(user=cast.statushouder)
    assert (message.subject, message.role) == ("De bijeenkomsten van Startgroep 7", Role.STATUSHOUDER)


def test_add_participant_twice_is_one_row_and_one_message(cast, group, today):
    for _again in range(2):
        services.add_participant(startgroep=group, case=cast.case, by=cast.docent, today=today, now=NOW)
    assert StartgroepParticipant.objects.count() == 1
    assert Notification.objects.filter(user=cast.statushouder).count() == 1


def test_a_docent_comes_to_stand_around_a_new_dossier(cast, group, today):
    case = factories.make_case(klantmanager=cast.klantmanager, today=today)
    assert not Case.objects.visible_to(cast.docent, today).filter(pk=case.pk).exists()
    services.add_participant(startgroep=group, case=case, by=cast.klantmanager, today=today, now=NOW)
    assert Case.objects.visible_to(cast.docent, today).filter(pk=case.pk).exists()


def test_add_participant_without_address_writes_to_nobody(cast, group, today):
    case = factories.make_case(klantmanager=cast.klantmanager, today=today)
    before = Notification.objects.count()
    services.add_participant(startgroep=group, case=case, by=cast.klantmanager, today=today, now=NOW)
    assert Notification.objects.count() == before


def test_two_people_may_share_an_address(cast, group, today):
    cases = [
        factories.make_case(klantmanager=cast.klantmanager, today=today, email="samen@demo.example") for _n in range(2)
    ]
    rows = [
        services.add_participant(startgroep=group, case=case, by=cast.klantmanager, today=today, now=NOW)
        for case in cases
    ]
    assert Notification.objects.filter(address="samen@demo.example").count() == 2
    services.remove_participant(participant=rows[0], by=cast.klantmanager, today=today, now=NOW)
    meeting = group.sessions.first().meeting
    assert [p.address for p in meeting.participants.all() if p.address] == ["samen@demo.example"]
    services.remove_participant(participant=rows[1], by=cast.klantmanager, today=today, now=NOW)
    assert [p.address for p in meeting.participants.all() if p.address] == []


def sessions_of(group, case):
    """The places of a dossier in the sessions: (account, address) and how many have them."""
    meetings = group.sessions.values("meeting")
    rows = MeetingParticipant.objects.filter(meeting__in=meetings, case_number=case.number).select_related("user")
    return Counter((row.user, row.address) for row in rows)


def told(case):
    rows = Notification.objects.filter(case_number=case.number, kind="startgroep").order_by("pk")
    return [(row.address, row.subject, row.status) for row in rows]


def join(cast, group, today, **fields):
    case = factories.make_case(klantmanager=cast.klantmanager, today=today, **fields)
    row = services.add_participant(startgroep=group, case=case, by=cast.klantmanager, today=today, now=NOW)
    return case, row


def test_sessions_follow_a_corrected_address_and_end_with_leaving(cast, group, today):
    case, row = join(cast, group, today, email="oud@demo.example")
    for _twice in range(2):
        cases.edit_person(case=case, email="nieuw@demo.example", by=cast.klantmanager, now=NOW)
    assert sessions_of(group, case) == {(None, "nieuw@demo.example"): 13}
    session = group.sessions.get(on=date(2026, 11, 30))
    services.move_session(
        session=session,
        on=date(2026, 12, 1),
        starts_at=time(13),
        ends_at=time(15),
        by=cast.docent,
        today=today,
        now=NOW,
    )
    Notification.objects.filter(status="queued").update(status="sent")
    services.remove_participant(participant=row, by=cast.klantmanager, today=today, now=NOW)
    assert sessions_of(group, case) == {}
    assert told(case) == [
        ("oud@demo.example", "De bijeenkomsten van Startgroep 7", "cancelled"),
        ("nieuw@demo.example", "Uw bijeenkomsten", "sent"),
        ("nieuw@demo.example", "U doet niet meer mee aan Startgroep 7", "queued"),
    ]
    about = Notification.objects.filter(meeting=session.meeting, user=None).order_by("pk")
    assert [(row.address, row.calendar_method) for row in about] == [
        ("nieuw@demo.example", "REQUEST"),
        ("nieuw@demo.example", "CANCEL"),
    ]


def test_who_had_no_address_gets_the_sessions_with_one_and_then_in_the_agenda(cast, group, today):
    case, row = join(cast, group, today)
    assert sessions_of(group, case) == {(None, ""): 13}
    assert told(case) == []
    cases.edit_person(case=case, email="rima@demo.example", by=cast.klantmanager, now=NOW)
    user = cases.invite_statushouder(case=case, email="rima@demo.example", by=cast.klantmanager, today=today, now=NOW)
    assert sessions_of(group, case) == {(user, ""): 13}
    assert Meeting.objects.of_user(user.act_as(Role.STATUSHOUDER)).count() == 13
    assert [row[1:] for row in told(case)] == [("Uw bijeenkomsten", "cancelled"), ("Uw bijeenkomsten", "queued")]
    assert Notification.objects.get(user=user, kind="startgroep").link == reverse("notifications:agenda")
    services.remove_participant(participant=row, by=cast.klantmanager, today=today, now=NOW)
    assert sessions_of(group, case) == {}


def test_a_closed_dossier_leaves_the_sessions_as_anybody_does(cast, group, today):
    case, row = join(cast, group, today, email="rima@demo.example")
    cases.move_phase(case=case, to=Phase.BEEINDIGD, reason="Verhuisd", by=cast.klantmanager, today=today, now=NOW)
    assert [services.end_for_closed_cases(today=today, now=NOW) for _twice in range(2)] == [1, 0]
    row.refresh_from_db()
    assert row.left_on == today
    assert sessions_of(group, case) == {}
    assert journal(case, JournalKind.STARTGROEP)[-1] == "Doet niet meer mee aan Startgroep 7"
    assert told(case)[-1] == ("rima@demo.example", "U doet niet meer mee aan Startgroep 7", "queued")
    before = Notification.objects.count()
    services.move_session(
        session=group.sessions.get(on=date(2026, 11, 30)), on=date(2026, 12, 1), starts_at=time(13), ends_at=time(15),
        by=cast.docent, today=today, now=NOW,
    )  # fmt: skip
    assert [row.user for row in Notification.objects.order_by("pk")[before:]] == [cast.docent]


def test_places_of_before_are_settled_by_the_migration(cast, group, today):
    case, _row = join(cast, group, today, email="nieuw@demo.example")
    MeetingParticipant.objects.filter(address="nieuw@demo.example").update(case_number="", address="oud@demo.example")
    session = group.sessions.get(on=date(2026, 11, 30))
    session.meeting.participants.filter(role=Role.STATUSHOUDER).update(address="nieuw@demo.example")
    kept = session.meeting.participants.get(role=Role.STATUSHOUDER)
    migration = import_module("inburgering.migrations.0002_places_in_coming_sessions")
    for _twice in range(2):
        migration.settle_places(apps, None)
    assert sessions_of(group, case) == {(None, "nieuw@demo.example"): 13}
    assert not MeetingParticipant.objects.filter(address="oud@demo.example").exists()
    assert MeetingParticipant.objects.get(pk=kept.pk).case_number == case.number


def test_a_full_group_refuses_with_the_number(cast, group, today):
    for _n in range(3):
        case = factories.make_case(klantmanager=cast.klantmanager, today=today)
        services.add_participant(startgroep=group, case=case, by=cast.klantmanager, today=today, now=NOW)
    with pytest.raises(RuleBroken, match="alle 3 plaatsen"):
        services.add_participant(startgroep=group, case=cast.case, by=cast.klantmanager, today=today, now=NOW)
    assert journal(cast.case, JournalKind.STARTGROEP) == []


def test_one_is_in_one_running_group(cast, group, today):
    services.add_participant(startgroep=group, case=cast.case, by=cast.docent, today=today, now=NOW)
    other = plan(cast, code="Startgroep 8")
    with pytest.raises(RuleBroken, match="Startgroep 7"):
        services.add_participant(startgroep=other, case=cast.case, by=cast.docent, today=today, now=NOW)


def test_remove_participant_ends_what_joining_began(cast, group, today):
    participant = services.add_participant(
        startgroep=group, case=cast.case, by=cast.klantmanager, today=today, now=NOW
    )
    later = today + timedelta(days=1)
    for _again in range(2):
        participant = services.remove_participant(participant=participant, by=cast.klantmanager, today=later, now=NOW)
    assert participant.left_on == later
    assert not Case.objects.visible_to(cast.docent, later).filter(pk=cast.case.pk).exists()
    assert Meeting.objects.of_user(cast.statushouder).count() == 0
    assert journal(cast.case, JournalKind.STARTGROEP)[-1] == "Doet niet meer mee aan Startgroep 7"
    subjects = list(
        Notification.objects.filter(user=cast.statushouder).order_by("pk").values_list("subject", flat=True)
    )
    assert subjects == ["De bijeenkomsten van Startgroep 7", "U doet niet meer mee aan Startgroep 7"]


def test_the_group_of_a_day_is_who_belonged_to_it_then(cast, past, today):
    late = factories.make_case(klantmanager=cast.klantmanager, today=today)
    services.add_participant(startgroep=past, case=late, by=cast.klantmanager, today=date(2026, 9, 21), now=NOW)
    early = past.participants.get(case=cast.case)
    services.remove_participant(participant=early, by=cast.klantmanager, today=date(2026, 10, 1), now=NOW)
    on = {
        day: {p.case_id for p in past.participants.on(day)}
        for day in (date(2026, 9, 17), date(2026, 9, 21), date(2026, 10, 1))
    }
    assert on == {
        date(2026, 9, 17): {cast.case.pk},
        date(2026, 9, 21): {cast.case.pk, late.pk},
        date(2026, 10, 1): {late.pk},
    }


def test_move_session_tells_who_takes_part(cast, group, today):
    services.add_participant(startgroep=group, case=cast.case, by=cast.klantmanager, today=today, now=NOW)
    session = group.sessions.get(on=date(2026, 12, 3))
    before = Notification.objects.count()
    for _again in range(2):
        session = services.move_session(
            session=session, on=date(2026, 12, 4), starts_at=time(13), ends_at=time(15), by=cast.docent, today=today,
            now=NOW,
        )  # fmt: skip
    assert session.on == date(2026, 12, 4)
    session.meeting.refresh_from_db()
    assert session.meeting.starts_at == datetime(2026, 12, 4, 12, tzinfo=UTC)
    told = Notification.objects.order_by("pk")[before:]
    assert {row.user for row in told} == {cast.docent, cast.statushouder}
    assert len(told) == 2


def test_move_session_keeps_the_intake_first_and_one_a_day(cast, group, today):
    intake, first, second = group.sessions.order_by("on")[:3]
    times = {"starts_at": time(9), "ends_at": time(12), "by": cast.docent, "today": today, "now": NOW}
    for session, day in (
        (intake, second.on + timedelta(days=1)),
        (first, intake.on - timedelta(days=1)),
        (first, second.on),
    ):
        with pytest.raises(RuleBroken):
            services.move_session(session=session, on=day, **times)


def test_cancel_session_tells_once_and_never_the_intake(cast, group, today):
    intake, first = group.sessions.order_by("on")[:2]
    before = Notification.objects.count()
    for _again in range(2):
        services.cancel_session(session=first, by=cast.docent, today=today, now=NOW)
    first.refresh_from_db()
    assert first.cancelled_at == NOW
    assert first.meeting.state == MeetingState.CANCELLED
    assert Notification.objects.count() == before + 1  # the docent
    with pytest.raises(RuleBroken):
        services.cancel_session(session=intake, by=cast.docent, today=today, now=NOW)


def test_call_roll_records_everybody_with_a_line_each(cast, past, today):
    session = past.sessions.get(on=date(2026, 9, 7))
    services.call_roll(session=session, marks=marks_for(session, "te_laat"), by=cast.docent, today=today, now=NOW)
    session.refresh_from_db()
    assert (session.roll_called_at, session.roll_called_by) == (NOW, cast.docent)
    assert [row.status for row in session.attendance.all()] == ["te_laat"]
    assert journal(cast.case, JournalKind.ATTENDANCE) == ["Aanwezigheid opgenomen"]


def test_call_roll_twice_the_same_is_once(cast, past, today):
    session = past.sessions.get(on=date(2026, 9, 7))
    for minute in (0, 1):
        services.call_roll(
            session=session, marks=marks_for(session), seen_at=None, by=cast.docent, today=today,
            now=NOW + timedelta(minutes=minute),
        )  # fmt: skip
    session.refresh_from_db()
    assert session.roll_called_at == NOW
    assert journal(cast.case, JournalKind.ATTENDANCE) == ["Aanwezigheid opgenomen"]


def test_the_second_of_two_people_is_told_and_overwrites_nothing(cast, past, today):
    session = past.sessions.get(on=date(2026, 9, 7))
    services.call_roll(session=session, marks=marks_for(session), by=cast.docent, today=today, now=NOW)
    with pytest.raises(RuleBroken, match=str(cast.docent)):
        services.call_roll(
            session=session, marks=marks_for(session, "afwezig"), seen_at=None, by=cast.docent, today=today, now=NOW
        )
    assert SessionAttendance.objects.get().status == "aanwezig"


def test_a_roll_is_corrected_with_a_line_in_the_journal(cast, past, today):
    session = past.sessions.get(on=date(2026, 9, 7))
    services.call_roll(session=session, marks=marks_for(session), by=cast.docent, today=today, now=NOW)
    services.call_roll(
        session=session, marks=marks_for(session, "afwezig_gemeld"), seen_at=NOW, by=cast.docent, today=today,
        now=NOW + timedelta(hours=1),
    )  # fmt: skip
    assert SessionAttendance.objects.get().status == "afwezig_gemeld"
    assert journal(cast.case, JournalKind.ATTENDANCE) == ["Aanwezigheid opgenomen", "Aanwezigheid gecorrigeerd"]


def test_call_roll_asks_everybody_and_waits_for_the_day(cast, past, group, today):
    session = past.sessions.get(on=date(2026, 9, 7))
    with pytest.raises(RuleBroken, match="veranderd"):
        services.call_roll(session=session, marks={}, by=cast.docent, today=today, now=NOW)
    coming = group.sessions.order_by("on").last()
    with pytest.raises(RuleBroken, match="moet nog komen"):
        services.call_roll(session=coming, marks={}, by=cast.docent, today=today, now=NOW)
    assert not SessionAttendance.objects.exists()


def test_a_session_with_a_roll_stays_where_it_was(cast, past, today):
    session = past.sessions.get(on=date(2026, 9, 7))
    services.call_roll(session=session, marks=marks_for(session), by=cast.docent, today=today, now=NOW)
    with pytest.raises(RuleBroken, match="opgenomen"):
        services.cancel_session(session=session, by=cast.docent, today=today, now=NOW)


def test_finish_startgroep_moves_who_has_no_course_to_plaatsing(cast, past, today):
    for _again in range(2):
        services.finish_startgroep(startgroep=past, by=cast.docent, today=today, now=NOW)
    past.refresh_from_db()
    assert past.finished_on == today
    assert Case.objects.get(pk=cast.case.pk).phase == Phase.PLAATSING
    assert journal(cast.case, JournalKind.STARTGROEP)[-1] == "Startgroep 6 is afgerond"
    assert Case.objects.visible_to(cast.docent, today).filter(pk=cast.case.pk).exists()


def test_finish_startgroep_waits_for_the_last_session(cast, group, today):
    with pytest.raises(RuleBroken):
        services.finish_startgroep(startgroep=group, by=cast.docent, today=today, now=NOW)
