"""Emergency access: one number, one reason, one working day, and everybody hears of it."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from accounts.models import RoleAssignment, User
from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone
from cases import overviews, rules, services
from cases.models import BreakGlass, Case, JournalEntry, JournalKind
from cases.reach import reader_of
from notifications.models import Notification
from tests import factories
from tests.factories import TODAY

REASON = "Er staat iemand aan de balie met een brief die vandaag weg moet."
TOMORROW = TODAY + timedelta(days=1)


def take(cast, **changed):
    values = {
        "number": cast.case.number,
        "reason": REASON,
        "by": cast.outsider.klantmanager,
        "today": TODAY,
        **changed,
    }
    return services.break_glass(**values)


def sees(user, case, day=TODAY):
    return Case.objects.visible_to(user, day).filter(pk=case.pk).exists()


def test_it_opens_the_whole_dossier_until_the_end_of_the_next_working_day(cast):
    take(cast)
    by = cast.outsider.klantmanager
    assert [day for day in range(-1, 5) if sees(by, cast.case, TODAY + timedelta(days=day))] == [0, 1]
    assert reader_of(cast.case, by).reads(Zone.BENEFIT)
    assert rules.working_days_after(date(2026, 11, 27), 1) == date(2026, 11, 30)


def test_everybody_who_should_know_is_told_at_once_without_name_or_reason(cast):
    take(cast)
    told = Notification.objects.filter(kind="break_glass")
    officers = {cast.privacy_officer, cast.outsider.privacy_officer}
    assert {message.user for message in told} == {cast.klantmanager} | officers
    for message in told:
        assert "balie" not in message.subject + message.body
        assert "Selam" not in message.subject + message.body


def test_the_statushouder_reads_it_on_the_timeline_and_the_mentor_does_not(cast, sign_in):
    take(cast)
    line = cast.case.journal.get(kind=JournalKind.BREAK_GLASS)
    assert line.text.startswith("Een andere klantmanager mag dit dossier zien met noodtoegang, tot en met 24 november")
    page = sign_in(cast.statushouder).get(reverse("cases:timeline", args=[cast.case.number])).content.decode()
    assert line.text in page
    assert str(cast.outsider.klantmanager) in page
    services.assign(case=cast.case, role=Role.MENTOR, user=cast.mentor, by=None, today=TODAY)
    assert not JournalEntry.objects.visible_to(cast.mentor).filter(pk=line.pk).exists()
    page = sign_in(cast.mentor).get(reverse("cases:case", args=[cast.case.number])).content.decode()
    assert str(cast.outsider.klantmanager) not in page


def test_an_unknown_number_and_a_closed_one_read_the_same(cast, sign_in):
    elsewhere = factories.make_user(Role.KLANTMANAGER, organisation=factories.make_organisation("Gemeente Elders"))
    foreign = factories.make_case(klantmanager=elsewhere)
    waiting = factories.make_case()
    client = sign_in(cast.outsider.klantmanager)

    def answer(number):
        key = "3f0e4a52-5d0c-4f5c-9a41-0a4f1f1e2d3c"
        page = client.post(reverse("cases:break_glass"), {"number": number, "reason": REASON, "key": key})
        text = page.content.decode().replace(number, "")
        return page.status_code, "Controleer het nummer" in text, len(text)

    answers = [answer(number) for number in ("JAS-2026-9999", foreign.number, waiting.number)]
    assert len(set(answers)) == 1
    assert answers[0][1]
    assert not BreakGlass.objects.exists()


@pytest.mark.parametrize("reason", ["", "nodig", " " * 40])
def test_it_asks_for_a_real_reason(cast, reason):
    with pytest.raises(RuleBroken, match="hele zin"):
        take(cast, reason=reason)


def test_twice_is_once_and_an_own_dossier_needs_none(cast):
    key = uuid4()
    assert take(cast, key=key) == take(cast, key=key) == take(cast)
    assert Notification.objects.filter(kind="break_glass", user=cast.klantmanager).count() == 1
    with pytest.raises(RuleBroken, match="ziet dit dossier al"):
        take(cast, by=cast.klantmanager)


@pytest.mark.parametrize("role", [role for role in Role if role != Role.KLANTMANAGER], ids=str)
def test_only_a_klantmanager(cast, role):
    with pytest.raises(RuleBroken):
        take(cast, by=getattr(cast, role.value))


def test_who_has_it_does_not_hand_the_dossier_over(cast, sign_in):
    take(cast)
    client = sign_in(cast.outsider.klantmanager)
    third = factories.make_user(Role.KLANTMANAGER, organisation=cast.organisations[Role.KLANTMANAGER])
    page = client.post(reverse("cases:hand_over", args=[cast.case.number]), {"to": third.pk})
    assert "Met noodtoegang" in page.content.decode()
    assert sees(cast.klantmanager, cast.case)
    assert not sees(third, cast.case)


def test_who_has_it_makes_nobody_see_the_dossier_nor_takes_it_from_anybody(cast, sign_in):
    cast.case.statushouder.user = None
    cast.case.statushouder.save(update_fields=["user"])
    other = factories.make_user(Role.MAATSCHAPPELIJK_BEGELEIDER, organisation=factories.make_organisation("Elders"))
    take(cast)
    number, client = cast.case.number, sign_in(cast.outsider.klantmanager)
    standing = list(cast.case.assignments.order_by("pk").values())
    for name, sent in (
        ("cases:invite_statushouder", {"email": "nieuw@voorbeeld.example"}),
        ("cases:assign_begeleider", {"user": other.pk}),
        ("cases:assign_begeleider", {"user": ""}),
        ("cases:move_phase", {"phase": "beeindigd", "reason": "Verhuisd"}),
        ("mentoring:open_match_request", {"wishes": "Fietsen", "organisation": cast.vrijwilligers.pk}),
    ):
        page = client.post(reverse(name, args=[number]), sent)
        assert page.status_code == 200
        assert "Met noodtoegang" in page.text
    cast.case.refresh_from_db()
    assert list(cast.case.assignments.order_by("pk").values()) == standing
    assert cast.case.statushouder.user is None
    assert not User.objects.filter(email="nieuw@voorbeeld.example").exists()
    assert not cast.case.is_closed


def test_it_ends_with_the_role(cast):
    take(cast)
    by = cast.outsider.klantmanager
    RoleAssignment.objects.filter(user=by).update(ends_on=TODAY)
    assert by.act_as(Role.KLANTMANAGER, TODAY).acting_as is None
    assert not sees(by, cast.case)


def test_pages_from_the_counter_to_the_verdict(cast, sign_in):
    client = sign_in(cast.outsider.klantmanager)
    answer = client.post(
        reverse("cases:break_glass"), {"number": cast.case.number.lower(), "reason": REASON, "key": str(uuid4())}
    )
    assert answer.url == cast.case.get_absolute_url()
    page = client.get(answer.url).content.decode()
    assert "U heeft noodtoegang tot en met 24 november 2026." in page
    assert "noodtoegang tot en met 24 nov 2026" in client.get(reverse("cases:list")).content.decode()

    page = sign_in(cast.klantmanager).get(answer.url).content.decode()
    assert f"{cast.outsider.klantmanager} heeft noodtoegang tot en met 24 november 2026." in page

    client = sign_in(cast.privacy_officer)
    listed = client.get(reverse("cases:break_glasses")).content.decode()
    assert cast.case.number in listed
    assert "1 keer" in listed
    assert "Selam" not in listed
    glass = BreakGlass.objects.get()
    review = reverse("cases:review_break_glass", args=[glass.pk])
    assert REASON in client.get(review).content.decode()
    refused = client.post(review, {"verdict": "niet_terecht", "note": " "}).content.decode()
    assert "waarom de noodtoegang niet terecht was" in refused
    for _twice in range(2):
        assert client.post(review, {"verdict": "terecht", "note": "Brief was echt."}).status_code == 302
    glass.refresh_from_db()
    assert (glass.verdict, glass.reviewed_by) == ("terecht", cast.privacy_officer)
    assert cast.case.journal.filter(text="Noodtoegang beoordeeld: terecht").count() == 1
    assert glass.case.number not in client.get(reverse("cases:break_glasses")).content.decode()
    assert (
        glass.case.number
        in client.get(reverse("cases:break_glasses") + "?status=all&q=" + str(glass.by)).content.decode()
    )


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_as_much_with_three(cast, django_assert_num_queries, count):
    for _number in range(count):
        case = factories.make_case(klantmanager=cast.klantmanager)
        take(cast, number=case.number)
    with django_assert_num_queries(3):
        found = overviews.break_glass_list(cast.privacy_officer, QueryDict(), timezone.now())
    assert len(found.rows) == found.waiting == count
