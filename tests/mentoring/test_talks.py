"""The 3- and 6-month talks: moved, missed, recorded, overdue."""

from datetime import timedelta

import pytest

from accounts.roles import Role
from accounts.rules import RuleBroken
from cases.models import Alert, AlertStatus, Case, JournalEntry, JournalKind
from cases.services import hand_over, name_deputy, settle_deputyships
from mentoring import services
from mentoring.models import CheckIn, CheckInKind, CheckInOutcome, CheckInStatus, EndReason, MatchRequest
from mentoring.tasks import end_for_closed_cases, expire_proposals, raise_overdue_check_ins
from notifications import services as notifications
from notifications.models import Meeting, MeetingState, Notification
from notifications.services import Receiver
from tests import factories
from tests.factories import TODAY
from tests.mentoring.matches import NOW, at

LATER = TODAY + timedelta(days=100)


def lines(case):
    return list(
        JournalEntry.objects.filter(case=case, kind=JournalKind.CHECK_IN).order_by("pk").values_list("text", flat=True)
    )


def move(talk, by, day=LATER, place="Stadhuis", now=NOW):
    return services.move_check_in(check_in=talk, starts_at=at(day, 14), place=place, by=by, today=TODAY, now=now)


def miss(talk, by, today=TODAY, now=NOW):
    return services.miss_check_in(check_in=talk, by=by, today=today, now=now)


def record(talk, by, today=TODAY, now=NOW, **fields):
    return services.record_check_in(check_in=talk, held_on=today, by=by, today=today, now=now, **fields)


# --- Another date ------------------------------------------------------------------------------------------------


def test_move_check_in_keeps_the_target_and_the_appointment(cast, talks):
    before = talks.first
    for _twice in range(2):
        talk = move(talks.first, cast.klantmanager)
    assert (talk.target_on, talk.status, talk.due_on) == (before.target_on, "gepland", LATER + timedelta(days=1))
    assert (talk.meeting.pk, talk.meeting.starts_at, talk.meeting.sequence) == (before.meeting_id, at(LATER, 14), 1)
    assert lines(cast.case) == ["3-maandengesprek heeft een andere datum"]


@pytest.mark.parametrize("change", ["past", "recorded"])
def test_move_check_in_refuses(cast, talks, change):
    if change == "past":
        with pytest.raises(RuleBroken, match="nog komt"):
            move(talks.first, cast.klantmanager, day=TODAY - timedelta(days=1))
    else:
        record(talks.first, cast.klantmanager, summary="Goed")
        with pytest.raises(RuleBroken, match="al vastgelegd"):
            move(talks.first, cast.klantmanager)


def test_miss_check_in_before_its_day_calls_everybody_off_and_plans_anew(cast, talks):
    for _twice in range(2):
        talk = miss(talks.first, cast.klantmanager)
    assert (talk.status, talk.target_on) == (CheckInStatus.TE_PLANNEN, talks.first.target_on)
    assert Meeting.objects.get(pk=talk.meeting_id).state == MeetingState.CANCELLED
    again = move(talk, cast.klantmanager)
    assert again.meeting_id != talks.first.meeting_id
    assert (again.status, again.meeting.participants.count()) == (CheckInStatus.GEPLAND, 3)
    assert lines(cast.case) == ["3-maandengesprek is niet doorgegaan", "3-maandengesprek heeft een andere datum"]


def test_miss_check_in_after_its_day_tells_nobody_and_moves_the_same_appointment(cast, talks):
    day = talks.first.meeting.starts_at.date() + timedelta(days=1)
    sent = Notification.objects.count()
    talk = miss(talks.first, cast.klantmanager, today=day, now=at(day))
    assert Notification.objects.count() == sent
    assert talk.due_on == max(talk.target_on + timedelta(days=15), day + timedelta(days=7))
    again = services.move_check_in(
        check_in=talk, starts_at=at(day + timedelta(days=3)), place="", by=cast.klantmanager, today=day, now=at(day)
    )
    assert again.meeting_id == talks.first.meeting_id


def test_a_new_klantmanager_takes_the_place_in_the_talk(cast, talks):
    new = factories.make_user(Role.KLANTMANAGER, organisation=cast.organisations[Role.KLANTMANAGER])
    hand_over(case=cast.case, to=new, by=cast.klantmanager, today=TODAY, now=NOW)
    people = {row.role: row.user for row in talks.first.meeting.participants.all()}
    assert people[Role.KLANTMANAGER] == new


def test_a_missed_talk_that_gets_a_new_date_invites_the_klantmanager_of_now(cast, talks):
    day = talks.first.meeting.starts_at.date() + timedelta(days=1)
    new = factories.make_user(Role.KLANTMANAGER, organisation=cast.organisations[Role.KLANTMANAGER])
    hand_over(case=cast.case, to=new, by=cast.klantmanager, today=day, now=at(day))
    talk = services.move_check_in(
        check_in=talks.first, starts_at=at(day + timedelta(days=3)), place="", by=new, today=day, now=at(day)
    )
    assert {row.user for row in talk.meeting.participants.all()} == {cast.mentor, cast.statushouder, new}


# --- While somebody stands in for the klantmanager ----------------------------------------------------------------


@pytest.fixture
def deputy(cast):
    """A colleague who stands in for the klantmanager from today, for half a year."""
    deputy = cast.outsider.klantmanager
    name_deputy(
        holder=cast.klantmanager, deputy=deputy, starts_on=TODAY, last_day=TODAY + timedelta(days=150),
        by=cast.klantmanager, today=TODAY, now=NOW,
    )  # fmt: skip
    settle_deputyships(today=TODAY, now=NOW)
    return deputy


def invitations(after=0):
    """What went out about meetings since, as (receiver, method, first word of the subject)."""
    rows = Notification.objects.exclude(calendar_method="").filter(pk__gt=after).order_by("pk")
    return [(row.user, row.calendar_method, row.subject.split(":")[0]) for row in rows.select_related("user")]


def newest():
    return Notification.objects.latest("pk").pk


def test_moving_the_first_talk_moves_it_for_the_deputy_too(cast, talks, deputy):
    before = newest()
    talk = move(talks.first, cast.klantmanager)
    everybody = [cast.mentor, cast.statushouder, cast.klantmanager, deputy]
    assert [row.user for row in talk.meeting.participants.all()] == everybody
    assert invitations(before) == [(user, "REQUEST", "Gewijzigd") for user in everybody]
    assert not Notification.objects.filter(calendar_method="CANCEL").exists()


def test_a_talk_planned_while_a_deputy_stands_in_invites_both_once(cast, deputy, match):
    talk = match.check_ins.get(kind=CheckInKind.M3)
    for _twice in range(2):
        settle_deputyships(today=TODAY, now=NOW)
    assert [row.user for row in talk.meeting.participants.all()][2:] == [cast.klantmanager, deputy]
    about = Notification.objects.filter(meeting=talk.meeting).order_by("pk")
    assert [row.user for row in about][2:] == [cast.klantmanager, deputy]


def test_a_talk_after_the_days_of_the_deputy_is_not_the_deputys(cast, deputy, match):
    talk = match.check_ins.get(kind=CheckInKind.M3)
    miss(talk, cast.klantmanager)
    again = move(talk, cast.klantmanager, day=TODAY + timedelta(days=160))
    assert deputy not in {row.user for row in again.meeting.participants.all()}
    # Moved into them it is.
    before = newest()
    move(talk, cast.klantmanager, day=TODAY + timedelta(days=140))
    assert invitations(before)[-1] == (deputy, "REQUEST", "Uitnodiging")


def test_the_successor_of_a_missed_talk_leaves_the_deputy_in(cast, talks):
    day = talks.first.meeting.starts_at.date() + timedelta(days=1)
    new = factories.make_user(Role.KLANTMANAGER, organisation=cast.organisations[Role.KLANTMANAGER])
    hand_over(case=cast.case, to=new, by=cast.klantmanager, today=day, now=at(day))
    later = notifications.schedule(
        kind="check_in", title="Voortgang", starts_at=at(day + timedelta(days=3)), ends_at=at(day + timedelta(days=4)),
        participants=[Receiver(user=new, role=Role.KLANTMANAGER)], case_number=cast.case.number, now=at(day),
    )  # fmt: skip
    deputy = cast.outsider.klantmanager
    new.act_as(Role.KLANTMANAGER, today=day)
    name_deputy(
        holder=new, deputy=deputy, starts_on=day, last_day=day + timedelta(days=20), by=new, today=day, now=at(day)
    )
    settle_deputyships(today=day, now=at(day))
    before = newest()
    talk = services.move_check_in(
        check_in=talks.first, starts_at=at(day + timedelta(days=5)), place="", by=new, today=day, now=at(day)
    )
    assert [row.user for row in later.participants.all()] == [new, deputy]
    assert {row.user for row in talk.meeting.participants.all()} == {cast.mentor, cast.statushouder, new, deputy}
    assert {row[1] for row in invitations(before)} == {"REQUEST"}


# --- What came of it ------------------------------------------------------------------------------------------------


def test_record_the_first_talk(cast, talks):
    for summary in ("Gaat goed.", "Iets anders"):
        talk = record(talks.first, cast.klantmanager, summary=summary)
    assert (talk.status, talk.held_on, talk.summary, talk.outcome, talk.recorded_by) == (
        CheckInStatus.VASTGELEGD,
        TODAY,
        "Gaat goed.",
        "",
        cast.klantmanager,
    )
    assert lines(cast.case) == ["3-maandengesprek is gehouden"]
    assert Meeting.objects.get(pk=talk.meeting_id).state == MeetingState.CANCELLED  # it was held earlier than planned


@pytest.mark.parametrize(
    ("which", "by", "fields", "reason"),
    [
        ("first", "klantmanager", {}, "wat is besproken"),
        ("first", "vrijwilligerscoordinator", {"summary": "Goed"}, "legt een ander vast"),
        ("second", "klantmanager", {"outcome": "voortzetten"}, "legt een ander vast"),
        ("second", "vrijwilligerscoordinator", {}, "uitkomst"),
        ("second", "vrijwilligerscoordinator", {"outcome": "iets"}, "uitkomst"),
        ("second", "vrijwilligerscoordinator", {"outcome": "afronden"}, "waarom"),
    ],
)
def test_record_check_in_refuses(cast, talks, which, by, fields, reason):
    with pytest.raises(RuleBroken, match=reason):
        record(getattr(talks, which), getattr(cast, by), **fields)
    assert CheckIn.objects.open().count() == 2


@pytest.mark.parametrize(("days", "reason"), [(1, "toekomst"), (-1, "vóór de start")])
def test_record_check_in_refuses_an_impossible_day(cast, talks, days, reason):
    with pytest.raises(RuleBroken, match=reason):
        services.record_check_in(
            check_in=talks.first,
            held_on=TODAY + timedelta(days=days),
            summary="Goed",
            by=cast.klantmanager,
            today=TODAY,
            now=NOW,
        )


def test_the_second_talk_continues_the_match(cast, match, talks):
    talk = record(talks.second, cast.vrijwilligerscoordinator, outcome=CheckInOutcome.VOORTZETTEN)
    match.refresh_from_db()
    assert (talk.status, talk.outcome, match.status) == ("vastgelegd", "voortzetten", "actief")
    assert list(Case.objects.visible_to(cast.mentor, TODAY)) == [cast.case]


def test_the_second_talk_with_a_new_match_ends_this_one_and_opens_a_request(cast, match, talks):
    for _twice in range(2):
        record(talks.second, cast.vrijwilligerscoordinator, outcome=CheckInOutcome.NIEUWE_MATCH)
    match.refresh_from_db()
    assert (match.status, match.end_reason) == ("beeindigd", EndReason.NIEUWE_MATCH)
    assert MatchRequest.objects.open().filter(case=cast.case).count() == 1
    assert not Case.objects.visible_to(cast.mentor, TODAY).exists()
    talks.first.refresh_from_db()
    talks.second.refresh_from_db()
    assert (talks.first.status, talks.second.status) == ("vervallen", "vastgelegd")


def test_the_second_talk_may_end_the_match_with_a_reason(cast, match, talks):
    record(
        talks.second,
        cast.vrijwilligerscoordinator,
        outcome=CheckInOutcome.AFRONDEN,
        end_reason=EndReason.VERHUIZING,
        end_note="Verhuist naar Utrecht",
    )
    match.refresh_from_db()
    assert (match.status, match.end_reason, match.end_note) == ("beeindigd", "verhuizing", "Verhuist naar Utrecht")
    assert not MatchRequest.objects.open().exists()


# --- Overdue ----------------------------------------------------------------------------------------------------------


def test_overdue_talks_raise_one_alert_for_who_leads_them(cast, talks):
    first_day = talks.first.due_on
    assert services.raise_overdue_check_ins(first_day - timedelta(days=1)) == 0
    assert [services.raise_overdue_check_ins(first_day, at(first_day)) for _twice in range(2)] == [1, 0]
    late = talks.second.due_on + timedelta(days=40)  # nobody looked for weeks: made up at once
    assert [services.raise_overdue_check_ins(late, at(late)) for _twice in range(2)] == [1, 0]
    alerts = {alert.for_role: alert for alert in Alert.objects.all()}
    assert {role: alert.title for role, alert in alerts.items()} == {
        "klantmanager": "3-maandengesprek nog niet vastgelegd",
        "vrijwilligerscoordinator": "6-maandengesprek nog niet vastgelegd",
    }
    assert list(Alert.objects.visible_to(cast.klantmanager, TODAY)) == [alerts["klantmanager"]]
    assert list(Alert.objects.visible_to(cast.vrijwilligerscoordinator, TODAY)) == [alerts["vrijwilligerscoordinator"]]
    told = Notification.objects.filter(kind="check_in").values_list("user__email", flat=True)
    assert sorted(told) == sorted([cast.klantmanager.email, cast.vrijwilligerscoordinator.email])


@pytest.mark.parametrize("act", ["record", "move", "miss", "end"])
def test_an_overdue_alert_is_taken_back_when_somebody_acts(cast, match, talks, act):
    day = talks.first.due_on
    services.raise_overdue_check_ins(day, at(day))
    if act == "record":
        record(talks.first, cast.klantmanager, today=day, now=at(day), summary="Goed")
    elif act == "move":
        move(talks.first, cast.klantmanager, day=day + timedelta(days=5), now=at(day))
    elif act == "miss":
        miss(talks.first, cast.klantmanager, today=day, now=at(day))
    else:
        services.end_mentorship(
            mentorship=match, reason=EndReason.AFGEROND, by=cast.vrijwilligerscoordinator, today=day, now=at(day)
        )
    assert Alert.objects.get().status == AlertStatus.VERVALLEN
    assert services.raise_overdue_check_ins(day, at(day)) == 0


def test_a_talk_that_was_moved_and_missed_again_raises_a_new_alert(cast, talks):
    day = talks.first.due_on
    services.raise_overdue_check_ins(day, at(day))
    talk = move(talks.first, cast.klantmanager, day=day + timedelta(days=5), now=at(day))
    assert services.raise_overdue_check_ins(talk.due_on, at(talk.due_on)) == 1
    assert Alert.objects.open().count() == 1


def test_a_talk_that_nobody_plans_is_overdue_too(cast, talks):
    talk = miss(talks.first, cast.klantmanager)
    assert services.raise_overdue_check_ins(talk.due_on, at(talk.due_on)) == 1
    assert Alert.objects.get().title == "3-maandengesprek nog niet gepland"


def test_the_sweeps_run_on_the_day_in_amsterdam(cast, talks, time_machine):
    time_machine.move_to(at(talks.first.due_on, 0, 5), tick=False)
    assert [raise_overdue_check_ins(), expire_proposals(), end_for_closed_cases()] == [1, 0, 0]
