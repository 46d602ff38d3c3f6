"""The link of an invitation, and a forgotten password, as their people meet them."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import services
from accounts.models import Invitation, User
from accounts.roles import Role
from notifications.models import Notification
from tests import factories

PASSWORD = "welkom-in-leiden"
NEW = "een-lang-wachtwoord"


def link_in_mail(address):
    """The path of the link in the last mail to this address."""
    body = Notification.objects.filter(address=address).latest("pk").body
    return re.search(r"http://localhost:8000(/accounts/\S+/)", body).group(1)


def invite(now=None, email="nieuw@demo.example"):
    return services.invite(
        email=email,
        name="Nieuw",
        role=Role.MENTOR,
        organisation=None,
        by=None,
        today=timezone.localdate(),
        now=now or timezone.now(),
    )


def test_the_link_shows_a_form_and_changes_nothing(client, db):
    user = invite()
    for _scan in range(2):  # a mail scanner follows links
        answer = client.get(link_in_mail(user.email))
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store, private"
    assert Invitation.objects.get().accepted_at is None
    assert 'name="password1"' in answer.content.decode()


def test_choosing_a_password_signs_in_and_closes_the_link(client, db):
    user = invite()
    link = link_in_mail(user.email)
    answer = client.post(link, {"password1": NEW, "password2": NEW})
    assert answer.url == reverse("home")
    assert client.session["_auth_user_id"] == str(user.pk)
    assert Invitation.objects.get().accepted_at is not None
    client.post(reverse("account_logout"))
    for again in (client.get(link), client.post(link, {"password1": PASSWORD, "password2": PASSWORD})):
        assert again.status_code == 410
        assert "werkt niet meer" in again.content.decode()
    assert User.objects.get().check_password(NEW)
    client.post(reverse("account_login"), {"login": user.email, "password": NEW})
    assert client.session["_auth_user_id"] == str(user.pk)


@pytest.mark.parametrize(
    ("first", "second", "problem"),
    [
        (NEW, "iets-heel-anders-dan-dat", "niet gelijk"),
        ("kort", "kort", "te kort"),
        ("123456789012", "123456789012", "cijfers"),
        ("", "", "verplicht"),
    ],
)
def test_a_weak_or_mistyped_password_is_refused(client, db, first, second, problem):
    user = invite()
    answer = client.post(link_in_mail(user.email), {"password1": first, "password2": second})
    assert answer.status_code == 200
    assert problem in answer.content.decode()
    assert Invitation.objects.get().accepted_at is None


def test_an_expired_link_is_closed(client, db):
    user = invite(now=timezone.now() - timedelta(days=7, minutes=1))
    link = link_in_mail(user.email)
    assert client.get(link).status_code == 410
    assert client.post(link, {"password1": NEW, "password2": NEW}).status_code == 410
    assert not User.objects.get().has_usable_password()


def test_a_tampered_link_is_closed(client, db):
    user, other = invite(), invite(email="ander@demo.example")
    link, other_link = link_in_mail(user.email), link_in_mail(other.email)
    _, start, folder, _uid, token, _ = link.split("/")
    swapped = f"/{start}/{folder}/{other_link.split('/')[3]}/{token}/"
    for wrong in (
        link[:-3] + "00/",
        swapped,
        f"/{start}/{folder}/!!/{token}/",
        f"/{start}/{folder}/OTk5OTk5/{token}/",
    ):
        assert client.get(wrong).status_code == 410, wrong
        assert client.post(wrong, {"password1": NEW, "password2": NEW}).status_code == 410
    assert Invitation.objects.filter(accepted_at=None).count() == 2


def test_accepting_while_somebody_else_is_signed_in_changes_who_is(sign_in, db):
    beheerder = factories.make_user(Role.FUNCTIONEEL_BEHEERDER, organisation=factories.make_organisation())
    client = sign_in(beheerder)
    user = invite()
    client.post(link_in_mail(user.email), {"password1": NEW, "password2": NEW})
    assert client.session["_auth_user_id"] == str(user.pk)


# --- A forgotten password ------------------------------------------------------------------------------


def test_a_forgotten_password_is_replaced_once(client, db):
    user = factories.make_user(Role.MENTOR, email="marit@demo.example")
    assert client.get(reverse("account_reset_password")).status_code == 200
    answer = client.post(reverse("account_reset_password"), {"email": "MARIT@demo.example"})
    assert answer.url == reverse("account_reset_password_done")
    assert client.get(answer.url).status_code == 200
    mail = Notification.objects.get()
    assert (mail.address, mail.subject, mail.is_secret) == (user.email, "Nieuw wachtwoord kiezen", True)
    link = link_in_mail(user.email)
    form = client.get(link)
    assert client.get(form.url).status_code == 200
    done = client.post(form.url, {"password1": NEW, "password2": NEW})
    assert done.url == reverse("account_reset_password_from_key_done")
    assert client.get(done.url).status_code == 200
    user.refresh_from_db()
    assert user.check_password(NEW)
    assert [row.subject for row in Notification.objects.order_by("pk")][1:] == ["Uw wachtwoord is gewijzigd"]
    assert "werkt niet meer" in client.get(link, follow=True).content.decode()


def test_an_unknown_address_gets_the_same_answer_and_no_mail(client, db):
    answer = client.post(reverse("account_reset_password"), {"email": "niemand@demo.example"})
    assert answer.url == reverse("account_reset_password_done")
    assert not Notification.objects.exists()


def test_a_closed_account_gets_no_link(client, db):
    user = factories.make_user(Role.MENTOR)
    User.objects.filter(pk=user.pk).update(is_active=False)
    client.post(reverse("account_reset_password"), {"email": user.email})
    assert not Notification.objects.exists()


def test_who_lost_the_invitation_may_use_the_forgotten_password(client, db):
    user = invite()
    client.post(reverse("account_reset_password"), {"email": user.email})
    form = client.get(link_in_mail(user.email))
    client.post(form.url, {"password1": NEW, "password2": NEW})
    assert Invitation.objects.get().accepted_at is not None


def test_changing_the_password_keeps_one_signed_in_here_and_tells_by_mail(client, db):
    user = factories.make_user(Role.MENTOR)
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    change = reverse("account_change_password")
    assert client.get(change).status_code == 200
    wrong = client.post(change, {"oldpassword": "verkeerd", "password1": NEW, "password2": NEW})
    assert "niet uw huidige wachtwoord" in wrong.content.decode()
    answer = client.post(change, {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert answer.url == reverse("accounts:my_account")
    page = client.get(answer.url)
    assert page.status_code == 200
    assert "Uw wachtwoord is gewijzigd." in page.content.decode()
    user.refresh_from_db()
    assert user.check_password(NEW)
    assert Notification.objects.get().subject == "Uw wachtwoord is gewijzigd"


def test_asking_too_often_is_answered_in_our_own_words(client, db):
    answers = [client.post(reverse("account_reset_password"), {"email": "x@demo.example"}) for _time in range(6)]
    assert [answer.status_code for answer in answers] == [302] * 5 + [429]
    assert "te vaak" in answers[-1].content.decode()
