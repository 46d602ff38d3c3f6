"""Signing in in a real browser: passkeys with a virtual device, a session that ends, the municipality, and every page by axe."""

import os
import re

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import User
from accounts.roles import Role
from notifications.models import Notification
from tests import factories
from tests.accounts.test_second_factor import code_of
from tests.browser.axe import assert_accessible
from tests.issuer import CLIENT_ID, CLIENT_SECRET, issuer
from tests.passkeys import give_passkey

PASSWORD = "welkom-in-leiden"
PICTURES = os.environ.get("SIGN_IN_PICTURES", "")


def look(page, name=""):
    """axe finds nothing, the page is no wider than its screen, and nothing was refused by the content policy."""
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"too wide: {page.url}"
    if PICTURES and name:
        page.screenshot(path=f"{PICTURES}/{name}-{page.viewport_size['width']}.png", full_page=True)


def sign_in(page, user, then="/accounts/mijn-account/"):
    page.goto(f"/accounts/login/?next={then}")
    page.get_by_label("E-mailadres").fill(user.email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name="Inloggen").click()


def virtual_device(page):
    """A device that makes passkeys and always says that it is its owner."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return session


@pytest.fixture(autouse=True)
def mail_goes_to_the_outbox(settings):
    """Django's test runner puts mail in memory; here it becomes rows, as in the portal."""
    settings.EMAIL_BACKEND = "notifications.backends.OutboxEmailBackend"


@pytest.fixture
def problems(screen):
    """What the browser complained of: refused by the policy, or gone wrong in a script."""
    heard = []
    screen.on("pageerror", lambda error: heard.append(str(error)))
    screen.on("console", lambda message: heard.append(message.text) if message.type == "error" else None)
    return heard


@pytest.fixture
def beheerder(transactional_db):
    return factories.make_user(
        Role.FUNCTIONEEL_BEHEERDER, name="Wouter Smit", organisation=factories.make_organisation("Gemeente Leiden")
    )


@pytest.fixture
def mentor(transactional_db):
    return factories.make_user(Role.MENTOR, name="Marit Visser")


def test_a_passkey_is_made_and_signs_in_without_a_password(screen, beheerder, settings, problems):
    settings.SECOND_FACTOR_REQUIRED = True
    virtual_device(screen)
    sign_in(screen, beheerder, "/accounts/mensen/")
    screen.locator("input[type=password]").fill(PASSWORD)
    screen.get_by_role("button", name="Verder").click()
    screen.get_by_role("link", name="Liever een passkey?").click()
    expect(screen.get_by_role("heading", level=1, name="Passkey maken")).to_be_visible()
    look(screen, "passkey-maken")
    screen.get_by_label("Naam").fill("Laptop van het werk")
    screen.get_by_role("button", name="Passkey maken").click()
    expect(screen.get_by_role("heading", level=1, name="Herstelcodes")).to_be_visible()
    look(screen)
    expect(screen.get_by_role("button", name="Afdrukken")).to_be_visible()
    screen.goto("/accounts/2fa/")
    expect(screen.get_by_text("Laptop van het werk").first).to_be_visible()
    look(screen, "tweede-stap")
    # Out, and in again with the passkey alone.
    screen.goto("/accounts/logout/")
    screen.locator("main").get_by_role("button", name="Uitloggen").click()
    screen.goto("/accounts/login/?next=/accounts/mensen/")
    look(screen, "inloggen")
    screen.get_by_role("button", name="Met een passkey").click()
    expect(screen.get_by_role("heading", level=1, name="Mensen")).to_be_visible()
    assert problems == []


def test_a_passkey_is_the_second_step(desktop, beheerder):
    virtual_device(desktop)
    sign_in(desktop, beheerder, "/accounts/2fa/passkeys/add/")
    desktop.locator("input[type=password]").fill(PASSWORD)
    desktop.get_by_role("button", name="Verder").click()
    desktop.get_by_role("button", name="Passkey maken").click()
    expect(desktop.get_by_role("heading", level=1, name="Herstelcodes")).to_be_visible()
    desktop.context.clear_cookies()
    sign_in(desktop, beheerder, "/accounts/mensen/")
    look(desktop, "tweede-stap-passkey")
    desktop.get_by_role("button", name="Met een passkey").click()
    expect(desktop.get_by_role("heading", level=1, name="Mensen")).to_be_visible()


def test_a_device_that_refuses_is_told_in_words(desktop, mentor):
    device = virtual_device(desktop)
    device.send("WebAuthn.disable")
    desktop.goto("/accounts/login/")
    desktop.evaluate("() => { navigator.credentials.get = () => Promise.reject(new Error('nee')) }")
    desktop.get_by_role("button", name="Met een passkey").click()
    expect(desktop.get_by_role("alert")).to_contain_text("Dat is niet gelukt")
    look(desktop)


def test_an_address_of_numbers_says_why_there_are_no_passkeys(desktop, mentor, live_server):
    desktop.goto(live_server.url.replace("localhost", "127.0.0.1") + "/accounts/login/")
    expect(desktop.get_by_text("op deze computer is dat localhost")).to_be_visible()
    expect(desktop.get_by_role("button", name="Met een passkey")).to_have_count(0)


def test_every_page_of_signing_in(screen, beheerder, mentor, settings, problems):
    settings.REMEMBER_DEVICE_DAYS = 14
    settings.MFA_TRUST_ENABLED, settings.MFA_TRUST_COOKIE_AGE = True, 14 * 86_400
    screen.goto("/accounts/login/code/")
    look(screen, "code-vragen")
    screen.get_by_label("E-mailadres").fill(mentor.email)
    screen.get_by_role("button", name="Mail mij een code").click()
    expect(screen.get_by_role("heading", level=1, name="Typ de code")).to_be_visible()
    look(screen, "code-typen")
    body = Notification.objects.get(address=mentor.email).body
    screen.get_by_label("Code uit de mail").fill(re.search(r"\d{4}-\d{4}", body)[0])
    screen.get_by_role("button", name="Inloggen").click()
    expect(screen).to_have_url(re.compile("/$"))
    screen.context.clear_cookies()
    # Somebody with an app, a passkey and a remembered device.
    secret = generate_totp_secret()
    TOTP.activate(beheerder, secret)
    passkey = give_passkey(beheerder)
    sign_in(screen, beheerder)
    look(screen, "tweede-stap-typen")
    screen.get_by_role("textbox", name=re.compile("^Code")).fill("000000")
    screen.get_by_role("button", name="Inloggen").click()
    expect(screen.get_by_text("klopt niet").first).to_be_visible()
    look(screen)
    screen.get_by_role("textbox", name=re.compile("^Code")).fill(code_of(secret))
    screen.get_by_label("Onthoud dit apparaat").check()
    screen.get_by_role("button", name="Inloggen").click()
    expect(screen.get_by_role("heading", level=1, name="Mijn account")).to_be_visible()
    look(screen)
    UserSession.objects.create(user=beheerder, session_key="elsewhere", ip="192.0.2.1", user_agent="iPhone Safari")
    for address, name in (
        ("/accounts/2fa/", "tweede-stap-alles"),
        ("/accounts/sessies/", "sessies"),
        ("/accounts/2fa/passkeys/reauthenticate/", "passkey-opnieuw"),
        ("/accounts/2fa/reauthenticate/", ""),
    ):
        screen.goto(address)
        look(screen, name)
    screen.goto(reverse("account_reauthenticate") + "?next=/accounts/2fa/")
    screen.locator("input[type=password]").fill(PASSWORD)
    screen.get_by_role("button", name="Verder").click()
    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        screen.goto(reverse(name, args=[passkey.row.pk]))
        look(screen)
    TOTP.activate(mentor, generate_totp_secret())
    screen.goto(f"/accounts/mensen/{mentor.pk}/tweede-stap/")
    look(screen, "tweede-stap-weghalen")
    screen.get_by_role("button", name="Tweede stap weghalen").click()
    expect(screen.get_by_text("De tweede stap is weggehaald")).to_be_visible()
    look(screen, "persoon")
    assert [problem for problem in problems if "404" not in problem] == []


def test_the_session_warns_before_it_ends_and_can_be_kept(screen, mentor, settings, problems):
    settings.IDLE_MINUTES = 10
    sign_in(screen, mentor, "/accounts/mijn-account/gegevens/")
    screen.clock.install()
    screen.goto("/accounts/mijn-account/gegevens/")
    with wait_of(mentor, minutes=8.5):
        screen.clock.fast_forward("08:30")
        dialog = screen.get_by_role("alertdialog", name="Bent u er nog?")
        expect(dialog).to_be_visible()
        expect(dialog.get_by_role("button", name="Blijf aangemeld")).to_be_focused()
        look(screen, "sessie-waarschuwing")
        screen.keyboard.press("Enter")
        expect(dialog).to_be_hidden()
    screen.get_by_role("button", name="Opslaan").click()
    expect(screen.get_by_text("Uw gegevens zijn opgeslagen")).to_be_visible()
    assert problems == []


def test_what_was_typed_stands_there_again_after_the_session_ended(screen, mentor, settings, problems):
    settings.IDLE_MINUTES = 10
    sign_in(screen, mentor, "/accounts/mijn-account/gegevens/")
    screen.clock.install()
    screen.goto("/accounts/mijn-account/gegevens/")
    screen.get_by_label("Naam").fill("Marit Visser-de Jong")
    screen.get_by_label("Telefoon").fill("06 12 34 56 78")
    with wait_of(mentor, minutes=11):
        screen.clock.fast_forward("11:00")
        dialog = screen.get_by_role("alertdialog", name="U bent afgemeld")
        expect(dialog).to_be_visible()
        assert not screen.get_by_label("Naam").is_visible()  # nothing to read for who passes by
        look(screen, "sessie-voorbij")
        dialog.get_by_role("button", name="Opnieuw inloggen").click()
        expect(screen.get_by_text("wat u typte, is bewaard")).to_be_visible()
        look(screen, "inloggen-na-afmelden")
    screen.get_by_label("E-mailadres").fill(mentor.email)
    screen.locator("input[type=password]").fill(PASSWORD)
    screen.get_by_role("button", name="Inloggen").click()
    expect(screen.get_by_role("heading", level=1, name="Wat u typte, is bewaard")).to_be_visible()
    look(screen, "bewaard")
    screen.get_by_role("link", name="Verder typen").click()
    expect(screen.get_by_label("Naam")).to_have_value("Marit Visser-de Jong")
    expect(screen.get_by_role("status").first).to_contain_text("staat er weer")
    look(screen, "verder-typen")
    screen.get_by_role("button", name="Opslaan").click()
    expect(screen.get_by_text("Uw gegevens zijn opgeslagen")).to_be_visible()
    mentor.refresh_from_db()
    assert (mentor.name, mentor.phone) == ("Marit Visser-de Jong", "06 12 34 56 78")
    assert [problem for problem in problems if "404" not in problem] == []


def come_back(screen):
    """What the browser says of a tab that is returned to."""
    screen.evaluate("window.dispatchEvent(new Event('focus'))")


def sign_in_elsewhere(screen, user):
    """Sign in in another tab of the same browser."""
    other = screen.context.new_page()
    sign_in(other, user)
    expect(other.get_by_role("heading", level=1, name="Mijn account")).to_be_visible()
    other.close()


def save_and_see(screen, mentor):
    """Send the form with one's own details in, and see that all of it was stored."""
    expect(screen.get_by_label("Naam")).to_have_value("Marit Visser-de Jong")
    screen.get_by_role("button", name="Opslaan").click()
    expect(screen.get_by_text("Uw gegevens zijn opgeslagen")).to_be_visible()
    mentor.refresh_from_db()
    assert (mentor.name, mentor.phone) == ("Marit Visser-de Jong", "0612345678")


@pytest.fixture
def typing(screen, mentor):
    """A page with words typed in its form, and a clock that can be moved."""
    sign_in(screen, mentor, "/accounts/mijn-account/gegevens/")
    screen.clock.install()
    screen.goto("/accounts/mijn-account/gegevens/")
    screen.get_by_label("Naam").fill("Marit Visser-de Jong")
    screen.get_by_label("Telefoon").fill("0612345678")
    return screen


def test_a_session_ended_elsewhere_covers_the_page_and_loses_no_word(typing, mentor, problems):
    Session.objects.all().delete()
    typing.clock.fast_forward("20:00")
    typing.keyboard.press("Shift")
    dialog = typing.get_by_role("alertdialog", name="Deze sessie is afgelopen")
    expect(dialog).to_be_visible()
    expect(typing.get_by_label("Naam")).to_be_hidden()
    for _twice in range(2):  # a browser lets Escape be refused once
        typing.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    look(typing, "sessie-afgelopen")
    with typing.context.expect_page() as opened:
        dialog.get_by_role("link", name="Opnieuw inloggen").click()
    opened.value.close()
    sign_in_elsewhere(typing, factories.make_user(Role.MENTOR))
    come_back(typing)
    expect(typing.get_by_role("alertdialog", name="U werkt nu anders")).to_be_visible()
    look(typing, "sessie-van-een-ander")
    Session.objects.all().delete()
    sign_in_elsewhere(typing, mentor)
    come_back(typing)
    expect(typing.get_by_role("alertdialog")).to_have_count(0)
    save_and_see(typing, mentor)
    assert [problem for problem in problems if "403" not in problem] == []


def test_who_signed_in_again_in_another_tab_goes_on_without_noticing(typing, mentor, problems):
    Session.objects.all().delete()
    sign_in_elsewhere(typing, mentor)
    typing.clock.fast_forward("00:40")
    with typing.expect_response("**/accounts/tijd/"):
        come_back(typing)
    save_and_see(typing, mentor)
    assert problems == []


def test_without_javascript_what_is_sent_too_late_is_kept_as_well(new_context, live_server, mentor, settings):
    settings.IDLE_MINUTES = 10
    page = new_context(base_url=live_server.url, java_script_enabled=False).new_page()
    sign_in(page, mentor, "/accounts/mijn-account/gegevens/")
    page.get_by_label("Telefoon").fill("06 12 34 56 78")
    with wait_of(mentor, minutes=11):
        page.get_by_role("button", name="Opslaan").click()
        expect(page.get_by_text("wat u typte, is bewaard")).to_be_visible()
    page.get_by_label("E-mailadres").fill(mentor.email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name="Inloggen").click()
    page.get_by_role("button", name="Nu opslaan").click()
    expect(page.get_by_text("Uw gegevens zijn opgeslagen")).to_be_visible()
    mentor.refresh_from_db()
    assert mentor.phone == "06 12 34 56 78"


class wait_of:
    """The server's sessions of somebody were last used so many minutes ago."""

    def __init__(self, user, *, minutes):
        self.user, self.seconds = user, minutes * 60

    def __enter__(self):
        for row in UserSession.objects.filter(user=self.user):
            session = row._session_store(row.session_key)
            session["seen_at"] = session["seen_at"] - self.seconds
            session.save()

    def __exit__(self, *_error):
        pass


@pytest.mark.real_time
def test_the_municipalitys_button_leads_there_and_back(screen, live_server, settings, problems):
    settings.BASE_URL = live_server.url
    User.objects.all().delete()
    karim = factories.make_user(
        Role.FUNCTIONEEL_BEHEERDER, email="karim@leiden.example", organisation=factories.make_organisation()
    )
    people = {
        "karim": {"claims": {"email": karim.email, "email_verified": True}},
        "onbekend": {"claims": {"email": "onbekend@leiden.example", "email_verified": True}},
    }
    with issuer(callback=f"{live_server.url}/accounts/login/organisatie/terug/", people=people) as address:
        settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = address, CLIENT_ID, CLIENT_SECRET
        policy = {**settings.CONTENT_SECURITY_POLICY["DIRECTIVES"], "form-action": ["'self'", address]}
        settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": policy}
        screen.goto("/accounts/login/")
        look(screen, "inloggen-gemeente")
        screen.get_by_role("button", name="Inloggen met gemeente").click()
        screen.get_by_role("button", name="onbekend").click()
        expect(screen.get_by_text("Voor dit adres is er geen account")).to_be_visible()
        look(screen, "inloggen-geweigerd")
        screen.context.clear_cookies()
        screen.goto("/accounts/login/?next=/accounts/mijn-account/")
        screen.get_by_role("button", name="Inloggen met gemeente").click()
        screen.get_by_role("button", name="karim", exact=True).click()
        expect(screen.get_by_role("heading", level=1, name="Mijn account")).to_be_visible()
    # The refusal itself, and the issuer's page, which has no icon.
    assert [problem for problem in problems if "403" not in problem and "404" not in problem] == []
