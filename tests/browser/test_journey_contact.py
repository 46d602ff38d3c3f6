"""A mentor logs a contact, from the own home; who else sees it, and how much of it."""

import re
from datetime import datetime, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import OrganisationKind
from accounts.roles import Role
from cases.models import JournalEntry, JournalKind
from mentoring import services
from mentoring.models import ContactMoment
from mentoring.people import klantmanager_of
from tests import factories
from tests.browser.journey import Journey

NOTE = "Samen naar de bibliotheek, pasje aangevraagd."


def make_match(*, days_ago=30):
    """Mentor and statushouder who know each other for a month, with their coordinator and klantmanager."""
    today = timezone.localdate()
    then = today - timedelta(days=days_ago)
    moment = timezone.make_aware(datetime.combine(then, time(9)))
    organisation = factories.make_organisation("Mentorproject", OrganisationKind.VRIJWILLIGERS)
    coordinator = factories.make_user(Role.VRIJWILLIGERSCOORDINATOR, name="Karin Boer", organisation=organisation)
    klantmanager = factories.make_user(
        Role.KLANTMANAGER, name="Karim Bakker", organisation=factories.make_organisation("Gemeente Leiden")
    )
    mentor = factories.make_mentor(factories.make_user(Role.MENTOR, name="Marit Jansen"), organisation=organisation)
    case = factories.make_case(
        klantmanager=klantmanager, today=then, full_name="Selam Tekle ሰላም ተክለ", preferred_name="Selam"
    )
    asked = {"by": coordinator, "today": then, "now": moment}
    request = services.open_match_request(case=case, organisation=organisation, **asked)
    match = services.propose_match(request=request, mentor=mentor, **asked)
    for side in (Role.MENTOR, Role.STATUSHOUDER):
        match = services.answer_proposal(mentorship=match, side=side, agrees=True, **asked)
    return services.confirm_match(
        mentorship=match,
        start_date=then,
        first_at=moment + timedelta(days=92),
        second_at=moment + timedelta(days=184),
        **asked,
    )


@pytest.fixture
def match(transactional_db):
    return make_match(days_ago=85)


def test_a_mentor_logs_a_contact_in_five_taps(match, screen):
    journey = Journey(screen)
    journey.sign_in(match.mentor.user)
    journey.taps = 0
    with screen.expect_navigation():
        journey.tap(screen.get_by_role("link", name="Contact vastleggen"))
    journey.look()
    journey.choose("Gisteren")
    journey.choose("Thuis")
    journey.choose("1 uur")
    # The save button stands within reach of a thumb, whatever the length of the page.
    save = screen.get_by_role("button", name="Opslaan")
    box = save.bounding_box()
    assert not journey.is_phone or box["y"] + box["height"] <= screen.viewport_size["height"]
    journey.taps += 1
    save.dblclick()
    expect(screen.get_by_role("status").get_by_text("Contact met Selam is vastgelegd")).to_be_visible()
    assert journey.taps <= 5
    journey.look()
    journey.sees("Laatste contact: gisteren")

    moment = ContactMoment.objects.get()
    yesterday = timezone.localdate() - timedelta(days=1)
    assert (moment.on, moment.channel, moment.minutes, moment.note) == (yesterday, "thuis", 60, "")
    assert JournalEntry.objects.filter(case=match.case, text__contains="Contact van mentor").count() == 1

    # The likely answers are those of last time, so the next one takes two taps.
    journey.taps = 0
    with screen.expect_navigation():
        journey.tap(screen.get_by_role("link", name="Contact vastleggen"))
    assert screen.get_by_role("radio", name="Thuis").is_checked()
    journey.tap(screen.get_by_role("button", name="Opslaan"))
    expect(screen.get_by_role("status").get_by_text("Contact met Selam is vastgelegd")).to_be_visible()
    assert journey.taps == 2
    assert ContactMoment.objects.count() == 2


def test_who_sees_a_contact_and_how_much_of_it(match, screen):
    journey = Journey(screen)
    journey.sign_in(match.mentor.user)
    journey.follow("Contact vastleggen")
    journey.choose("Met groep")
    screen.get_by_label("Wat deden jullie?").fill(NOTE)
    journey.press("Opslaan")
    journey.place("Contact")
    journey.sees(NOTE)
    journey.sees("Met groep")
    # The mentor knows this person by the name of every day, on each page.
    for address in (
        reverse("home"),
        reverse("mentoring:mentorship", args=[match.pk]),
        match.case.get_absolute_url(),
        reverse("cases:timeline", args=[match.case.number]),
        reverse("notifications:agenda"),
    ):
        journey.open(address)
        journey.nowhere("Tekle")

    journey.sign_in(match.confirmed_by)
    journey.place("Koppelingen")
    journey.follow("Selam Tekle")
    journey.sees(NOTE)
    journey.sees(re.compile("Met groep"))

    klantmanager = klantmanager_of(match.case, timezone.localdate())
    journey.sign_in(klantmanager)
    journey.open(reverse("cases:timeline", args=[match.case.number]))
    journey.sees("Contact van mentor en statushouder op")
    journey.nowhere(NOTE, "Met groep", "pasje")
    journey.follow("Mentor", within=screen.get_by_role("navigation", name="Onderdelen van het dossier"))
    journey.sees("1 keer contact")
    journey.nowhere(NOTE, "Met groep", "pasje")
    assert JournalEntry.objects.filter(case=match.case, kind=JournalKind.MENTORING, text__contains=NOTE).count() == 0


def test_a_contact_that_needs_an_answer_first(match, screen):
    """Errors stand at their field, and what was typed stays."""
    journey = Journey(screen)
    journey.sign_in(match.mentor.user)
    journey.follow("Contact vastleggen")
    journey.choose("Anders", question="Wanneer?")
    before = match.start_date - timedelta(days=1)
    screen.get_by_label("Welke dag?").fill(before.isoformat())
    screen.get_by_label("Wat deden jullie?").fill(NOTE)
    journey.press("Opslaan")
    journey.sees("Kies een dag vanaf toen.")
    expect(screen.get_by_label("Wat deden jullie?")).to_have_value(NOTE)
    assert not ContactMoment.objects.exists()
    screen.get_by_label("Welke dag?").fill(match.start_date.isoformat())
    screen.get_by_label(re.compile("Ik maak me zorgen")).check()
    journey.press("Opslaan")
    assert ContactMoment.objects.get().on == match.start_date
    # The coordinator reads first that the mentor wants to be called.
    journey.sign_in(match.confirmed_by)
    expect(screen.locator(".work-row").first).to_contain_text("Mentor maakt zich zorgen")
