"""Two journeys of mentoring on a phone and on a desktop: a contact logged, a match made; axe looks at every page."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import OrganisationKind
from accounts.roles import Role
from mentoring import services
from mentoring.models import CheckIn, ContactMoment, MatchRequest
from notifications.models import Notification
from tests import factories
from tests.browser.axe import assert_accessible

PASSWORD = "welkom-in-leiden"


def sign_in(page, user):
    """Sign in by e-mail and password."""
    page.context.clear_cookies()
    page.goto(reverse("account_login"))
    page.get_by_label("E-mailadres").fill(user.email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name=re.compile("Inloggen|Log in")).first.click()
    page.wait_for_url(lambda url: "login" not in url)


@pytest.fixture
def people(transactional_db):
    """Coordinator, klantmanager, mentors and somebody who waits, as of today."""
    today, now = timezone.localdate(), timezone.now()
    organisation = factories.make_organisation("Mentorproject", OrganisationKind.VRIJWILLIGERS)
    coordinator = factories.make_user(Role.VRIJWILLIGERSCOORDINATOR, name="Karin Boer", organisation=organisation)
    klantmanager = factories.make_user(
        Role.KLANTMANAGER, name="Karim Bakker", organisation=factories.make_organisation("Gemeente Leiden")
    )
    mentors = [
        factories.make_mentor(
            factories.make_user(Role.MENTOR, name=name), organisation=organisation, **{"max_active": 2, **fields}
        )
        for name, fields in (
            (
                "Anneke Visser",
                {
                    "languages": ["nl", "ar"],
                    "neighbourhood": "Stevenshof",
                    "availability": ["di_avond", "za"],
                    "interests": ["koken"],
                },
            ),
            ("Sofie van Dam", {"availability": ["za"], "interests": ["sport"], "neighbourhood": "Mors"}),
            ("Tessa Bos", {"interests": ["koken"], "max_active": 1}),
            ("Piet de Wit", {"status": "pauze"}),
            ("Els Maas", {"gedragscode_version": "0"}),
        )
    ]
    requests = []
    for index, (name, language) in enumerate(
        (("Hala Ibrahim", "ar"), ("Filmon Habtemariam", "ti"), ("Burak Şahin", "tr"))
    ):
        case = factories.make_case(
            klantmanager=klantmanager,
            today=today,
            full_name=name,
            preferred_name=name.split()[0],
            language=language,
            neighbourhood="Stevenshof",
        )
        opened = today - timedelta(days=47 - 14 * index)
        requests.append(
            services.open_match_request(
                case=case,
                organisation=organisation,
                wishes="Wil Nederlands oefenen, koken en de buurt leren kennen.",
                availability=["di_avond", "za"],
                interests=["koken"],
                gender_wish="vrouw" if not index else "",
                by=klantmanager,
                today=opened,
                now=now,
            )
        )
    return type(
        "People",
        (),
        {"coordinator": coordinator, "klantmanager": klantmanager, "mentors": mentors, "requests": requests},
    )


def test_a_match_from_the_request_to_the_planned_talks(people, screen):
    sign_in(screen, people.coordinator)
    screen.goto(reverse("mentoring:match_requests"))
    assert_accessible(screen)
    expect(screen.get_by_role("heading", name="Hala Ibrahim")).to_be_visible()
    screen.get_by_role("link", name=re.compile("Filmon")).click()
    expect(screen.get_by_role("heading", name="Filmon Habtemariam")).to_be_visible()
    assert_accessible(screen)
    screen.goto(reverse("mentoring:match_request", args=[people.requests[0].pk]))
    screen.get_by_role("link", name=re.compile("^Vergelijk.*Anneke Visser")).click()
    assert_accessible(screen)
    screen.go_back()
    screen.get_by_role("button", name=re.compile("^Voorstellen.*Anneke Visser")).click()
    expect(screen.get_by_role("heading", name="Voorstel: Anneke Visser")).to_be_visible()
    for side in ("mentor", "statushouder"):
        screen.get_by_role("link", name=f"Antwoord van de {side} vastleggen").click()
        assert_accessible(screen)
        screen.get_by_role("radio", name="Ja").check()
        screen.get_by_role("button", name="Antwoord geven").click()
    screen.get_by_role("link", name="Koppeling bevestigen").click()
    assert_accessible(screen)
    screen.get_by_label("3-maandengesprek: plaats").fill("Stadhuis")
    screen.get_by_role("button", name="Bevestigen").click()
    expect(screen.get_by_text("De koppeling is rond")).to_be_visible()
    assert_accessible(screen)
    assert MatchRequest.objects.get(pk=people.requests[0].pk).status == "vervuld"
    assert [talk.meeting.participants.count() for talk in CheckIn.objects.all()] == [3, 3]
    assert Notification.objects.exclude(calendar="").count() == 4
    for name in ("mentorships", "mentors", "check_ins"):
        screen.goto(reverse(f"mentoring:{name}"))
        assert_accessible(screen)


def test_a_mentor_logs_a_contact(people, screen):
    request, mentor = people.requests[0], people.mentors[0]
    today, now = timezone.localdate(), timezone.now()
    proposal = services.propose_match(request=request, mentor=mentor, by=people.coordinator, today=today, now=now)
    sign_in(screen, mentor.user)
    screen.goto(reverse("mentoring:answer_proposal", args=[proposal.pk]))
    assert_accessible(screen)
    assert "Hala" not in screen.content()
    for side in (Role.MENTOR, Role.STATUSHOUDER):
        services.answer_proposal(
            mentorship=proposal, side=side, agrees=True, by=people.coordinator, today=today, now=now
        )
    match = services.confirm_match(
        mentorship=proposal,
        start_date=today,
        first_at=now + timedelta(days=92),
        second_at=now + timedelta(days=184),
        by=people.coordinator,
        today=today,
        now=now,
    )
    screen.goto(reverse("mentoring:contacts"))
    assert_accessible(screen)
    screen.get_by_role("link", name="Contact met Hala").click()
    expect(screen.get_by_label("Welke dag?")).to_be_hidden()
    assert_accessible(screen)
    screen.get_by_role("radio", name="Anders").first.check()
    expect(screen.get_by_label("Welke dag?")).to_be_visible()

    # From the home page: two taps and nothing typed.
    screen.goto("/")
    assert_accessible(screen)
    screen.get_by_role("link", name=re.compile("^Contact vastleggen")).click()
    screen.get_by_role("button", name="Opslaan").click()
    expect(screen.get_by_text("Contact met Hala is vastgelegd")).to_be_visible()
    assert ContactMoment.objects.get().minutes == 90
    for name, *args in (
        ("mentorship", match.pk),
        ("my_profile",),
        ("accept_gedragscode",),
        ("check_ins",),
        ("contacts",),
    ):
        screen.goto(reverse(f"mentoring:{name}", args=args))
        assert_accessible(screen)
    sign_in(screen, people.klantmanager)
    screen.goto(reverse("mentoring:case_mentor", args=[match.case.number]))
    assert_accessible(screen)
    screen.goto(reverse("mentoring:record_check_in", args=[match.check_ins.get(kind="m3").pk]))
    assert_accessible(screen)
