"""The pages of accounts in a real browser: each one looked at by axe, on a phone and on a desktop."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from playwright.sync_api import expect

from accounts import services
from accounts.models import RoleAssignment, User
from accounts.personas import PERSONAS
from accounts.roles import Role
from tests import factories
from tests.accounts.test_second_factor import code_of
from tests.browser.axe import assert_accessible

PASSWORD = "welkom-in-leiden"
NEW = "een-lang-wachtwoord"


@pytest.fixture
def people(transactional_db, settings):
    """The personas, and somebody who was invited; by address."""
    settings.DEMO = True
    gemeente = factories.make_organisation("Gemeente Leiden")
    for persona in PERSONAS:
        factories.make_user(persona.role, name=persona.name, email=persona.email, organisation=gemeente)
    beheerder = User.objects.get(email="beheerder@demo.example").act_as(Role.FUNCTIONEEL_BEHEERDER)
    services.invite(
        email="nieuw@demo.example",
        name="Nieuwe Mentor",
        role=Role.MENTOR,
        organisation=None,
        by=beheerder,
        today=timezone.localdate(),
        now=timezone.now(),
    )
    return {user.email: user for user in User.objects.all()}


def look(page):
    """axe finds nothing, and the page is no wider than its screen."""
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"too wide: {page.url}"


def sign_in(page, name):
    page.goto("/accounts/login/")
    page.get_by_role("button", name=f"Verder als {name}").click()
    expect(page).not_to_have_url(re.compile("/accounts/login/"))


def test_what_one_meets_before_signing_in(screen, people):
    for address in (
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/inactive/",
        "/accounts/password/reset/",
        "/accounts/password/reset/done/",
        "/accounts/password/reset/key/1-wrong/",
        "/accounts/password/reset/key/done/",
        "/accounts/uitnodiging/MQ/wrong/",
    ):
        screen.goto(address)
        look(screen)


def test_a_wrong_password_is_said_and_a_right_one_leads_on(screen, people):
    screen.goto("/accounts/mijn-account/")
    screen.get_by_label("E-mailadres").fill("Beheerder@demo.example")
    screen.get_by_label("Wachtwoord", exact=False).fill("verkeerd")
    screen.get_by_role("button", name="Inloggen").click()
    expect(screen.get_by_text("horen niet bij elkaar").first).to_be_visible()
    look(screen)
    screen.get_by_label("Wachtwoord", exact=False).fill(PASSWORD)
    screen.get_by_role("button", name="Inloggen").click()
    expect(screen.get_by_role("heading", level=1, name="Mijn account")).to_be_visible()


def test_an_invitation_is_one_form(screen, people):
    invited = people["nieuw@demo.example"]
    uid = urlsafe_base64_encode(force_bytes(invited.pk))
    screen.goto(reverse("accounts:accept_invitation", args=[uid, invited.invitation.token]))
    look(screen)
    screen.get_by_label("Wachtwoord", exact=False).first.fill(NEW)
    screen.get_by_label("nog een keer").fill("anders")
    screen.get_by_role("button", name="inloggen").click()
    expect(screen.get_by_text("niet gelijk").first).to_be_visible()
    look(screen)
    screen.get_by_label("Wachtwoord", exact=False).first.fill(NEW)
    screen.get_by_label("nog een keer").fill(NEW)
    screen.get_by_role("button", name="inloggen").click()
    expect(screen.get_by_role("status").get_by_text("Welkom")).to_be_visible()


def test_the_beheerder_and_the_people(screen, people):
    sign_in(screen, "Wouter")
    invited, mentor = people["nieuw@demo.example"], people["mentor@demo.example"]
    role = mentor.role_assignments.get()
    for address in (
        "/accounts/mensen/",
        "/accounts/mensen/?q=zzz",
        f"/accounts/mensen/{invited.pk}/",
        f"/accounts/mensen/{mentor.pk}/",
        f"/accounts/mensen/{mentor.pk}/rol/",
        f"/accounts/mensen/{mentor.pk}/rol/{role.pk}/beeindigen/",
        f"/accounts/mensen/{mentor.pk}/uitzetten/",
        "/accounts/organisaties/",
        "/accounts/organisaties/nieuw/",
        "/accounts/mijn-account/gegevens/",
        "/accounts/password/change/",
        "/accounts/logout/",
    ):
        screen.goto(address)
        look(screen)
    screen.goto("/accounts/mensen/uitnodigen/")
    look(screen)
    screen.get_by_label("E-mailadres").fill("docente@demo.example")
    screen.get_by_label("Naam").fill("Nieuwe Docent")
    screen.get_by_label(re.compile("^Rol")).select_option("docent")
    screen.get_by_role("button", name="Uitnodigen").click()
    expect(screen.get_by_text("Kies voor welke organisatie").first).to_be_visible()
    look(screen)
    screen.get_by_label(re.compile("^Organisatie")).select_option(label="Gemeente Leiden")
    screen.get_by_role("button", name="Uitnodigen").click()
    expect(screen.get_by_role("heading", level=1, name="Nieuwe Docent")).to_be_visible()
    look(screen)


def test_activating_the_second_factor_that_work_demands(screen, people, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    sign_in(screen, "Wouter")
    expect(screen.get_by_role("heading", name="Bent u het zelf?")).to_be_visible()
    look(screen)
    screen.get_by_label("Wachtwoord", exact=False).fill(PASSWORD)
    screen.get_by_role("button", name="Verder", exact=True).click()
    expect(screen.get_by_role("heading", name="Tweede stap aanzetten")).to_be_visible()
    look(screen)
    secret = screen.locator("code").inner_text()
    screen.get_by_label("Code", exact=False).fill(code_of(secret, -1))
    screen.get_by_role("button", name="Aanzetten").click()
    expect(screen.get_by_role("heading", name="Herstelcodes")).to_be_visible()
    look(screen)
    for address in (
        "/accounts/2fa/",
        "/accounts/mijn-account/",
        "/accounts/2fa/recovery-codes/generate/",
        "/accounts/2fa/totp/deactivate/",
    ):
        screen.goto(address)
        look(screen)
    screen.goto("/accounts/logout/")
    screen.get_by_role("main").get_by_role("button", name="Uitloggen").click()
    screen.goto("/accounts/login/")
    screen.get_by_role("button", name="Verder als Wouter").click()
    expect(screen.get_by_role("heading", name="Tweede stap")).to_be_visible()
    look(screen)
    screen.get_by_label("Code", exact=False).fill(code_of(secret))
    screen.get_by_role("button", name="Inloggen").click()
    expect(screen).not_to_have_url(re.compile("/accounts/"))


def test_a_page_of_another_role_is_two_clicks_away(screen, people):
    mentor = people["mentor@demo.example"]
    RoleAssignment.objects.create(
        user=mentor,
        role=Role.FUNCTIONEEL_BEHEERDER,
        organisation=factories.make_organisation("Gemeente Leiden"),
        starts_on=factories.LONG_AGO,
    )
    sign_in(screen, "Marit")
    for address in ("/accounts/mijn-account/", f"/accounts/mensen/{mentor.pk}/", "/accounts/mensen/"):
        screen.goto(address)
        look(screen)
    screen.get_by_role("main").get_by_role("button", name="Verder als Functioneel beheerder").click()
    expect(screen).to_have_url(re.compile("/accounts/mensen/$"))
    expect(screen.get_by_role("heading", level=1, name="Mensen")).to_be_visible()
