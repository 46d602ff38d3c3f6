"""Who may see what, deputies, emergency access and the yearly review in a real browser, on a phone and on a desktop."""

import os
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts import access_review
from accounts.models import User
from accounts.personas import PERSONAS
from accounts.roles import Role
from cases import services
from cases.models import BreakGlass, Deputyship
from tests import factories
from tests.browser.axe import assert_accessible
from tests.browser.journey import Journey

#: A folder for pictures of what was seen; without it none are made.
PICTURES = os.environ.get("PICTURES")


@pytest.fixture
def people(transactional_db, settings):
    """The personas around two dossiers of the second klantmanager, with a deputy and an emergency access."""
    settings.DEMO = True
    today = timezone.localdate()
    gemeente = factories.make_organisation("Gemeente Leiden")
    for persona in PERSONAS:
        factories.make_user(persona.role, name=persona.name, email=persona.email, organisation=gemeente)
    found = {user.email.partition("@")[0]: user for user in User.objects.all()}
    for name in ("klantmanager", "klantmanager2"):
        found[name].act_as(Role.KLANTMANAGER, today)
    found["privacy"].act_as(Role.PRIVACY_OFFICER, today)
    cases = [factories.make_case(klantmanager=found["klantmanager2"], today=today) for _number in range(2)]
    services.name_deputy(
        holder=found["klantmanager2"], deputy=found["klantmanager"], starts_on=today, last_day=today + timedelta(days=4),
        numbers=[cases[0].number], by=found["klantmanager2"], today=today,
    )  # fmt: skip
    services.break_glass(
        number=cases[1].number, reason="Aan de balie met een brief van vandaag.", by=found["klantmanager"], today=today
    )
    found["cases"] = cases
    return found


def look(page, name=""):
    """axe finds nothing, and the page is no wider than its screen."""
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"too wide: {page.url}"
    if PICTURES and name:
        page.screenshot(path=f"{PICTURES}/B-{name}-{page.viewport_size['width']}.png", full_page=True)


def test_deputies_and_emergency_access_as_klantmanager(screen, people):
    Journey(screen).sign_in(people["klantmanager"])
    for name, address in {
        "lijst": reverse("cases:list"),
        "vervanging": reverse("cases:deputies"),
        "vervanger": reverse("cases:name_deputy"),
        "dossier": people["cases"][0].get_absolute_url(),
        "noodtoegang": reverse("cases:break_glass"),
    }.items():
        screen.goto(address)
        look(screen, name)
    screen.goto(reverse("cases:end_deputyship", args=[Deputyship.objects.get().pk]))
    look(screen, "vervanging-einde")
    screen.get_by_role("button", name="Vervanging beëindigen").click()
    expect(screen.get_by_text("De vervanging is geëindigd.")).to_be_visible()


def test_oversight_as_privacy_officer(screen, people):
    access_review.start_review(by=people["privacy"])
    Journey(screen).sign_in(people["privacy"])
    look(screen, "vandaag-privacy")
    for name, address in {
        "wie-mag-wat": reverse("accounts:who_sees_what"),
        "wie-mag-wat-per-rol": f"{reverse('accounts:who_sees_what')}?per=rol",
        "noodtoegangen": reverse("cases:break_glasses"),
        "toegangsrechten": reverse("access_review"),
    }.items():
        screen.goto(address)
        look(screen, name)
    screen.goto(reverse("cases:review_break_glass", args=[BreakGlass.objects.get().pk]))
    look(screen, "noodtoegang-oordeel")
    screen.get_by_role("radio", name="Terecht", exact=True).check()
    screen.get_by_role("button", name="Beoordeeld").click()
    expect(screen.get_by_text("De noodtoegang is beoordeeld.")).to_be_visible()
