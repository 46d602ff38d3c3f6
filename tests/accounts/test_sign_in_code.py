"""Signing in with a code that is mailed: for statushouders and mentors, once, and soon."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import RoleAssignment, User
from accounts.roles import PROFESSIONAL_ROLES, Role
from notifications.models import Notification
from tests import factories

ASK = "/accounts/login/code/"
TYPE = "/accounts/login/code/typen/"


@pytest.fixture(autouse=True)
def nobody_tried_before(db):
    cache.clear()


def code_for(user):
    """The code in the newest mail to this person, or None."""
    mail = Notification.objects.filter(address=user.email).order_by("-pk").first()
    found = mail and re.search(r"^\d{4}-\d{4}$", mail.body, flags=re.MULTILINE)
    return found and found[0]


def is_in(client):
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("role", [Role.STATUSHOUDER, Role.MENTOR])
def test_a_mailed_code_signs_in(client, db, role):
    user = factories.make_user(role)
    answer = client.post(ASK, {"email": user.email.upper(), "next": "/accounts/mijn-account/"})
    assert answer.url == f"{TYPE}?next=%2Faccounts%2Fmijn-account%2F"
    assert user.email in client.get(answer.url).content.decode()
    assert client.post(answer.url, {"code": code_for(user)}).url == "/accounts/mijn-account/"
    assert is_in(client)


def test_the_mail_holds_a_secret_and_its_subject_does_not(client, db):
    user = factories.make_user(Role.STATUSHOUDER)
    client.post(ASK, {"email": user.email})
    mail = Notification.objects.get(address=user.email)
    assert mail.is_secret  # emptied once delivered
    assert mail.subject == "Uw code om in te loggen"
    assert "Geef hem aan niemand" in mail.body


@pytest.mark.parametrize("role", sorted(PROFESSIONAL_ROLES))
def test_a_professional_gets_a_mail_without_code(client, db, role):
    user = factories.make_user(role, organisation=factories.make_organisation())
    assert client.post(ASK, {"email": user.email}).url == TYPE
    mail = Notification.objects.get(address=user.email)
    assert (mail.subject, code_for(user)) == ("Inloggen zonder code", None)
    client.post(TYPE, {"code": "0000-0000"})
    assert not is_in(client)


def test_a_mentor_with_another_role_and_who_has_none_get_no_code(client, db):
    both, none = factories.make_user(Role.MENTOR), factories.make_user()
    RoleAssignment.objects.create(
        user=both, role=Role.DOCENT, organisation=factories.make_organisation(), starts_on=factories.LONG_AGO
    )
    for user in (both, none):
        client.post(ASK, {"email": user.email})
        assert code_for(user) is None


def test_a_code_does_not_stand_in_for_the_second_factor(client, db):
    user = factories.make_user(Role.MENTOR)
    TOTP.activate(user, generate_totp_secret())
    client.post(ASK, {"email": user.email})
    assert client.post(TYPE, {"code": code_for(user)}).url == reverse("mfa_authenticate")
    assert not is_in(client)


def test_a_code_works_once(client, db):
    user = factories.make_user(Role.MENTOR)
    client.post(ASK, {"email": user.email})
    code = code_for(user)
    client.post(TYPE, {"code": code})
    client.post(reverse("account_logout"))
    assert client.post(TYPE, {"code": code}).url == ASK
    client.post(ASK, {"email": user.email})
    client.post(TYPE, {"code": code})
    assert not is_in(client)


def test_a_code_works_in_the_browser_that_asked_for_it(client, db):
    user = factories.make_user(Role.MENTOR)
    client.post(ASK, {"email": user.email})
    other = Client()
    other.post(ASK, {"email": user.email})
    newest = code_for(user)
    client.post(TYPE, {"code": newest})
    assert not is_in(client)
    assert Client().post(TYPE, {"code": newest}).url == ASK


def test_a_code_lives_ten_minutes(client, db):
    user = factories.make_user(Role.MENTOR)
    for minutes, works in ((9, True), (11, False)):
        client.post(ASK, {"email": user.email})
        with time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=True):
            client.post(TYPE, {"code": code_for(user)})
            assert is_in(client) is works
            client.post(reverse("account_logout"))


def test_three_wrong_codes_end_it(client, db):
    user = factories.make_user(Role.MENTOR)
    client.post(ASK, {"email": user.email})
    code = code_for(user)
    answers = [client.post(TYPE, {"code": "0000-0000"}) for _time in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 302]
    assert client.post(TYPE, {"code": code}).url == ASK
    assert not is_in(client)


def test_three_codes_in_five_minutes_and_no_more(client, db):
    user = factories.make_user(Role.MENTOR)
    answers = [Client().post(ASK, {"email": user.email}) for _time in range(4)]
    assert [answer.status_code for answer in answers] == [302, 302, 302, 200]
    assert "te vaak mis" in answers[-1].content.decode()
    assert Notification.objects.filter(address=user.email).count() == 3


def test_who_was_put_out_gets_none(client, db):
    user = factories.make_user(Role.MENTOR)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.post(ASK, {"email": user.email}).url == TYPE
    assert not Notification.objects.exists()
