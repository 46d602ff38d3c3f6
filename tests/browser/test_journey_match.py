"""From somebody who waits for a mentor to a match with two planned talks, their invitations and a name on a home."""

import re
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from icalendar import Calendar
from playwright.sync_api import expect

from accounts.models import OrganisationKind
from accounts.roles import Role
from cases.models import ProgrammeSettings
from mentoring import rules, services
from mentoring.models import CheckIn, CheckInKind, MatchRequest, Mentorship
from notifications.models import Notification
from tests import factories
from tests.browser.journey import Journey


@pytest.fixture
def people(transactional_db):
    """Somebody who waits 47 days, three mentors who fit more and less, and three who cannot."""
    today, now = timezone.localdate(), timezone.now()
    organisation = factories.make_organisation("Mentorproject", OrganisationKind.VRIJWILLIGERS)
    coordinator = factories.make_user(Role.VRIJWILLIGERSCOORDINATOR, name="Karin Boer", organisation=organisation)
    klantmanager = factories.make_user(
        Role.KLANTMANAGER, name="Karim Bakker", organisation=factories.make_organisation("Gemeente Leiden")
    )
    fitting = {"languages": ["nl", "ar"], "neighbourhood": "Stevenshof", "availability": ["di_avond", "za"]}
    mentors = {
        name: factories.make_mentor(
            factories.make_user(Role.MENTOR, name=name), organisation=organisation, **{"max_active": 2, **fields}
        )
        for name, fields in (
            ("Anneke Visser", {**fitting, "interests": ["koken"]}),
            ("Sofie van Dam", {"availability": ["za"], "interests": ["sport"], "neighbourhood": "Mors"}),
            ("Tessa Bos", {"interests": ["koken"], "max_active": 1}),
            ("Piet de Wit", {"status": "pauze"}),
            ("Els Maas", {"gedragscode_version": "0"}),
        )
    }
    case = factories.make_case(
        klantmanager=klantmanager,
        today=today,
        full_name="Hala Ibrahim ريما",
        preferred_name="Hala",
        language="ar",
        neighbourhood="Stevenshof",
        email="hala@post.example",
    )
    services.open_match_request(
        case=case,
        organisation=organisation,
        wishes="Wil Nederlands oefenen, koken en de buurt leren kennen.",
        availability=["di_avond", "za"],
        interests=["koken"],
        by=klantmanager,
        today=today - timedelta(days=47),
        now=now,
    )
    return type(
        "People",
        (),
        {"coordinator": coordinator, "klantmanager": klantmanager, "mentors": mentors, "case": case, "today": today},
    )


def test_from_waiting_to_planned_talks(people, screen):
    anneke, case, today = people.mentors["Anneke Visser"], people.case, people.today
    journey = Journey(screen)

    # The coordinator sees who waits, who fits and why, and who cannot.
    journey.sign_in(people.coordinator)
    journey.sees("47 dagen")
    journey.place("Koppelen")
    best = screen.locator(".candidate").first
    expect(best).to_contain_text("Anneke Visser")
    expect(best.locator(".reason-plus").filter(has_text="Arabisch")).to_be_visible()
    expect(best.locator(".reason-plus").filter(has_text="Stevenshof")).to_be_visible()
    expect(screen.locator(".candidate").last.locator(".reason-minus").first).to_be_visible()
    journey.sees("2 mentoren kunnen nu niet")
    journey.press(re.compile("Voorstellen.*Anneke"))
    journey.sees("Voorstel: Anneke Visser")

    # The mentor reads no name, and says yes.
    journey.sign_in(anneke.user)
    journey.nowhere("Hala", "Ibrahim", case.number)
    journey.follow("Voorstel bekijken en antwoorden")
    journey.nowhere("Hala", "Ibrahim", case.number)
    journey.sees("koken en de buurt leren kennen")
    journey.choose("Ja")
    journey.press("Antwoord geven")
    journey.sees("Je hebt ja gezegd.")
    journey.nowhere("Hala", "Ibrahim", case.number)

    # The coordinator records the other yes and confirms with the dates that are suggested.
    journey.sign_in(people.coordinator)
    journey.follow("Hala Ibrahim", within=screen.get_by_role("main"))
    journey.follow("Antwoord van de statushouder vastleggen")
    journey.choose("Ja")
    journey.press("Antwoord geven")
    journey.follow("Koppeling bevestigen")
    targets = rules.check_in_targets(today, ProgrammeSettings.objects.on(today))
    suggested = [rules.suggested_talk(target, today) for target in targets]
    for kind, moment in zip(("3", "6"), suggested, strict=True):
        expect(screen.get_by_label(f"{kind}-maandengesprek: dag")).to_have_value(moment.date().isoformat())
        expect(screen.get_by_label(f"{kind}-maandengesprek: tijd")).to_have_value("10:00")
    screen.get_by_label("3-maandengesprek: plaats").fill("Stadhuis")
    journey.press("Bevestigen")
    expect(screen.get_by_role("status")).to_contain_text("De koppeling is rond")

    match = Mentorship.objects.get()
    assert match.is_active
    assert match.start_date == today
    assert MatchRequest.objects.get().status == "vervuld"
    assert [timezone.localtime(talk.meeting.starts_at).replace(tzinfo=None) for talk in
            CheckIn.objects.order_by("kind")] == suggested  # fmt: skip

    # Both talks stand in the agendas of who comes.
    first, second = (moment.date() for moment in suggested)
    for user, days in (
        (people.coordinator, {"6-maandengesprek": second}),
        (people.klantmanager, {"3-maandengesprek": first}),
        (anneke.user, {"3-maandengesprek": first, "6-maandengesprek": second}),
    ):
        journey.sign_in(user)
        for title, day in days.items():
            journey.open(f"{reverse('notifications:agenda')}?van={day.isoformat()}")
            journey.sees(title)
            journey.sees(re.compile(date_format(day, "j F"), re.IGNORECASE))
        others = {"3-maandengesprek", "6-maandengesprek"} - set(days)
        journey.nowhere(*others)

    # The mentor knows now who it is.
    journey.open(reverse("home"))
    journey.sees("Hala")
    journey.follow("Contact vastleggen")

    assert_invitations(people, anneke.user, first, second)


def assert_invitations(people, mentor, first: date, second: date):
    """One message with a calendar file for each who comes and can be reached; the file names its receiver alone."""
    invitations = Notification.objects.exclude(calendar="")
    sent = {(message.address or message.user.email, _start(message)): message for message in invitations}
    hala = people.case.statushouder.email
    assert len(sent) == len(invitations)
    assert set(sent) == {
        *((address, first) for address in (mentor.email, hala, people.klantmanager.email)),
        *((address, second) for address in (mentor.email, hala, people.coordinator.email)),
    }
    for (address, _day), message in sent.items():
        (event,) = Calendar.from_ical(message.calendar).walk("VEVENT")
        attendees = event["ATTENDEE"] if isinstance(event["ATTENDEE"], list) else [event["ATTENDEE"]]
        assert [str(attendee).lower() for attendee in attendees] == [f"mailto:{address}"]
        assert not re.search("Hala|Ibrahim|Anneke", str(event["SUMMARY"]) + message.subject)


def _start(message):
    (event,) = Calendar.from_ical(message.calendar).walk("VEVENT")
    return timezone.localtime(event["DTSTART"].dt).date()


def test_a_statushouder_who_cannot_be_reached_is_told_to_the_coordinator(people, screen):
    """No account and no address: the dossier says so, and nobody thinks that an invitation went out."""
    today, now = people.today, timezone.now()
    statushouder = people.case.statushouder
    statushouder.email = ""
    statushouder.save()
    asked = {"by": people.coordinator, "today": today, "now": now}
    proposal = services.propose_match(request=MatchRequest.objects.get(), mentor=people.mentors["Tessa Bos"], **asked)
    for side in (Role.MENTOR, Role.STATUSHOUDER):
        services.answer_proposal(mentorship=proposal, side=side, agrees=True, **asked)
    journey = Journey(screen)
    journey.sign_in(people.coordinator)
    journey.follow(re.compile("Bevestigen"))
    # A talk before the start is refused at once, with everything kept.
    screen.get_by_label("6-maandengesprek: plaats").fill("Buurthuis")
    screen.get_by_label("6-maandengesprek: dag").fill(today.isoformat())
    journey.press("Bevestigen")
    expect(screen.get_by_label("6-maandengesprek: plaats")).to_have_value("Buurthuis")
    assert not CheckIn.objects.exists()
    screen.get_by_label("6-maandengesprek: dag").fill((today + timedelta(days=190)).isoformat())
    journey.press("Bevestigen")
    expect(screen.get_by_role("status")).to_contain_text("De koppeling is rond")
    talk = CheckIn.objects.get(kind=CheckInKind.M3)
    journey.open(reverse("mentoring:check_in", args=[talk.pk]))
    journey.sees(re.compile("bel of schrijf zelf", re.IGNORECASE))
    assert Notification.objects.exclude(calendar="").filter(role=Role.STATUSHOUDER).count() == 0
