"""The strict policy in a real browser: nothing on any page is refused, and nothing is asked of another host."""

from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.urls import reverse

from accounts.roles import Role
from tests.test_access import LETTERS, PUBLIC, SIGNED_IN, TABLE, address_of, addresses, ids  # noqa: F401  a fixture

#: Told to the page by the browser for each thing that a policy refuses.
LISTEN = """
window.refused = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.refused.push(`${event.violatedDirective} refuses ${event.blockedURI} (${event.sourceFile}:${event.lineNumber})`);
});
"""
#: Answers of these addresses are no pages to look at, or end what the walk needs.
NOT_LOOKED_AT = ("healthz", "security_txt", "accounts:accept_invitation")


class Watcher:
    """What a page does behind its own back."""

    def __init__(self, page):
        self.page, self.host, self.problems, self.seen = page, None, [], 0
        self.visitor = Client(raise_request_exception=False)
        page.add_init_script(LISTEN)
        page.on("request", self._ask)
        page.on("console", self._say)

    def _ask(self, request):
        parts = urlsplit(request.url)
        if self.host and parts.scheme not in ("data", "blob", "about") and parts.netloc != self.host:
            self.problems.append(f"{self.page.url} asks {request.url}")

    def _say(self, message):
        text = message.text
        if "Policy" in text or "policy" in text or "Refused" in text or "integrity" in text:
            self.problems.append(f"{self.page.url} {message.type}: {text}")

    def look_at(self, address):
        """Open a page; what is saved as a file or has no page is left alone."""
        answer = self.visitor.get(address, follow=True)
        if "html" not in answer.headers.get("Content-Type", "") or not answer.content:
            return
        self.page.goto(address)
        self.host = self.host or urlsplit(self.page.url).netloc
        self.problems += [f"{address}: {refused}" for refused in self.page.evaluate("window.refused")]
        self.seen += 1

    def sign_in(self, user):
        """Come in by the cookie of a session."""
        self.visitor = Client(raise_request_exception=False)
        self.visitor.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        name = settings.SESSION_COOKIE_NAME
        self.page.context.clear_cookies()
        self.page.context.add_cookies(
            [{"name": name, "value": self.visitor.cookies[name].value, "url": f"http://{self.host}"}]
        )


@pytest.fixture
def watcher(desktop):
    """The eyes on a page of a desk."""
    return Watcher(desktop)


def of_role(role):
    """The addresses of the table that are tried as this role: each address with the first role it lets in."""
    for name, arguments in addresses():
        who = TABLE.get(name, PUBLIC)
        first = Role.KLANTMANAGER if who == SIGNED_IN else None if who == PUBLIC else LETTERS[who[0].lower()]
        # What everybody has is looked at as everybody: the home of each role is another page.
        if name not in NOT_LOOKED_AT and (first == role or (role and name == "home")):
            yield name, arguments


@override_settings(DEMO=True, MAIL_DELIVERY="keep")
def test_no_page_is_refused_anything_or_asks_elsewhere(cast, ids, watcher):  # noqa: F811
    watcher.look_at(reverse("account_login"))
    for role in [None, *Role]:
        if role:
            watcher.sign_in(getattr(cast, role.value))
        before = watcher.seen
        for name, arguments in of_role(role):
            try:
                address = address_of(name, arguments, ids)
            except AssertionError:
                continue  # what is new and has no example yet: test_access.py says so
            watcher.look_at(address)
        assert watcher.seen - before >= 2, role

    assert watcher.problems == []
    assert watcher.seen > 80


def test_the_watcher_sees_what_is_refused(desktop, live_server):
    """A control: an inline script, a picture from elsewhere and an inline style are told of."""
    watcher = Watcher(desktop)
    watcher.look_at(reverse("account_login"))
    desktop.evaluate(
        """() => {
          document.body.insertAdjacentHTML("beforeend", "<p style='color: red'>x</p><img src='http://127.0.0.1:9/x.png'>");
          const script = document.createElement("script");
          script.textContent = "window.ran = true";
          document.body.append(script);
        }"""
    )
    desktop.wait_for_function("window.refused.length >= 3")
    assert not desktop.evaluate("window.ran")
    assert len(watcher.problems) >= 3
