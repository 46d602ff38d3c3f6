"""The second factor: activating it, showing it at sign-in, and the roles that can't do without."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import second_factor, services
from accounts.models import RoleAssignment
from accounts.roles import Role
from notifications.models import Notification
from tests import factories

PASSWORD = "welkom-in-leiden"
PEOPLE = "/accounts/mensen/"


def code_of(secret, steps=0):
    """The code that an app shows for this secret, `steps` half minutes from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def sign_in_with_password(client, user):
    return client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})


def works_as(client):
    """The role in which this client is let in, or None."""
    return client.get("/accounts/mijn-account/").wsgi_request.user.role


@pytest.fixture
def beheerder(db):
    return factories.make_user(Role.FUNCTIONEEL_BEHEERDER, organisation=factories.make_organisation())


@pytest.fixture
def secret(beheerder):
    """The secret of the beheerder's app; there are recovery codes as well."""
    secret = generate_totp_secret()
    TOTP.activate(beheerder, secret)
    RecoveryCodes.activate(beheerder)
    return secret


@pytest.fixture
def demanded(settings):
    settings.SECOND_FACTOR_REQUIRED = True


# --- At sign-in ----------------------------------------------------------------------------------------


def test_a_password_alone_does_not_sign_in(client, beheerder, secret):
    assert sign_in_with_password(client, beheerder).url == reverse("mfa_authenticate")
    assert "_auth_user_id" not in client.session
    assert client.get(PEOPLE).url.startswith("/accounts/login/")
    assert client.get(reverse("mfa_authenticate")).status_code == 200


def test_a_code_of_the_app_signs_in_and_works_once(client, beheerder, secret):
    code = code_of(secret)
    sign_in_with_password(client, beheerder)
    assert client.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200
    assert client.post(reverse("mfa_authenticate"), {"code": code}).url == reverse("home")
    assert client.get(PEOPLE).status_code == 200
    client.post(reverse("account_logout"))
    sign_in_with_password(client, beheerder)
    answer = client.post(reverse("mfa_authenticate"), {"code": code})
    assert "is al gebruikt" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_a_recovery_code_signs_in_and_works_once(client, beheerder, secret):
    code = Authenticator.objects.get(user=beheerder, type="recovery_codes").wrap().get_unused_codes()[0]
    for works in (True, False):
        sign_in_with_password(client, beheerder)
        client.post(reverse("mfa_authenticate"), {"code": code})
        assert ("_auth_user_id" in client.session) is works
        client.post(reverse("account_logout"))


def test_a_persona_with_a_second_factor_is_asked_for_it(client, settings, db):
    settings.DEMO = True
    mentor = factories.make_user(Role.MENTOR, email="mentor@demo.example")
    TOTP.activate(mentor, generate_totp_secret())
    answer = client.post(reverse("accounts:sign_in_as"), {"email": mentor.email})
    assert answer.url == reverse("mfa_authenticate")
    assert "_auth_user_id" not in client.session


# --- When the setting demands it -----------------------------------------------------------------------


def test_without_second_factor_a_professional_reaches_only_the_way_to_one(client, beheerder, demanded):
    sign_in_with_password(client, beheerder)
    for address in ("/", PEOPLE, f"/accounts/mensen/{beheerder.pk}/"):
        answer = client.get(address)
        assert answer.status_code == 302
        assert answer.url.startswith(reverse("mfa_activate_totp"))
    assert client.post(reverse("accounts:invite"), {"email": "x@demo.example"}).status_code == 302
    for name in ("accounts:my_account", "account_change_password", "mfa_index"):
        assert client.get(reverse(name)).status_code == 200, name
    assert client.post(reverse("account_logout")).status_code == 302


def test_without_second_factor_no_role_is_worked_in(client, beheerder, demanded):
    sign_in_with_password(client, beheerder)
    user = client.get(reverse("accounts:my_account")).wsgi_request.user
    assert user.acting_as is None
    assert user.withheld_role == beheerder.acting_as
    assert client.get("/bestaat-niet/").status_code == 404


def test_activating_it_opens_the_portal(transactional_db, client, beheerder, demanded):
    sign_in_with_password(client, beheerder)
    activate = reverse("mfa_activate_totp")
    asked = client.get(activate)
    assert asked.url.startswith(reverse("account_reauthenticate"))
    assert client.get(asked.url).status_code == 200
    assert client.post(asked.url, {"password": PASSWORD}).status_code == 302
    page = client.get(activate)
    assert "verplicht" in page.content.decode()
    assert client.post(activate, {"code": "000000"}).status_code == 200
    answer = client.post(activate, {"code": code_of(client.session["mfa.totp.secret"])})
    assert answer.url == reverse("mfa_view_recovery_codes")
    codes = Authenticator.objects.get(user=beheerder, type="recovery_codes").wrap().get_unused_codes()
    page = client.get(answer.url).content.decode()
    assert [code for code in codes if code not in page] == []
    assert client.get(PEOPLE).status_code == 200
    assert Notification.objects.filter(address=beheerder.email, subject="De tweede stap staat aan").count() == 1


def test_after_the_second_step_of_signing_in_the_portal_is_open(client, beheerder, secret, demanded):
    sign_in_with_password(client, beheerder)
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert client.get(PEOPLE).status_code == 200


def test_a_session_that_was_open_before_must_show_it_as_well(client, beheerder, demanded):
    sign_in_with_password(client, beheerder)
    secret = generate_totp_secret()
    TOTP.activate(beheerder, secret)  # elsewhere
    answer = client.get(PEOPLE)
    assert answer.url.startswith(reverse("mfa_reauthenticate"))
    assert client.get(answer.url).status_code == 200
    assert client.post(answer.url, {"code": code_of(secret)}).url == PEOPLE
    assert client.get(PEOPLE).status_code == 200


def test_a_second_factor_that_disappeared_is_noticed(client, beheerder, secret, demanded):
    sign_in_with_password(client, beheerder)
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert client.get(PEOPLE).status_code == 200
    Authenticator.objects.filter(user=beheerder).delete()
    session = client.session
    session[second_factor.SESSION_KEY] = {"user": beheerder.pk, "at": time.time() - second_factor.TRUSTED_FOR}
    session.save()
    assert client.get(PEOPLE).url.startswith(reverse("mfa_activate_totp"))


def test_what_somebody_else_showed_in_this_session_does_not_count(client, beheerder, secret, demanded):
    sign_in_with_password(client, beheerder)
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    other = factories.make_user(Role.FUNCTIONEEL_BEHEERDER, organisation=factories.make_organisation())
    client.force_login(other, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(PEOPLE).url.startswith(reverse("mfa_activate_totp"))


def test_a_mentor_needs_none_until_working_in_another_role(client, demanded, db):
    user = factories.make_user(Role.MENTOR)
    second = RoleAssignment.objects.create(
        user=user,
        role=Role.FUNCTIONEEL_BEHEERDER,
        organisation=factories.make_organisation(),
        starts_on=factories.LONG_AGO,
    )
    sign_in_with_password(client, user)
    assert works_as(client) == Role.MENTOR
    client.post(reverse("accounts:switch_role"), {"role_assignment": second.pk})
    assert works_as(client) is None
    assert client.get(PEOPLE).url.startswith(reverse("mfa_activate_totp"))
    first = user.role_assignments.get(role=Role.MENTOR)
    client.post(reverse("accounts:switch_role"), {"role_assignment": first.pk})
    assert works_as(client) == Role.MENTOR


def test_without_the_setting_nobody_is_asked(client, beheerder):
    sign_in_with_password(client, beheerder)
    assert client.get(PEOPLE).status_code == 200


def test_it_cannot_be_switched_off_in_a_professional_role(client, beheerder, secret, demanded):
    sign_in_with_password(client, beheerder)
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    off = reverse("mfa_deactivate_totp")
    client.post(client.get(off).url, {"password": PASSWORD})
    assert "verplicht" in client.get(off).content.decode()
    client.post(off)
    assert second_factor.is_active(beheerder)


def test_elsewhere_it_can_be_switched_off(client, beheerder, secret):
    sign_in_with_password(client, beheerder)
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    off = reverse("mfa_deactivate_totp")
    client.post(client.get(off).url, {"password": PASSWORD})
    assert client.get(off).status_code == 200
    assert client.post(off).url == reverse("mfa_index")
    assert not Authenticator.objects.filter(user=beheerder).exists()


def test_new_recovery_codes_replace_the_old(client, beheerder, secret):
    sign_in_with_password(client, beheerder)
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    wrapper = Authenticator.objects.get(user=beheerder, type="recovery_codes").wrap()
    before = set(wrapper.get_unused_codes())
    generate = reverse("mfa_generate_recovery_codes")
    client.post(client.get(generate).url, {"password": PASSWORD})
    assert client.get(generate).status_code == 200
    assert client.post(generate).url == reverse("mfa_view_recovery_codes")
    after = set(Authenticator.objects.get(user=beheerder, type="recovery_codes").wrap().get_unused_codes())
    assert before.isdisjoint(after)
    page = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    assert [code for code in after if code not in page] == []


def test_recovery_codes_are_shown_once(client, beheerder, secret):
    sign_in_with_password(client, beheerder)
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    show = reverse("mfa_view_recovery_codes")
    client.post(client.get(show).url, {"password": PASSWORD})
    codes = Authenticator.objects.get(user=beheerder, type="recovery_codes").wrap().get_unused_codes()
    pages = [client.get(show).content.decode() for _time in (1, 2)]
    assert [[code for code in codes if code in page] for page in pages] == [codes, []]


def test_who_was_just_invited_to_a_professional_role_activates_it_first(client, beheerder, demanded, today):
    gemeente = beheerder.acting_as.organisation
    user = factories.make_user(None, email="nieuw@demo.example")
    services.give_role(
        user=user, role=Role.KLANTMANAGER, organisation=gemeente, by=beheerder, today=factories.LONG_AGO
    )
    sign_in_with_password(client, user)
    assert client.get("/").url.startswith(reverse("mfa_activate_totp"))


# --- What it costs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("required", [False, True])
def test_session_user_and_roles_are_asked_once_and_a_shown_second_factor_never(
    client, beheerder, secret, settings, required
):
    settings.SECOND_FACTOR_REQUIRED = required
    sign_in_with_password(client, beheerder)
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    address = reverse("accounts:add_organisation")
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    before_the_page = [row["sql"] for row in asked if "notifications_" not in row["sql"]]
    assert len(before_the_page) == 3, before_the_page
    assert sum('FROM "accounts_roleassignment"' in sql for sql in before_the_page) == 1


def test_looking_the_second_factor_up_is_one_query(client, beheerder, secret, demanded):
    sign_in_with_password(client, beheerder)
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    with CaptureQueriesContext(connection) as asked:
        assert client.get(reverse("accounts:add_organisation")).status_code == 200
    assert sum("mfa_authenticator" in row["sql"] for row in asked) == 1
