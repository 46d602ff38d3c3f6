"""How somebody receives messages: choices, quiet hours, digests, the link that stops mail, addresses that take none."""

import base64
import json
import threading
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import RoleAssignment
from accounts.roles import Role
from accounts.rules import RuleBroken
from notifications import kinds, mail, services
from notifications.kinds import Way
from notifications.models import MailSettings, Notification, NotificationStatus, Preference, RefusedAddress
from notifications.services import Receiver
from tests import factories

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=AMSTERDAM)  # a Monday
SEVEN = datetime(2026, 11, 24, 7, 0, tzinfo=AMSTERDAM)
DAY = timedelta(days=1)


def tell(user, number=1, *, kind="hand_over", now=NOW, **fields):
    fields = {"subject": f"Bericht {number}", "body": "Er wacht iets.", "link": "/", **fields}
    receiver = Receiver(user=user, role=fields.pop("role", user.role))
    return services.notify(key=f"test:{user.pk}:{number}", kind=kind, receiver=receiver, now=now, **fields)


def choose(user, way, kind="hand_over", role=None):
    return services.choose_ways(user=user, role=role or user.role, ways={kind: way}, by=user, now=NOW)


def stand(row):
    row.refresh_from_db()
    return row.status, row.next_attempt_at


# --- One message ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        (Way.AT_ONCE, (NotificationStatus.QUEUED, NOW)),
        (Way.DAILY, (NotificationStatus.HELD, SEVEN)),
        (Way.WEEKLY, (NotificationStatus.HELD, SEVEN + 6 * DAY)),
        (Way.PORTAL, (NotificationStatus.PORTAL_ONLY, NOW)),
    ],
)
def test_a_message_goes_as_its_receiver_chose_and_stands_in_the_portal_in_any_case(cast, way, expected):
    choose(cast.klantmanager, way)
    row = tell(cast.klantmanager)
    assert stand(row) == expected
    assert list(Notification.objects.inbox_of(cast.klantmanager)) == [row]
    # Another person, and the same person in another role, did not choose this.
    assert tell(cast.outsider.klantmanager).status == NotificationStatus.QUEUED
    assert tell(cast.klantmanager, 2, role=Role.MENTOR).status == NotificationStatus.QUEUED


def test_the_default_is_that_of_the_role(cast):
    assert tell(cast.klantmanager, kind="enrolment").status == NotificationStatus.HELD
    assert tell(cast.docent, kind="enrolment").status == NotificationStatus.QUEUED


@pytest.mark.parametrize("kind", [name for name, kind in kinds.KINDS.items() if kind.why_always and kind.roles])
def test_what_must_be_mailed_goes_at_once_also_in_quiet_hours_and_cannot_be_switched_off(cast, kind):
    role = kinds.KINDS[kind].roles[0]
    user = getattr(cast, role.value)
    with pytest.raises(RuleBroken):
        choose(user, Way.PORTAL, kind)
    services.set_quiet_hours(user=user, starts=time(9), ends=time(11), days="0123456", by=user)
    Preference.objects.create(user=user, role=role, kind=kind, way=Way.PORTAL)
    assert stand(tell(user, kind=kind)) == (NotificationStatus.QUEUED, NOW)


def test_in_quiet_hours_a_message_waits_for_their_end(cast):
    user = cast.klantmanager
    services.set_quiet_hours(user=user, starts=time(9), ends=time(11), days=["0", "1"], by=user)
    assert stand(tell(user)) == (NotificationStatus.QUEUED, NOW.replace(hour=11))
    assert stand(tell(user, 2, now=NOW + 2 * DAY)) == (NotificationStatus.QUEUED, NOW + 2 * DAY)
    services.set_quiet_hours(user=user, starts=None, ends=None, days=[], by=user)
    assert stand(tell(user, 3)) == (NotificationStatus.QUEUED, NOW)


@pytest.mark.parametrize(
    ("starts", "ends", "days"),
    [(time(9), None, "0"), (None, time(9), "0"), (time(9), time(9), "0"), (time(9), time(10), "")],
)
def test_half_quiet_hours_are_refused(cast, starts, ends, days):
    with pytest.raises(RuleBroken):
        services.set_quiet_hours(user=cast.mentor, starts=starts, ends=ends, days=days, by=cast.mentor)
    assert not MailSettings.objects.exists()


def test_a_choice_is_kept_once_and_the_same_again_changes_nothing(cast):
    assert choose(cast.klantmanager, Way.WEEKLY) == 1
    assert choose(cast.klantmanager, Way.WEEKLY) == 0
    assert choose(cast.klantmanager, Way.PORTAL) == 1
    assert Preference.objects.get().way == Way.PORTAL
    with pytest.raises(RuleBroken):
        choose(cast.klantmanager, Way.PORTAL, "assigned")


def test_who_has_an_address_alone_gets_everything_at_once(cast):
    row = services.notify(
        key="a",
        kind="match",
        receiver=Receiver(address="a@demo.example", role=Role.KLANTMANAGER),
        subject="Dag",
        now=NOW,
    )
    assert row.status == NotificationStatus.QUEUED


# --- Digests --------------------------------------------------------------------------------------------------


def gathered(user, *moments, kind="hand_over"):
    choose(user, Way.DAILY, kind)
    return [tell(user, number, kind=kind, now=moment) for number, moment in enumerate(moments)]


def digests():
    return list(Notification.objects.filter(kind=kinds.DIGEST).order_by("pk"))


def test_a_digest_tells_how_many_of_what_once_and_names_nobody(cast, post):
    user = cast.klantmanager
    choose(user, Way.DAILY, "deputy")
    rows = [*gathered(user, NOW, NOW), tell(user, 9, kind="deputy", subject="Vervanging door Selam Tekle")]
    assert services.send_digests(now=SEVEN - timedelta(seconds=1)) == 0
    assert services.send_digests(now=SEVEN) == 1
    assert services.send_digests(now=SEVEN) == 0
    [digest] = digests()
    assert digest.subject == "3 nieuwe berichten in het portaal"
    assert digest.body == "Dit kwam er voor u bij:\n\n- Overdracht van een dossier: 2\n- Vervanging: 1"
    assert {stand(row)[0] for row in rows} == {NotificationStatus.IN_DIGEST}
    assert {row.digest for row in Notification.objects.filter(pk__in=[row.pk for row in rows])} == {digest}
    # Its rows stand in the inbox, it does not itself.
    assert set(Notification.objects.inbox_of(user)) == set(rows)
    assert services.deliver_due(now=SEVEN) == 1
    [message] = post.messages
    html = message.get_body(("html",)).get_content()
    assert "Selam" not in message.as_string()
    assert '?show=unread&amp;kind=deputy">Vervanging: 1</a>' in html
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_what_was_read_in_the_portal_needs_no_mail_and_an_empty_digest_is_not_sent(cast):
    rows = gathered(cast.klantmanager, NOW)
    services.mark_read(notification=rows[0], now=NOW)
    assert services.send_digests(now=SEVEN) == 0
    assert digests() == []
    assert stand(rows[0])[0] == NotificationStatus.PORTAL_ONLY


def test_missed_nights_are_made_up_in_one_mail(cast):
    rows = gathered(cast.klantmanager, NOW, NOW + DAY, NOW + 2 * DAY)
    assert services.send_digests(now=SEVEN + 2 * DAY + timedelta(hours=5)) == 1
    assert {stand(row)[0] for row in rows} == {NotificationStatus.IN_DIGEST}


def test_what_came_too_late_for_today_goes_tomorrow(cast):
    user = cast.klantmanager
    [first] = gathered(user, NOW)
    services.send_digests(now=SEVEN)
    late = tell(user, 7, now=SEVEN - timedelta(seconds=1))
    assert services.send_digests(now=SEVEN + timedelta(minutes=5)) == 0
    assert stand(late) == (NotificationStatus.HELD, SEVEN + DAY)
    assert services.send_digests(now=SEVEN + DAY) == 1
    assert [digest.key for digest in digests()] == [f"digest:{user.pk}:2026-11-24", f"digest:{user.pk}:2026-11-25"]
    assert stand(first)[0] == NotificationStatus.IN_DIGEST


@pytest.mark.parametrize("sunday", [datetime(2027, 3, 28), datetime(2027, 10, 31)])
def test_on_the_nights_of_the_clock_one_digest_is_made(cast, sunday):
    seven = sunday.replace(hour=7, tzinfo=AMSTERDAM)
    moments = [sunday.replace(tzinfo=AMSTERDAM) - timedelta(hours=3)]
    [row] = gathered(cast.klantmanager, *moments)
    assert stand(row)[1] == seven
    # The clock comes by every five minutes, all night.
    made = 0
    moment = moments[0]
    while moment.timestamp() <= seven.timestamp() + 3600:
        made += services.send_digests(now=moment)
        moment = (moment.astimezone(ZoneInfo("UTC")) + timedelta(minutes=20)).astimezone(AMSTERDAM)
    assert made == 1


def test_a_message_for_a_role_that_ended_goes_to_nobody(cast):
    [row] = gathered(cast.klantmanager, NOW)
    RoleAssignment.objects.filter(user=cast.klantmanager).update(ends_on=NOW.date())
    assert services.send_digests(now=SEVEN) == 0
    assert stand(row)[0] == NotificationStatus.CANCELLED


def test_the_digest_itself_waits_for_the_end_of_quiet_hours(cast):
    user = cast.klantmanager
    gathered(user, NOW)
    services.set_quiet_hours(user=user, starts=time(22), ends=time(8, 30), days="0123456", by=user)
    services.send_digests(now=SEVEN)
    assert stand(digests()[0]) == (NotificationStatus.QUEUED, SEVEN.replace(hour=8, minute=30))


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_make_one_digest(cast):
    gathered(cast.klantmanager, NOW, NOW)
    together, made = threading.Barrier(4), []

    def work():
        together.wait()
        try:
            made.append(services.send_digests(now=SEVEN))
        finally:
            connections.close_all()

    beats = [threading.Thread(target=work) for _ in range(4)]
    for beat in beats:
        beat.start()
    for beat in beats:
        beat.join()
    assert sum(made) == 1
    assert len(digests()) == 1


# --- The link that stops mail -------------------------------------------------------------------------------------


def headers_of(row, post, now=NOW):
    services.deliver_due(now=now)
    [message] = [m for m in post.messages if m["Message-ID"] == mail.message_id(row)]
    return message


def test_one_click_stops_mail_of_a_sort_without_signing_in_and_without_a_cookie(cast, post, settings):
    row = tell(cast.klantmanager)
    url = mail.stop_url(row)
    message = headers_of(row, post)
    assert message["List-Unsubscribe"].strip() == f"<{url}>"
    path = url.removeprefix(settings.BASE_URL)
    browser = Client(enforce_csrf_checks=True)
    opened = browser.get(path)
    assert opened.status_code == 200
    assert "Overdracht van een dossier" in opened.text
    assert cast.klantmanager.name not in opened.text
    assert not Preference.objects.exists()

    stopped = browser.post(path, {"List-Unsubscribe": "One-Click"})
    assert stopped.status_code == 200
    assert "U krijgt deze mail niet meer" in stopped.text
    assert browser.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Preference.objects.get().way == Way.PORTAL
    assert tell(cast.klantmanager, 2).status == NotificationStatus.PORTAL_ONLY

    assert "U krijgt deze mail weer" in browser.post(path, {"undo": "1"}).text
    assert tell(cast.klantmanager, 3).status == NotificationStatus.QUEUED


def test_a_stopped_digest_leaves_every_sort_of_it_in_the_portal(cast, client, settings):
    user = cast.klantmanager
    gathered(user, NOW)
    services.send_digests(now=SEVEN)
    client.post(mail.stop_url(digests()[0]).removeprefix(settings.BASE_URL))
    assert services.way_of(user, Role.KLANTMANAGER, "hand_over") == Way.PORTAL
    assert services.way_of(user, Role.KLANTMANAGER, "caseload_import") == Way.PORTAL
    # What came at once still does.
    assert services.way_of(user, Role.KLANTMANAGER, "deputy") == Way.AT_ONCE


def test_undoing_a_stopped_digest_brings_back_what_was_and_nothing_else(cast, client, settings):
    """A choice of one's own, a default, what came at once, and what stood on the portal alone by hand."""
    user = cast.klantmanager
    choose(user, Way.WEEKLY, "deputy")
    choose(user, Way.PORTAL, "caseload_import")  # by default in the digest
    gathered(user, NOW)
    kinds_of_role = [name for name, kind in kinds.of_role(Role.KLANTMANAGER) if not kind.why_always]
    before = {name: services.way_of(user, Role.KLANTMANAGER, name) for name in kinds_of_role}
    rows = set(Preference.objects.values_list("kind", "way", "before"))
    assert {Way.AT_ONCE, Way.DAILY, Way.WEEKLY, Way.PORTAL} == set(before.values())
    services.send_digests(now=SEVEN)
    path = mail.stop_url(digests()[0]).removeprefix(settings.BASE_URL)
    # The mail program stops it, then its reader does.
    client.post(path, {"List-Unsubscribe": "One-Click"})
    client.post(path)
    assert Way.DAILY not in {services.way_of(user, Role.KLANTMANAGER, name) for name in kinds_of_role}
    for _time in range(2):
        client.post(path, {"undo": "1"})
        assert {name: services.way_of(user, Role.KLANTMANAGER, name) for name in kinds_of_role} == before
        assert set(Preference.objects.values_list("kind", "way", "before")) == rows


def test_undoing_a_stop_of_one_sort_brings_back_the_choice_of_before(cast):
    user = cast.mentor
    choose(user, Way.DAILY, "match")
    stop = {"user": user, "role": Role.MENTOR, "kind": "match", "now": NOW}
    assert services.stop_mail(**stop) == 1
    assert services.stop_mail(**stop) == 0
    assert services.resume_mail(**stop) == 1
    assert services.way_of(user, Role.MENTOR, "match") == Way.DAILY
    assert services.resume_mail(**stop) == 0


def test_a_choice_by_hand_after_a_stop_is_not_undone_with_it(cast):
    user = cast.mentor
    choose(user, Way.DAILY, "match")
    services.stop_mail(user=user, role=Role.MENTOR, kind=kinds.DIGEST, now=NOW)
    choose(user, Way.AT_ONCE, "match")
    choose(user, Way.PORTAL, "match")
    services.resume_mail(user=user, role=Role.MENTOR, kind=kinds.DIGEST, now=NOW)
    assert services.way_of(user, Role.MENTOR, "match") == Way.PORTAL


@pytest.mark.parametrize("how", ["digest", "sort", "page"])
def test_what_waits_for_the_digest_stays_in_the_portal_when_it_is_stopped(cast, how):
    user = cast.klantmanager
    [row] = gathered(user, NOW)
    other = tell(user, 9, kind="enrolment")
    assert (row.status, other.status) == (NotificationStatus.HELD, NotificationStatus.HELD)
    if how == "page":
        choose(user, Way.PORTAL)
    else:
        kind = kinds.DIGEST if how == "digest" else "hand_over"
        services.stop_mail(user=user, role=Role.KLANTMANAGER, kind=kind, now=NOW)
    assert services.send_digests(now=SEVEN) == (how != "digest")
    assert stand(row)[0] == NotificationStatus.PORTAL_ONLY
    assert (stand(other)[0] == NotificationStatus.PORTAL_ONLY) is (how == "digest")
    assert set(Notification.objects.inbox_of(user)) == {row, other}


def test_links_to_stop_are_made_worthless_by_their_owner(cast, sign_in, settings):
    path = mail.stop_url(tell(cast.klantmanager)).removeprefix(settings.BASE_URL)
    client = sign_in(cast.klantmanager)
    client.post(reverse("notifications:revoke_stop_links"))
    assert client.get(path).status_code == 404
    assert client.post(path).status_code == 404
    assert not Preference.objects.exists()


@pytest.mark.parametrize("change", ["kind", "user", "shape"])
def test_a_link_that_was_tampered_with_is_none_of_ours(cast, client, settings, change):
    path = mail.stop_url(tell(cast.klantmanager)).removeprefix(settings.BASE_URL)
    start, token = path.rstrip("/").rsplit("/", 1)
    parts = json.loads(base64.urlsafe_b64decode(token + "=="))
    parts = {"kind": [*parts[:2], "deputy", parts[3]], "user": [cast.mentor.pk, *parts[1:]], "shape": parts[:2]}[
        change
    ]
    forged = base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")
    assert client.post(f"{start}/{forged}/").status_code == 404
    assert client.post(f"{start}/geen-link/").status_code == 404
    assert not Preference.objects.exists()


def test_what_must_be_mailed_offers_no_way_to_stop(cast, post):
    row = tell(cast.klantmanager, kind="absence_alert")
    assert mail.stop_url(row) == ""
    assert headers_of(row, post)["List-Unsubscribe"] is None


# --- The page -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
def test_everybody_chooses_on_the_page_meldingen(cast, sign_in, role):
    user = getattr(cast, role.value)
    client, url = sign_in(user), reverse("notifications:preferences")
    page = client.get(url)
    assert page.status_code == 200
    offered = [name for name, kind in kinds.of_role(role) if not kind.why_always]
    assert [field.name for field in page.context["ways"]] == [f"way-{name}" for name in offered]
    for choice in page.context["always"]:
        assert choice.why_always in page.text.replace("&#x27;", "'")
    ways = {f"way-{name}": Way.WEEKLY.value for name in offered}
    answer = client.post(url, {**ways, "quiet_from": "21:00", "quiet_until": "07:00", "quiet_days": ["0", "6"]})
    assert answer.status_code == 302
    assert {row.kind for row in Preference.objects.filter(user=user, way=Way.WEEKLY)} == set(offered)
    assert MailSettings.objects.get(user=user).quiet_days == "06"


def test_half_quiet_hours_on_the_page_are_an_error_and_change_nothing(cast, sign_in):
    client, url = sign_in(cast.mentor), reverse("notifications:preferences")
    offered = [name for name, kind in kinds.of_role(Role.MENTOR) if not kind.why_always]
    ways = {f"way-{name}": Way.PORTAL.value for name in offered}
    answer = client.post(url, {**ways, "quiet_from": "21:00", "quiet_until": "", "quiet_days": ["0"]})
    assert answer.status_code == 200
    assert "Vul beide tijden in" in answer.text
    assert not Preference.objects.exists()


# --- Addresses that take no mail ------------------------------------------------------------------------------------


def refuse(user):
    return RefusedAddress.objects.create(address=user.email, answer="550 5.1.1 no", refused_at=NOW, user=user)


def test_to_a_refused_address_nothing_goes_until_its_person_says_it_works(cast, sign_in):
    user = cast.mentor
    refuse(user)
    held_back = tell(user, kind="proposal")
    old = tell(user, 2, kind="proposal", now=NOW - 20 * DAY)
    assert {held_back.status, old.status} == {NotificationStatus.BLOCKED}
    client = sign_in(user)
    assert "Mail aan u komt niet aan" in client.get(reverse("notifications:inbox")).text
    assert "Mail aan u komt niet aan" in client.get(reverse("notifications:preferences")).text
    with time_machine.travel(NOW, tick=False):
        client.post(reverse("notifications:trust_my_address"))
        client.post(reverse("notifications:trust_my_address"))
    assert not RefusedAddress.objects.exists()
    assert stand(held_back)[0] == NotificationStatus.QUEUED
    # News of three weeks ago is none any more.
    assert stand(old)[0] == NotificationStatus.BLOCKED


def test_what_is_for_the_portal_alone_is_not_mailed_when_a_refused_address_works_again(cast):
    user = cast.mentor
    choose(user, Way.PORTAL, "match")
    refuse(user)
    row = tell(user, kind="match")
    assert row.status == NotificationStatus.PORTAL_ONLY
    assert services.trust_address(address=user.email, by=user, now=NOW) == 0
    assert stand(row)[0] == NotificationStatus.PORTAL_ONLY


def test_the_beheerder_finds_refused_addresses_and_lets_one_through(cast, sign_in):
    refuse(cast.mentor)
    refuse(cast.docent)
    refuse(cast.statushouder)
    client, url = sign_in(cast.functioneel_beheerder), reverse("notifications:refused_addresses")
    assert [row.user for row in client.get(url, {"q": cast.docent.name}).context["page"]] == [cast.docent]
    client.post(reverse("notifications:trust_address", args=[RefusedAddress.objects.get(user=cast.docent).pk]))
    page = client.get(url)
    assert {row.user for row in page.context["page"]} == {cast.mentor, cast.statushouder}
    # Who keeps the accounts does not read who is in the programme.
    assert f"Statushouder, account {cast.statushouder.pk}" in page.text
    assert cast.statushouder.email not in page.text
    assert cast.statushouder.name not in page.text


@pytest.mark.parametrize("name", ["refused_addresses", "failed"])
def test_lists_of_what_did_not_arrive_have_as_many_queries_with_1_as_with_3_rows(cast, sign_in, name):
    client, url = sign_in(cast.functioneel_beheerder), reverse(f"notifications:{name}")
    counts = []
    for people in ([cast.mentor], [cast.docent, cast.klantmanager]):
        for user in people:
            refuse(user)
            row = tell(user, 5, kind="account")
            Notification.objects.filter(pk=row.pk).update(status=NotificationStatus.FAILED, error="550 no")
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_digest_for_a_refused_address_is_not_made(cast):
    [row] = gathered(cast.klantmanager, NOW)
    refuse(cast.klantmanager)
    assert services.send_digests(now=SEVEN) == 0
    assert stand(row)[0] == NotificationStatus.BLOCKED


def test_an_account_without_messages_is_left_alone(cast):
    factories.make_user(Role.MENTOR)
    assert services.send_digests(now=SEVEN) == 0
