"""Deputies by date: who sees and does whose dossiers, on which days and no others."""

from datetime import datetime, time, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from accounts.rules import RuleBroken
from cases import overviews, services
from cases.models import Assignment, Case, Deputyship, JournalKind
from notifications import services as notifications
from notifications.models import Meeting, Notification
from notifications.services import Receiver
from tests import factories
from tests.factories import TODAY

MONDAY = TODAY + timedelta(days=7)
FRIDAY = MONDAY + timedelta(days=4)


def name_deputy(cast, **changed):
    values = {
        "holder": cast.klantmanager,
        "deputy": cast.outsider.klantmanager,
        "starts_on": MONDAY,
        "last_day": FRIDAY,
        "by": cast.klantmanager,
        "today": TODAY,
        **changed,
    }
    return services.name_deputy(**values)


def sees(user, case, day):
    return Case.objects.visible_to(user, day).filter(pk=case.pk).exists()


def test_the_deputy_sees_the_dossiers_on_these_days_alone(cast):
    other = factories.make_case(klantmanager=cast.klantmanager)

    deputyship = name_deputy(cast)

    deputy = cast.outsider.klantmanager
    for case in (cast.case, other):
        days = [day for day in range(20) if sees(deputy, case, TODAY + timedelta(days=day))]
        assert days == [7, 8, 9, 10, 11]
        assert sees(cast.klantmanager, case, MONDAY)
    assert deputyship.last_day == FRIDAY
    lines = cast.case.journal.filter(kind=JournalKind.ASSIGNED, text__contains="vervangt")
    assert lines.get().text.endswith("van 30 november 2026 tot en met 4 december 2026")


def test_both_are_told_once_without_a_name_of_the_dossiers(cast):
    factories.make_case(klantmanager=cast.klantmanager)
    key = uuid4()

    first, second = name_deputy(cast, key=key), name_deputy(cast, key=key)

    assert first == second
    assert Assignment.objects.filter(deputyship=first).count() == 2
    told = Notification.objects.filter(kind="deputy")
    assert sorted(told.values_list("user", flat=True)) == sorted([cast.klantmanager.pk, cast.outsider.klantmanager.pk])
    for message in told:
        assert "2 dossiers" in message.body
        assert "Selam" not in message.subject + message.body + message.link
        assert cast.case.number not in message.subject + message.body + message.link


def test_the_deputy_works_as_the_klantmanager_does(cast, sign_in):
    name_deputy(cast, starts_on=TODAY, last_day=TODAY)
    client = sign_in(cast.outsider.klantmanager)

    page = client.get(reverse("cases:case", args=[cast.case.number])).content.decode()
    assert f"U vervangt {cast.klantmanager} tot en met 23 november 2026." in page
    assert client.get(reverse("cases:edit_plan", args=[cast.case.number])).status_code == 200
    listed = client.get(reverse("cases:list")).content.decode()
    assert f"vervangt {cast.klantmanager} tot en met 23 nov 2026" in listed

    with time_machine.travel(timezone.make_aware(datetime.combine(TODAY + timedelta(days=1), time(0, 1)))):
        client = sign_in(cast.outsider.klantmanager)
        assert client.get(reverse("cases:case", args=[cast.case.number])).status_code == 404
        assert cast.case.number not in client.get(reverse("cases:list")).content.decode()


def test_the_one_who_is_replaced_reads_by_whom(cast, sign_in):
    name_deputy(cast, starts_on=TODAY, last_day=TODAY)
    page = sign_in(cast.klantmanager).get(reverse("cases:timeline", args=[cast.case.number])).content.decode()
    assert f"{cast.outsider.klantmanager} vervangt u tot en met 23 november 2026." in page


def test_some_dossiers_only(cast):
    other = factories.make_case(klantmanager=cast.klantmanager)
    name_deputy(cast, numbers=[other.number])
    deputy = cast.outsider.klantmanager
    assert sees(deputy, other, MONDAY)
    assert not sees(deputy, cast.case, MONDAY)


def test_nobody_gives_away_what_is_not_theirs(cast):
    foreign = factories.make_case(klantmanager=factories.make_user(Role.KLANTMANAGER))
    with pytest.raises(RuleBroken, match="ten minste één dossier"):
        name_deputy(cast, numbers=[foreign.number])
    # Nor what one does in the place of another.
    name_deputy(cast, starts_on=TODAY)
    third = factories.make_user(Role.KLANTMANAGER, organisation=cast.organisations[Role.KLANTMANAGER])
    with pytest.raises(RuleBroken, match="ten minste één dossier"):
        name_deputy(cast, holder=cast.outsider.klantmanager, deputy=third)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"starts_on": TODAY - timedelta(days=1)}, "begint vandaag"),
        ({"last_day": MONDAY - timedelta(days=1)}, "voor de eerste dag"),
        ({"last_day": MONDAY + timedelta(days=184)}, "half jaar"),
    ],
)
def test_odd_days_are_refused(cast, changed, words):
    with pytest.raises(RuleBroken, match=words):
        name_deputy(cast, **changed)
    assert not Deputyship.objects.exists()


def test_only_a_colleague_in_the_same_role_and_organisation(cast):
    elsewhere = factories.make_user(Role.KLANTMANAGER, organisation=factories.make_organisation("Gemeente Elders"))
    for wrong in (elsewhere, cast.docent):
        with pytest.raises(RuleBroken, match="niet in deze rol"):
            name_deputy(cast, deputy=wrong)
    with pytest.raises(RuleBroken, match="Kies een collega"):
        name_deputy(cast, deputy=cast.klantmanager)


def test_two_deputies_for_one_dossier_on_one_day_are_refused(cast):
    third = factories.make_user(Role.KLANTMANAGER, organisation=cast.organisations[Role.KLANTMANAGER])
    name_deputy(cast)
    with pytest.raises(RuleBroken, match=r"vervangt .* u al"):
        name_deputy(cast, deputy=third, starts_on=FRIDAY, last_day=FRIDAY + timedelta(days=3))
    name_deputy(cast, deputy=third, starts_on=FRIDAY + timedelta(days=1), last_day=FRIDAY + timedelta(days=3))


def test_somebody_who_is_away_does_not_stand_in(cast):
    third = factories.make_user(Role.KLANTMANAGER, organisation=cast.organisations[Role.KLANTMANAGER])
    factories.make_case(klantmanager=cast.outsider.klantmanager)
    name_deputy(cast, holder=cast.outsider.klantmanager, deputy=third)
    with pytest.raises(RuleBroken, match="zelf een vervanger"):
        name_deputy(cast)


@pytest.mark.parametrize("who", ["klantmanager", "deputy"])
def test_either_ends_it_early_and_both_hear_of_it(cast, who):
    deputyship = name_deputy(cast, starts_on=TODAY)
    by = cast.klantmanager if who == "klantmanager" else cast.outsider.klantmanager

    for _twice in range(2):
        services.end_deputyship(deputyship=deputyship, by=by, today=TODAY)

    assert not sees(cast.outsider.klantmanager, cast.case, TODAY)
    assert Notification.objects.filter(kind="deputy", subject__contains="eerder").count() == 2
    assert cast.case.journal.filter(text__contains="vervangt").count() == 2


def test_called_off_before_it_began(cast):
    deputyship = name_deputy(cast)
    services.end_deputyship(deputyship=deputyship, by=cast.klantmanager, today=TODAY)
    assert not sees(cast.outsider.klantmanager, cast.case, MONDAY)
    name_deputy(cast)  # the days are free again


def test_nobody_else_ends_it(cast, sign_in):
    deputyship = name_deputy(cast)
    third = factories.make_user(Role.KLANTMANAGER, organisation=cast.organisations[Role.KLANTMANAGER])
    with pytest.raises(RuleBroken):
        services.end_deputyship(deputyship=deputyship, by=third, today=TODAY)
    address = reverse("cases:end_deputyship", args=[deputyship.pk])
    assert sign_in(third).post(address).status_code == 404


def test_handing_over_ends_the_deputy_too(cast):
    name_deputy(cast, starts_on=TODAY)
    third = factories.make_user(Role.KLANTMANAGER, organisation=cast.organisations[Role.KLANTMANAGER])
    services.hand_over(case=cast.case, to=third, by=cast.klantmanager, today=TODAY)
    assert not sees(cast.outsider.klantmanager, cast.case, TODAY)


def test_a_deputy_becomes_the_klantmanager(cast):
    name_deputy(cast, starts_on=TODAY)
    services.hand_over(case=cast.case, to=cast.outsider.klantmanager, by=cast.klantmanager, today=TODAY)
    row = Assignment.objects.current(TODAY).get(case=cast.case, role=Role.KLANTMANAGER)
    assert (row.user, row.deputy_for, row.ends_on) == (cast.outsider.klantmanager, None, None)


def test_a_new_dossier_comes_to_the_deputy_for_everything(cast):
    name_deputy(cast, starts_on=TODAY)
    new = factories.make_case(klantmanager=cast.klantmanager)
    assert sees(cast.outsider.klantmanager, new, FRIDAY)
    assert not sees(cast.outsider.klantmanager, new, FRIDAY + timedelta(days=1))


def test_a_begeleider_has_deputies_and_a_coordinator_needs_none(cast):
    colleague = factories.make_user(
        Role.MAATSCHAPPELIJK_BEGELEIDER, organisation=cast.organisations[Role.MAATSCHAPPELIJK_BEGELEIDER]
    )
    begeleider = cast.maatschappelijk_begeleider
    name_deputy(cast, holder=begeleider, deputy=colleague, by=begeleider)
    assert sees(colleague, cast.case, MONDAY)
    assert not sees(colleague, cast.case, TODAY)
    with pytest.raises(RuleBroken, match="geen vervanger nodig"):
        name_deputy(cast, holder=cast.vrijwilligerscoordinator, deputy=cast.outsider.vrijwilligerscoordinator)


def test_the_agenda_follows_the_days(cast):
    start = timezone.make_aware(datetime.combine(MONDAY + timedelta(days=1), time(10)))
    meeting = notifications.schedule(
        kind="test", title="Gesprek", starts_at=start, ends_at=start + timedelta(hours=1), invite=False,
        case_number=cast.case.number, participants=[Receiver(user=cast.klantmanager, role=Role.KLANTMANAGER)],
    )  # fmt: skip
    name_deputy(cast)
    deputy = cast.outsider.klantmanager

    def sees_meeting():
        return Meeting.objects.visible_to(deputy).filter(pk=meeting.pk).exists()

    assert services.settle_deputyships(today=TODAY) == 0
    assert not sees_meeting()
    at = timezone.make_aware(datetime.combine(MONDAY, time(0, 5)))
    assert services.settle_deputyships(today=MONDAY, now=at) == 1
    assert sees_meeting()
    assert services.settle_deputyships(today=MONDAY, now=at) == 0
    assert services.settle_deputyships(today=FRIDAY + timedelta(days=1), now=at) == 1
    assert not sees_meeting()
    assert Meeting.objects.visible_to(cast.klantmanager).filter(pk=meeting.pk).exists()


def test_what_is_planned_in_the_days_comes_to_the_deputy_once_and_goes_with_a_cancellation(cast):
    deputyship = name_deputy(cast, starts_on=TODAY)
    now = timezone.make_aware(datetime.combine(TODAY, time(9)))
    assert services.settle_deputyships(today=TODAY, now=now) == 1
    start = now + timedelta(days=2)
    meeting = notifications.schedule(
        kind="test", title="Gesprek", starts_at=start, ends_at=start + timedelta(hours=1), now=now,
        case_number=cast.case.number, participants=[Receiver(user=cast.klantmanager, role=Role.KLANTMANAGER)],
    )  # fmt: skip
    deputy = cast.outsider.klantmanager
    assert [services.settle_deputyships(today=TODAY, now=now) for _twice in range(2)] == [1, 0]
    assert [row.user for row in meeting.participants.all()] == [cast.klantmanager, deputy]
    told = Notification.objects.filter(meeting=meeting, user=deputy).order_by("pk")
    assert [(row.calendar_method, row.status) for row in told] == [("REQUEST", "queued")]
    told.update(status="sent")
    services.end_deputyship(deputyship=deputyship, by=cast.klantmanager, today=TODAY, now=now)
    assert [row.calendar_method for row in told.all()] == ["REQUEST", "CANCEL"]
    assert [row.user for row in meeting.participants.all()] == [cast.klantmanager]


def test_a_dossier_the_deputy_left_brings_no_meetings_back(cast):
    name_deputy(cast, starts_on=TODAY)
    now = timezone.make_aware(datetime.combine(TODAY, time(9)))
    services.settle_deputyships(today=TODAY, now=now)
    services.release(
        case=cast.case, role=Role.KLANTMANAGER, user=cast.outsider.klantmanager, by=None, today=MONDAY, now=now
    )
    notifications.schedule(
        kind="test", title="Gesprek", starts_at=now + timedelta(days=8), ends_at=now + timedelta(days=9), now=now,
        case_number=cast.case.number, participants=[Receiver(user=cast.klantmanager, role=Role.KLANTMANAGER)],
    )  # fmt: skip
    assert services.settle_deputyships(today=MONDAY, now=now) == 0
    assert not Notification.objects.filter(user=cast.outsider.klantmanager, kind="invitation").exists()


def test_pages_name_and_end_a_deputy(cast, sign_in):
    client = sign_in(cast.klantmanager)
    sent = {
        "deputy": cast.outsider.klantmanager.pk,
        "starts_on": MONDAY.isoformat(),
        "last_day": FRIDAY.isoformat(),
        "which": "some",
        "key": str(uuid4()),
    }
    address = reverse("cases:name_deputy")
    assert "ten minste één dossier" in client.post(address, sent).content.decode()
    for _double_click in range(2):
        assert client.post(address, {**sent, "numbers": [cast.case.number]}).status_code == 302
    deputyship = Deputyship.objects.get()
    assert Assignment.objects.filter(deputyship=deputyship).count() == 1
    page = client.get(reverse("cases:deputies")).content.decode()
    assert f"{cast.outsider.klantmanager} vervangt u" in page
    assert "30 november 2026 tot en met 4 december 2026" in page

    assert client.post(reverse("cases:end_deputyship", args=[deputyship.pk])).status_code == 302
    assert overviews.deputies_page(cast.klantmanager, TODAY).mine == []


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_as_much_with_three(cast, django_assert_num_queries, count):
    for number in range(count):
        first = MONDAY + timedelta(days=10 * number)
        name_deputy(cast, starts_on=first, last_day=first + timedelta(days=3))
    with django_assert_num_queries(2):
        assert len(overviews.deputies_page(cast.klantmanager, TODAY).mine) == count


def test_a_deputy_who_hands_a_dossier_over_does_not_do_so_unseen(cast):
    deputy = cast.outsider.klantmanager
    name_deputy(cast, starts_on=TODAY, last_day=FRIDAY)
    services.hand_over(case=cast.case, to=deputy, by=deputy, today=TODAY)
    assert not sees(cast.klantmanager, cast.case, TODAY)
    told = Notification.objects.get(kind="hand_over")
    assert (told.user, told.subject, told.link) == (cast.klantmanager, "Een dossier van u is overgedragen", "")
    assert "Selam" not in told.subject + told.body
