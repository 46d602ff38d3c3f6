"""Berichten on a dossier: what went to whom and whether it arrived, as far as the reader reads there."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.roles import Role
from cases.services import assign
from notifications import services
from notifications.models import Notification, NotificationStatus, RefusedAddress
from notifications.services import Receiver
from tests.factories import TODAY

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Europe/Amsterdam"))

#: Sort → to whom it goes here.
SENT = {
    "absence_alert": Role.KLANTMANAGER,
    "break_glass": Role.KLANTMANAGER,
    "hand_over": Role.KLANTMANAGER,
    "match": Role.STATUSHOUDER,
    "mentor_concern": Role.VRIJWILLIGERSCOORDINATOR,
    "plan_established": Role.STATUSHOUDER,
    "startgroep": Role.STATUSHOUDER,
}
#: Who sees which of them: that and when, in the zones they read at least in part.
SEEN = {
    Role.KLANTMANAGER: set(SENT) - {"mentor_concern"},
    Role.MAATSCHAPPELIJK_BEGELEIDER: {"hand_over", "plan_established", "startgroep"},
    Role.MENTOR: {"hand_over", "match", "startgroep"},
    Role.VRIJWILLIGERSCOORDINATOR: {"hand_over", "match", "mentor_concern", "startgroep"},
    Role.DOCENT: {"hand_over", "startgroep"},
    Role.STATUSHOUDER: set(SENT) - {"absence_alert", "mentor_concern"},
}


@pytest.fixture
def around(cast):
    """Everybody stands around the dossier, and one of each sort was sent."""
    assign(case=cast.case, role=Role.MENTOR, user=cast.mentor, by=None, today=TODAY)
    coordinator = cast.vrijwilligerscoordinator.acting_as
    assign(
        case=cast.case, role=coordinator.role, organisation=coordinator.organisation, by=None, today=TODAY
    )  # fmt: skip
    Notification.objects.all().delete()
    for kind, role in SENT.items():
        tell(cast, kind, role)
    return cast


def tell(cast, kind, role, number=0):
    return services.notify(
        key=f"{kind}:{number}", kind=kind, receiver=Receiver(user=getattr(cast, role.value), role=role),
        subject="Geheim onderwerp", body="Geheime tekst", case_number=cast.case.number, now=NOW,
    )  # fmt: skip


def address(cast):
    return reverse("cases:messages", args=[cast.case.number])


@pytest.mark.parametrize("role", list(SEEN), ids=str)
def test_each_sees_the_sorts_of_the_zones_they_read(around, sign_in, role):
    page = sign_in(getattr(around, role.value)).get(address(around))
    assert {row.kind for row in page.context["page"].object_list} == SEEN[role]
    assert "Geheim" not in page.text


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        ("queued", "", "Wacht op verzending"),
        ("sent", "", "Afgeleverd bij de mailserver"),
        ("held", "", "Wacht op de verzamelmail"),
        ("portal_only", "", "Staat in het portaal"),
        ("failed", "550 5.1.1 no", "Geweigerd door de mailserver: bel of schrijf zelf"),
        ("failed", "no server", "Niet aangekomen: bel of schrijf zelf"),
        ("blocked", "", "Niet verstuurd, het adres werkt niet: bel of schrijf zelf"),
    ],
)
def test_it_says_whether_it_arrived(around, sign_in, status, error, words):
    Notification.objects.filter(kind="hand_over").update(status=status, error=error)
    page = sign_in(around.klantmanager).get(address(around), {"kind": "hand_over"})
    [line] = page.context["history"].lines
    assert (line.status, line.name, line.role) == (words, around.klantmanager.name, "Klantmanager")
    missed = sign_in(around.klantmanager).get(address(around), {"show": "missed"})
    assert len(missed.context["history"].lines) == (status in ("failed", "blocked"))


def test_whom_to_phone_stands_above(around, sign_in):
    services.schedule(
        kind="startgroep", title="Bijeenkomst", starts_at=NOW + timedelta(days=1), case_number=around.case.number,
        ends_at=NOW + timedelta(days=1, hours=1), participants=[Receiver(role=Role.STATUSHOUDER)], now=NOW,
    )  # fmt: skip
    page = sign_in(around.klantmanager).get(address(around))
    assert page.context["history"].to_phone == [("Bijeenkomst", "dinsdag 24 november, 09:00", "Statushouder")]


def test_a_person_whose_address_takes_no_mail_must_be_phoned(around, sign_in):
    client = sign_in(around.klantmanager)
    assert not client.get(address(around)).context["header"].write_yourself
    person = around.statushouder
    RefusedAddress.objects.create(address=person.email, answer="550 no", refused_at=NOW, user=person)
    assert client.get(address(around)).context["header"].write_yourself
    assert "Bel of schrijf zelf" in client.get(around.case.get_absolute_url()).text


def test_as_many_queries_with_1_as_with_3_messages(around, sign_in):
    client, counts = sign_in(around.klantmanager), []
    Notification.objects.exclude(kind="hand_over").delete()
    for numbers in ((), (1, 2)):
        for number in numbers:
            tell(around, "hand_over", Role.KLANTMANAGER, number)
        client.get(address(around))
        with CaptureQueriesContext(connection) as queries:
            client.get(address(around))
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert Notification.objects.filter(status=NotificationStatus.QUEUED).count() == 3
