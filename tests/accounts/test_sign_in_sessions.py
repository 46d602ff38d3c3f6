"""Sessions: where one is signed in, ending them, and the session that lapses without losing what was typed."""

from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import devices, lapse, services, sign_in_services
from accounts.models import RememberedDevice, SignInEvent, SignInEventKind
from accounts.roles import Role
from accounts.rules import RuleBroken
from notifications.models import Notification
from tests import factories
from tests.accounts.test_second_factor import code_of
from tests.factories import TODAY

PASSWORD = "welkom-in-leiden"
OWN = "/accounts/mijn-account/"
EDIT = "/accounts/mijn-account/gegevens/"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1"


def signed_in(user, **headers):
    """A browser of its own in which this person is signed in."""
    client = Client(headers=headers)
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert "_auth_user_id" in client.session
    return client


def later(minutes):
    """Go on from this moment, `minutes` later."""
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=True)


@pytest.fixture
def mentor(db):
    return factories.make_user(Role.MENTOR)


@pytest.fixture
def beheerder(db):
    return factories.make_user(Role.FUNCTIONEEL_BEHEERDER, organisation=factories.make_organisation())


# --- The list ------------------------------------------------------------------------------------------


def test_the_list_says_in_plain_words_where_one_is_signed_in(mentor):
    here = signed_in(mentor)
    signed_in(mentor, user_agent=PHONE)
    signed_in(factories.make_user(Role.MENTOR))
    page = here.get(reverse("usersessions_list")).content.decode()
    assert "Safari op iPhone" in page
    assert page.count("Laatst gebruikt op 23 november 2026, 10:00, vanaf internetadres 127.0.0.1") == 2
    assert page.count("Dit apparaat") == 1


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge op Windows"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome op Android"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox op Linux"),
        (PHONE, "Safari op iPhone"),
        ("", "Onbekend apparaat"),
    ],
)
def test_a_device_in_words(told, words):
    assert devices.in_words(told) == words


def test_signing_out_everywhere_else(mentor):
    here, there = signed_in(mentor), signed_in(mentor)
    somebody_else = signed_in(factories.make_user(Role.MENTOR))
    assert here.post(reverse("usersessions_list")).status_code == 302
    assert [client.get(OWN).status_code for client in (here, there, somebody_else)] == [200, 302, 200]
    assert UserSession.objects.filter(user=mentor).count() == 1


def test_one_other_session_is_ended_and_nobody_elses(mentor):
    here, there = signed_in(mentor), signed_in(mentor)
    other = factories.make_user(Role.MENTOR)
    signed_in(other)
    row = UserSession.objects.get(session_key=there.session.session_key)
    assert here.post(reverse("accounts:end_session", args=[row.pk])).status_code == 302
    assert [client.get(OWN).status_code for client in (here, there)] == [200, 302]
    theirs = UserSession.objects.get(user=other)
    assert here.post(reverse("accounts:end_session", args=[theirs.pk])).status_code == 404
    with pytest.raises(RuleBroken):
        sign_in_services.end_session(session=theirs, by=mentor)


def test_a_new_password_ends_every_other_session_at_once(mentor):
    here, there = signed_in(mentor), signed_in(mentor)
    data = {"oldpassword": PASSWORD, "password1": "een-heel-ander-woord", "password2": "een-heel-ander-woord"}
    assert here.post(reverse("account_change_password"), data).status_code == 302
    assert [client.get(OWN).status_code for client in (here, there)] == [200, 302]


def test_ending_the_account_or_the_last_role_ends_the_sessions_at_once(mentor, beheerder):
    client = signed_in(mentor)
    key = client.session.session_key
    services.end_role(assignment=mentor.acting_as, by=beheerder, today=TODAY)
    assert not Session.objects.filter(session_key=key).exists()
    other = factories.make_user(Role.MENTOR)
    client = signed_in(other)
    services.deactivate(user=other, by=beheerder, today=TODAY)
    assert client.get(OWN).status_code == 302
    assert not UserSession.objects.filter(user=other).exists()


def test_use_is_written_down_once_a_minute_and_costs_no_query_in_between(mentor):
    client = signed_in(mentor)
    client.get(EDIT)
    with CaptureQueriesContext(connection) as asked:
        client.get(EDIT)
    assert [row["sql"] for row in asked if row["sql"].startswith(("UPDATE", "INSERT"))] == []
    first = UserSession.objects.get(user=mentor).last_seen_at
    with later(2), CaptureQueriesContext(connection) as asked:
        client.get(EDIT)
        client.get(EDIT)
    written = [row["sql"] for row in asked if row["sql"].startswith(("UPDATE", "INSERT"))]
    assert len(written) == 2, written  # the session, and its row in the list
    assert UserSession.objects.get(user=mentor).last_seen_at > first


# --- A session that lapses -----------------------------------------------------------------------------


def test_a_professional_is_out_after_half_an_hour_and_a_mentor_after_an_hour(mentor, beheerder):
    for user, stays, is_out in ((beheerder, 29, 31), (mentor, 59, 61)):
        client = signed_in(user)
        with later(stays):
            assert client.get(OWN).status_code == 200
        client = signed_in(user)
        with later(is_out):
            answer = client.get(OWN)
            assert answer.url == "/accounts/login/?next=%2Faccounts%2Fmijn-account%2F&verlopen=1"
            assert "_auth_user_id" not in client.session
            assert "Log opnieuw in" in client.get(answer.url).content.decode()


def test_use_keeps_a_session_alive_but_not_beyond_half_a_day(mentor):
    client = signed_in(mentor)
    start = timezone.now()
    for minutes in range(50, 12 * 60, 50):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=True):
            assert client.get(OWN).status_code == 200, minutes
    with time_machine.travel(start + timedelta(hours=12, minutes=1), tick=True):
        assert client.get(OWN).status_code == 302


def test_asking_for_the_time_left_is_no_use_and_staying_is(mentor):
    client = signed_in(mentor)
    address = reverse("accounts:time_left")
    start = timezone.now()
    with time_machine.travel(start + timedelta(minutes=50), tick=True):
        assert 590 <= client.get(address).json()["seconds"] <= 600
        assert 590 <= client.get(address).json()["seconds"] <= 600
        assert client.post(address).json()["seconds"] >= 3590
    with time_machine.travel(start + timedelta(minutes=100), tick=True):
        assert client.get(OWN).status_code == 200
    with time_machine.travel(start + timedelta(minutes=200), tick=True):
        assert client.get(address).json() == {"seconds": 0, "keeps": True}
        assert client.post(address).json() == {"seconds": 0, "keeps": True}
        assert client.get(OWN).status_code == 302
    assert Client().get(address).json() == {"seconds": 0, "keeps": False}


def test_a_page_knows_its_own_person_again(mentor):
    address = reverse("accounts:time_left")
    client = signed_in(mentor)
    before = client.get(address).json()
    client.session.flush()
    assert client.get(address).json() == {"seconds": 0, "keeps": False}
    again, other = (
        signed_in(mentor).get(address).json(),
        signed_in(factories.make_user(Role.MENTOR)).get(address).json(),
    )
    assert again["who"] == before["who"] != other["who"]
    assert f'data-who="{before["who"]}"' in signed_in(mentor).get(OWN).content.decode()


def test_a_fragment_that_comes_too_late_sends_the_whole_page_to_signing_in(mentor):
    client = signed_in(mentor)
    with later(61):
        answer = client.get(OWN, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert answer.headers["HX-Redirect"].startswith("/accounts/login/")


def send_too_late(client, **extra):
    """Send the form of one's own details in when the session has lapsed; returns the answer."""
    return client.post(EDIT, {"name": "Marit met een lange naam", "phone": "0612345678", "language": "nl", **extra})


def test_what_is_sent_in_too_late_comes_back_after_signing_in(mentor):
    client = signed_in(mentor)
    with later(61):
        answer = send_too_late(client, _pagina=EDIT)
        assert answer.url.startswith("/accounts/login/?next=%2Faccounts%2Fbewaard%2F")
        mentor.refresh_from_db()
        assert mentor.phone == ""
        answer = client.post(answer.url, {"login": mentor.email, "password": PASSWORD, "next": "/accounts/bewaard/"})
        page = client.get(answer.url).content.decode()
        assert "Marit met een lange naam" in page
        assert f'action="{EDIT}"' in page
        assert f'href="{EDIT}#bewaard"' in page
        found = client.get(f"{answer.url}?velden=1").json()
        assert found["fields"]["phone"] == ["0612345678"]
        client.post(EDIT, {name: values[0] for name, values in found["fields"].items()})
        mentor.refresh_from_db()
        assert mentor.phone == "0612345678"
        assert client.get("/accounts/bewaard/").url == "/"  # sent in, so no longer kept


def test_what_is_sent_in_without_any_session_is_told_not_to_be_saved(mentor):
    client = Client()
    answer = client.post(reverse("notifications:preferences"), {"words": "Samen naar de markt."}, follow=True)
    assert "Wat u verstuurde, is niet opgeslagen." in answer.content.decode()
    assert "Wat u verstuurde" not in client.get(reverse("notifications:preferences"), follow=True).content.decode()


def test_a_page_that_heard_it_was_too_late_can_still_have_its_words_kept(mentor):
    client = signed_in(mentor)
    with later(61):
        assert client.get(reverse("accounts:time_left")).json() == {"seconds": 0, "keeps": True}
        assert send_too_late(client, _bewaar="1", _pagina=EDIT).url.startswith("/accounts/login/")
        client.post("/accounts/login/", {"login": mentor.email, "password": PASSWORD})
        assert client.get("/accounts/bewaard/").status_code == 200


def test_what_was_typed_is_sealed_and_for_nobody_else(mentor):
    client = signed_in(mentor)
    with later(61):
        send_too_late(client)
        row = Session.objects.get(session_key=client.session.session_key)
        assert "Marit" not in str(row.get_decoded())
        other = factories.make_user(Role.MENTOR)
        client.post("/accounts/login/", {"login": other.email, "password": PASSWORD})
        assert client.get("/accounts/bewaard/").url == "/"
        assert lapse.KEPT not in client.session


def test_what_was_typed_is_kept_for_an_hour_and_can_be_thrown_away(mentor):
    for wait, is_there in ((59, True), (61, False)):
        client = signed_in(mentor)
        start = timezone.now() + timedelta(minutes=61)
        with time_machine.travel(start, tick=True):
            send_too_late(client)
        with time_machine.travel(start + timedelta(minutes=wait), tick=True):
            client.post("/accounts/login/", {"login": mentor.email, "password": PASSWORD})
            assert (client.get("/accounts/bewaard/").status_code == 200) is is_there
            client.post("/accounts/bewaard/")
            assert client.get("/accounts/bewaard/").status_code == 302


def test_passwords_and_codes_are_never_kept(mentor):
    client = signed_in(mentor)
    with later(61):
        client.post(
            reverse("account_change_password"),
            {"oldpassword": PASSWORD, "password1": "een-heel-ander-woord", "password2": "een-heel-ander-woord"},
        )
        client = signed_in(mentor)
    with later(122):
        client.post(reverse("mfa_activate_totp"), {"code": "123456"})
        assert lapse.KEPT not in client.session
    # A form that calls its own field so is no form of signing in.
    assert lapse.keep({}, mentor.pk, "/inburgering/startgroepen/nieuw/", {"code": ["Startgroep 12"]})


def test_a_form_that_asks_to_be_kept_is_never_carried_out(mentor):
    client = signed_in(mentor)
    answer = send_too_late(client, _bewaar="1", _pagina="https://evil.example/")
    assert answer.url == "/accounts/bewaard/"
    mentor.refresh_from_db()
    assert mentor.phone == ""
    assert "evil.example" not in client.get(answer.url).content.decode()


def test_another_sites_form_is_refused_before_anything_is_kept(mentor):
    client = signed_in(mentor)
    client.handler.enforce_csrf_checks = True
    with later(61):
        assert send_too_late(client).status_code == 403
        assert lapse.KEPT not in client.session


# --- Remembered devices ----------------------------------------------------------------------------------


@pytest.fixture
def remembering(settings):
    settings.REMEMBER_DEVICE_DAYS = 14
    settings.MFA_TRUST_ENABLED = True
    settings.MFA_TRUST_COOKIE_AGE = 14 * 86_400
    settings.SECOND_FACTOR_REQUIRED = True


@pytest.fixture
def secret(beheerder):
    secret = generate_totp_secret()
    TOTP.activate(beheerder, secret)
    return secret


def sign_in(client, user, secret=None, steps=0, **extra):
    """Sign in with a password, and with a code when there is a secret. Returns where it led."""
    answer = client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    if secret:
        answer = client.post(reverse("mfa_authenticate"), {"code": code_of(secret, steps), **extra})
    return answer.url


def test_a_remembered_device_asks_no_second_factor_until_its_owner_forgets_it(beheerder, secret, remembering):
    client = Client()
    assert sign_in(client, beheerder, secret, remember="on") == "/"
    client.post(reverse("account_logout"))
    assert sign_in(client, beheerder) == "/"
    assert client.get("/accounts/mensen/").status_code == 200
    assert sign_in(Client(), beheerder) == reverse("mfa_authenticate")
    device = RememberedDevice.objects.get()
    assert "Niet meer onthouden" in client.get(reverse("mfa_index")).content.decode()
    client.post(reverse("accounts:forget_device", args=[device.pk]))
    client.post(reverse("account_logout"))
    assert sign_in(client, beheerder) == reverse("mfa_authenticate")


def test_it_is_remembered_only_when_asked_and_only_when_the_setting_allows(beheerder, secret, remembering, settings):
    client = Client()
    sign_in(client, beheerder, secret)
    assert not RememberedDevice.objects.exists()
    settings.REMEMBER_DEVICE_DAYS = 0
    client = Client()
    client.post("/accounts/login/", {"login": beheerder.email, "password": PASSWORD})
    assert "Onthoud dit apparaat" not in client.get(reverse("mfa_authenticate")).content.decode()
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret, 1), "remember": "on"})
    assert not RememberedDevice.objects.exists()


def test_a_remembered_device_lapses_with_time_password_and_second_factor(beheerder, secret, remembering):
    client = Client()
    sign_in(client, beheerder, secret, remember="on")
    client.post(reverse("account_logout"))
    with later(14 * 24 * 60 + 1):
        assert sign_in(client, beheerder) == reverse("mfa_authenticate")
    beheerder.set_password(PASSWORD)  # another salt, so another password as far as the cookie knows
    beheerder.save()
    assert sign_in(client, beheerder) == reverse("mfa_authenticate")


def test_a_stolen_secret_of_a_device_is_of_no_use_for_somebody_else(beheerder, secret, remembering):
    client = Client()
    sign_in(client, beheerder, secret, remember="on")
    client.post(reverse("account_logout"))
    other = factories.make_user(Role.FUNCTIONEEL_BEHEERDER, organisation=beheerder.acting_as.organisation)
    TOTP.activate(other, generate_totp_secret())
    assert sign_in(client, other) == reverse("mfa_authenticate")
    assert RememberedDevice.objects.get().token_hash not in str(client.cookies)


# --- A lost second factor ----------------------------------------------------------------------------------


def test_the_beheerder_takes_a_lost_second_factor_away(beheerder, secret, remembering):
    colleague = factories.make_user(Role.FUNCTIONEEL_BEHEERDER, organisation=beheerder.acting_as.organisation)
    theirs = Client()
    sign_in(theirs, beheerder, secret, remember="on")
    client = Client()
    client.force_login(colleague, backend="django.contrib.auth.backends.ModelBackend")
    now = timezone.now()
    with pytest.raises(RuleBroken):
        sign_in_services.reset_second_factor(user=beheerder, by=beheerder, now=now)
    colleague.act_as(Role.FUNCTIONEEL_BEHEERDER)
    for _time in (1, 2):
        sign_in_services.reset_second_factor(user=beheerder, by=colleague, now=now)
    assert not Authenticator.objects.filter(user=beheerder).exists()
    assert not RememberedDevice.objects.exists()
    assert theirs.get(OWN).status_code == 302
    event = SignInEvent.objects.get()
    assert (event.user, event.kind, event.by) == (beheerder, SignInEventKind.SECOND_FACTOR_RESET, colleague)
    mail = Notification.objects.get(address=beheerder.email, subject="Uw tweede stap is weggehaald")
    assert "/accounts/password/reset/" in mail.body
    # A password that somebody else knew opens nothing: a new one comes first, and then a new second factor.
    beheerder.refresh_from_db()
    assert not beheerder.has_usable_password()
    assert Client().post("/accounts/login/", {"login": beheerder.email, "password": PASSWORD}).status_code == 200


def test_the_page_that_takes_it_away_is_the_beheerders(beheerder, secret, mentor):
    colleague = factories.make_user(Role.FUNCTIONEEL_BEHEERDER, organisation=beheerder.acting_as.organisation)
    client = signed_in(colleague)
    page = f"/accounts/mensen/{beheerder.pk}/"
    assert "Tweede stap weghalen" in client.get(page).content.decode()
    assert "zeker weet" in client.get(f"{page}tweede-stap/").content.decode()
    assert client.post(f"{page}tweede-stap/").url == page
    assert "Tweede stap weggehaald" in client.get(page).content.decode()
    own = f"/accounts/mensen/{colleague.pk}/tweede-stap/"
    client.post(own)
    assert "Uw eigen tweede stap" in client.get(f"/accounts/mensen/{colleague.pk}/").content.decode()
    assert signed_in(mentor).post(f"{page}tweede-stap/").status_code == 404
