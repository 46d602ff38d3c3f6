"""Passkeys and the secrets of second factors: making one, signing in with it, and what is refused."""

import json
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from fido2.webauthn import AuthenticatorData

from accounts import encryption
from accounts.models import User
from accounts.roles import Role
from notifications.models import Notification
from tests import factories
from tests.accounts.test_second_factor import code_of
from tests.passkeys import Passkey, give_passkey

PASSWORD = "welkom-in-leiden"
SIGN_IN = "/accounts/login/passkey/"
AJAX = {"X-Requested-With": "XMLHttpRequest"}


@pytest.fixture(autouse=True)
def on_localhost(settings):
    settings.ALLOWED_HOSTS = ["localhost"]


@pytest.fixture
def client():
    return browser()


def browser():
    """A browser that knows the portal as localhost, where passkeys work."""
    return Client(SERVER_NAME="localhost")


@pytest.fixture
def beheerder(db):
    return factories.make_user(Role.FUNCTIONEEL_BEHEERDER, organisation=factories.make_organisation())


def question(client):
    """What the portal asks of a passkey on the sign-in page."""
    return client.get(SIGN_IN, headers=AJAX).json()["request_options"]


def is_in(client):
    return "_auth_user_id" in client.session


def test_a_passkey_alone_signs_in_and_is_a_second_factor(client, beheerder, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    passkey = give_passkey(beheerder)
    answer = client.post(SIGN_IN, {"credential": passkey.get(question(client)), "next": "/accounts/mensen/"})
    assert answer.url == "/accounts/mensen/"
    assert client.get("/accounts/mensen/").status_code == 200


def test_making_one_counts_at_once_and_brings_recovery_codes(client, beheerder, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    client.post("/accounts/login/", {"login": beheerder.email, "password": PASSWORD})
    make = reverse("mfa_add_webauthn")
    client.post(client.get(make).url, {"password": PASSWORD})
    before = client.session.session_key
    options = json.loads(client.get(make).context["passkey_options"])
    assert options["publicKey"]["authenticatorSelection"]["userVerification"] == "required"
    passkey = Passkey()
    answer = client.post(make, {"name": "Laptop", "credential": passkey.create(options)})
    assert answer.url == reverse("mfa_view_recovery_codes")
    assert client.get("/accounts/mensen/").status_code == 200
    assert client.session.session_key != before
    assert "Laptop" in client.get(reverse("mfa_index")).content.decode()
    assert Notification.objects.filter(address=beheerder.email, subject="Er is een passkey gemaakt").count() == 1
    other = browser()
    assert other.post(SIGN_IN, {"credential": passkey.get(question(other))}).url == "/"


def test_it_is_the_second_step_after_a_password_as_well(client, beheerder):
    passkey = give_passkey(beheerder)
    assert client.post("/accounts/login/", {"login": beheerder.email, "password": PASSWORD}).url == reverse(
        "mfa_authenticate"
    )
    page = client.get(reverse("mfa_authenticate"))
    assert "Met een passkey" in page.content.decode()
    options = json.loads(page.context["passkey_options"])
    assert client.post(reverse("mfa_authenticate"), {"credential": passkey.get(options)}).url == "/"
    assert is_in(client)


def test_it_proves_again_who_one_is(client, beheerder):
    passkey = give_passkey(beheerder)
    client.post(SIGN_IN, {"credential": passkey.get(question(client))})
    prove = f"{reverse('mfa_reauthenticate_webauthn')}?next={reverse('mfa_add_webauthn')}"
    options = json.loads(client.get(prove).context["passkey_options"])
    answer = client.post(prove, {"credential": passkey.get(options)})
    assert answer.url == reverse("mfa_add_webauthn")
    assert client.get(answer.url).status_code == 200


def test_it_is_renamed_and_removed_but_never_the_last_that_is_demanded(client, beheerder, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    passkey = give_passkey(beheerder)
    client.post(SIGN_IN, {"credential": passkey.get(question(client))})
    prove = reverse("mfa_reauthenticate_webauthn")
    client.post(prove, {"credential": passkey.get(json.loads(client.get(prove).context["passkey_options"]))})
    client.post(reverse("mfa_edit_webauthn", args=[passkey.row.pk]), {"name": "Telefoon"})
    assert "Telefoon" in client.get(reverse("mfa_index")).content.decode()
    remove = reverse("mfa_remove_webauthn", args=[passkey.row.pk])
    assert client.get(remove).status_code == 200
    client.post(remove)
    assert "verplicht" in client.get(reverse("mfa_index")).content.decode()
    give_passkey(beheerder, name="Sleutel")
    client.post(remove)
    assert [row.wrap().name for row in Authenticator.objects.filter(user=beheerder)] == ["Sleutel"]


# --- What is refused -----------------------------------------------------------------------------------


def test_an_answer_works_once_and_in_one_session(client, beheerder):
    passkey = give_passkey(beheerder)
    answer = passkey.get(question(client))
    other = browser()
    question(other)
    other.post(SIGN_IN, {"credential": answer})
    assert not is_in(other)
    client.post(SIGN_IN, {"credential": answer})
    assert is_in(client)
    client.post(reverse("account_logout"))
    client.post(SIGN_IN, {"credential": answer})
    assert not is_in(client)


def test_another_site_another_person_and_a_device_that_asked_nothing_are_refused(client, beheerder):
    other = factories.make_user(Role.MENTOR)
    elsewhere = give_passkey(beheerder, origin="https://evil.example")
    theirs = give_passkey(other)
    lazy = give_passkey(beheerder)
    lazy.flags = AuthenticatorData.FLAG.UP
    for answer in (
        lambda asked: elsewhere.get(asked),
        lambda asked: theirs.get(asked, user_handle=elsewhere.user_handle),
        lambda asked: lazy.get(asked),
        lambda asked: "{}",
        lambda asked: "geen json",
        lambda asked: json.dumps({"id": "x", "rawId": "eA", "type": "public-key", "response": {}}),
    ):
        client.post(SIGN_IN, {"credential": answer(question(client))})
        assert not is_in(client)


def test_an_account_that_was_closed_stays_closed(client, beheerder):
    passkey = give_passkey(beheerder)
    User.objects.filter(pk=beheerder.pk).update(is_active=False)
    assert client.post(SIGN_IN, {"credential": passkey.get(question(client))}).url == reverse("account_inactive")
    assert not is_in(client)


def test_an_unknown_person_and_a_wrong_key_get_the_same_answer(client, beheerder):
    passkey = give_passkey(beheerder)
    stranger = Passkey()
    told = []
    for handle in (passkey.user_handle, "OTk5OTk5"):
        client.post(SIGN_IN, {"credential": stranger.get(question(client), user_handle=handle)})
        told.append(client.get("/accounts/login/").content.decode().count("klopt niet"))
    assert told == [1, 1]


def test_who_has_an_app_as_well_may_take_it_off(client, beheerder, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    give_passkey(beheerder)
    secret = generate_totp_secret()
    TOTP.activate(beheerder, secret)
    client.post("/accounts/login/", {"login": beheerder.email, "password": PASSWORD})
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    off = reverse("mfa_deactivate_totp")
    client.post(client.get(off).url, {"password": PASSWORD})
    client.post(off)
    assert [row.type for row in Authenticator.objects.filter(user=beheerder)] == ["webauthn"]


# --- Secrets at rest -------------------------------------------------------------------------------------


def test_secrets_lie_sealed_in_the_database(beheerder):
    secret = generate_totp_secret()
    TOTP.activate(beheerder, secret)
    RecoveryCodes.activate(beheerder)
    rows = Authenticator.objects.filter(user=beheerder)
    codes = rows.get(type="recovery_codes").wrap().get_unused_codes()
    stored = json.dumps([row.data for row in rows])
    assert secret not in stored
    assert [code for code in codes if code in stored] == []
    assert encryption.unseal(rows.get(type="totp").data["secret"]) == secret


def test_a_key_is_changed_without_anybody_losing_anything(beheerder, settings):
    secret = generate_totp_secret()
    TOTP.activate(beheerder, secret)  # with the key from SECRET_KEY
    settings.ENCRYPTION_KEYS = ["de-eerste"]
    call_command("seal_anew", stdout=StringIO())
    settings.ENCRYPTION_KEYS = ["de-tweede", "de-eerste"]
    row = Authenticator.objects.get(user=beheerder)
    assert row.wrap().validate_code(code_of(secret))
    out = StringIO()
    call_command("seal_anew", stdout=out)
    assert out.getvalue() == "Sealed anew: 1.\n"
    settings.ENCRYPTION_KEYS = ["de-tweede"]
    row.refresh_from_db()
    assert encryption.unseal(row.data["secret"]) == secret
    settings.ENCRYPTION_KEYS = ["een-andere"]
    with pytest.raises(encryption.NotOpened):
        encryption.unseal(row.data["secret"])
