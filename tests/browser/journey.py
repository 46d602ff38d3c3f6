"""A walk through the portal in a real browser, in which every page that is passed is looked at."""

import re

from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.axe import assert_accessible

PASSWORD = "welkom-in-leiden"


class Journey:
    """One visitor on one screen. `page` is Playwright's; `taps` counts what a finger did, set it to 0 to begin anew."""

    def __init__(self, page):
        self.page = page
        self.taps = 0
        self.is_phone = page.viewport_size["width"] < 500
        self.problems = []
        page.on("pageerror", lambda error: self.problems.append(f"{page.url}: {error}"))
        page.on("console", self._hear)
        page.on("response", self._see)

    def _hear(self, message):
        if message.type == "error":
            self.problems.append(f"{self.page.url}: {message.text}")

    def _see(self, response):
        if response.status >= 400 and not response.url.endswith("/favicon.ico"):
            self.problems.append(f"{response.status} {response.url}")

    # --- Coming in ---------------------------------------------------------------------------------------

    def sign_in(self, user, *, then="home"):
        """Come in as `user` by the cookie of a session, and look at the page of URL name `then`."""
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        self.page.context.clear_cookies()
        if not self.page.url.startswith("http"):
            self.page.goto(reverse("account_login"))  # a cookie belongs to an address
        name, origin = settings.SESSION_COOKIE_NAME, self.page.evaluate("location.origin")
        self.page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": origin}])
        self.open(reverse(then))

    def sign_in_with_password(self, user):
        """Come in as `user` by the form, as everybody does outside the demo; looks at the form and at the home."""
        self.page.context.clear_cookies()
        self.open(reverse("account_login"))
        self.page.get_by_label("E-mailadres").fill(user.email)
        self.page.locator("input[type=password]").fill(PASSWORD)
        self.press("Inloggen")
        expect(self.page).not_to_have_url(re.compile("/login/"))

    # --- Going on ----------------------------------------------------------------------------------------

    def open(self, address):
        """Go to an address and look at the page."""
        self.page.goto(address)
        self.look()

    def follow(self, name, *, within=None):
        """Follow the first link of this name (text, part of it, or a pattern) and look at where it leads."""
        self._go((within or self.page).get_by_role("link", name=name).first)

    def press(self, name, *, within=None):
        """Press the first button of this name and look at what comes."""
        self._go((within or self.page.get_by_role("main")).get_by_role("button", name=name).first)

    def _go(self, locator):
        with self.page.expect_navigation():
            locator.click()
        self.look()

    def choose(self, label, *, question=""):
        """Choose one of the big buttons; `question` when more than one asks for this answer."""
        where = self.page.get_by_role("group", name=question) if question else self.page
        self.tap(where.get_by_role("radio", name=label, exact=True).first)

    def tap(self, locator):
        """One tap of a finger; on a desk it is a click."""
        self.taps += 1
        if self.is_phone:
            locator.tap()
        else:
            locator.click()

    def place(self, label):
        """Go to a place of the main menu, on a phone through "Meer" when it stands there."""
        menu = self.page.get_by_role("navigation", name="Hoofdmenu")
        link = menu.get_by_role("link", name=label)
        if not link.is_visible():
            menu.get_by_text("Meer", exact=True).click()
        self._go(link)

    # --- Looking -----------------------------------------------------------------------------------------

    def look(self):
        """axe finds nothing, the page is no wider than its screen, and nothing broke on the way."""
        self.page.wait_for_load_state()
        assert_accessible(self.page)
        wide, screen = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert wide <= screen, f"{self.page.url} is {wide} px wide on {screen}"
        assert not self.problems, "\n".join(self.problems)

    def sees(self, text):
        """This text can be seen on the page, in its content."""
        expect(self.page.get_by_role("main").get_by_text(text).filter(visible=True).first).to_be_visible()

    def nowhere(self, *texts):
        """None of these stands on the page, not even hidden."""
        content = self.page.content()
        assert [text for text in texts if text in content] == []
