"""Signing in at the municipality, against a real OpenID Connect issuer on this machine."""

import base64
import json
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import services, sign_in_services
from accounts.models import Invitation, SignInEvent, User
from accounts.roles import Role
from notifications.models import Notification
from tests import factories
from tests.issuer import CLIENT_ID, CLIENT_SECRET, issuer, walk_through

# The issuer lives in real time, and its tokens with it.
pytestmark = pytest.mark.real_time

CALLBACK = "http://localhost:8000/accounts/login/organisatie/terug/"
GO = "/accounts/login/organisatie/"

PEOPLE = {
    "karim": {"claims": {"email": "karim@leiden.example", "email_verified": True}},
    "karim-mfa": {"claims": {"email": "karim@leiden.example", "email_verified": True}, "amr": ["pwd", "mfa"]},
    "opvolger": {"claims": {"email": "karim@leiden.example", "email_verified": True}},
    "entra": {"claims": {"email": "entra@leiden.example"}},
    "onbekend": {"claims": {"email": "onbekend@leiden.example", "email_verified": True}},
    "onbevestigd": {"claims": {"email": "karim@leiden.example", "email_verified": False}},
    "zonder": {"claims": {}},
    "elders": {"claims": {"email": "karim@elders.example", "email_verified": True}},
}


@pytest.fixture(scope="module")
def address():
    with issuer(callback=CALLBACK, people=PEOPLE) as address:
        yield address


@pytest.fixture(autouse=True)
def offered(settings, address, db):
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = address, CLIENT_ID, CLIENT_SECRET
    settings.OIDC_NAME = "gemeente"
    settings.BASE_URL = "http://localhost:8000"


@pytest.fixture
def karim(db):
    return factories.make_user(
        Role.KLANTMANAGER, email="karim@leiden.example", organisation=factories.make_organisation()
    )


def send_off(client, **data):
    """Press the button. Returns the address at the issuer."""
    answer = client.post(GO, data)
    assert answer.status_code == 302, answer.content.decode()
    return answer.url


def come_back(client, account, **data):
    """Press the button, sign in at the issuer and come back. Returns the portal's answer."""
    return client.get(walk_through(send_off(client, **data), account))


def is_in(client):
    return "_auth_user_id" in client.session


def refusal(answer):
    """Why it was refused, as the screen says it."""
    assert answer.status_code == 403
    page = answer.content.decode()
    assert "Inloggen is niet gelukt" in page
    return page


# --- Who comes in --------------------------------------------------------------------------------------


def test_there_is_a_button_when_it_is_set_up_and_nothing_otherwise(client, settings):
    assert "Inloggen met gemeente" in client.get("/accounts/login/").content.decode()
    assert client.get(GO).status_code == 405
    settings.OIDC_ISSUER = ""
    assert "Inloggen met gemeente" not in client.get("/accounts/login/").content.decode()
    assert client.post(GO).status_code == 404
    assert client.get(f"{GO}terug/").status_code == 404


def test_an_invited_person_signs_in_and_is_linked_once(client, karim):
    answer = come_back(client, "karim", next="/accounts/mijn-account/")
    assert answer.url == "/accounts/mijn-account/"
    assert is_in(client)
    link = SocialAccount.objects.get()
    assert (link.user, link.uid, link.extra_data) == (karim, "karim", {})
    assert not SocialToken.objects.exists()
    assert SignInEvent.objects.filter(user=karim, kind="linked").count() == 1
    assert Notification.objects.filter(address=karim.email, subject__startswith="U logt nu ook in met").count() == 1
    karim.refresh_from_db()
    assert karim.has_usable_password()  # the password still works beside it
    User.objects.filter(pk=karim.pk).update(email="karim.bouzid@leiden.example")
    again = Client()
    come_back(again, "karim")
    assert is_in(again)
    assert SocialAccount.objects.count() == 1


def test_it_is_the_answer_to_an_invitation_too(client, karim):
    gemeente = karim.acting_as.organisation
    beheerder = factories.make_user(Role.FUNCTIONEEL_BEHEERDER, organisation=gemeente)
    services.invite(
        email="entra@leiden.example", name="Erik", role=Role.DOCENT, organisation=gemeente, by=beheerder,
        today=timezone.localdate(), now=timezone.now(),
    )  # fmt: skip
    come_back(client, "entra")
    assert not is_in(client)
    Invitation.objects.get(user__email="entra@leiden.example", accepted_at=None)
    User.objects.filter(email="entra@leiden.example").update(email="karim2@leiden.example")
    User.objects.filter(pk=karim.pk).update(email="weg@leiden.example")
    User.objects.filter(email="karim2@leiden.example").update(email="karim@leiden.example")
    come_back(client, "karim")
    assert is_in(client)
    assert not Invitation.objects.filter(accepted_at=None).exists()


def test_an_issuer_that_says_nothing_of_verification_is_believed_for_named_domains_alone(client, settings):
    factories.make_user(Role.DOCENT, email="entra@leiden.example", organisation=factories.make_organisation())
    assert "bevestigt uw e-mailadres niet" in refusal(come_back(client, "entra"))
    settings.OIDC_EMAIL_DOMAINS = ["elders.example"]
    refusal(come_back(client, "entra"))
    settings.OIDC_EMAIL_DOMAINS = ["Leiden.example"]
    come_back(client, "entra")
    assert is_in(client)


# --- Who does not --------------------------------------------------------------------------------------


def test_who_was_not_invited_does_not_come_in(client, karim):
    assert "geen account" in refusal(come_back(client, "onbekend"))
    assert not is_in(client)
    assert not SocialAccount.objects.exists()
    assert User.objects.count() == 1


def test_an_address_that_is_not_verified_opens_nothing(client, karim, settings):
    for account in ("onbevestigd", "zonder"):
        assert "bevestigt uw e-mailadres niet" in refusal(come_back(client, account))
    settings.OIDC_EMAIL_DOMAINS = ["leiden.example"]
    refusal(come_back(client, "onbevestigd"))
    assert not is_in(client)


def test_another_domain_stays_outside(client, settings):
    factories.make_user(Role.DOCENT, email="karim@elders.example", organisation=factories.make_organisation())
    settings.OIDC_EMAIL_DOMAINS = ["leiden.example"]
    refusal(come_back(client, "elders"))
    assert not is_in(client)


def test_who_gets_the_address_of_somebody_who_left_does_not_get_the_account(client, karim):
    come_back(Client(), "karim")
    assert "al bij iemand anders" in refusal(come_back(client, "opvolger"))
    assert not is_in(client)


def test_a_closed_account_and_one_without_role_stay_outside(client, karim):
    come_back(Client(), "karim")
    User.objects.filter(pk=karim.pk).update(is_active=False)
    assert come_back(client, "karim").url == reverse("account_inactive")
    SocialAccount.objects.all().delete()
    assert "geen account" in refusal(come_back(client, "karim"))
    User.objects.filter(pk=karim.pk).update(is_active=True)
    karim.role_assignments.update(ends_on=timezone.localdate())
    assert "geen account" in refusal(come_back(client, "karim"))


def test_another_nonce_is_refused(client, karim):
    parts = urlsplit(send_off(client))
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert len(asked["nonce"]) == 32
    assert asked["code_challenge_method"] == "S256"
    assert set(asked["scope"].split()) == {"openid", "email"}
    asked["nonce"] = "van-iemand-anders"
    back = walk_through(parts._replace(query=urlencode(asked)).geturl(), "karim")
    assert "hoorde niet bij uw vraag" in refusal(client.get(back))
    assert not is_in(client)
    assert not SocialAccount.objects.exists()


def test_an_answer_works_once_and_only_for_who_asked(client, karim):
    back = walk_through(send_off(client), "karim")
    stranger = Client()
    refusal(stranger.get(back))
    assert not is_in(stranger)
    client.get(back)
    assert is_in(client)
    client.post(reverse("account_logout"))
    refusal(client.get(back))
    assert not is_in(client)


def test_an_error_of_the_issuer_is_told_in_dutch_and_shows_nothing_of_it(client, karim):
    state = parse_qs(urlsplit(send_off(client)).query)["state"][0]
    asked = urlencode({"state": state, "error": "server_error", "error_description": "<b>intern</b>"})
    assert "intern" not in refusal(client.get(f"{GO}terug/?{asked}"))


def test_an_issuer_that_cannot_be_reached_says_so(client, settings):
    settings.OIDC_ISSUER = "http://localhost:9"
    answer = client.post(GO)
    assert answer.status_code == 502
    assert "niet te bereiken" in answer.content.decode()


def test_what_is_asked_of_the_issuer_cannot_be_changed_from_outside(client):
    url = client.post(f"{GO}?scope=offline_access&auth_params=prompt%3Dnone&process=connect").url
    asked = parse_qs(urlsplit(url).query)
    assert "prompt" not in asked
    assert "offline_access" not in asked["scope"][0]
    assert asked["redirect_uri"] == [CALLBACK]


def test_a_forged_token_is_refused(client, karim, monkeypatch):
    """Somebody between portal and issuer changes the token: its signature no longer fits."""
    back = walk_through(send_off(client), "karim")
    real = requests.Session.request

    def changed(self, method, url, **kwargs):
        answer = real(self, method, url, **kwargs)
        if url.endswith("/token"):
            body = answer.json()
            head, claims, signature = body["id_token"].split(".")
            told = json.loads(base64.urlsafe_b64decode(claims + "=="))
            told["sub"] = "beheerder"
            forged = base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")
            answer._content = json.dumps(body | {"id_token": f"{head}.{forged}.{signature}"}).encode()
        return answer

    monkeypatch.setattr(requests.Session, "request", changed)
    refusal(client.get(back))
    assert not is_in(client)


# --- The second factor ---------------------------------------------------------------------------------


def test_the_issuers_second_factor_counts_when_the_setting_names_it(client, karim, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    come_back(client, "karim-mfa")
    assert client.get("/").url.startswith(reverse("mfa_activate_totp"))
    SocialAccount.objects.all().delete()
    settings.OIDC_MFA_VALUES = ["mfa"]
    client = Client()
    come_back(client, "karim-mfa")
    assert client.get("/").status_code == 200
    SocialAccount.objects.all().delete()
    client = Client()
    come_back(client, "karim")  # a password alone
    assert client.get("/").url.startswith(reverse("mfa_activate_totp"))


def test_without_it_the_portal_asks_its_own(client, karim):
    TOTP.activate(karim, generate_totp_secret())
    assert come_back(client, "karim").url == reverse("mfa_authenticate")
    assert not is_in(client)


def test_the_link_is_judged_by_claims_alone():
    vouched = sign_in_services._is_vouched_for
    assert vouched("a@leiden.example", {"email_verified": True})
    assert vouched("a@leiden.example", {"email_verified": "true"})
    assert vouched("a@leiden.example", {"xms_edov": "1"})
    assert not vouched("a@leiden.example", {"email_verified": True, "xms_edov": False})
    assert not vouched("a@leiden.example", {"email_verified": "nee"})
    assert not vouched("a@leiden.example", {})
    assert not vouched("", {"email_verified": True})
