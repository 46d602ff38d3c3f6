"""What a browser is told beside each answer: on pages, files, static files, redirects and every kind of refusal."""

import re

import pytest
from django.conf import settings as portal_settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import NoReverseMatch, include, path, resolve, reverse

from accounts.access import public
from accounts.roles import Role
from jas_portal import settings as real_settings
from jas_portal.security import policy
from tests.test_access import LETTERS, PUBLIC, SIGNED_IN, TABLE, address_of, addresses, ids  # noqa: F401  a fixture

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": policy.SAME_EVERYWHERE["Permissions-Policy"],
    "X-Robots-Tag": "noindex, nofollow",
}
#: internet.nl: nowhere in a policy. A host without scheme is looked for apart.
FORBIDDEN = ("unsafe-inline", "unsafe-eval", "unsafe-hashes", "http:", "*", "strict-dynamic")
SOURCES = ("default-src", "script-src", "style-src", "img-src", "font-src", "connect-src", "object-src", "form-action")


def directives(response):
    """The policy of an answer as {directive: [sources]}."""
    parts = [part.split() for part in response.headers["Content-Security-Policy"].split(";")]
    found = {words[0]: words[1:] for words in parts if words}
    assert len(found) == len(parts)
    return found


def assert_guarded(response):
    """All headers stand on the answer, and its policy keeps the rules of internet.nl for a strict one."""
    found = {name: response.headers.get(name) for name in HEADERS}
    if found["Referrer-Policy"] == "no-referrer" and response.headers["X-Robots-Tag"] == "noindex":
        found |= {
            "Referrer-Policy": "same-origin",
            "X-Robots-Tag": "noindex, nofollow",
        }  # a feed says the same, stricter
    assert found == HEADERS
    found = directives(response)
    assert found["default-src"] == ["'none'"]
    for name in ("frame-ancestors", "base-uri"):
        assert found[name] == ["'none'"]
    assert found["form-action"] in (["'self'"], ["'none'"])
    assert found.get("object-src", ["'none'"]) == ["'none'"]
    for name, sources in found.items():
        for source in sources:
            assert not any(word in source for word in FORBIDDEN), (name, source)
            assert source != "https:"
            assert source.startswith("'") or "://" in source or source == "data:", (name, source)
            assert source != "data:" or name == "img-src", (name, source)
    if "script-src" in found:
        (script,) = found["script-src"]
        assert script == "'none'" or re.fullmatch(r"'nonce-[A-Za-z0-9+/]{22}=='", script)


def who_may(name, cast):
    """Somebody of the cast whom the table lets in; None when nobody has to be signed in."""
    letters = TABLE[name]
    if letters == PUBLIC:
        return None
    role = Role.KLANTMANAGER if letters == SIGNED_IN else LETTERS[letters[0].lower()]
    return getattr(cast, role.value)


@override_settings(DEMO=True, MAIL_DELIVERY="keep")
def test_every_address_of_the_table_answers_with_all_headers(cast, ids, sign_in):  # noqa: F811
    pages = files = refused = 0
    for name, arguments in addresses():
        try:
            address = address_of(name, arguments, ids)
        except AssertionError:  # a link with a secret: any will do for the refusal
            try:
                address = reverse(name, kwargs=dict.fromkeys(arguments, "x"))
            except NoReverseMatch:
                continue  # what is new and has no example yet: test_access.py says so
        if name not in TABLE:
            continue
        user = who_may(name, cast)
        client = sign_in(user) if user else Client()
        for response in (client.get(address), client.post(address), Client().get(address)):
            assert_guarded(response)
            text = response.headers.get("Content-Type", "")
            if response.status_code >= 400:
                refused += 1
            elif "Content-Disposition" in response.headers:
                files += 1
                assert getattr(resolve(address).func, "gives_file", False), (
                    f"{name} gives a file: say so with @gives_file"
                )
                assert "html" not in text
                if response.headers["Content-Disposition"].startswith("attachment"):
                    assert directives(response)["sandbox"] == []
            elif response.status_code == 200 and "html" in text:
                pages += 1
                body = response.content.decode()
                scripts = re.findall(r"<script\b[^>]*>", body)
                nonce = directives(response)["script-src"][0].removeprefix("'nonce-").removesuffix("'")
                assert all(f'nonce="{nonce}"' in script and " src=" in script for script in scripts), name
                assert "<style" not in body
    assert min(pages, refused) > 80
    assert files >= 3


def test_a_nonce_is_of_one_answer(client, db):
    nonces = {directives(client.get(reverse("account_login")))["script-src"][0] for _time in range(3)}
    assert len(nonces) == 3


@public
def _breaks(request):
    raise ValueError("a fault of ours")


@public
def _suspicious(request):
    raise SuspiciousOperation("odd")


@public
def _file(request):
    return HttpResponse(
        b"x", headers={"Content-Disposition": 'attachment; filename="a.html"'}, content_type="text/html"
    )


urlpatterns = [
    path("breaks/", _breaks),
    path("suspicious/", _suspicious),
    path("file/", _file),
    path("", include("jas_portal.urls")),
]


@pytest.fixture
def careless(settings):
    """A client to whom a fault is a page, as to a browser, with a few views that go wrong."""
    settings.ROOT_URLCONF = __name__
    return Client(raise_request_exception=False, enforce_csrf_checks=True)


@pytest.mark.parametrize(
    ("ask", "status"),
    [
        (lambda client: client.get("/breaks/"), 500),
        (lambda client: client.get("/suspicious/"), 400),
        (lambda client: client.get("/healthz", headers={"host": "elders.example"}), 400),
        (lambda client: client.get("/er-is-niets/"), 404),
        (lambda client: client.get("/accounts/login"), 301),
        (lambda client: client.post("/accounts/login/", {"login": "x"}), 403),
        (lambda client: client.get("/"), 302),
        (lambda client: client.put("/accounts/login/"), 403),
        (lambda client: client.head("/accounts/login/"), 200),
        (lambda client: client.options("/healthz"), 405),
    ],
    ids=["500", "400", "host", "404", "301", "csrf", "302", "put", "head", "405"],
)
def test_refusals_and_faults_carry_the_headers_too(careless, db, ask, status):
    response = ask(careless)

    assert response.status_code == status
    assert_guarded(response)


def test_a_file_that_is_saved_can_do_nothing(careless, db):
    response = careless.get("/file/")

    assert_guarded(response)
    assert directives(response) == {
        "default-src": ["'none'"], "base-uri": ["'none'"], "form-action": ["'none'"], "frame-ancestors": ["'none'"], "sandbox": [],
    }  # fmt: skip


def test_a_static_file_carries_the_headers_and_is_open_to_nobody_else(db, settings, tmp_path):
    (tmp_path / "a.js").write_text("1")
    settings.STATIC_ROOT, settings.WHITENOISE_AUTOREFRESH = tmp_path, True

    response = Client().get("/static/a.js")

    assert response.status_code == 200
    assert_guarded(response)
    assert "Access-Control-Allow-Origin" not in response.headers


def test_http_is_sent_on_with_the_headers(settings, client):
    settings.SECURE_SSL_REDIRECT = True

    response = client.get("/accounts/login/")

    assert response.status_code == 301
    assert response.url.startswith("https://")
    assert_guarded(response)


def test_over_https_strict_transport_security_for_a_year(settings, client, db):
    settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = 31_536_000, True

    response = client.get("/accounts/login/", secure=True)

    assert response.headers["Strict-Transport-Security"].startswith("max-age=31536000; includeSubDomains")


def test_only_the_page_with_the_code_to_scan_shows_a_picture_of_its_own(cast, sign_in, db):
    client = sign_in(cast.mentor)
    client.post(reverse("account_reauthenticate"), {"password": "welkom-in-leiden"})

    response = client.get(reverse("mfa_activate_totp"))

    assert response.status_code == 200
    assert directives(response)["img-src"] == ["'self'", "data:"]
    assert_guarded(response)
    assert directives(client.get(reverse("home")))["img-src"] == ["'self'"]


def test_the_sign_in_of_the_municipality_may_receive_the_form():
    found = policy.for_pages(signs_in_at=["https://login.voorbeeld.example/realm/", "", "niets"])

    assert found["form-action"] == ["'self'", "https://login.voorbeeld.example"]
    assert real_settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"] == ["'self'"]


def test_cookies_are_closed_to_scripts_and_other_sites(cast, client):
    client.get(reverse("account_login"))
    client.post(reverse("account_login"), {"login": cast.mentor.email, "password": "welkom-in-leiden"})

    assert set(client.cookies) == {portal_settings.SESSION_COOKIE_NAME, portal_settings.CSRF_COOKIE_NAME}
    for cookie in client.cookies.values():
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert cookie["path"] == "/"
        assert not cookie["domain"]


def test_a_policy_in_templates_has_no_way_around_it():
    """Every script of a template names the nonce of the answer."""
    without = {
        str(path.relative_to(portal_settings.BASE_DIR)): script
        for path in (portal_settings.BASE_DIR / "templates").rglob("*.html")
        for script in re.findall(r"<script\b[^>]*>", path.read_text())
        if 'nonce="{{ csp_nonce }}"' not in script and 'type="application/json"' not in script
    }
    assert without == {}
