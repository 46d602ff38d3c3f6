"""Inbox, Demo-postvak and the list of mail that did not arrive."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import RoleAssignment
from accounts.roles import Role
from notifications import services
from notifications.checks import mail_delivery
from notifications.models import Notification, NotificationStatus
from notifications.services import Receiver
from tests import factories

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def tell(user, number=1, *, role=None, now=NOW, **fields):
    fields = {
        "kind": "hand_over",
        "subject": f"Bericht {number}",
        "body": "Er wacht iets op u.",
        "link": "/",
        **fields,
    }
    receiver = Receiver(user=user, role=user.role if role is None else role)
    return services.notify(key=f"test:{user.pk}:{number}", receiver=receiver, now=now, **fields)


def subjects(response):
    return [row.subject for row in response.context["page"].object_list]


# --- Inbox -----------------------------------------------------------------------------------------------------


def test_the_inbox_shows_own_messages_unread_first(cast, sign_in):
    read = tell(cast.klantmanager, 1, now=NOW + timedelta(hours=2))
    services.mark_read(notification=read, now=NOW)
    tell(cast.klantmanager, 2)
    tell(cast.klantmanager, 3, now=NOW + timedelta(hours=1))
    tell(cast.outsider.klantmanager, 4)
    tell(cast.klantmanager, 5, in_inbox=False)
    response = sign_in(cast.klantmanager).get(reverse("notifications:inbox"))
    assert subjects(response) == ["Bericht 3", "Bericht 2", "Bericht 1"]
    assert response.context["unread"] == 2


def test_the_inbox_is_searched_filtered_ordered_and_paged(cast, sign_in):
    for number in range(30):
        tell(cast.klantmanager, number, now=NOW + timedelta(minutes=number))
    services.mark_read(notification=Notification.objects.first(), now=NOW)
    client, url = sign_in(cast.klantmanager), reverse("notifications:inbox")
    assert subjects(client.get(url, {"q": "bericht 17"})) == ["Bericht 17"]
    assert len(subjects(client.get(url, {"page": 2}))) == 5
    assert subjects(client.get(url, {"sort": "oldest"}))[0] == "Bericht 0"
    assert subjects(client.get(url, {"sort": "newest"}))[0] == "Bericht 29"
    assert client.get(url, {"show": "unread"}).context["page"].paginator.count == 29
    assert "Geen bericht gevonden" in client.get(url, {"q": "zoek"}).content.decode()
    assert client.get(url, {"page": "veel", "sort": "x"}).status_code == 200


def test_the_inbox_has_as_many_queries_with_1_as_with_30_messages(cast, sign_in):
    client, url = sign_in(cast.klantmanager), reverse("notifications:inbox")
    tell(cast.klantmanager, 0)
    client.get(url)
    one = _queries(client, url)
    for number in range(1, 30):
        tell(cast.klantmanager, number)
    assert _queries(client, url) == one


def test_messages_of_another_role_wait_until_one_works_in_it(cast, sign_in):
    RoleAssignment.objects.create(user=cast.klantmanager, role=Role.MENTOR, starts_on=factories.TODAY)
    tell(cast.klantmanager, 1)
    other = tell(cast.klantmanager, 2, role=Role.MENTOR)
    tell(cast.klantmanager, 3, role="")
    client = sign_in(cast.klantmanager)
    assert sorted(subjects(client.get(reverse("notifications:inbox")))) == ["Bericht 1", "Bericht 3"]
    assert client.get(other.get_absolute_url()).status_code == 404


def test_opening_a_message_is_reading_it(cast, sign_in):
    row = tell(cast.klantmanager, 1)
    client = sign_in(cast.klantmanager)
    page = client.get(row.get_absolute_url()).content.decode()
    assert "Er wacht iets op u." in page
    row.refresh_from_db()
    first = row.read_at
    assert first is not None
    client.get(row.get_absolute_url())
    row.refresh_from_db()
    assert row.read_at == first


@pytest.mark.parametrize("who", ["klantmanager", "mentor", "functioneel_beheerder"])
def test_a_message_to_somebody_else_does_not_exist(cast, sign_in, who):
    row = tell(cast.klantmanager, 1, calendar="BEGIN:VCALENDAR", calendar_method="REQUEST")
    client = sign_in(getattr(cast.outsider, who))
    assert client.get(row.get_absolute_url()).status_code == 404
    assert client.get(reverse("notifications:message_calendar", args=[row.pk])).status_code == 404
    row.refresh_from_db()
    assert row.read_at is None


def test_everything_counts_as_read_on_request(cast, sign_in):
    tell(cast.klantmanager, 1)
    tell(cast.klantmanager, 2)
    other = tell(cast.outsider.klantmanager, 3)
    client, url = sign_in(cast.klantmanager), reverse("notifications:mark_all_read")
    assert client.get(url).status_code == 405
    assert Notification.objects.unread().count() == 3
    assert client.post(url).url == reverse("notifications:inbox")
    client.post(url)
    assert list(Notification.objects.unread()) == [other]


def test_the_calendar_file_of_a_message_can_be_downloaded(cast, sign_in):
    row = tell(cast.klantmanager, 1, calendar="BEGIN:VCALENDAR\r\n", calendar_method="REQUEST")
    client = sign_in(cast.klantmanager)
    response = client.get(reverse("notifications:message_calendar", args=[row.pk]))
    assert response.content == b"BEGIN:VCALENDAR\r\n"
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="afspraak.ics"'
    without = tell(cast.klantmanager, 2)
    assert client.get(reverse("notifications:message_calendar", args=[without.pk])).status_code == 404


# --- Demo-postvak ------------------------------------------------------------------------------------------------


@pytest.fixture
def kept(cast, settings):
    """Three kept mails: to a member of the cast, to an address with a secret, and an invitation."""
    settings.DEMO, settings.MAIL_DELIVERY = True, "keep"
    tell(cast.klantmanager, 1, subject="Er is een dossier aan u overgedragen")
    services.notify(
        key="secret",
        kind="account",
        receiver=Receiver(address="nieuw@demo.example"),
        subject="Uitnodiging",
        body="Open http://localhost:8000/geheim",
        is_secret=True,
        now=NOW + timedelta(minutes=1),
    )
    services.schedule(
        kind="check_in",
        title="3-maandengesprek",
        starts_at=NOW + timedelta(days=1),
        ends_at=NOW + timedelta(days=1, hours=1),
        participants=[Receiver(user=cast.mentor, role=Role.MENTOR)],
        place="Stadskantoor",
        now=NOW + timedelta(minutes=2),
    )
    services.deliver_due(now=NOW + timedelta(minutes=3))
    return list(Notification.objects.order_by("pk"))


def test_the_mailbox_shows_all_kept_mail_to_everybody(client, kept):
    response = client.get(reverse("notifications:demo_mailbox"))
    assert list(response.context["page"].object_list) == kept[::-1]


def test_the_mailbox_is_searched_by_address_subject_and_text(client, kept):
    url = reverse("notifications:demo_mailbox")
    assert subjects(client.get(url, {"q": "nieuw@"})) == ["Uitnodiging"]
    assert subjects(client.get(url, {"q": "overgedragen"})) == ["Er is een dossier aan u overgedragen"]
    assert subjects(client.get(url, {"q": "/geheim"})) == ["Uitnodiging"]


def test_a_kept_mail_is_read_as_its_receiver_would(client, kept):
    page = client.get(reverse("notifications:demo_message", args=[kept[1].pk])).content.decode()
    assert '<a href="http://localhost:8000/geheim"' in page
    assert "nieuw@demo.example" in page
    assert "Dit bericht komt van JAS-portaal" in page


def test_the_calendar_file_of_a_kept_mail_is_shown_in_words(client, kept):
    page = client.get(reverse("notifications:demo_message", args=[kept[2].pk])).content.decode()
    assert "dinsdag 24 november 2026, 10:00" in page
    assert "BEGIN:VTIMEZONE" in page
    file = client.get(reverse("notifications:demo_calendar", args=[kept[2].pk]))
    assert file.content.decode() == kept[2].calendar


@pytest.mark.parametrize(("demo", "delivery"), [(True, "smtp"), (False, "keep"), (False, "smtp")])
@pytest.mark.parametrize("signed_in", [True, False])
def test_outside_a_demo_that_keeps_its_mail_there_is_no_mailbox(
    client, cast, kept, settings, sign_in, signed_in, demo, delivery
):
    settings.DEMO, settings.MAIL_DELIVERY = demo, delivery
    if signed_in:
        sign_in(cast.functioneel_beheerder)
    assert client.get(reverse("notifications:demo_mailbox")).status_code == 404
    assert client.get(reverse("notifications:demo_message", args=[kept[1].pk])).status_code == 404
    assert client.get(reverse("notifications:demo_calendar", args=[kept[2].pk])).status_code == 404


@pytest.mark.parametrize(
    ("demo", "delivery", "errors"),
    [
        (True, "keep", []),
        (True, "smtp", []),
        (False, "smtp", []),
        (False, "keep", ["notifications.E002"]),
        (False, "smpt", ["notifications.E001"]),
    ],
)
def test_settings_of_mail_that_make_no_sense_are_named_at_the_start(settings, demo, delivery, errors):
    settings.DEMO, settings.MAIL_DELIVERY = demo, delivery
    assert [error.id for error in mail_delivery(None)] == errors


def test_what_still_waits_is_not_in_the_mailbox_yet(client, kept):
    row = kept[1]
    Notification.objects.filter(pk=row.pk).update(status=NotificationStatus.QUEUED)
    assert client.get(reverse("notifications:demo_message", args=[row.pk])).status_code == 404


def test_the_mailbox_has_as_many_queries_with_1_as_with_25_mails(cast, sign_in, settings):
    settings.DEMO, settings.MAIL_DELIVERY = True, "keep"
    client, url = sign_in(cast.klantmanager), reverse("notifications:demo_mailbox")
    tell(cast.klantmanager, 0)
    services.deliver_due(now=NOW)
    client.get(url)
    one = _queries(client, url)
    for number in range(1, 30):
        tell(cast.klantmanager, number)
    services.deliver_due(now=NOW)
    assert _queries(client, url) == one


# --- Mail that did not arrive --------------------------------------------------------------------------------------


def test_the_beheerder_sees_what_failed_without_its_content_and_tries_again(cast, sign_in):
    row = tell(cast.klantmanager, 1, subject="Onderwerp", body="Tekst", case_number="JAS-2026-0001")
    waiting = tell(cast.mentor, 2)
    Notification.objects.filter(pk=row.pk).update(status=NotificationStatus.FAILED, error="550 no", attempts=1)
    Notification.objects.filter(pk=waiting.pk).update(error="451 busy", attempts=2)
    client, url = sign_in(cast.functioneel_beheerder), reverse("notifications:failed")
    response = client.get(url)
    page = response.content.decode()
    assert [response.context[name] for name in ("failed_count", "retrying_count")] == [1, 1]
    assert all(words in page for words in (row.address, "550 no", "Overdracht van een dossier"))
    assert not any(words in page for words in ("Onderwerp", "Tekst", "JAS-2026-0001"))
    assert list(client.get(url, {"show": "retrying"}).context["page"].object_list) == [waiting]
    assert list(client.get(url, {"q": "niemand"}).context["page"].object_list) == []

    again = reverse("notifications:retry", args=[row.pk])
    assert client.get(again).status_code == 405
    assert client.post(again).url == url
    client.post(again)
    row.refresh_from_db()
    assert (row.status, row.attempts, row.error) == (NotificationStatus.QUEUED, 0, "")


def test_the_beheerder_tries_everything_again(cast, sign_in):
    tell(cast.klantmanager, 1)
    tell(cast.klantmanager, 2)
    Notification.objects.update(status=NotificationStatus.FAILED, error="550 no")
    client = sign_in(cast.functioneel_beheerder)
    assert client.post(reverse("notifications:retry_all")).url == reverse("notifications:failed")
    assert Notification.objects.failed().count() == 0


def test_a_message_that_was_sent_is_not_sent_again_by_hand(cast, sign_in):
    row = tell(cast.klantmanager, 1)
    Notification.objects.update(status=NotificationStatus.SENT)
    client = sign_in(cast.functioneel_beheerder)
    assert client.post(reverse("notifications:retry", args=[row.pk])).status_code == 404


def test_the_beheerder_reads_no_address_of_a_person_in_the_programme_without_account(cast, sign_in):
    for key, number in (("a", cast.case.number), ("b", "")):
        services.notify(
            key=key, kind="invitation", receiver=services.Receiver(address="selam.tekle@demo.example"), subject="Afspraak",
            case_number=number, now=NOW,
        )  # fmt: skip
    Notification.objects.filter(key="a").update(
        status=NotificationStatus.FAILED, error="550 <Selam.Tekle@demo.example> unknown"
    )
    client, url = sign_in(cast.functioneel_beheerder), reverse("notifications:failed")

    page = client.get(url).content.decode()

    assert f"Statushouder van dossier {cast.case.number}" in page
    assert "<bdi>550</bdi>" in page
    assert "tekle" not in page.lower()
    assert client.get(url, {"q": "tekle"}).context["page"].object_list.count() == 0
    assert client.get(url, {"q": cast.case.number}).context["page"].object_list.count() == 1
    Notification.objects.filter(key="b").update(status=NotificationStatus.FAILED)
    assert "selam.tekle@demo.example" in client.get(url).content.decode()


@pytest.mark.parametrize("role", [role for role in Role if role != Role.FUNCTIONEEL_BEHEERDER])
def test_nobody_else_sees_what_failed(cast, sign_in, role):
    row = tell(cast.klantmanager, 1)
    Notification.objects.update(status=NotificationStatus.FAILED)
    client = sign_in(getattr(cast, role.value))
    assert client.get(reverse("notifications:failed")).status_code == 403
    assert client.post(reverse("notifications:retry_all")).status_code == 403
    assert client.post(reverse("notifications:retry", args=[row.pk])).status_code == 404


def _queries(client, url):
    """How many queries the page takes."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)
