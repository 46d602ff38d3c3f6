"""Delivery against a real mail server: each message once, whatever the server or a worker does."""

import smtplib
import socket
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.mail import get_connection, send_mail
from django.db import OperationalError, connection, connections
from django.utils import timezone

from accounts.models import RoleAssignment
from accounts.roles import Role
from accounts.rules import RuleBroken
from notifications import addresses, mail, services
from notifications.models import Notification, NotificationStatus, RefusedAddress
from notifications.services import delivery
from notifications.services.delivery import CALL_OUT, LEASE, MAX_ATTEMPTS, PAUSES
from notifications.services.messages import Receiver, overtaken

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def queue(number=1, *, address=None, now=NOW, **fields):
    """One message waiting to be sent."""
    fields = {
        "kind": "hand_over",
        "subject": f"Bericht {number}",
        "body": "Er wacht iets op u.",
        "link": "/",
        **fields,
    }
    receiver = Receiver(address=address or f"persoon{number}@demo.example")
    return services.notify(key=f"test:{number}", receiver=receiver, now=now, **fields)


def after_attempt(row):
    """The row as it is now, with how long until the next attempt, from NOW, in whole minutes."""
    row.refresh_from_db()
    return row.status, row.attempts, round((row.next_attempt_at - NOW).total_seconds() / 60), row.error


@pytest.mark.django_db
def test_messages_are_sent_once_over_one_connection(post):
    rows = [queue(number) for number in (1, 2, 3)]
    assert services.deliver_due(now=NOW) == 3
    assert services.deliver_due(now=NOW + timedelta(days=3)) == 0
    assert post.ids == [mail.message_id(row) for row in rows]
    assert [message.envelope_receivers for message in post.messages] == [[row.address] for row in rows]
    assert post.connections == 1
    for row in rows:
        row.refresh_from_db()
        assert (row.status, row.attempts, row.error, row.claimed_by) == (NotificationStatus.SENT, 1, "", "")
        assert row.sent_at.replace(second=0, microsecond=0) == NOW


@pytest.mark.django_db
def test_what_is_not_due_waits(post):
    queue(1, now=NOW + timedelta(minutes=1))
    assert services.deliver_due(now=NOW) == 0
    assert post.messages == []


@pytest.mark.django_db
def test_a_sweep_does_no_more_than_its_limit(post):
    for number in range(7):
        queue(number)
    assert services.deliver_due(now=NOW, limit=5) == 5
    assert services.deliver_due(now=NOW, limit=5) == 2


@pytest.mark.django_db
def test_a_mail_is_plain_text_and_html_with_a_link_and_says_that_a_machine_wrote_it(post, settings):
    settings.BASE_URL = "https://portaal.example"
    settings.DEFAULT_FROM_EMAIL = "JAS-portaal Leiden & omstreken <portaal@demo.example>"
    queue(
        1,
        subject="Er is een dossier aan u overgedragen",
        body="Café 'één' <b>&amp;</b>",
        link="/dossiers/JAS-2026-0001/",
    )
    services.deliver_due(now=NOW)
    [message] = post.messages
    assert message["From"] == "JAS-portaal Leiden & omstreken <portaal@demo.example>"
    assert message["To"] == "persoon1@demo.example"
    assert message["Subject"] == "Er is een dossier aan u overgedragen"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].endswith("@portaal.example>")
    assert message.get_content_type() == "multipart/alternative"
    text, html = (part.get_content() for part in message.iter_parts())
    assert "Café 'één' <b>&amp;</b>" in text
    assert "https://portaal.example/dossiers/JAS-2026-0001/" in text.splitlines()
    assert "&lt;b&gt;&amp;amp;&lt;/b&gt;" in html
    assert 'href="https://portaal.example/dossiers/JAS-2026-0001/"' in html
    assert '<html lang="nl" dir="ltr">' in html


@pytest.mark.django_db
@pytest.mark.parametrize(
    "subject",
    ["Één gesprek – één uur", "Café " * 20 + "einde", "Uitnodiging: 3-maandengesprek – één", "ሰላም ደብዳቤ أهلا وسهلا"],
)
def test_a_subject_with_accents_arrives_word_for_word(post, subject):
    queue(1, subject=subject)
    services.deliver_due(now=NOW)
    # A long one is folded right after the name of the header; readers drop that space.
    assert post.messages[0]["Subject"].lstrip() == subject
    assert post.messages[0]["Content-Language"] == "nl"


@pytest.mark.django_db
def test_a_link_out_of_the_portal_is_left_out(post):
    queue(1, link="//elders.example/")
    services.deliver_due(now=NOW)
    assert "elders.example" not in post.messages[0].as_string()


@pytest.mark.django_db
def test_a_line_break_adds_no_header(post):
    queue(1, subject="Dag\r\nBcc: iedereen@demo.example")
    bad = queue(2, address="iemand@demo.example\r\nBcc: iedereen@demo.example")
    services.deliver_due(now=NOW)
    [message] = post.messages
    assert message["Bcc"] is None
    assert message["Subject"] == "Dag Bcc: iedereen@demo.example"
    assert message.envelope_receivers == ["persoon1@demo.example"]
    bad.refresh_from_db()
    assert bad.status == NotificationStatus.FAILED


@pytest.mark.django_db
def test_a_domain_with_accents_is_written_in_ascii(post):
    queue(1, address="iemand@gemeente-één.example")
    services.deliver_due(now=NOW)
    assert post.messages[0].envelope_receivers == ["iemand@xn--gemeente-n-j7aa.example"]


# --- Secrets ---------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_secret_is_emptied_once_delivered_and_not_before(post):
    row = queue(1, body="https://portaal.example/geheim", link="/geheim", is_secret=True)
    post.wishes = ["451 later"]
    services.deliver_due(now=NOW)
    row.refresh_from_db()
    assert (row.body, row.link) == ("https://portaal.example/geheim", "/geheim")
    services.deliver_due(now=NOW + timedelta(minutes=2))
    row.refresh_from_db()
    assert (row.status, row.body, row.link) == (NotificationStatus.SENT, "", "")
    assert "https://portaal.example/geheim" in post.messages[0].get_body(("plain",)).get_content()


@pytest.mark.django_db
def test_mail_that_is_kept_is_readable_and_nothing_is_sent(post, settings):
    settings.MAIL_DELIVERY = "keep"
    row = queue(1, body="geheim", is_secret=True)
    assert services.deliver_due(now=NOW) == 1
    assert services.deliver_due(now=NOW) == 0
    row.refresh_from_db()
    assert (row.status, row.sent_at, row.body) == (NotificationStatus.SENT, NOW, "geheim")
    assert post.connections == 0


@pytest.mark.django_db
def test_mail_of_django_itself_goes_through_the_outbox(post):
    # The test runner puts a mailbox of its own in the place of EMAIL_BACKEND.
    outbox = get_connection("notifications.backends.OutboxEmailBackend")
    receivers = ["a@demo.example", "b@demo.example"]
    assert send_mail("Nieuw wachtwoord", "https://portaal.example/geheim", None, receivers, connection=outbox) == 1
    rows = Notification.objects.order_by("pk")
    assert [(row.address, row.kind, row.is_secret, row.in_inbox) for row in rows] == [
        ("a@demo.example", "account", True, False),
        ("b@demo.example", "account", True, False),
    ]
    services.deliver_due(now=timezone.now())
    assert [message.envelope_receivers for message in post.messages] == [["a@demo.example"], ["b@demo.example"]]
    assert [row.body for row in rows.all()] == ["", ""]


# --- A server that misbehaves ------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_refused_receiver_fails_at_once_and_the_others_go_on(post):
    post.refused_receivers = {"persoon1@demo.example": "550 5.1.1 no such person"}
    refused, other = queue(1), queue(2)
    assert services.deliver_due(now=NOW) == 1
    assert after_attempt(refused)[::3] == (NotificationStatus.FAILED, "550 5.1.1 no such person")
    assert after_attempt(other)[0] == NotificationStatus.SENT
    services.deliver_due(now=NOW + timedelta(days=3))
    assert len(post.messages) == 1


@pytest.mark.django_db
def test_a_refused_message_fails_at_once(post):
    post.wishes = ["554 looks like spam"]
    refused, _other = queue(1), queue(2)
    assert services.deliver_due(now=NOW) == 1
    assert after_attempt(refused)[::3] == (NotificationStatus.FAILED, "554 looks like spam")


@pytest.mark.django_db
def test_a_passing_refusal_waits_longer_each_time_and_then_goes_out_once(post):
    post.wishes = ["451 busy", "421 closing"]
    row = queue(1)
    services.deliver_due(now=NOW)
    assert after_attempt(row) == (NotificationStatus.QUEUED, 1, 1, "451 busy")
    services.deliver_due(now=NOW + timedelta(seconds=30))
    assert after_attempt(row)[1] == 1
    services.deliver_due(now=NOW + timedelta(minutes=2))
    assert after_attempt(row) == (NotificationStatus.QUEUED, 2, 2 + 5, "421 closing")
    services.deliver_due(now=NOW + timedelta(minutes=8))
    assert after_attempt(row)[::3] == (NotificationStatus.SENT, "")
    assert post.ids == [mail.message_id(row)]


@pytest.mark.django_db
def test_a_refusal_of_us_as_sender_waits(post):
    post.refused_senders = {addresses.sender()[1]: "550 not you"}
    row = queue(1)
    services.deliver_due(now=NOW)
    assert after_attempt(row) == (NotificationStatus.QUEUED, 1, 1, "550 not you")


@pytest.mark.django_db
def test_it_is_given_up_visibly_after_the_last_pause(post):
    row, moment = queue(1), NOW
    for pause in (*PAUSES, timedelta()):
        post.wishes = ["451 busy"]
        services.deliver_due(now=moment)
        moment += pause + timedelta(minutes=1)
    row.refresh_from_db()
    assert (row.status, row.attempts, row.error) == (NotificationStatus.FAILED, MAX_ATTEMPTS, "451 busy")
    assert list(Notification.objects.failed()) == [row]
    assert services.deliver_due(now=moment + timedelta(days=30)) == 0
    assert post.messages == []


@pytest.mark.django_db
def test_a_connection_lost_halfway_loses_nothing_and_doubles_nothing(post):
    post.wishes = [None, "hang up"]
    rows = [queue(number) for number in (1, 2, 3)]
    assert services.deliver_due(now=NOW) == 2
    assert [after_attempt(row)[:2] for row in rows] == [
        (NotificationStatus.SENT, 1),
        (NotificationStatus.QUEUED, 1),
        (NotificationStatus.SENT, 1),
    ]
    assert services.deliver_due(now=NOW + timedelta(minutes=2)) == 1
    assert sorted(post.ids) == sorted(mail.message_id(row) for row in rows)


@pytest.mark.django_db
def test_without_a_server_one_message_tells_and_the_others_are_left_alone(settings):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        settings.EMAIL_HOST, settings.EMAIL_PORT = probe.getsockname()
    settings.MAIL_DELIVERY = "smtp"
    rows = [queue(number) for number in (1, 2, 3)]
    assert services.deliver_due(now=NOW) == 0
    assert [after_attempt(row)[:2] for row in rows] == [
        (NotificationStatus.QUEUED, 1),
        (NotificationStatus.QUEUED, 0),
        (NotificationStatus.QUEUED, 0),
    ]
    assert list(Notification.objects.retrying()) == [rows[0]]


@pytest.mark.django_db
def test_a_server_that_thinks_too_long_is_tried_later(post, settings):
    """The named window: the server took the message after we stopped waiting. The copy carries the same Message-ID."""
    settings.EMAIL_ANSWER_TIMEOUT = 0.3
    post.wishes = [1]
    row = queue(1)
    services.deliver_due(now=NOW)
    assert after_attempt(row)[:2] == (NotificationStatus.QUEUED, 1)
    settings.EMAIL_ANSWER_TIMEOUT = 5
    services.deliver_due(now=NOW + timedelta(minutes=2))
    assert after_attempt(row)[0] == NotificationStatus.SENT
    assert set(post.ids) == {mail.message_id(row)}


@pytest.mark.django_db
def test_a_server_that_thinks_long_over_a_whole_message_is_waited_for(post, settings):
    """Who hangs up while the server writes the message away sends it twice."""
    settings.EMAIL_TIMEOUT = 0.3
    post.wishes = [1]
    rows = [queue(1), queue(2)]
    assert services.deliver_due(now=NOW) == 2
    assert post.ids == [mail.message_id(row) for row in rows]


@pytest.mark.django_db
def test_a_server_that_takes_two_messages_per_connection_gets_another_connection(post):
    post.messages_per_connection = 2
    rows = [queue(number) for number in range(5)]
    assert services.deliver_due(now=NOW) == 5
    assert post.ids == [mail.message_id(row) for row in rows]
    assert post.connections == 3
    assert set(Notification.objects.values_list("attempts", flat=True)) == {1}


@pytest.mark.django_db
def test_a_secret_goes_before_what_waited_longer(post):
    old = queue(1, now=NOW - timedelta(hours=1))
    code = queue(2, is_secret=True)
    services.deliver_due(now=NOW)
    assert post.ids == [mail.message_id(code), mail.message_id(old)]


# --- Addresses that take no mail --------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_address_that_is_refused_is_marked_told_once_and_forgotten_when_mail_arrives(post, cast, client):
    beheerder = cast.functioneel_beheerder
    post.refused_receivers = {"persoon1@demo.example": "550 5.1.1 <persoon1@demo.example> no such person"}
    queue(1)
    services.notify(
        key="test:again",
        kind="hand_over",
        receiver=Receiver(address="Persoon1@demo.example"),
        subject="Nog een",
        now=NOW,
    )
    services.deliver_due(now=NOW)
    services.deliver_due(now=NOW)
    [marked] = RefusedAddress.objects.all()
    assert (marked.address, str(marked.user)) == ("persoon1@demo.example", "None")
    told = Notification.objects.filter(kind="refused_address")
    # Every beheerder once; the cast has an outsider of each role.
    assert (
        len({row.user for row in told})
        == len(told)
        == RoleAssignment.objects.of_role(Role.FUNCTIONEEL_BEHEERDER).count()
    )
    assert {row.status for row in told} == {NotificationStatus.SENT}
    assert "persoon1" not in told[0].subject + told[0].body

    client.force_login(beheerder)
    page = client.get("/berichten/niet-aangekomen/adressen/")
    assert "Adressen die geen mail aannemen" in page.text
    assert "persoon1@demo.example" in page.text

    post.refused_receivers = {}
    assert queue(3, address="persoon1@demo.example").status == NotificationStatus.BLOCKED
    # What its person asked for is still tried.
    queue(4, address="persoon1@demo.example", kind="account")
    services.deliver_due(now=NOW)
    assert not RefusedAddress.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("550 5.1.1 <Amina@demo.example> no such person", "550 5.1.1"),
        ("550 amina... User unknown", "550"),
        ("550 5.1.1 <amina@xn--dmo-bma.example> unknown", "550 5.1.1"),
    ],
)
def test_the_address_of_a_statushouder_stays_hidden_when_it_is_refused(post, cast, client, answer, shown):
    post.refused_receivers = {"amina@demo.example": answer}
    queue(1, address="amina@demo.example", case_number="JAS-2026-0001")
    services.deliver_due(now=NOW)
    client.force_login(cast.functioneel_beheerder)
    for address in ("/berichten/niet-aangekomen/", "/berichten/niet-aangekomen/adressen/"):
        page = client.get(address)
        assert "Statushouder van dossier JAS-2026-0001" in page.text
        assert f"<bdi>{shown}</bdi>" in page.text
        assert "amina" not in page.text.lower()
        assert "xn--" not in page.text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "answer", "logged"),
    [
        ("amina.haddad@demo.example", "550 5.1.1 <amina.haddad@demo.example>: User unknown", "550 5.1.1"),
        ("amina haddad@demo.example", "", "past niet in een mail"),
    ],
)
def test_the_log_names_the_number_of_a_message_and_not_its_receiver(post, caplog, address, answer, logged):
    post.refused_receivers = {address: answer}
    row = queue(1, address=address, case_number="JAS-2026-0001")
    services.deliver_due(now=NOW)
    row.refresh_from_db()
    assert row.status == NotificationStatus.FAILED
    [line] = [record for record in caplog.records if record.name == "notifications.services.delivery"]
    assert f"Message {row.pk} failed" in line.getMessage()
    assert logged in line.getMessage()
    assert "amina" not in line.getMessage()
    assert "amina" not in row.shown_error


@pytest.mark.django_db
def test_an_error_nobody_foresaw_is_logged_with_its_place_and_without_its_words(post, caplog, monkeypatch):
    def break_off(_smtp, _message):
        raise RuntimeError(row.address)

    monkeypatch.setattr(smtplib.SMTP, "data", break_off)
    row = queue(1, address="amina@demo.example")
    services.deliver_due(now=NOW)
    assert f"Message {row.pk} could not be sent: RuntimeError" in caplog.text
    assert "in break_off" in caplog.text
    assert "amina" not in caplog.text
    assert after_attempt(row)[::3] == (NotificationStatus.QUEUED, "RuntimeError")


@pytest.mark.django_db
def test_a_message_that_is_refused_marks_no_address(post):
    post.wishes = ["554 looks like spam"]
    queue(1)
    services.deliver_due(now=NOW)
    assert not RefusedAddress.objects.exists()


@pytest.mark.django_db
def test_one_message_that_cannot_be_written_does_not_stop_the_others(post):
    broken, other = queue(1, address="zonder-apenstaart"), queue(2)
    assert services.deliver_due(now=NOW) == 1
    assert after_attempt(broken)[0] == NotificationStatus.FAILED
    assert after_attempt(other)[0] == NotificationStatus.SENT


# --- Several workers, and workers that die -------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_three_workers_at_once_send_each_message_once(post):
    rows = [queue(number) for number in range(30)]
    together = threading.Barrier(3)
    delivered = []

    def work():
        together.wait()
        try:
            delivered.append(services.deliver_due(now=NOW))
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(delivered) == 30
    assert sorted(post.ids) == sorted(mail.message_id(row) for row in rows)
    assert Notification.objects.filter(status=NotificationStatus.SENT, attempts=1).count() == 30


@pytest.mark.django_db(transaction=True)
def test_a_secret_that_comes_while_a_sweep_runs_goes_next(post):
    rows = [queue(number, now=None) for number in range(12)]

    def somebody_asks_for_a_code(_message):
        queue("code", is_secret=True, now=None)
        connections.close_all()

    post.wishes = [somebody_asks_for_a_code]
    assert services.deliver_due(now=timezone.now()) == 13
    # The ten that were claimed, then the code, then the rest.
    code = mail.message_id(Notification.objects.get(is_secret=True))
    assert post.ids.index(code) == 10
    assert set(post.ids) == {code, *map(mail.message_id, rows)}


@pytest.mark.django_db(transaction=True)
def test_a_lease_is_renewed_while_the_server_thinks(post, monkeypatch):
    """Longer than a lease: nobody else takes the message, and what was claimed with it goes out once."""
    monkeypatch.setattr(delivery, "LEASE", timedelta(seconds=1))
    monkeypatch.setattr(delivery, "RENEW_EVERY", timedelta(seconds=0.2))
    rows = [queue(number, now=None) for number in range(2)]
    taken_over = []

    def think(_message):
        threading.Event().wait(2.5)
        taken_over.append(services.deliver_due(now=timezone.now()))
        connections.close_all()

    post.wishes = [think]
    assert services.deliver_due(now=timezone.now()) == 2
    assert taken_over == [0]
    assert sorted(post.ids) == sorted(mail.message_id(row) for row in rows)


@pytest.mark.django_db(transaction=True)
def test_who_could_not_renew_hands_nothing_over_and_gives_the_rest_back(post, monkeypatch):
    rows = [queue(number, now=None) for number in range(3)]
    monkeypatch.setattr(delivery, "TRUST", timedelta(seconds=0.5))
    post.wishes = [1]
    assert services.deliver_due(now=timezone.now()) == 1
    for row in rows[1:]:
        row.refresh_from_db()
        assert (row.status, row.attempts, row.claimed_by) == (NotificationStatus.QUEUED, 0, "")


@pytest.mark.django_db(transaction=True)
def test_while_one_worker_waits_for_a_slow_server_another_leaves_its_message_alone(post):
    first, second = queue(1), queue(2)
    reached = threading.Event()

    def slowly(_message):
        reached.set()
        threading.Event().wait(0.5)

    post.wishes = [slowly]

    def work():
        try:
            services.deliver_due(now=NOW)
        finally:
            connections.close_all()

    worker = threading.Thread(target=work)
    worker.start()
    assert reached.wait(5)
    services.deliver_due(now=NOW + timedelta(minutes=1))
    worker.join()
    assert sorted(post.ids) == sorted([mail.message_id(first), mail.message_id(second)])


@pytest.mark.django_db
def test_what_a_dead_worker_had_in_hand_is_taken_over_after_its_lease(post):
    row = queue(1)
    Notification.objects.filter(pk=row.pk).update(
        status=NotificationStatus.SENDING, claimed_by="dead", attempts=1, next_attempt_at=NOW + LEASE
    )
    assert services.deliver_due(now=NOW + LEASE - timedelta(seconds=30)) == 0
    # It is called out first, once.
    assert services.deliver_due(now=NOW + LEASE) == 0
    assert services.deliver_due(now=NOW + LEASE + CALL_OUT - timedelta(seconds=1)) == 0
    assert services.deliver_due(now=NOW + LEASE + CALL_OUT) == 1
    row.refresh_from_db()
    assert (row.status, row.attempts) == (NotificationStatus.SENT, 2)
    assert post.ids == [mail.message_id(row)]


@pytest.mark.django_db(transaction=True)
def test_an_outcome_is_written_though_the_database_was_away_longer_than_the_lease(post, monkeypatch):
    monkeypatch.setattr(delivery, "LEASE", timedelta(seconds=0.2))
    row = queue(1, now=None)
    back_at = [0]

    def the_database_goes_away(_message):
        back_at[0] = time.monotonic() + 1

    def ask(execute, *question):
        if time.monotonic() < back_at[0]:
            raise OperationalError("away")
        return execute(*question)

    post.wishes = [the_database_goes_away]
    with connection.execute_wrapper(ask):
        assert services.deliver_due(now=timezone.now()) == 1
    assert after_attempt(row)[0] == NotificationStatus.SENT
    assert post.ids == [mail.message_id(row)]


@pytest.mark.django_db(transaction=True)
def test_who_lives_is_called_out_before_its_message_is_taken(post, monkeypatch):
    """As when the database comes back and another is there first."""
    monkeypatch.setattr(delivery, "LEASE", timedelta(seconds=0.2))
    row = queue(1, now=None)
    taken_over = []

    def another_comes_first(_message):
        threading.Event().wait(0.5)
        taken_over.append(services.deliver_due(now=timezone.now()))
        connections.close_all()

    post.wishes = [another_comes_first]
    assert services.deliver_due(now=timezone.now()) == 1
    assert taken_over == [0]
    row.refresh_from_db()
    assert (row.status, row.claimed_by) == (NotificationStatus.SENT, "")
    assert post.ids == [mail.message_id(row)]


@pytest.mark.django_db
def test_a_claim_that_had_run_out_is_not_trusted_again():
    rows = [queue(number) for number in (1, 2)]
    sweep = delivery._Sweep(NOW, 10)
    assert sweep._claim(10) == rows
    sweep.renew()
    assert sweep.may_trust_its_claim
    sweep.held_since -= LEASE.total_seconds()
    Notification.objects.filter(pk=rows[1].pk).update(claimed_by="another")
    sweep.renew()
    assert not sweep.may_trust_its_claim


@pytest.mark.django_db
def test_the_clock_that_counts_for_a_claim_is_that_of_the_database(post):
    row = queue(1, now=None)
    ends = delivery._clock_of_database() + LEASE / 2
    Notification.objects.update(status=NotificationStatus.SENDING, claimed_by="alive", next_attempt_at=ends)
    with time_machine.travel(timezone.now() + 2 * LEASE):
        services.deliver_due()
    row.refresh_from_db()
    # Without a server there is one clock.
    assert (row.claimed_by == "alive") is (connection.vendor == "postgresql")
    assert post.messages == []


@pytest.mark.django_db(transaction=True)
def test_who_lost_its_claim_writes_nothing(post):
    row = queue(1)

    def another_takes_over(_message):
        Notification.objects.filter(pk=row.pk).update(claimed_by="another")
        connections.close_all()

    post.wishes = [another_takes_over]
    assert services.deliver_due(now=NOW) == 0
    row.refresh_from_db()
    assert (row.status, row.claimed_by, row.sent_at) == (NotificationStatus.SENDING, "another", None)


@pytest.mark.django_db
def test_a_message_on_which_workers_keep_dying_is_given_up(post):
    row = queue(1)
    Notification.objects.filter(pk=row.pk).update(
        status=NotificationStatus.SENDING, claimed_by="dead", attempts=MAX_ATTEMPTS, next_attempt_at=NOW
    )
    assert services.deliver_due(now=NOW) == 0
    assert services.deliver_due(now=NOW + CALL_OUT) == 0
    row.refresh_from_db()
    assert row.status == NotificationStatus.FAILED
    assert row.error
    assert post.messages == []


# --- What a newer message overtook ---------------------------------------------------------------------------


START = NOW + timedelta(days=7)
HOUR = timedelta(hours=1)


def plan(*participants, **fields):
    return services.schedule(
        kind="check_in", title="Gesprek", starts_at=START, ends_at=START + HOUR, participants=participants, **fields
    )


def later(meeting, **fields):
    return services.move(meeting=meeting, starts_at=START + HOUR, ends_at=START + 2 * HOUR, **fields)


@pytest.mark.django_db
def test_an_invitation_in_hand_does_not_go_out_after_the_one_that_overtook_it(post):
    meeting = plan(Receiver(address="docent@demo.example", role=Role.DOCENT), now=NOW)
    old = Notification.objects.get()
    Notification.objects.update(status=NotificationStatus.SENDING, claimed_by="?dead", next_attempt_at=NOW)
    later(meeting, now=NOW)
    assert services.deliver_due(now=NOW) == 1
    assert [message["Subject"].split(":")[0] for message in post.messages] == ["Gewijzigd"]
    old.refresh_from_db()
    assert (old.status, old.claimed_by) == (NotificationStatus.CANCELLED, "")


@pytest.mark.django_db(transaction=True)
def test_an_invitation_that_is_overtaken_behind_a_slow_message_is_withdrawn(post):
    slow = queue(1, now=None)
    meeting = plan(Receiver(address="docent@demo.example", role=Role.DOCENT))

    def the_talk_is_called_off(_message):
        services.cancel(meeting=meeting)
        connections.close_all()

    post.wishes = [the_talk_is_called_off]
    assert services.deliver_due(now=timezone.now()) == 2
    assert post.ids[0] == mail.message_id(slow)
    assert [message["Subject"].split(":")[0] for message in post.messages[1:]] == ["Gaat niet door"]


@pytest.mark.django_db
def test_only_an_invitation_is_overtaken_and_only_by_one_to_the_same_person_in_the_same_role(
    cast, django_assert_num_queries
):
    meeting = plan(invite=False, now=NOW)

    def invite(number, **receiver):
        return services.notify(
            key=f"invitation:{number}",
            kind="invitation",
            receiver=Receiver(**receiver),
            subject="Kom",
            meeting=meeting,
        )

    as_mentor = invite(1, user=cast.mentor, role=Role.MENTOR)
    as_docent = invite(2, user=cast.mentor, role=Role.DOCENT)
    by_address = invite(3, address="School@demo.example")
    assert not any(map(overtaken, (as_mentor, as_docent, by_address)))
    invite(4, user=cast.mentor, role=Role.MENTOR)
    invite(5, address="school@demo.example")
    assert [overtaken(row) for row in (as_mentor, as_docent, by_address)] == [True, False, True]
    with django_assert_num_queries(0):
        assert not overtaken(Notification(kind="hand_over", address="a@demo.example"))


# --- Trying again by hand ------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_failed_message_is_tried_again_by_hand(post, cast):
    post.refused_receivers = {"persoon1@demo.example": "550 no"}
    row = queue(1)
    services.deliver_due(now=NOW)
    post.refused_receivers = {}
    beheerder = cast.functioneel_beheerder
    services.retry(notification=row, by=beheerder, now=NOW)
    assert services.retry(notification=row, by=beheerder, now=NOW).status == NotificationStatus.QUEUED
    services.deliver_due(now=NOW)
    assert post.ids.count(mail.message_id(row)) == 1
    with pytest.raises(RuleBroken):
        services.retry(notification=row, by=beheerder, now=NOW)


@pytest.mark.django_db
def test_all_failed_messages_are_tried_again_by_hand(post, cast):
    rows = [queue(number) for number in (1, 2)]
    Notification.objects.update(status=NotificationStatus.FAILED, error="550 no")
    assert services.retry_all(by=cast.functioneel_beheerder, now=NOW) == 2
    assert services.retry_all(by=cast.functioneel_beheerder, now=NOW) == 0
    assert services.deliver_due(now=NOW) == 2
    assert len(rows) == len(post.messages)


@pytest.mark.django_db
@pytest.mark.parametrize("status", [NotificationStatus.FAILED, NotificationStatus.BLOCKED])
def test_of_two_refusals_of_one_meeting_neither_overtakes_the_other(cast, status):
    meeting = plan(
        *(Receiver(user=user, role=user.role) for user in (cast.mentor, cast.statushouder)),
        by=cast.klantmanager,
        now=NOW,
    )
    for place in meeting.participants.order_by("pk"):
        services.answer_meeting(participant=place, answer="nee", now=NOW)
    told = Notification.objects.filter(kind="answer")
    told.update(status=status, error="550 no")
    assert len({row.address for row in told}) == 1
    for row in told:
        services.retry(notification=row, by=cast.functioneel_beheerder, now=NOW)
    assert [row.status for row in told.all()] == [NotificationStatus.QUEUED] * 2
