"""Meetings: planned, moved, called off, handed to a successor; and what everybody receives of it."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections
from icalendar import Calendar

from accounts.models import User
from accounts.roles import Role
from accounts.rules import RuleBroken
from notifications import links, services
from notifications.models import MeetingParticipant, Notification, NotificationStatus
from notifications.services import Receiver
from tests.factories import TODAY

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
START = datetime(2027, 2, 24, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
NUMBER = "JAS-2026-0001"


def plan(*participants, **fields):
    fields = {"kind": "check_in", "title": "3-maandengesprek", "starts_at": START, "place": "Stadskantoor", **fields}
    fields = {"ends_at": fields["starts_at"] + HOUR, "case_number": NUMBER, "link": "/", "now": NOW, **fields}
    return services.schedule(participants=participants, **fields)


def receivers(cast):
    return (
        Receiver(user=cast.mentor, role=Role.MENTOR),
        Receiver(user=cast.statushouder, role=Role.STATUSHOUDER),
        Receiver(user=cast.klantmanager, role=Role.KLANTMANAGER),
    )


def outbox():
    """What was queued, as (address, method, first word of the subject, stands)."""
    rows = Notification.objects.order_by("pk")
    return [(row.address, row.calendar_method, row.subject.split(":")[0], row.status) for row in rows]


def test_planning_invites_each_with_a_file_of_their_own(cast):
    meeting = plan(*receivers(cast), by=cast.klantmanager)
    rows = list(Notification.objects.order_by("pk"))
    assert [(row.user, row.role, row.case_number, row.created_by, row.meeting, row.link) for row in rows] == [
        (user, user.role, NUMBER, cast.klantmanager, meeting, meeting.get_absolute_url())
        for user in (cast.mentor, cast.statushouder, cast.klantmanager)
    ]
    for row in rows:
        [event] = Calendar.from_ical(row.calendar).walk("VEVENT")
        assert event["ATTENDEE"] == f"mailto:{row.address}"
        assert event["SEQUENCE"] == 0
        assert row.subject == "Uitnodiging: 3-maandengesprek op woensdag 24 februari 2027, 10:00"
        assert "woensdag 24 februari 2027, 10:00 tot 11:00 uur" in row.body
        assert "Plaats: Stadskantoor" in row.body
        assert not any(name in row.subject + row.body + row.calendar for name in ("Selam", "Tekle", NUMBER))


def test_who_cannot_be_reached_stands_by_role_alone(cast):
    meeting = plan(Receiver(role=Role.STATUSHOUDER), Receiver(address="school@demo.example", role=Role.INSTITUUT))
    assert [(row.role, row.can_be_reached) for row in meeting.participants.all()] == [
        ("statushouder", False),
        ("instituut", True),
    ]
    assert [row.role_label for row in meeting.unreachable] == ["Statushouder"]
    [row] = Notification.objects.all()
    assert (row.address, row.in_inbox, row.link) == ("school@demo.example", False, "")


def test_a_series_is_planned_without_invitations(cast):
    meeting = plan(*receivers(cast), invite=False)
    assert meeting.participants.count() == 3
    assert outbox() == []


def test_somebody_named_twice_takes_part_once(cast):
    one = Receiver(user=cast.mentor, role=Role.MENTOR)
    assert plan(one, one).participants.count() == 1
    assert len(outbox()) == 1


@pytest.mark.parametrize("end", [START, START - HOUR])
def test_a_meeting_ends_after_it_begins(cast, end):
    with pytest.raises(RuleBroken):
        plan(*receivers(cast), ends_at=end)
    meeting = plan(*receivers(cast), invite=False)
    with pytest.raises(RuleBroken):
        services.move(meeting=meeting, starts_at=START, ends_at=end, now=NOW)


def test_moving_tells_everybody_and_overtakes_what_still_waited(cast):
    meeting = plan(*receivers(cast)[:2])
    Notification.objects.filter(user=cast.mentor).update(status=NotificationStatus.SENT)
    moved = services.move(meeting=meeting, starts_at=START + HOUR, ends_at=START + 2 * HOUR, now=NOW)
    assert moved.sequence == 1
    mentor, statushouder = cast.mentor.email, cast.statushouder.email
    assert outbox() == [
        (mentor, "REQUEST", "Uitnodiging", "sent"),
        (statushouder, "REQUEST", "Uitnodiging", "cancelled"),
        (mentor, "REQUEST", "Gewijzigd", "queued"),
        (statushouder, "REQUEST", "Gewijzigd", "queued"),
    ]
    waiting = Notification.objects.filter(status=NotificationStatus.QUEUED)
    assert ["SEQUENCE:1\r\n" in row.calendar for row in waiting] == [True, True]


def test_moving_to_the_same_moment_and_place_does_nothing(cast):
    meeting = plan(*receivers(cast))
    same = services.move(meeting=meeting, starts_at=START, ends_at=START + HOUR, place="Stadskantoor", now=NOW)
    assert same.sequence == 0
    assert len(outbox()) == 3


def test_another_place_alone_is_a_change(cast):
    meeting = plan(receivers(cast)[0])
    services.move(meeting=meeting, starts_at=START, ends_at=START + HOUR, place="Thuis", now=NOW)
    assert [row[2] for row in outbox()] == ["Uitnodiging", "Gewijzigd"]


def test_calling_off_tells_everybody_once(cast):
    meeting = plan(*receivers(cast)[:2])
    Notification.objects.update(status=NotificationStatus.SENT)
    assert services.cancel(meeting=meeting, now=NOW).is_cancelled
    assert services.cancel(meeting=meeting, now=NOW).sequence == 1
    assert [row[1:3] for row in outbox()] == [("REQUEST", "Uitnodiging")] * 2 + [("CANCEL", "Gaat niet door")] * 2
    with pytest.raises(RuleBroken):
        services.move(meeting=meeting, starts_at=START + HOUR, ends_at=START + 2 * HOUR, now=NOW)


def test_a_successor_is_invited_and_the_predecessor_hears_it_is_over(cast):
    new = cast.outsider.klantmanager
    meeting = plan(*receivers(cast))
    past = plan(*receivers(cast), starts_at=NOW - HOUR, ends_at=NOW, invite=False)
    cancelled = plan(*receivers(cast), invite=False)
    services.cancel(meeting=cancelled, invite=False, now=NOW)
    other = plan(*receivers(cast), case_number="JAS-2026-0002", invite=False)
    Notification.objects.all().delete()

    def replace():
        return services.replace_participant(
            case_number=NUMBER, role=Role.KLANTMANAGER, receiver=Receiver(user=new, role=Role.KLANTMANAGER), now=NOW
        )

    assert replace() == 1
    assert replace() == 0
    assert [row[:3] for row in outbox()] == [
        (cast.klantmanager.email, "CANCEL", "Gaat niet door"),
        (new.email, "REQUEST", "Uitnodiging"),
    ]
    meeting.refresh_from_db()
    assert meeting.sequence == 1
    now_there = MeetingParticipant.objects.filter(role=Role.KLANTMANAGER).values_list("meeting", "user")
    assert set(now_there) == {
        (meeting.pk, new.pk),
        (past.pk, cast.klantmanager.pk),
        (cancelled.pk, cast.klantmanager.pk),
        (other.pk, cast.klantmanager.pk),
    }


def test_a_successor_for_somebody_who_could_not_be_reached(cast):
    meeting = plan(Receiver(role=Role.KLANTMANAGER))
    done = services.replace_participant(
        case_number=NUMBER, role=Role.KLANTMANAGER, receiver=Receiver(user=cast.klantmanager), now=NOW
    )
    assert done == 1
    assert [row[:2] for row in outbox()] == [(cast.klantmanager.email, "REQUEST")]
    assert meeting.unreachable == []


def test_of_two_in_a_role_the_successor_who_is_one_of_them_stays(cast):
    other = cast.outsider.klantmanager
    meeting = plan(
        Receiver(user=cast.klantmanager, role=Role.KLANTMANAGER),
        Receiver(user=other, role=Role.KLANTMANAGER),
        invite=False,
    )
    services.replace_participant(
        case_number=NUMBER, role=Role.KLANTMANAGER, receiver=Receiver(user=other, role=Role.KLANTMANAGER), now=NOW
    )
    assert [row.user for row in meeting.participants.all()] == [other]
    assert [row[:2] for row in outbox()] == [(cast.klantmanager.email, "CANCEL")]


def test_an_overtaken_message_that_failed_is_not_tried_again(cast):
    meeting = plan(receivers(cast)[0])
    failed = Notification.objects.get()
    Notification.objects.update(status=NotificationStatus.FAILED, error="550 no")
    services.cancel(meeting=meeting, now=NOW)
    retried = services.retry(notification=failed, by=cast.functioneel_beheerder, now=NOW)
    assert retried.status == NotificationStatus.CANCELLED


def test_the_invitation_arrives_as_one_that_calendars_understand(cast, post):
    plan(receivers(cast)[0])
    assert services.deliver_due(now=NOW) == 1
    [message] = post.messages
    assert message.get_content_type() == "multipart/mixed"
    alternatives, attachment = message.iter_parts()
    assert [part.get_content_type() for part in alternatives.iter_parts()] == [
        "text/plain",
        "text/html",
        "text/calendar",
    ]
    invitation = list(alternatives.iter_parts())[-1]
    assert dict(invitation["Content-Type"].params) == {"charset": "utf-8", "method": "REQUEST"}
    [event] = Calendar.from_ical(invitation.get_content()).walk("VEVENT")
    assert event["SUMMARY"] == "3-maandengesprek"
    assert (attachment.get_content_type(), attachment.get_filename()) == ("application/ics", "afspraak.ics")
    assert attachment.get_content() == Notification.objects.get().calendar.encode()


def test_what_went_to_whom_about_a_dossier(cast):
    plan(*receivers(cast))
    plan(*receivers(cast), case_number="JAS-2026-0002")
    assert [row.user for row in Notification.objects.about(NUMBER)] == [
        cast.klantmanager,
        cast.statushouder,
        cast.mentor,
    ]


# --- Two at once -------------------------------------------------------------------------------------------------


def at_once(*actions):
    """Run the actions in threads that start together; returns what they returned."""
    together, results = threading.Barrier(len(actions)), []

    def run(action):
        together.wait()
        try:
            results.append(action())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[action]) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_two_who_call_off_at_once_tell_everybody_once(cast):
    meeting = plan(receivers(cast)[0], invite=False)
    done = at_once(*[lambda: services.cancel(meeting=meeting, now=NOW)] * 4)
    assert [row.sequence for row in done] == [1, 1, 1, 1]
    assert len(outbox()) == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_move_at_once_to_the_same_moment_tell_everybody_once(cast):
    meeting = plan(receivers(cast)[0], invite=False)
    later = {"starts_at": START + HOUR, "ends_at": START + 2 * HOUR}
    done = at_once(*[lambda: services.move(meeting=meeting, **later, now=NOW)] * 4)
    assert [row.sequence for row in done] == [1, 1, 1, 1]
    assert len(outbox()) == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_message_asked_for_at_once_is_one_message():
    message = {"kind": "hand_over", "receiver": Receiver(address="iemand@demo.example"), "subject": "Dag", "now": NOW}
    done = at_once(*[lambda: services.notify(key="same", **message)] * 4)
    assert len({row.pk for row in done}) == 1
    assert len(outbox()) == 1


# --- Access that ended ----------------------------------------------------------------------------------------------


def vacate(cast, user, now=NOW):
    return services.vacate(case_number=NUMBER, role=user.role, users=[user], now=now)


def test_who_leaves_a_dossier_leaves_its_meetings_those_that_were_included(cast):
    coming, past = plan(*receivers(cast)), plan(*receivers(cast), starts_at=NOW - HOUR)
    called_off = services.cancel(meeting=plan(*receivers(cast)), now=NOW)
    elsewhere = plan(*receivers(cast), case_number="JAS-2026-0002")
    Notification.objects.update(status=NotificationStatus.SENT)
    assert vacate(cast, cast.mentor) == 3
    assert list(type(coming).objects.of_user(cast.mentor)) == [elsewhere]
    assert {meeting.participants.count() for meeting in (coming, past, called_off)} == {3}
    assert [row[:3] for row in outbox() if row[3] == NotificationStatus.QUEUED] == [
        (cast.mentor.email, "CANCEL", "Gaat niet door")
    ]
    assert vacate(cast, cast.mentor) == 0


def test_the_place_of_who_left_is_for_who_comes(cast):
    meeting = plan(*receivers(cast))
    vacate(cast, cast.klantmanager)
    new = cast.outsider.klantmanager
    services.replace_participant(
        case_number=NUMBER, role=Role.KLANTMANAGER, receiver=Receiver(user=new, role=Role.KLANTMANAGER), now=NOW
    )
    assert {row.user for row in meeting.participants.all()} == {cast.mentor, cast.statushouder, new}


# --- Joining and leaving a series -----------------------------------------------------------------------------------


def places(meeting):
    return [(row.role, row.user, row.address) for row in meeting.participants.all()]


def test_who_leaves_takes_along_the_invitation_that_waits_and_hears_of_the_one_that_went_out(cast):
    address = Receiver(address="amina@demo.example", role=Role.STATUSHOUDER)
    mentor = Receiver(user=cast.mentor, role=Role.MENTOR)
    untouched, waiting, told = (plan(mentor, address, invite=False, case_number="") for _number in range(3))
    later = {"starts_at": START + HOUR, "ends_at": START + 2 * HOUR, "now": NOW}
    services.move(meeting=told, **later)
    Notification.objects.update(status=NotificationStatus.SENT)
    services.move(meeting=waiting, **later)
    before = len(outbox())
    for _twice in range(2):
        services.leave(meetings=[untouched, waiting, told], receiver=address, now=NOW)
    assert [places(meeting) for meeting in (untouched, waiting, told)] == [[(Role.MENTOR, cast.mentor, "")]] * 3
    assert ("amina@demo.example", "REQUEST", "Gewijzigd", "cancelled") in outbox()
    assert outbox()[before:] == [("amina@demo.example", "CANCEL", "U doet niet meer mee", "queued")]
    cancellation = Notification.objects.get(calendar_method="CANCEL")
    assert (cancellation.meeting, "SEQUENCE:2\r\n" in cancellation.calendar) == (told, True)
    assert "gaat niet door" not in cancellation.body
    # Of the other nothing was taken back.
    assert Notification.objects.filter(user=cast.mentor, status=NotificationStatus.QUEUED).count() == 1


def test_leaving_says_nothing_of_a_meeting_that_was_or_that_is_off(cast):
    mentor = Receiver(user=cast.mentor, role=Role.MENTOR)
    past, off = plan(mentor, starts_at=NOW - HOUR), plan(mentor)
    Notification.objects.update(status=NotificationStatus.SENT)
    services.cancel(meeting=off, now=NOW)
    before = outbox()
    assert services.leave(meetings=[past, off], receiver=mentor, now=NOW) == 2
    # What takes the meeting that is off out of the calendar still goes out.
    assert outbox() == before
    assert before[-1][1:] == ("CANCEL", "Gaat niet door", "queued")


def test_joining_again_invites_nobody_again(cast):
    mentor = Receiver(user=cast.mentor, role=Role.MENTOR)
    series = [plan(Receiver(user=cast.klantmanager, role=Role.KLANTMANAGER), invite=False) for _number in range(2)]
    assert services.join(meetings=series[:1], receiver=mentor, now=NOW) == 1
    assert outbox() == []
    assert [services.join(meetings=series, receiver=mentor, invite=True, now=NOW) for _twice in range(2)] == [1, 0]
    assert [row[:3] for row in outbox()] == [(cast.mentor.email, "REQUEST", "Uitnodiging")]
    assert [meeting.participants.count() for meeting in series] == [2, 2]


# --- Somebody who is reached otherwise from now on ----------------------------------------------------------------


def at_address(address):
    return Receiver(address=address, role=Role.STATUSHOUDER)


OLD, NEW = at_address("oud@demo.example"), at_address("nieuw@demo.example")


def readdress(before, after, number=NUMBER, now=NOW):
    return services.readdress(case_number=number, before=before, receiver=after, now=now)


def test_a_corrected_address_gets_the_invitation_and_the_old_one_hears_nothing_more(cast):
    mentor = Receiver(user=cast.mentor, role=Role.MENTOR)
    sent, failed, waits = (plan(mentor, OLD, title=title) for title in ("Een", "Twee", "Drie"))
    past, elsewhere = plan(OLD, starts_at=NOW - HOUR), plan(OLD, case_number="JAS-2026-0002")
    Notification.objects.filter(meeting__in=[sent, past]).update(status=NotificationStatus.SENT)
    Notification.objects.filter(meeting=failed, address=OLD.address).update(status=NotificationStatus.FAILED)
    Notification.objects.filter(user=cast.mentor).delete()
    links_before = [links.answer_url(row) for row in sent.participants.all()]
    before = len(outbox())
    assert [readdress(OLD, NEW) for _twice in range(2)] == [3, 0]
    assert [(row[0], row[3]) for row in outbox()[:before]] == [
        (OLD.address, status) for status in ("sent", "cancelled", "cancelled", "sent", "queued")
    ]
    assert outbox()[before:] == [(NEW.address, "REQUEST", "Uitnodiging", "queued")] * 3
    assert "SEQUENCE:1\r\n" in Notification.objects.get(meeting=waits, address=NEW.address).calendar
    assert [places(meeting)[-1] for meeting in (sent, failed, waits)] == [(Role.STATUSHOUDER, None, NEW.address)] * 3
    assert [places(meeting)[-1][2] for meeting in (past, elsewhere)] == [OLD.address] * 2
    assert [links.participant_of(url.rsplit("/", 2)[1])[1] for url in links_before] == [True, False]
    services.move(meeting=sent, starts_at=START + HOUR, ends_at=START + 2 * HOUR, now=NOW)
    changed = Notification.objects.filter(meeting=sent, subject__startswith="Gewijzigd").order_by("pk")
    assert [row.address for row in changed] == [cast.mentor.email, NEW.address]


def test_back_to_the_first_address_invites_there_again(cast):
    plan(OLD)
    for before, after in ((OLD, NEW), (NEW, OLD)):
        readdress(before, after)
    assert [(row[0], row[3]) for row in outbox()] == [
        (OLD.address, "cancelled"),
        (NEW.address, "cancelled"),
        (OLD.address, "queued"),
    ]


def test_an_account_of_ones_own_takes_the_places_over(cast):
    meeting = plan(OLD)
    account = Receiver(user=cast.statushouder, role=Role.STATUSHOUDER)
    assert readdress(OLD, account) == 1
    assert places(meeting) == [(Role.STATUSHOUDER, cast.statushouder, "")]
    assert list(type(meeting).objects.of_user(cast.statushouder)) == [meeting]
    assert outbox()[1:] == [(cast.statushouder.email, "REQUEST", "Uitnodiging", "queued")]
    # And back: without account or address somebody must phone.
    assert readdress(account, Receiver(role=Role.STATUSHOUDER)) == 1
    assert places(meeting) == [(Role.STATUSHOUDER, None, "")]
    assert {row[3] for row in outbox()} == {"cancelled"}
    assert not type(meeting).objects.of_user(cast.statushouder).exists()


def test_other_messages_that_nobody_received_go_to_the_new_address(cast):
    def told(key, number=NUMBER, status="queued"):
        row = services.notify(key=key, kind="plan_established", receiver=OLD, subject=key, case_number=number, now=NOW)
        Notification.objects.filter(pk=row.pk).update(status=status)
        return row

    told("wacht"), told("van een ander", "JAS-2026-0002"), told("weg", status="sent")
    failed = told("mislukt", status="failed")
    assert readdress(OLD, NEW) == 0
    assert [(row[0], row[3]) for row in outbox()] == [
        (NEW.address, "queued"),
        (OLD.address, "queued"),
        (OLD.address, "sent"),
        (NEW.address, "failed"),
    ]
    assert services.retry(notification=failed, by=cast.functioneel_beheerder, now=NOW).address == NEW.address


def test_of_two_at_one_address_in_a_series_each_has_a_place(cast):
    series = [plan(Receiver(user=cast.docent, role=Role.DOCENT), invite=False, case_number="") for _number in range(2)]
    for number in ("JAS-2026-0001", "JAS-2026-0002"):
        services.join(meetings=series, receiver=OLD, case_number=number, now=NOW)
    services.move(meeting=series[0], starts_at=START + HOUR, ends_at=START + 2 * HOUR, now=NOW)
    mine = (OLD.address, "REQUEST", "Gewijzigd", "queued")
    assert outbox().count(mine) == 1
    assert readdress(OLD, NEW) == 2
    # The other one still comes, and hears of it at the address that is still theirs.
    assert outbox().count(mine) == 1
    assert [[row[2] for row in places(meeting)] for meeting in series] == [["", NEW.address, OLD.address]] * 2
    told = Notification.objects.get(address=NEW.address)
    assert (told.subject, told.kind, told.calendar) == ("Uw bijeenkomsten", "check_in", "")
    assert told.body.splitlines() == [
        "U bent uitgenodigd voor deze bijeenkomsten:",
        "woensdag 24 februari 2027, 10:00 tot 11:00 uur: 3-maandengesprek, Stadskantoor",
        "woensdag 24 februari 2027, 11:00 tot 12:00 uur: 3-maandengesprek, Stadskantoor",
    ]
    services.leave(meetings=series, receiver=OLD, case_number="JAS-2026-0002", now=NOW)
    assert [[row[2] for row in places(meeting)] for meeting in series] == [["", NEW.address]] * 2
    assert (OLD.address, "REQUEST", "Gewijzigd", "cancelled") in outbox()


# --- Who may not come any more ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("ended", ["role", "account"])
def test_who_does_not_work_in_the_role_any_more_is_not_invited(cast, ended):
    meeting = plan(*receivers(cast)[:2], invite=False, case_number="")
    if ended == "role":
        cast.mentor.role_assignments.update(ends_on=TODAY)
    else:
        User.objects.filter(pk=cast.mentor.pk).update(is_active=False)
    services.move(meeting=meeting, starts_at=START + HOUR, ends_at=START + 2 * HOUR, now=NOW)
    assert [row[:3] for row in outbox()] == [(cast.statushouder.email, "REQUEST", "Gewijzigd")]
    # That it is off is still told: else it stays in their calendar.
    services.cancel(meeting=meeting, now=NOW)
    assert [row[:3] for row in outbox()][1:] == [
        (cast.mentor.email, "CANCEL", "Gaat niet door"),
        (cast.statushouder.email, "CANCEL", "Gaat niet door"),
    ]
