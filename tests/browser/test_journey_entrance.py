"""Coming in: as a persona, in another role, by keyboard alone, and without JavaScript."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import OrganisationKind, RoleAssignment
from accounts.personas import PERSONAS
from accounts.roles import Role
from cases.models import Task
from mentoring import services
from mentoring.models import ContactMoment, Mentorship
from tests import factories
from tests.browser.journey import PASSWORD, Journey
from tests.browser.test_journey_contact import make_match


@pytest.fixture
def personas(transactional_db, settings):
    """The portal as a demo, with the accounts of its personas and nothing else."""
    settings.DEMO = True
    gemeente = factories.make_organisation("Gemeente Leiden")
    return [
        factories.make_user(persona.role, name=persona.name, email=persona.email, organisation=gemeente)
        for persona in PERSONAS
    ]


def test_each_persona_comes_in_with_one_click_and_goes_out(personas, phone):
    # Each home on a desktop too: test_journey_demo.
    journey = Journey(phone)
    for persona in PERSONAS:
        journey.open(reverse("account_login"))
        journey.press(f"Verder als {persona.first_name}")
        expect(phone.get_by_role("heading", level=1)).to_contain_text(persona.first_name)
        phone.locator("summary", has_text="Account").click()
        expect(phone.locator("details[data-menu][open]")).to_contain_text(str(persona.role.label))
        journey.look()
        journey.press("Uitloggen", within=phone.locator("details[data-menu][open]"))


def test_switching_to_another_role(transactional_db, screen):
    gemeente = factories.make_organisation("Gemeente Leiden")
    user = factories.make_user(Role.KLANTMANAGER, name="Karim Bakker", organisation=gemeente)
    RoleAssignment.objects.create(
        user=user, role=Role.DOCENT, organisation=gemeente, starts_on=timezone.localdate() - timedelta(days=1)
    )
    journey = Journey(screen)
    journey.sign_in(user)
    menu = screen.get_by_role("navigation", name="Hoofdmenu")
    expect(menu.get_by_role("link", name="Signalen")).to_have_count(1)
    if journey.is_phone:
        screen.locator("summary", has_text="Account").click()
    else:
        screen.locator("summary", has_text="Uw rol").click()
    journey.look()
    journey.press("Docent Startgroep", within=screen.locator("details[data-menu][open]"))
    expect(screen.get_by_role("status")).to_contain_text("U werkt nu als")
    expect(menu.get_by_role("link", name="Signalen")).to_have_count(0)


def focused(page):
    """What has the focus: its words, and whether the eye can find it by an outline within the screen."""
    return page.evaluate(
        """() => {
            const element = document.activeElement;
            const shown = element.matches(".choice > input") ? element.nextElementSibling : element;
            const style = getComputedStyle(shown), box = shown.getBoundingClientRect();
            return {
                text: (element.innerText || element.getAttribute("aria-label") || element.name || "").trim(),
                tag: element.tagName,
                visible: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
                    && box.width > 1 && box.height > 1 && box.bottom > 0 && box.top < innerHeight && box.right > 0,
            };
        }"""
    )


def tab_to(page, wanted, most=40):
    """Press Tab until the focus is on something with this text; every stop on the way can be seen."""
    for _step in range(most):
        page.keyboard.press("Tab")
        here = focused(page)
        if here["tag"] == "BODY":
            continue
        assert here["visible"], f"focus cannot be seen on {page.url}: {here}"
        if re.search(wanted, here["text"]):
            return
    raise AssertionError(f"no {wanted} within {most} stops on {page.url}")


def test_by_keyboard_from_signing_in_to_the_first_work(transactional_db, screen):
    today = timezone.localdate()
    klantmanager = factories.make_user(
        Role.KLANTMANAGER, name="Karim Bakker", organisation=factories.make_organisation("Gemeente Leiden")
    )
    case = factories.make_case(klantmanager=klantmanager, today=today, full_name="Yousef Haddad")
    Task.objects.filter(case=case, template="r17").update(due_on=today - timedelta(days=3))
    journey = Journey(screen)
    journey.open(reverse("account_login"))
    keyboard = screen.keyboard
    tab_to(screen, "^login$")
    keyboard.type(klantmanager.email)
    tab_to(screen, "^password$")
    keyboard.type(PASSWORD)
    with screen.expect_navigation():
        keyboard.press("Enter")
    journey.look()

    # The first stop skips the bar and the menu.
    tab_to(screen, "Naar de inhoud", most=1)
    keyboard.press("Enter")
    tab_to(screen, "Plan openen", most=6)
    with screen.expect_navigation():
        keyboard.press("Enter")
    journey.look()
    expect(screen.get_by_role("heading", level=1)).to_contain_text("Yousef Haddad")

    # A menu opens and closes by keyboard, and gives the focus back.
    screen.locator("summary", has_text="Account").focus()
    keyboard.press("Enter")
    tab_to(screen, "Mijn account", most=3)
    keyboard.press("Escape")
    expect(screen.locator("details[data-menu][open]")).to_have_count(0)
    assert focused(screen)["tag"] == "SUMMARY"


@pytest.fixture
def without_scripts(request, screen, new_context, live_server):
    """The same screen in a browser that runs no JavaScript."""
    context = new_context(
        base_url=live_server.url, viewport=screen.viewport_size, locale="nl-NL", java_script_enabled=False
    )
    context.set_default_timeout(15_000)
    return context.new_page()


def sign_in_plainly(page, user):
    page.context.clear_cookies()
    page.goto(reverse("account_login"))
    page.get_by_label("E-mailadres").fill(user.email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name="Inloggen").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Goede")


def test_a_contact_without_javascript(transactional_db, without_scripts):
    match, page = make_match(), without_scripts
    sign_in_plainly(page, match.mentor.user)
    page.get_by_role("link", name="Contact vastleggen").click()
    page.get_by_role("radio", name="Anders").first.check()
    page.get_by_label("Welke dag?").fill((timezone.localdate() - timedelta(days=4)).isoformat())
    page.get_by_role("radio", name="Bellen").check()
    page.get_by_role("radio", name="½ uur", exact=True).check()
    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_role("status")).to_contain_text("is vastgelegd")
    moment = ContactMoment.objects.get()
    assert (moment.on, moment.channel, moment.minutes) == (timezone.localdate() - timedelta(days=4), "bellen", 30)


def test_a_proposal_without_javascript(transactional_db, without_scripts):
    today, now, page = timezone.localdate(), timezone.now(), without_scripts
    organisation = factories.make_organisation("Mentorproject", OrganisationKind.VRIJWILLIGERS)
    coordinator = factories.make_user(Role.VRIJWILLIGERSCOORDINATOR, name="Karin Boer", organisation=organisation)
    case = factories.make_case(today=today, full_name="Hala Ibrahim", preferred_name="Hala")
    factories.make_mentor(factories.make_user(Role.MENTOR, name="Anneke Visser"), organisation=organisation)
    services.open_match_request(case=case, organisation=organisation, by=coordinator, today=today, now=now)
    sign_in_plainly(page, coordinator)
    page.get_by_role("link", name="Mentor zoeken").click()
    page.get_by_role("button", name=re.compile("^Voorstellen")).click()
    expect(page.get_by_role("status")).to_contain_text("Anneke Visser heeft bericht gekregen")
    # Menus of the bar open without a script too.
    page.locator("summary", has_text="Account").click()
    page.locator("details[open]").get_by_role("button", name="Uitloggen").click()
    assert Mentorship.objects.get().is_proposed
