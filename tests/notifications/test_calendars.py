"""Calendar files, read back by two independent readers."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import vobject
from icalendar import Calendar

from notifications import calendars
from notifications.models import Meeting

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def meeting(db, settings):
    settings.BASE_URL = "https://portaal.example"
    settings.DEFAULT_FROM_EMAIL = "JAS-portaal, Leiden <portaal@demo.example>"
    return Meeting.objects.create(
        kind="check_in",
        title="3-maandengesprek",
        starts_at=datetime(2027, 2, 24, 10, 0, tzinfo=AMSTERDAM),
        ends_at=datetime(2027, 2, 24, 11, 0, tzinfo=AMSTERDAM),
        place="Bibliotheek, Nieuwstraat 4; zaal 2",
        link="/mentoren/gesprekken/1/",
        case_number="JAS-2026-0001",
        sequence=2,
    )


def event_of(text):
    calendar = Calendar.from_ical(text)
    [event] = calendar.walk("VEVENT")
    return calendar, event


def test_an_invitation_says_when_where_and_to_whom(meeting):
    calendar, event = event_of(calendars.request(meeting, "mentor@demo.example", now=NOW))
    assert calendar["METHOD"] == "REQUEST"
    assert calendar["VERSION"] == "2.0"
    assert event["UID"] == f"{meeting.uid}@portaal.example"
    assert event["SEQUENCE"] == 2
    assert event.decoded("DTSTAMP") == NOW
    assert event.decoded("DTSTART") == meeting.starts_at
    assert event.decoded("DTEND") == meeting.ends_at
    assert event["DTSTART"].params["TZID"] == "Europe/Amsterdam"
    assert event["SUMMARY"] == "3-maandengesprek"
    assert event["LOCATION"] == "Bibliotheek, Nieuwstraat 4; zaal 2"
    assert event["STATUS"] == "CONFIRMED"
    assert event["URL"] == f"https://portaal.example/berichten/agenda/{meeting.pk}/"
    assert event["ORGANIZER"] == "mailto:portaal@demo.example"
    assert event["ORGANIZER"].params["CN"] == "JAS-portaal, Leiden"
    assert event["ATTENDEE"] == "mailto:mentor@demo.example"
    assert event["ATTENDEE"].params["PARTSTAT"] == "NEEDS-ACTION"


def test_a_cancellation_names_the_same_meeting(meeting):
    calendar, event = event_of(calendars.cancel(meeting, "mentor@demo.example", now=NOW))
    assert calendar["METHOD"] == "CANCEL"
    assert event["STATUS"] == "CANCELLED"
    assert event["UID"] == f"{meeting.uid}@portaal.example"
    assert event["ATTENDEE"] == "mailto:mentor@demo.example"


def test_nobody_but_the_receiver_stands_in_the_file(meeting):
    text = calendars.request(meeting, "mentor@demo.example", now=NOW)
    assert text.count("ATTENDEE") == 1
    assert "JAS-2026-0001" not in text


@pytest.mark.parametrize(
    ("day", "offset"),
    [
        ((2027, 1, 15), 1),
        ((2027, 3, 27), 1),
        ((2027, 3, 28), 2),
        ((2027, 7, 15), 2),
        ((2027, 10, 30), 2),
        ((2027, 10, 31), 1),
        ((2029, 7, 2), 2),
    ],
)
def test_another_reader_sees_the_same_hour_in_summer_and_winter(meeting, day, offset):
    meeting.starts_at = datetime(*day, 10, 0, tzinfo=AMSTERDAM)
    meeting.ends_at = meeting.starts_at + timedelta(hours=1)
    start = vobject.readOne(calendars.request(meeting, "mentor@demo.example", now=NOW)).vevent.dtstart.value
    assert start.astimezone(UTC) == meeting.starts_at.astimezone(UTC)
    assert start.utcoffset() == timedelta(hours=offset)


def test_the_zone_is_a_yearly_rule(meeting):
    text = calendars.request(meeting, "mentor@demo.example", now=NOW)
    assert "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\n" in text
    assert "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\n" in text
    assert "RDATE" not in text
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
