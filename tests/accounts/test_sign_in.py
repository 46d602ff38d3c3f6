"""Signing in and out: password, persona, deactivated, where it leads, and who may try how often."""

import pytest
from django.conf import settings
from django.urls import reverse

from accounts.models import User
from accounts.personas import PERSONAS
from accounts.roles import Role
from tests import factories

PASSWORD = "welkom-in-leiden"
SIGN_IN = "/accounts/login/"


def signed_in_as(client):
    """The address of who is signed in on this client, or None."""
    user_id = client.session.get("_auth_user_id")
    return User.objects.get(pk=user_id).email if user_id else None


def post_password(client, email, password=PASSWORD, **extra):
    return client.post(SIGN_IN, {"login": email, "password": password, **extra})


@pytest.fixture
def personas(db, settings):
    """The demo is on and its personas have accounts."""
    settings.DEMO = True
    return [
        factories.make_user(p.role, name=p.name, email=p.email, organisation=factories.make_organisation("Demo"))
        for p in PERSONAS
    ]


# --- Password ----------------------------------------------------------------------------------------


def test_a_password_signs_in_and_leads_to_the_home_page(client, db):
    user = factories.make_user(Role.MENTOR, email="marit@demo.example")
    response = post_password(client, "marit@demo.example")
    assert (response.status_code, response.url) == (302, reverse("home"))
    assert signed_in_as(client) == user.email


def test_capitals_in_the_address_make_no_difference(client, db):
    factories.make_user(Role.MENTOR, email="marit@demo.example")
    post_password(client, "Marit@Demo.EXAMPLE")
    assert signed_in_as(client) == "marit@demo.example"


@pytest.mark.parametrize(
    ("email", "password"), [("marit@demo.example", "verkeerd"), ("niemand@demo.example", PASSWORD)]
)
def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client, db, email, password):
    factories.make_user(Role.MENTOR, email="marit@demo.example")
    response = post_password(client, email, password)
    assert response.status_code == 200
    assert "horen niet bij elkaar" in response.content.decode()
    assert signed_in_as(client) is None


def test_a_deactivated_account_is_told_so_and_stays_out(client, db):
    user = factories.make_user(Role.MENTOR)
    User.objects.filter(pk=user.pk).update(is_active=False)
    response = post_password(client, user.email)
    assert (response.status_code, response.url) == (302, reverse("account_inactive"))
    assert "uitgezet" in client.get(response.url).content.decode()
    assert signed_in_as(client) is None


def test_who_is_deactivated_while_signed_in_is_out_at_the_next_request(sign_in, db):
    user = factories.make_user(Role.MENTOR)
    client = sign_in(user)
    assert client.get(reverse("accounts:my_account")).status_code == 200
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get(reverse("accounts:my_account")).url.startswith(SIGN_IN)


def test_signing_in_changes_the_session_key(client, db):
    user = factories.make_user(Role.MENTOR)
    session = client.session
    session["before"] = 1
    session.save()
    before = session.session_key
    post_password(client, user.email)
    assert client.session.session_key != before


def test_signing_out_needs_a_post_and_forgets_the_chosen_role(client, db):
    user = factories.make_user(Role.MENTOR)
    second = factories.RoleAssignment.objects.create(
        user=user, role=Role.KLANTMANAGER, organisation=factories.make_organisation(), starts_on=factories.LONG_AGO
    )
    post_password(client, user.email)
    client.post(reverse("accounts:switch_role"), {"role_assignment": second.pk})
    assert client.get(reverse("account_logout")).status_code == 200
    assert signed_in_as(client) == user.email
    assert client.post(reverse("account_logout")).url == SIGN_IN
    assert signed_in_as(client) is None
    post_password(client, user.email)
    response = client.get(reverse("accounts:my_account"))
    assert response.wsgi_request.user.role == Role.MENTOR


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "http:///evil"]
)
def test_signing_in_never_leads_off_the_portal(client, personas, wanted):
    assert post_password(client, "mentor@demo.example", next=wanted).url == reverse("home")
    client.post(reverse("account_logout"))
    assert client.post(
        reverse("accounts:sign_in_as"), {"email": "mentor@demo.example", "next": wanted}
    ).url == reverse("home")


def test_signing_in_leads_to_the_page_that_was_asked_for(client, db):
    user = factories.make_user(Role.MENTOR)
    asked = client.get(reverse("accounts:my_account"))
    assert asked.url == f"{SIGN_IN}?next=/accounts/mijn-account/"
    assert 'name="next" value="/accounts/mijn-account/"' in client.get(asked.url).content.decode()
    assert post_password(client, user.email, next="/accounts/mijn-account/").url == "/accounts/mijn-account/"


def test_eleven_people_sign_in_within_a_minute_from_one_address(client, personas):
    for user in personas:
        post_password(client, user.email)
        assert signed_in_as(client) == user.email
        client.post(reverse("account_logout"))


def test_five_wrong_passwords_close_an_address_for_a_while(client, db):
    user = factories.make_user(Role.MENTOR)
    for _attempt in range(5):
        post_password(client, user.email, "verkeerd")
    response = post_password(client, user.email)
    assert "Wacht vijf minuten" in response.content.decode()
    assert signed_in_as(client) is None


def test_signing_up_is_closed(client, db):
    data = {"email": "nieuw@demo.example", "password1": "een-lang-wachtwoord"}
    for response in (client.get("/accounts/signup/"), client.post("/accounts/signup/", data)):
        assert "op uitnodiging" in response.content.decode()
    assert not User.objects.exists()


# --- Personas ----------------------------------------------------------------------------------------


def test_the_demo_offers_every_persona(client, personas):
    page = client.get(SIGN_IN).content.decode()
    assert [p.email for p in PERSONAS if f'value="{p.email}"' not in page] == []


@pytest.mark.parametrize("chosen", PERSONAS, ids=lambda p: p.email)
def test_one_click_signs_in_as_a_persona(client, personas, chosen):
    response = client.post(reverse("accounts:sign_in_as"), {"email": chosen.email})
    assert response.url == reverse("home")
    assert signed_in_as(client) == chosen.email


def test_one_click_signs_in_as_nobody_else(client, personas):
    other = factories.make_user(Role.FUNCTIONEEL_BEHEERDER, organisation=factories.make_organisation())
    assert client.post(reverse("accounts:sign_in_as"), {"email": other.email}).status_code == 404
    assert client.get(reverse("accounts:sign_in_as")).status_code == 405
    assert signed_in_as(client) is None


def test_one_click_needs_the_token_of_the_form(client, personas):
    client.handler.enforce_csrf_checks = True
    assert client.post(reverse("accounts:sign_in_as"), {"email": "mentor@demo.example"}).status_code == 403


def test_outside_the_demo_there_are_no_personas(client, personas, settings):
    settings.DEMO = False
    assert "mentor@demo.example" not in client.get(SIGN_IN).content.decode()
    assert client.post(reverse("accounts:sign_in_as"), {"email": "mentor@demo.example"}).status_code == 404
    assert signed_in_as(client) is None


def test_every_role_has_its_persona():
    assert {p.role for p in PERSONAS} == set(Role)
    assert len({p.email for p in PERSONAS}) == 11
    assert settings.DEMO_PASSWORD
