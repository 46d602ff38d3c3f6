"""Calendar feeds: made and revoked, what stands in them, when they stop, and that nobody learns of them."""

import logging
import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
import vobject
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from icalendar import Calendar

from accounts.models import RoleAssignment, User
from accounts.roles import Role
from notifications import services
from notifications.models import CalendarFeed
from notifications.services import Receiver
from privacy.models import Action, LogLine
from tests import factories

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=AMSTERDAM)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def plan(*people, starts_at=NOW + DAY, title="3-maandengesprek", **fields):
    receivers = [Receiver(user=user, role=user.role) for user in people]
    return services.schedule(
        kind="check_in", title=title, starts_at=starts_at, ends_at=starts_at + HOUR, participants=receivers,
        place="Bibliotheek, zaal 2; links", case_number="JAS-2026-0001", invite=False, now=NOW, **fields,
    )  # fmt: skip


def feed_url(user, assignment=None):
    token = services.make_feed(role_assignment=assignment or user.acting_as, by=user, now=NOW)
    return reverse("calendar_feed", args=[token])


def events(response):
    return {str(event["SUMMARY"]): event for event in Calendar.from_ical(response.text).walk("VEVENT")}


def test_a_feed_is_made_on_the_page_shown_once_and_kept_as_a_hash(cast, sign_in):
    client, page = sign_in(cast.mentor), reverse("notifications:feeds")
    made = client.post(page, {"role": cast.mentor.acting_as.pk})
    url = re.search(r'value="(http://testserver/agenda/[^"]+\.ics)"', made.text)[1]
    token = url.rsplit("/", 1)[1].removesuffix(".ics")
    assert len(token) >= 43
    assert token not in client.get(page).text
    assert token not in str(CalendarFeed.objects.values())
    client.logout()
    assert client.get(url).status_code == 200


def test_somebody_elses_role_gives_no_feed(cast, sign_in):
    answer = sign_in(cast.mentor).post(reverse("notifications:feeds"), {"role": cast.klantmanager.acting_as.pk})
    assert answer.status_code == 200
    assert not CalendarFeed.objects.exists()


def test_it_holds_what_its_person_sees_in_that_role_and_nothing_else(cast, client):
    plan(cast.mentor, cast.klantmanager, title="Gesprek")
    plan(cast.klantmanager, title="Van een ander")
    plan(cast.mentor, title="Lang geleden", starts_at=NOW - 90 * DAY)
    called_off = plan(cast.mentor, title="Afgezegd")
    services.cancel(meeting=called_off, invite=False, now=NOW)
    moved = plan(cast.mentor, title="Verzet")
    services.move(meeting=moved, starts_at=NOW + 2 * DAY, ends_at=NOW + 2 * DAY + HOUR, invite=False, now=NOW)
    response = client.get(feed_url(cast.mentor))
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["X-Robots-Tag"] == "noindex"
    found = events(response)
    assert {title: (str(event["STATUS"]), event["SEQUENCE"]) for title, event in found.items()} == {
        "Gesprek": ("CONFIRMED", 0),
        "Afgezegd": ("CANCELLED", 1),
        "Verzet": ("CONFIRMED", 1),
    }
    assert found["Verzet"].decoded("DTSTART") == NOW + 2 * DAY
    assert found["Gesprek"]["LOCATION"] == "Bibliotheek, zaal 2; links"
    for hidden in ("ATTENDEE", "METHOD", "JAS-2026-0001", cast.klantmanager.name, cast.mentor.email):
        assert hidden not in response.text
    # An independent reader finds the same.
    assert {str(event.summary.value) for event in vobject.readOne(response.text).vevent_list} == set(found)


@pytest.mark.parametrize("end", ["role", "account", "revoked", "renewed"])
def test_it_stops_at_once_and_tells_nothing(cast, client, sign_in, end):
    url = feed_url(cast.mentor)
    assert client.get(url).status_code == 200
    if end == "role":
        RoleAssignment.objects.filter(user=cast.mentor).update(ends_on=NOW.date())
    elif end == "account":
        User.objects.filter(pk=cast.mentor.pk).update(is_active=False)
    elif end == "revoked":
        sign_in(cast.mentor).post(reverse("notifications:revoke_feed", args=[CalendarFeed.objects.get().pk]))
    else:
        assert client.get(feed_url(cast.mentor)).status_code == 200
    stopped, never = client.get(url), client.get(reverse("calendar_feed", args=["x"]))
    assert stopped.status_code == never.status_code == 404
    assert stopped.content == never.content
    shown = {name: value for name, value in stopped.headers.items() if name != "Content-Security-Policy"}
    assert shown == {name: value for name, value in never.headers.items() if name in shown}


def test_another_persons_feed_is_not_theirs_to_revoke(cast, sign_in):
    feed_url(cast.mentor)
    client = sign_in(cast.outsider.mentor)
    assert client.post(reverse("notifications:revoke_feed", args=[CalendarFeed.objects.get().pk])).status_code == 404
    assert CalendarFeed.objects.exists()


def test_an_address_that_was_a_feed_goes_into_no_log(cast, client, caplog):
    url = feed_url(cast.mentor)
    token = url.split("/")[-1].removesuffix(".ics")
    CalendarFeed.objects.all().delete()
    with caplog.at_level(logging.DEBUG):
        client.get(url)
    assert token not in caplog.text
    assert not LogLine.objects.filter(subject__contains=token).exists()


def test_the_read_log_says_whose_calendar_left(cast, client):
    plan(cast.mentor)
    client.get(feed_url(cast.mentor))
    line = LogLine.objects.order_by("pk").last()
    assert (line.actor, line.role, line.action, line.count) == (cast.mentor.pk, Role.MENTOR, Action.EXPORTED, 1)


def test_who_asks_again_gets_304_until_something_changes(cast, client):
    meeting = plan(cast.mentor, cast.klantmanager)
    url = feed_url(cast.mentor)
    first = client.get(url)

    def again():
        answers = (
            client.get(url, headers={"If-None-Match": first["ETag"]}),
            client.get(url, headers={"If-None-Match": f"W/{first['ETag']}"}),
            client.get(url, headers={"If-Modified-Since": first["Last-Modified"]}),
        )
        return {answer.status_code for answer in answers}

    assert again() == {304}
    later = NOW + HOUR
    with time_machine.travel(later, tick=False):
        services.move(meeting=meeting, starts_at=NOW + 3 * DAY, ends_at=NOW + 3 * DAY + HOUR, invite=False, now=later)
        assert again() == {200}
        first = client.get(url)
        assert again() == {304}
    with time_machine.travel(later + HOUR, tick=False):
        services.vacate(case_number="JAS-2026-0001", role=Role.MENTOR, users=[cast.mentor], now=later + HOUR)
        assert again() == {200}
        assert events(client.get(url)) == {}


def test_who_joins_a_series_gets_it_at_the_next_look(cast, client):
    series = [plan(cast.klantmanager) for _number in range(2)]
    url = feed_url(cast.mentor)
    first = client.get(url)
    later = NOW + HOUR
    with time_machine.travel(later, tick=False):
        services.join(meetings=series, receiver=Receiver(user=cast.mentor, role=Role.MENTOR), now=later)
        answer = client.get(url, headers={"If-Modified-Since": first["Last-Modified"]})
        assert (answer.status_code, answer.content.count(b"BEGIN:VEVENT")) == (200, 2)
        # Joining again changes nothing.
        services.join(meetings=series, receiver=Receiver(user=cast.mentor, role=Role.MENTOR), now=later + HOUR)
        assert client.get(url, headers={"If-Modified-Since": answer["Last-Modified"]}).status_code == 304


def test_a_meeting_one_does_not_come_to_leaves_the_time_free(cast, client):
    meeting = plan(cast.mentor)
    url = feed_url(cast.mentor)
    assert events(client.get(url))["3-maandengesprek"]["TRANSP"] == "OPAQUE"
    services.answer_meeting(participant=meeting.participants.get(), answer="nee", now=NOW)
    assert events(client.get(url))["3-maandengesprek"]["TRANSP"] == "TRANSPARENT"


def test_each_role_has_a_feed_of_its_own(cast, client):
    second = RoleAssignment.objects.create(user=cast.klantmanager, role=Role.MENTOR, starts_on=factories.LONG_AGO)
    plan(cast.klantmanager, title="Als klantmanager")
    services.schedule(
        kind="check_in", title="Als mentor", starts_at=NOW + DAY, ends_at=NOW + DAY + HOUR, invite=False, now=NOW,
        participants=[Receiver(user=cast.klantmanager, role=Role.MENTOR)],
    )  # fmt: skip
    assert set(events(client.get(feed_url(cast.klantmanager)))) == {"Als klantmanager"}
    assert set(events(client.get(feed_url(cast.klantmanager, second)))) == {"Als mentor"}


@pytest.mark.parametrize(
    "hour", [(2027, 3, 28, 1), (2027, 3, 28, 3), (2027, 10, 31, 1), (2027, 10, 31, 3), (2027, 7, 1, 10)]
)
def test_on_the_days_of_the_clock_another_reader_sees_the_same_moment(cast, client, hour):
    starts_at = datetime(*hour, tzinfo=AMSTERDAM)
    plan(cast.mentor, starts_at=starts_at)
    text = client.get(feed_url(cast.mentor)).text
    assert vobject.readOne(text).vevent.dtstart.value.timestamp() == starts_at.timestamp()


@pytest.mark.parametrize("fold", [0, 1])
def test_the_hour_that_a_night_has_twice_is_the_one_that_was_meant(cast, client, fold):
    starts_at = datetime(2027, 10, 31, 2, 30, fold=fold, tzinfo=AMSTERDAM)
    services.schedule(
        kind="check_in", title="Nacht", starts_at=starts_at,
        ends_at=datetime.fromtimestamp(starts_at.timestamp() + 600, AMSTERDAM), invite=False, now=NOW,
        participants=[Receiver(user=cast.mentor, role=Role.MENTOR)],
    )  # fmt: skip
    text = client.get(feed_url(cast.mentor)).text
    assert vobject.readOne(text).vevent.dtstart.value.timestamp() == starts_at.timestamp()


def test_long_and_odd_titles_come_through(cast, client):
    title = "Gesprek; met, een \\ streep — en ተስፋ " + "é" * 70
    plan(cast.mentor, title=title)
    text = client.get(feed_url(cast.mentor)).text
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert set(events(client.get(feed_url(cast.mentor)))) == {title}


def test_a_feed_has_as_many_queries_with_1_as_with_30_meetings(cast, client):
    url = feed_url(cast.mentor)
    counts = []
    for number in (1, 29):
        for _ in range(number):
            plan(cast.mentor, cast.klantmanager)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
