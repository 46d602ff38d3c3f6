"""Signing in under attack: guessing, asking who has an account, fixed sessions, foreign forms and links, replays.

The limits are the real ones. docs/security.md says what each attack met.
"""

import re
import time
from datetime import timedelta

import pytest
import time_machine
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import services
from accounts.models import RememberedDevice, RoleAssignment, User
from accounts.roles import Role
from notifications.models import Notification
from tests import factories
from tests.accounts.test_second_factor import code_of
from tests.passkeys import give_passkey
from tests.test_conventions import patterns

PASSWORD = "welkom-in-leiden"
SIGN_IN = "/accounts/login/"
CODE = "/accounts/login/code/"
RESET = "/accounts/password/reset/"
STEP = "/accounts/2fa/authenticate/"
OWN = "/accounts/mijn-account/"


@pytest.fixture(autouse=True)
def nobody_tried_before(db):
    cache.clear()


@pytest.fixture
def mentor(db):
    return factories.make_user(Role.MENTOR, email="marit@demo.example")


@pytest.fixture
def beheerder(db):
    return factories.make_user(Role.FUNCTIONEEL_BEHEERDER, organisation=factories.make_organisation())


def try_password(client, email, password=PASSWORD, address="192.0.2.1", **extra):
    return client.post(SIGN_IN, {"login": email, "password": password, **extra}, REMOTE_ADDR=address)


def is_in(client):
    return "_auth_user_id" in client.session


def later(**wait):
    return time_machine.travel(timezone.localtime() + timedelta(**wait), tick=True)


# --- Guessing --------------------------------------------------------------------------------------------


def test_guessing_one_account_ends_after_five_also_from_elsewhere(client, mentor):
    for number in range(5):
        try_password(client, mentor.email, f"gok-{number}", address=f"192.0.2.{number}")
    answer = try_password(client, mentor.email, address="198.51.100.7")
    assert "Wacht vijf minuten" in answer.content.decode()
    assert not is_in(client)
    with later(minutes=5, seconds=1):
        try_password(client, mentor.email)
        assert is_in(client)


def test_guessing_one_account_patiently_ends_after_fifty_in_a_day(client, mentor):
    start = timezone.now()
    for round_ in range(10):
        with time_machine.travel(start + timedelta(minutes=6 * round_), tick=True):
            for number in range(5):
                try_password(client, mentor.email, "gok", address=f"192.0.{round_}.{number}")
    with time_machine.travel(start + timedelta(hours=2), tick=True):
        try_password(client, mentor.email)
        assert not is_in(client)
        # Somebody else's guessing does not keep the person out: a code and a passkey still sign in.
        client.post(CODE, {"email": mentor.email})
        assert code_in_mail(mentor)
    with time_machine.travel(start + timedelta(hours=26), tick=True):
        try_password(client, mentor.email)
        assert is_in(client)


def test_guessing_many_accounts_from_one_address_ends_after_ten(client, mentor):
    for number in range(10):
        try_password(client, f"iemand{number}@demo.example", "gok")
    assert "Wacht vijf minuten" in try_password(client, mentor.email).content.decode()
    assert not is_in(client)
    elsewhere = Client()
    try_password(elsewhere, mentor.email, address="198.51.100.7")
    assert is_in(elsewhere)


def test_a_lie_about_the_address_gives_no_new_tries(client, mentor):
    for number in range(12):
        client.post(
            SIGN_IN,
            {"login": f"iemand{number}@demo.example", "password": "gok"},
            headers={"X-Forwarded-For": f"203.0.113.{number}", "X-Real-IP": f"203.0.113.{number}"},
        )
    assert "Wacht vijf minuten" in client.post(SIGN_IN, {"login": mentor.email, "password": PASSWORD}).content.decode()


def test_signing_in_oneself_in_between_gives_no_new_tries(client, mentor):
    attacker = factories.make_user(Role.MENTOR)
    for number in range(5):
        try_password(Client(), mentor.email, f"gok-{number}")
        try_password(Client(), attacker.email)
    try_password(client, mentor.email)
    assert not is_in(client)


def test_guessing_the_second_factor_ends_after_five(beheerder):
    secret = generate_totp_secret()
    TOTP.activate(beheerder, secret)
    for number in range(5):
        client = Client()
        try_password(client, beheerder.email, address=f"192.0.2.{number}")
        client.post(STEP, {"code": "000000"}, REMOTE_ADDR=f"192.0.2.{number}")
    client = Client()
    try_password(client, beheerder.email)
    answer = client.post(STEP, {"code": code_of(secret)}, REMOTE_ADDR="198.51.100.7")
    assert "Wacht vijf minuten" in answer.content.decode()
    assert not is_in(client)


# --- Who has an account? -----------------------------------------------------------------------------------


def code_in_mail(user):
    mail = Notification.objects.filter(address=user.email).order_by("-pk").first()
    return re.search(r"^\d{4}-\d{4}$", mail.body, flags=re.MULTILINE)[0] if mail else None


def told(answer, email):
    """Everything an answer tells, without what differs at each answer and the address that was typed."""
    body = answer.content.decode().replace(email, "…")
    body = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", body)
    body = re.sub(r'nonce="[^"]+"', "", body)
    headers = {name: value for name, value in answer.headers.items() if name not in ("Content-Length", "Expires")}
    headers = {name: re.sub(r"'nonce-[^']+'", "", value) for name, value in headers.items()}
    return answer.status_code, headers, sorted(answer.cookies), body


@pytest.fixture
def people(mentor, beheerder):
    """Addresses to try: of a mentor, a professional, a closed account, an invited person, and of nobody."""
    closed, invited = factories.make_user(Role.MENTOR), factories.make_user(Role.MENTOR)
    User.objects.filter(pk=closed.pk).update(is_active=False)
    invited.set_unusable_password()
    invited.save()
    return [mentor.email, beheerder.email, closed.email, invited.email, "niemand@demo.example"]


def ask(email, address, data):
    """What a new browser is told at `address` and on the page it is led to."""
    client = Client()
    answers = [client.post(address, data)]
    if answers[0].status_code == 302:
        answers.append(client.get(answers[0].url))
    return [told(answer, email) for answer in answers]


@pytest.mark.parametrize(
    ("address", "field", "more"),
    [(SIGN_IN, "login", {"password": "verkeerd"}), (RESET, "email", {}), (CODE, "email", {})],
)
def test_every_address_gets_the_same_answer(people, address, field, more):
    answers = [ask(email, address, {field: email, **more}) for email in people]
    assert [answer for answer in answers if answer != answers[0]] == []


def test_a_wrong_code_tells_no_more(people):
    answers = []
    for email in people:
        client = Client()
        client.post(CODE, {"email": email})
        tries = [client.post(f"{CODE}typen/", {"code": "1111-1111"}) for _time in range(3)]
        answers.append([told(answer, email) for answer in tries])
    assert [answer for answer in answers if answer != answers[0]] == []


def test_too_often_is_too_often_for_an_unknown_address_as_well(people):
    for address, field, more in ((SIGN_IN, "login", {"password": "x"}), (RESET, "email", {}), (CODE, "email", {})):
        found = []
        for email in (people[0], people[-1]):
            cache.clear()
            found.append([ask(email, address, {field: email, **more})[0][0] for _time in range(7)])
        assert found[0] == found[1], address


def seconds(address, data):
    """How long one answer takes, in processor time, for a new browser."""
    client = Client()
    start = time.process_time()
    client.post(address, data)
    return time.process_time() - start


def uneven(address, field, emails, rounds, most, **more):
    """The shortest seconds of each address when one takes more than `most` times as long as another, else None.

    What else the machine does only makes an answer slower, never quicker: each further turn comes nearer to the truth,
    and a real difference stays in all of them.
    """
    found = {email: [] for email in emails}
    for _turn in range(4):
        for _round in range(rounds + 1):
            for email in emails:
                cache.clear()
                found[email].append(seconds(address, {field: email, **more}))
        shortest = {email: min(values) for email, values in found.items()}
        if max(shortest.values()) < most * min(shortest.values()):
            return None
    return shortest


def test_a_wrong_password_takes_as_long_for_an_unknown_address(people, mentor, settings, monkeypatch):
    # The real way of hashing, with fewer rounds: the password still costs nearly all of the time.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    monkeypatch.setattr(PBKDF2PasswordHasher, "iterations", 200_000)
    for user in User.objects.all():
        if user.has_usable_password():
            user.set_password(PASSWORD)
            user.save()
    assert uneven(SIGN_IN, "login", people, rounds=3, most=1.3, password="verkeerd") is None


@pytest.mark.parametrize("address", [RESET, CODE])
def test_a_mail_that_is_not_sent_takes_as_long_as_one_that_is(people, address):
    assert uneven(address, "email", people, rounds=8, most=1.5) is None


def test_a_link_for_a_new_password_tells_nothing_of_who_has_an_account(client, mentor):
    found = {client.get(f"{RESET}key/{uid}-abc-def/").content.decode().count("werkt niet meer") for uid in ("1", "zz")}
    assert found == {2}  # title and heading


# --- Fixed sessions ------------------------------------------------------------------------------------------


def test_a_session_that_was_planted_opens_nothing_after_signing_in(mentor):
    attacker = Client()
    attacker.get(SIGN_IN)
    session = attacker.session
    session["acting_as"] = 1
    session.save()
    planted = attacker.session.session_key
    victim = Client()
    victim.cookies["sessionid"] = planted
    try_password(victim, mentor.email)
    assert is_in(victim)
    assert victim.session.session_key != planted
    assert not Session.objects.filter(session_key=planted).exists()
    attacker.cookies["sessionid"] = planted
    assert attacker.get(OWN).status_code == 302


def test_the_key_changes_with_the_role_and_with_the_second_factor(mentor, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    second = RoleAssignment.objects.create(
        user=mentor,
        role=Role.FUNCTIONEEL_BEHEERDER,
        organisation=factories.make_organisation(),
        starts_on=factories.LONG_AGO,
    )
    client = Client()
    try_password(client, mentor.email)
    keys = [client.session.session_key]
    client.post(reverse("accounts:switch_role"), {"role_assignment": second.pk})
    keys.append(client.session.session_key)
    secret = generate_totp_secret()
    TOTP.activate(mentor, secret)
    assert client.get("/").url.startswith(reverse("mfa_reauthenticate"))
    client.post(reverse("mfa_reauthenticate"), {"code": code_of(secret)})
    keys.append(client.session.session_key)
    assert client.get("/").status_code == 200
    assert len(set(keys)) == 3
    for old in keys[:-1]:
        thief = Client()
        thief.cookies["sessionid"] = old
        assert thief.get(OWN).status_code == 302
    assert "Dit apparaat" in client.get(reverse("usersessions_list")).content.decode()


def test_a_second_factor_that_an_attacker_showed_before_does_not_carry_over(mentor, beheerder, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    attacker = Client()
    attacker.get(SIGN_IN)
    session = attacker.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "mfa", "type": "totp", "at": time.time()}]
    session["account_authentication_methods_user"] = str(mentor.pk)
    session.save()
    victim = Client()
    victim.cookies["sessionid"] = attacker.session.session_key
    try_password(victim, beheerder.email)
    assert victim.get("/").url.startswith(reverse("mfa_activate_totp"))


# --- Forms of another site -------------------------------------------------------------------------------------


def sign_in_addresses():
    """Every address about signing in, with example arguments."""
    for name, pattern, _view in patterns():
        space, _colon, _rest = name.partition(":")
        if space in ("cases", "mentoring", "inburgering", "notifications", "privacy") or name == "healthz":
            continue
        if name.startswith(("account_", "mfa_", "usersessions", "openid", "accounts:")):
            values = {"uidb36": "1", "key": "abc-def", "uid": "MQ", "token": "abc"}
            yield name, reverse(name, kwargs={k: values.get(k, 1) for k in pattern.pattern.regex.groupindex})


def strict(user=None):
    client = Client(enforce_csrf_checks=True)
    if user:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_no_form_of_another_site_is_taken(mentor, settings):
    settings.DEMO = True
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID = "http://localhost:9", "portaal"
    taken = {
        (name, bool(user)): answer.status_code
        for name, address in sign_in_addresses()
        for user in (None, mentor)
        if (
            answer := strict(user).post(address, {"login": "x", "email": "x@demo.example", "_bewaar": "1"})
        ).status_code
        != 403
    }
    assert taken == {}


def test_a_token_of_ones_own_does_not_make_a_foreign_form_ours(mentor):
    client = strict()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', client.get(SIGN_IN).content.decode())[1]
    data = {"login": mentor.email, "password": PASSWORD, "csrfmiddlewaretoken": token}
    for origin in ("https://evil.example", "null", "http://testserver.evil.example"):
        assert client.post(SIGN_IN, data, headers={"Origin": origin}).status_code == 403
    assert client.post(SIGN_IN, data, headers={"Origin": "http://testserver"}).status_code == 302
    assert is_in(client)


def test_nothing_happens_by_following_a_link(mentor, beheerder):
    TOTP.activate(mentor, generate_totp_secret())
    client = Client()
    client.force_login(mentor, backend="django.contrib.auth.backends.ModelBackend")
    for _name, address in sign_in_addresses():
        client.get(address)
    mentor.refresh_from_db()
    assert mentor.check_password(PASSWORD)
    assert Authenticator.objects.filter(user=mentor, type="totp").exists()
    assert is_in(client)


# --- Links that lead away ----------------------------------------------------------------------------------------

AWAY = [
    "https://evil.example/",
    "//evil.example",
    "///evil.example",
    "https:evil.example",
    "https:/evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\t//evil.example",
    "//evil.example\\@testserver/",
    "http://testserver@evil.example/",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "\x00//evil.example",
]


@pytest.mark.parametrize("wanted", AWAY)
def test_no_way_of_signing_in_leads_off_the_portal(mentor, beheerder, settings, wanted):
    settings.DEMO = True
    persona = factories.make_user(Role.MENTOR, email="mentor2@demo.example")
    secret = generate_totp_secret()
    TOTP.activate(beheerder, secret)
    passkey = give_passkey(factories.make_user(Role.MENTOR))
    settings.ALLOWED_HOSTS = ["testserver", "localhost"]
    found = []

    client = Client()
    found.append(try_password(client, mentor.email, next=wanted).url)
    found.append(
        client.post(f"{reverse('account_reauthenticate')}?next={wanted}", {"password": PASSWORD, "next": wanted}).url
    )
    found.append(client.post(reverse("accounts:switch_role"), {
        "role_assignment": mentor.acting_as.pk, "next": wanted,
    }).url)  # fmt: skip
    found.append(client.post(reverse("account_logout"), {"next": wanted}).url)

    found.append(client.post(reverse("accounts:sign_in_as"), {"email": persona.email, "next": wanted}).url)
    client = Client()
    try_password(client, beheerder.email, next=wanted)
    found.append(client.post(STEP, {"code": code_of(secret), "next": wanted}).url)

    client = Client()
    client.post(CODE, {"email": mentor.email, "next": wanted})
    found.append(client.post(f"{CODE}typen/", {"code": code_in_mail(mentor), "next": wanted}).url)

    client = Client(SERVER_NAME="localhost")
    options = client.get(f"{SIGN_IN}passkey/", headers={"X-Requested-With": "XMLHttpRequest"}).json()[
        "request_options"
    ]
    found.append(client.post(f"{SIGN_IN}passkey/", {"credential": passkey.get(options), "next": wanted}).url)
    assert is_in(client)

    assert {to for to in found if to not in ("/", "/accounts/login/", OWN)} == set()


def test_the_link_in_a_mail_leads_to_the_portal_whatever_the_host(mentor, settings):
    settings.ALLOWED_HOSTS = ["*"]
    Client().post(RESET, {"email": mentor.email}, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
    body = Notification.objects.get(address=mentor.email).body
    assert "evil.example" not in body
    assert f"{settings.BASE_URL}/accounts/password/reset/key/" in body


# --- Replays -------------------------------------------------------------------------------------------------------


def link_in_mail(user):
    body = Notification.objects.filter(address=user.email).latest("pk").body
    return re.search(r"http://localhost:8000(/accounts/\S+)", body)[1]


def choose(client, link, password):
    """Follow the link for a new password and choose one. Returns whether it was taken."""
    answer = client.get(link, follow=True)
    if not answer.redirect_chain:
        return False
    data = {"password1": password, "password2": password}
    return client.post(answer.redirect_chain[-1][0], data).status_code == 302


def test_a_link_for_a_new_password_works_once_and_three_days(mentor):
    Client().post(RESET, {"email": mentor.email})
    link = link_in_mail(mentor)
    with later(days=3, minutes=1):
        assert not choose(Client(), link, "een-heel-ander-woord")
    assert choose(Client(), link, "een-heel-ander-woord")
    assert not choose(Client(), link, "nog-een-ander-woord")
    mentor.refresh_from_db()
    assert mentor.check_password("een-heel-ander-woord")


def test_a_link_for_a_new_password_dies_with_the_password_and_with_signing_in(mentor):
    Client().post(RESET, {"email": mentor.email})
    link = link_in_mail(mentor)
    services.choose_password(user=mentor, password="een-heel-ander-woord", now=timezone.now())
    assert not choose(Client(), link, "nog-een-ander-woord")


def test_the_link_of_one_does_not_fit_another(mentor, beheerder):
    Client().post(RESET, {"email": mentor.email})
    link = link_in_mail(mentor)
    other = link.replace("/key/" + link.split("/key/")[1].split("-")[0], "/key/" + _base36(beheerder.pk))
    assert other != link
    assert not choose(Client(), other, "een-heel-ander-woord")


def _base36(number):
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits


def test_a_new_password_ends_sessions_and_remembered_devices(mentor):
    client = Client()
    try_password(client, mentor.email)
    RememberedDevice.objects.create(
        user=mentor, token_hash="x", remembered_at=timezone.now(), last_used_at=timezone.now(),
        expires_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    Client().post(RESET, {"email": mentor.email})
    assert choose(Client(), link_in_mail(mentor), "een-heel-ander-woord")
    assert client.get(OWN).status_code == 302
    assert not RememberedDevice.objects.exists()


def test_an_invitation_works_once_and_for_some_days(beheerder, client):
    beheerder.act_as(Role.FUNCTIONEEL_BEHEERDER)
    services.invite(
        email="nieuw@demo.example", name="Nieuw", role=Role.MENTOR, organisation=None, by=beheerder,
        today=timezone.localdate(), now=timezone.now(),
    )  # fmt: skip
    user = User.objects.get(email="nieuw@demo.example")
    link = link_in_mail(user)
    data = {"password1": "een-heel-ander-woord", "password2": "een-heel-ander-woord"}
    with later(days=7, minutes=1):
        assert Client().post(link, data).status_code == 410
    assert client.post(link, data).status_code == 302
    assert is_in(client)
    for attacker in (Client(), client):
        assert attacker.post(link, data).status_code == 410


def enter_code(user, code):
    client = Client()
    try_password(client, user.email)
    client.post(STEP, {"code": code})
    return is_in(client)


@pytest.mark.parametrize("wait", [0, 29, 31, 45, 59])
def test_a_code_of_the_app_is_refused_the_second_time_as_long_as_it_counts(beheerder, wait):
    secret = generate_totp_secret()
    TOTP.activate(beheerder, secret)
    # The app runs half a minute ahead, which is allowed: its code counts for a minute and a half.
    code = code_of(secret, steps=1)
    assert enter_code(beheerder, code)
    with later(seconds=wait):
        assert not enter_code(beheerder, code)
        assert not enter_code(beheerder, f"{code[:3]} {code[3:]}")
        cache.clear()
        assert enter_code(beheerder, code) is (wait < 60)


def test_the_code_that_activated_the_app_signs_nobody_in(beheerder):
    client = Client()
    try_password(client, beheerder.email)
    activate = reverse("mfa_activate_totp")
    client.post(client.get(activate).url, {"password": PASSWORD})
    client.get(activate)
    code = code_of(client.session["mfa.totp.secret"])
    client.post(activate, {"code": code})
    assert Authenticator.objects.filter(user=beheerder, type="totp").exists()
    assert not enter_code(beheerder, code)


def test_a_recovery_code_works_once(beheerder):
    TOTP.activate(beheerder, generate_totp_secret())
    code = RecoveryCodes.activate(beheerder).get_unused_codes()[0]
    assert enter_code(beheerder, code)
    assert not enter_code(beheerder, code)
