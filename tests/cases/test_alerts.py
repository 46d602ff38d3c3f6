"""Alerts: raised once, seen, followed up, handled, withdrawn; and the pages."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone
from cases import overviews, services
from cases.models import Alert, AlertStatus, FollowUp, JournalKind
from tests import factories
from tests.factories import TODAY


def raise_one(case, key="absence:1:1", title="Vierde verzuim", **fields):
    fields = {"kind": "absence", "for_role": Role.KLANTMANAGER, "zone": Zone.ATTENDANCE, **fields}
    return services.raise_alert(case=case, key=key, title=title, **fields)


def follow_up(alert, by, **fields):
    fields = {"contacted_on": TODAY, "channel": "telefoon", "agreed": "Belt bij ziekte.", "key": uuid4(), **fields}
    return services.record_follow_up(alert=alert, by=by, today=TODAY, **fields)


def lines(case):
    kinds = [JournalKind.ALERT, JournalKind.FOLLOW_UP]
    return list(case.journal.filter(kind__in=kinds).order_by("pk").values_list("text", flat=True))


def titles(user, query=""):
    return [row.title for row in overviews.alert_list(user, QueryDict(query), TODAY).rows]


def test_raised_twice_it_is_one_and_grows(cast):
    first, is_new = raise_one(cast.case)
    again, is_new_again = raise_one(cast.case, title="Vijfde verzuim")

    assert (first, is_new, is_new_again) == (again, True, False)
    assert Alert.objects.get().title == "Vijfde verzuim"
    assert lines(cast.case) == ["Signaal: Vierde verzuim"]


def test_withdrawn_after_a_correction_and_back_again(cast):
    raise_one(cast.case)
    services.withdraw_alert(key="absence:1:1")
    services.withdraw_alert(key="absence:1:1")
    assert Alert.objects.get().status == AlertStatus.VERVALLEN

    _alert, reopened = raise_one(cast.case)

    assert reopened is True
    assert Alert.objects.get().status == AlertStatus.NIEUW
    assert lines(cast.case) == [
        "Signaal: Vierde verzuim",
        "Signaal vervallen: Vierde verzuim",
        "Signaal opnieuw: Vierde verzuim",
    ]


def test_after_contact_a_correction_shows_and_the_alert_stays(cast):
    alert, _new = raise_one(cast.case)
    follow_up(alert, cast.klantmanager, closes=False)

    services.withdraw_alert(key="absence:1:1", detail="Drie keer, na correctie")

    alert.refresh_from_db()
    assert (alert.status, alert.detail) == (AlertStatus.CONTACT_GEHAD, "Drie keer, na correctie")


def test_follow_up_closes_once(cast):
    alert, _new = raise_one(cast.case)
    key = uuid4()

    rows = [follow_up(alert, cast.klantmanager, key=key) for _twice in range(2)]

    alert.refresh_from_db()
    assert rows[0] == rows[1]
    assert (alert.status, alert.handled_by) == (AlertStatus.AFGEHANDELD, cast.klantmanager)
    assert lines(cast.case) == ["Signaal: Vierde verzuim", "Signaal opgevolgd: Vierde verzuim"]
    with pytest.raises(RuleBroken):
        follow_up(alert, cast.klantmanager)


def test_nobody_reached_leaves_it_open(cast):
    alert, _new = raise_one(cast.case)

    with pytest.raises(RuleBroken):
        follow_up(alert, cast.klantmanager, channel="niet_bereikt")
    follow_up(alert, cast.klantmanager, channel="niet_bereikt", closes=False, agreed="")

    alert.refresh_from_db()
    assert alert.status == AlertStatus.GEZIEN
    assert lines(cast.case)[-1] == "Poging tot contact: Vierde verzuim"


@pytest.mark.parametrize("wrong", [{"contacted_on": TODAY + timedelta(days=1)}, {"agreed": "  "}])
def test_what_a_follow_up_refuses(cast, wrong):
    alert, _new = raise_one(cast.case)

    with pytest.raises(RuleBroken):
        follow_up(alert, cast.klantmanager, **wrong)

    assert not FollowUp.objects.exists()


# --- Pages -------------------------------------------------------------------------------------------


def test_the_list_shows_open_ones_the_oldest_first_and_the_rest_when_asked(cast):
    raise_one(cast.case, key="a", title="Oud", now=timezone.now() - timedelta(days=4))
    raise_one(cast.case, key="b", title="Nieuw")
    done, _new = raise_one(cast.case, key="c", title="Klaar")
    follow_up(done, cast.klantmanager)
    raise_one(cast.case, key="d", title="Weg")
    services.withdraw_alert(key="d")

    assert titles(cast.klantmanager) == ["Oud", "Nieuw"]
    assert titles(cast.klantmanager, "sort=-title") == ["Oud", "Nieuw"]
    assert titles(cast.klantmanager, "status=handled") == ["Klaar"]
    assert titles(cast.klantmanager, "status=withdrawn") == ["Weg"]
    assert sorted(titles(cast.klantmanager, "status=all")) == ["Klaar", "Nieuw", "Oud", "Weg"]
    assert titles(cast.klantmanager, "q=oud") == ["Oud"]
    assert titles(cast.klantmanager, "q=Tekle&status=handled") == ["Klaar"]
    assert titles(cast.vrijwilligerscoordinator) == []
    assert titles(cast.outsider.klantmanager) == []


def test_alerts_of_a_waiting_dossier_stand_with_every_klantmanager(cast):
    case = factories.make_case()
    raise_one(case)

    assert titles(cast.klantmanager) == titles(cast.outsider.klantmanager) == ["Vierde verzuim"]


def test_of_a_waiting_dossier_shows_what_is_open_and_not_what_was_agreed(cast, sign_in):
    case = factories.make_case(klantmanager=cast.klantmanager)
    alert, _new = raise_one(case)
    follow_up(alert, cast.klantmanager, agreed="Zorgt voor een ziek kind.", closes=False)
    services.release(case=case, role=Role.KLANTMANAGER, by=None, today=TODAY)
    client = sign_in(cast.outsider.klantmanager)
    page = client.get(reverse("cases:alert", args=[alert.pk]))
    assert "Gebeld" in page.content.decode()
    assert "ziek kind" not in page.content.decode()

    sent = {"contacted_on": TODAY.isoformat(), "channel": "telefoon", "agreed": "Komt weer.", "closes": "on"}
    answer = client.post(reverse("cases:record_follow_up", args=[alert.pk]), sent)

    assert answer.url == reverse("cases:alerts")
    assert client.get(reverse("cases:alert", args=[alert.pk])).status_code == 404
    assert titles(cast.outsider.klantmanager, "status=all") == []
    services.take_case(case=case, by=cast.outsider.klantmanager, today=TODAY)
    assert "ziek kind" in client.get(reverse("cases:alert", args=[alert.pk])).content.decode()


def test_opening_it_is_noted(cast, sign_in):
    alert, _new = raise_one(cast.case)
    client = sign_in(cast.klantmanager)
    client.get(reverse("cases:alerts"))
    alert.refresh_from_db()
    assert alert.status == AlertStatus.NIEUW

    client.get(reverse("cases:alert", args=[alert.pk]))

    alert.refresh_from_db()
    assert (alert.status, alert.seen_at is not None) == (AlertStatus.GEZIEN, True)


def test_record_follow_up_in_the_browser_words(cast, sign_in):
    alert, _new = raise_one(cast.case)
    client = sign_in(cast.klantmanager)
    address = reverse("cases:record_follow_up", args=[alert.pk])
    sent = {
        "key": str(uuid4()),
        "contacted_on": timezone.localdate().isoformat(),
        "channel": "telefoon",
        "agreed": "Belt bij ziekte.",
        "closes": "on",
    }

    refused = client.post(address, sent | {"agreed": ""})
    answers = [client.post(address, sent) for _twice in range(2)]

    assert "Schrijf in een zin op" in refused.content.decode()
    assert [answer.url for answer in answers] == [reverse("cases:alert", args=[alert.pk])] * 2
    assert FollowUp.objects.count() == 1
    assert "Belt bij ziekte." in client.get(answers[0].url).content.decode()


def test_nobody_reached_keeps_the_alert_whatever_the_tick_says(cast, sign_in):
    alert, _new = raise_one(cast.case)

    sign_in(cast.klantmanager).post(
        reverse("cases:record_follow_up", args=[alert.pk]),
        {"contacted_on": timezone.localdate().isoformat(), "channel": "niet_bereikt", "agreed": "", "closes": "on"},
    )

    alert.refresh_from_db()
    assert alert.is_open
    assert FollowUp.objects.get().closes is False


@pytest.mark.parametrize("role", ["klantmanager", "vrijwilligerscoordinator", "mentor", "statushouder"])
def test_pages_of_anothers_alert_are_not_found(cast, sign_in, role):
    alert, _new = raise_one(cast.case)
    client = sign_in(getattr(cast.outsider, role))

    for name in ("alert", "record_follow_up"):
        assert client.get(reverse(f"cases:{name}", args=[alert.pk])).status_code == 404
    alert.refresh_from_db()
    assert alert.status == AlertStatus.NIEUW


def test_an_alert_for_the_coordinator_is_closed_to_the_klantmanager(cast, sign_in):
    services.assign(
        case=cast.case, role=Role.VRIJWILLIGERSCOORDINATOR, organisation=cast.vrijwilligers, by=None, today=TODAY
    )
    alert, _new = raise_one(
        cast.case, for_role=Role.VRIJWILLIGERSCOORDINATOR, zone=Zone.MENTORING, title="Zorg van de mentor"
    )

    assert sign_in(cast.vrijwilligerscoordinator).get(reverse("cases:alert", args=[alert.pk])).status_code == 200
    assert sign_in(cast.klantmanager).get(reverse("cases:alert", args=[alert.pk])).status_code == 404
    page = sign_in(cast.klantmanager).get(reverse("cases:timeline", args=[cast.case.number])).content.decode()
    assert "Zorg van de mentor" not in page
