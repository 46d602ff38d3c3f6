"""Agenda and the page of one meeting: what each may see, on which day, on the nights the clock changes too."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from icalendar import Calendar

from accounts.models import RoleAssignment, User
from accounts.roles import Role
from cases.services import assign
from notifications import overviews, services
from notifications.models import Notification, NotificationStatus
from notifications.services import Receiver
from tests import factories

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=AMSTERDAM)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def plan(*people, starts_at=NOW + 2 * HOUR, title="3-maandengesprek", extra=(), **fields):
    fields = {"kind": "check_in", "place": "Stadskantoor", "case_number": "", "invite": False, "now": NOW, **fields}
    return services.schedule(
        title=title,
        starts_at=starts_at,
        ends_at=starts_at + HOUR,
        participants=[*(Receiver(user=user, role=user.role) for user in people), *extra],
        **fields,
    )


def titles(response):
    return [slot.title for day in response.context["agenda"].days for slot in day.slots]


def test_the_agenda_shows_own_meetings_by_day(cast, sign_in):
    plan(cast.klantmanager, cast.mentor, title="Morgen", starts_at=NOW + timedelta(days=1))
    plan(cast.klantmanager, title="Vandaag")
    plan(cast.klantmanager, title="Over vier weken", starts_at=NOW + timedelta(days=28))
    plan(cast.mentor, title="Van een ander")
    response = sign_in(cast.klantmanager).get(reverse("notifications:agenda"))
    days = response.context["agenda"].days
    assert [(day.label, day.is_today) for day in days] == [
        ("Maandag 23 november", True),
        ("Dinsdag 24 november", False),
    ]
    assert titles(response) == ["Vandaag", "Morgen"]
    [slot] = days[1].slots
    assert (slot.start, slot.end, slot.place, slot.with_whom) == ("09:00", "10:00", "Stadskantoor", "mentor")


def test_the_agenda_names_whom_a_meeting_is_about_to_who_may_know(cast, sign_in):
    case = factories.make_case(klantmanager=cast.klantmanager, full_name="Selam Tekle", preferred_name="Selam")
    assign(case=case, role=Role.MENTOR, user=cast.mentor, by=None, today=NOW.date())
    found = plan(cast.klantmanager, cast.mentor, cast.outsider.mentor, case_number=case.number)
    pages = [reverse("notifications:agenda"), reverse("notifications:meeting", args=[found.pk])]
    for reader, name in (
        (cast.klantmanager, "<bdi>Selam Tekle</bdi>"),
        (cast.mentor, "<bdi>Selam</bdi>"),
        (cast.outsider.mentor, ""),
    ):
        for page in pages:
            shown = sign_in(reader).get(page).content.decode()
            assert name in shown
            assert ("Selam" in shown) is bool(name)


def test_one_leafs_to_later_and_to_what_is_past(cast, sign_in):
    plan(cast.klantmanager, title="Later", starts_at=NOW + timedelta(days=30))
    plan(cast.klantmanager, title="Geweest", starts_at=NOW - timedelta(days=3))
    client, url = sign_in(cast.klantmanager), reverse("notifications:agenda")
    response = client.get(url)
    assert titles(response) == []
    assert response.context["agenda"].next_meeting.title == "Later"
    assert titles(client.get(response.context["next_url"])) == ["Later"]
    assert titles(client.get(response.context["previous_url"])) == ["Geweest"]


def test_a_week_shows_its_seven_days(cast, sign_in):
    plan(cast.klantmanager, title="Zondag", starts_at=datetime(2026, 11, 29, 23, 0, tzinfo=AMSTERDAM))
    plan(cast.klantmanager, title="Volgende week", starts_at=datetime(2026, 11, 30, 0, 0, tzinfo=AMSTERDAM))
    client, url = sign_in(cast.klantmanager), reverse("notifications:agenda")
    response = client.get(url, {"weergave": "week", "van": "2026-11-26"})
    week = response.context["agenda"]
    assert [day.date for day in week.days] == [date(2026, 11, 23) + timedelta(days=n) for n in range(7)]
    assert titles(response) == ["Zondag"]
    assert titles(client.get(response.context["next_url"])) == ["Volgende week"]


def test_a_search_finds_past_and_coming_meetings(cast, sign_in):
    for number in range(-15, 15):
        plan(cast.klantmanager, title=f"Gesprek {number}", starts_at=NOW + timedelta(days=number))
    plan(cast.klantmanager, title="Iets anders")
    client, url = sign_in(cast.klantmanager), reverse("notifications:agenda")
    response = client.get(url, {"q": "gesprek"})
    assert response.context["agenda"].count == 30
    assert len(titles(response)) == 25
    assert titles(response)[0] == "Gesprek 14"
    assert len(titles(client.get(url, {"q": "gesprek", "page": 2}))) == 5
    assert "Geen afspraak gevonden" in client.get(url, {"q": "zoek"}).content.decode()


@pytest.mark.parametrize(
    "query", ["van=gisteren", "van=9999-12-31", "van=0001-01-01", "weergave=x", "weergave=week&van=9999-12-31"]
)
def test_an_odd_address_is_no_error(cast, sign_in, query):
    assert sign_in(cast.klantmanager).get(reverse("notifications:agenda") + "?" + query).status_code == 200


@pytest.mark.parametrize(
    ("night", "first", "last"),
    [
        # Clocks forward: Sunday 28 March 2027 has 23 hours. Back: Sunday 31 October 2027 has 25.
        (date(2027, 3, 28), datetime(2027, 3, 27, 23, 0, tzinfo=UTC), datetime(2027, 3, 28, 21, 0, tzinfo=UTC)),
        (date(2027, 10, 31), datetime(2027, 10, 30, 22, 0, tzinfo=UTC), datetime(2027, 10, 31, 22, 0, tzinfo=UTC)),
    ],
)
def test_a_day_on_which_the_clock_changes_keeps_its_meetings(cast, sign_in, night, first, last):
    plan(cast.klantmanager, title="de avond ervoor", starts_at=first - HOUR)
    plan(cast.klantmanager, title="eerste uur", starts_at=first)
    plan(
        cast.klantmanager,
        title="tien uur",
        starts_at=datetime(night.year, night.month, night.day, 10, tzinfo=AMSTERDAM),
    )
    plan(cast.klantmanager, title="laatste uur", starts_at=last)
    plan(cast.klantmanager, title="de dag erna", starts_at=last + HOUR)
    with time_machine.travel(datetime(night.year, night.month, night.day, 1, 30, tzinfo=AMSTERDAM), tick=False):
        response = sign_in(cast.klantmanager).get(reverse("notifications:agenda"))
    today, tomorrow = response.context["agenda"].days
    assert (today.date, today.is_today) == (night, True)
    assert [(slot.title, slot.start) for slot in today.slots] == [
        ("eerste uur", "00:00"),
        ("tien uur", "10:00"),
        ("laatste uur", "23:00"),
    ]
    assert [(slot.title, slot.start) for slot in tomorrow.slots] == [("de dag erna", "00:00")]


@pytest.mark.parametrize("query", ["", "?weergave=week", "?q=gesprek"])
def test_the_agenda_has_as_many_queries_with_1_as_with_30_meetings(cast, sign_in, query):
    client, url = sign_in(cast.klantmanager), reverse("notifications:agenda") + query
    plan(cast.klantmanager, cast.mentor, title="gesprek")
    client.get(url)
    one = _queries(client, url)
    for number in range(29):
        plan(
            cast.klantmanager,
            cast.mentor,
            cast.statushouder,
            title=f"gesprek {number}",
            starts_at=NOW + number * HOUR / 6,
        )
    assert _queries(client, url) == one


def test_a_meeting_in_another_role_waits_until_one_works_in_it(cast, sign_in):
    RoleAssignment.objects.create(user=cast.klantmanager, role=Role.MENTOR, starts_on=factories.TODAY)
    meeting = plan(extra=[Receiver(user=cast.klantmanager, role=Role.MENTOR)])
    client = sign_in(cast.klantmanager)
    assert titles(client.get(reverse("notifications:agenda"))) == []
    assert client.get(meeting.get_absolute_url()).status_code == 404


# --- One meeting -----------------------------------------------------------------------------------------------


def test_a_meeting_says_when_where_and_with_whom_and_never_names_the_statushouder(cast, sign_in):
    meeting = plan(cast.klantmanager, cast.mentor, cast.statushouder, case_number=cast.case.number)
    response = sign_in(cast.klantmanager).get(meeting.get_absolute_url())
    page = response.content.decode()
    assert "maandag 23 november 2026, van 11:00 tot 12:00 uur" in " ".join(page.split())
    assert [(p.role, p.name, p.is_reader) for p in response.context["participants"]] == [
        ("Klantmanager", cast.klantmanager.name, True),
        ("Mentor", cast.mentor.name, False),
        ("Statushouder", "", False),
    ]
    assert cast.statushouder.name not in page
    assert f'href="{cast.case.get_absolute_url()}"' in page


def test_a_dossier_the_reader_does_not_see_is_not_linked(cast, sign_in):
    outsider = cast.outsider.mentor
    meeting = plan(outsider, case_number=cast.case.number, link="/mentoren/")
    page = sign_in(outsider).get(meeting.get_absolute_url()).content.decode()
    assert cast.case.get_absolute_url() not in page
    assert "Meer over deze afspraak" not in page


def test_who_must_be_phoned_is_told_to_those_who_help(cast, sign_in):
    meeting = plan(cast.klantmanager, cast.mentor, extra=[Receiver(role=Role.STATUSHOUDER)], invite=True)
    Notification.objects.filter(user=cast.mentor).update(status=NotificationStatus.FAILED)
    client = sign_in(cast.klantmanager)
    participants = client.get(meeting.get_absolute_url()).context["participants"]
    assert [p.must_be_phoned for p in participants] == [
        "",
        "De uitnodiging is niet aangekomen: bel of schrijf zelf.",
        "Geen account en geen e-mailadres: bel of schrijf zelf.",
    ]
    assert "Bel of schrijf zelf" in client.get(reverse("notifications:agenda")).content.decode()


def test_who_is_not_invited_any_more_must_be_phoned(cast, sign_in):
    meeting = plan(cast.klantmanager, cast.statushouder, invite=True)
    User.objects.filter(pk=cast.statushouder.pk).update(is_active=False)
    participants = sign_in(cast.klantmanager).get(meeting.get_absolute_url()).context["participants"]
    assert [p.must_be_phoned for p in participants] == [
        "",
        "Dit account of deze rol is gestopt en krijgt geen uitnodiging: bel of schrijf zelf.",
    ]


def test_the_statushouder_sees_own_meetings_without_the_work_of_others(cast, sign_in):
    meeting = plan(
        cast.statushouder, cast.klantmanager, extra=[Receiver(role=Role.MENTOR)], case_number=cast.case.number
    )
    client = sign_in(cast.statushouder)
    agenda = client.get(reverse("notifications:agenda"))
    page = client.get(meeting.get_absolute_url()).content.decode()
    assert titles(agenda) == ["3-maandengesprek"]
    for html in (agenda.content.decode(), page):
        assert "schrijf zelf" not in html
        assert cast.case.number not in html
    assert cast.klantmanager.name in page


@pytest.mark.parametrize("role", list(Role))
def test_a_meeting_of_others_does_not_exist(cast, sign_in, role):
    meeting = plan(cast.klantmanager)
    client = sign_in(getattr(cast.outsider, role.value))
    assert client.get(meeting.get_absolute_url()).status_code == 404
    assert client.get(reverse("notifications:meeting_calendar", args=[meeting.pk])).status_code == 404


def test_the_file_of_a_meeting_is_for_the_reader_alone(cast, sign_in):
    meeting = plan(cast.klantmanager, cast.mentor)
    url = reverse("notifications:meeting_calendar", args=[meeting.pk])
    client = sign_in(cast.klantmanager)
    response = client.get(url)
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    [event] = Calendar.from_ical(response.content.decode()).walk("VEVENT")
    assert event["ATTENDEE"] == f"mailto:{cast.klantmanager.email}"
    services.cancel(meeting=meeting, now=NOW)
    [event] = Calendar.from_ical(client.get(url).content.decode()).walk("VEVENT")
    assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", 1)


def test_a_meeting_called_off_stays_visible_as_such(cast, sign_in):
    meeting = plan(cast.klantmanager)
    services.cancel(meeting=meeting, invite=False, now=NOW)
    client = sign_in(cast.klantmanager)
    assert "Afgezegd" in client.get(reverse("notifications:agenda")).content.decode()
    assert "Deze afspraak gaat niet door." in client.get(meeting.get_absolute_url()).content.decode()


def test_nobody_without_a_role_has_an_agenda(cast):
    user = factories.make_user()
    plan(cast.klantmanager)
    assert overviews.list_from(user, NOW.date(), today=NOW.date()).count == 0


def _queries(client, url):
    """How many queries the page takes."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)
