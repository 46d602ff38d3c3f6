"""Tasks: the nineteen, and what their owners do with them."""

from collections import Counter
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
from cases.models import ChecklistItem, JournalEntry, JournalKind, Task, TaskKind, TaskStatus
from cases.task_templates import NINETEEN, OWN_WORDS
from jas_portal.homes.klantmanager import today_for
from tests import factories
from tests.factories import TODAY


def the(case, template):
    return Task.objects.get(case=case, template=template)


def lines(case):
    """Texts of the task lines in the journal, oldest first."""
    return list(case.journal.filter(kind=JournalKind.TASK).order_by("pk").values_list("text", flat=True))


def test_nineteen_tasks_six_seven_six(cast):
    made = Task.objects.filter(case=cast.case, template__in=[template.code for template in NINETEEN])

    assert Counter(made.values_list("owner_role", flat=True)) == {
        Role.MENTOR: 6,
        Role.MAATSCHAPPELIJK_BEGELEIDER: 7,
        Role.KLANTMANAGER: 6,
    }
    assert {template.code for template in NINETEEN} < set(OWN_WORDS)


def test_the_tasks_of_a_mentor_are_ongoing_and_never_late(cast):
    tasks = Task.objects.filter(case=cast.case, owner_role=Role.MENTOR)

    assert {task.kind for task in tasks} == {TaskKind.ONGOING}
    assert not any(task.is_overdue(TODAY + timedelta(days=999)) for task in tasks)


def test_registrations_have_their_seven_points(cast):
    labels = the(cast.case, "r10").items.values_list("label", flat=True)

    assert list(labels) == ["Energie", "Water", "Sport", "UWV", "DigiD", "Telefoon", "Internet"]


@pytest.mark.parametrize(
    ("regime", "group", "has_loan"),
    [
        ("wi2013", "asielstatushouder", True),
        ("wi2021", "asielstatushouder", False),
        ("wi2021", "gezinsmigrant", True),
        ("geen", "overig", False),
    ],
)
def test_the_loan_only_where_the_law_gives_one(db, regime, group, has_loan):
    case = factories.make_case(legal_regime=regime, group=group)

    assert case.tasks.filter(template="r54").exists() is has_loan


def test_tick_and_reopen(cast):
    task = the(cast.case, "r15")

    services.tick_task(task=task, by=cast.klantmanager)
    services.tick_task(task=task, by=cast.klantmanager)
    task.refresh_from_db()
    assert (task.status, task.completed_by) == (TaskStatus.AFGEROND, cast.klantmanager)

    services.reopen_task(task=task, by=cast.klantmanager)
    services.reopen_task(task=task, by=cast.klantmanager)
    task.refresh_from_db()
    assert (task.status, task.completed_at) == (TaskStatus.OPEN, None)
    assert lines(cast.case) == [
        "Taak klaar: Beoordeelt de uitkeringsaanvraag",
        "Taak weer open: Beoordeelt de uitkeringsaanvraag",
    ]


@pytest.mark.parametrize(("template", "sentence"), [("r18", "loopt door"), ("r17", "vastgesteld")])
def test_what_is_not_ticked_by_hand(cast, template, sentence):
    with pytest.raises(RuleBroken, match=sentence):
        services.tick_task(task=the(cast.case, template), by=cast.klantmanager)

    assert lines(cast.case) == []


def test_nobody_does_the_task_of_another_role(cast):
    for act in (services.tick_task, services.reopen_task):
        with pytest.raises(RuleBroken):
            act(task=the(cast.case, "r9"), by=cast.klantmanager)


def test_a_task_waits_for_somebody(cast):
    task = the(cast.case, "r15")

    for _twice in range(2):
        services.wait_for(
            task=task, waits_for="post", follow_up_on=TODAY + timedelta(days=4), by=cast.klantmanager, today=TODAY
        )

    task.refresh_from_db()
    assert (task.status, task.waits_for, task.follow_up_on) == ("wacht_op", "post", TODAY + timedelta(days=4))
    assert lines(cast.case) == ["Taak wacht: Beoordeelt de uitkeringsaanvraag"]
    services.tick_task(task=task, by=cast.klantmanager)
    task.refresh_from_db()
    assert (task.waits_for, task.follow_up_on) == ("", None)


def test_waiting_looks_forward(cast):
    with pytest.raises(RuleBroken):
        services.wait_for(
            task=the(cast.case, "r15"),
            waits_for="post",
            follow_up_on=TODAY - timedelta(days=1),
            by=cast.klantmanager,
            today=TODAY,
        )


def test_the_last_point_completes_the_list_and_an_opened_point_opens_it(cast):
    task, begeleider = the(cast.case, "r9"), cast.maatschappelijk_begeleider
    items = list(task.items.all())

    for item in items:
        services.tick_item(item=item, done=True, by=begeleider)
        services.tick_item(item=item, done=True, by=begeleider)
    task.refresh_from_db()
    assert task.status == TaskStatus.AFGEROND

    services.tick_item(item=items[0], done=False, by=begeleider)
    task.refresh_from_db()
    assert task.status == TaskStatus.OPEN
    assert lines(cast.case) == [
        "Taak klaar: Aanvragen van verzekeringen en voorzieningen",
        "Taak weer open: Aanvragen van verzekeringen en voorzieningen",
    ]


def test_a_list_grows_and_the_same_words_are_one_point(cast):
    task = the(cast.case, "r10")

    services.add_item(task=task, label="Bibliotheek", by=cast.maatschappelijk_begeleider)
    services.add_item(task=task, label=" Bibliotheek ", by=cast.maatschappelijk_begeleider)

    assert task.items.filter(label="Bibliotheek").count() == 1
    with pytest.raises(RuleBroken):
        services.add_item(task=the(cast.case, "r11"), label="Brief", by=cast.maatschappelijk_begeleider)


def test_a_task_of_ones_own_once(cast):
    key = uuid4()

    made = [
        services.add_task(
            case=cast.case,
            title="Bel de school",
            owner_role=Role.KLANTMANAGER,
            zone=Zone.BENEFIT,
            due_on=TODAY,
            key=key,
            by=cast.klantmanager,
        )
        for _twice in range(2)
    ]

    assert made[0] == made[1]
    assert (made[0].owner_role, made[0].zone, made[0].due_on) == (Role.KLANTMANAGER, Zone.BENEFIT, TODAY)
    # The journal says that there is a task of one's own, not what it says.
    assert lines(cast.case) == ["Taak toegevoegd: eigen taak"]
    assert JournalEntry.objects.get(kind=JournalKind.TASK).zone == Zone.BENEFIT


def test_a_mentor_is_never_given_a_task_of_the_begeleider(cast):
    services.assign(case=cast.case, role=Role.MENTOR, user=cast.mentor, by=None, today=TODAY)
    for template in ("r8", "r9", "r13"):
        with pytest.raises(RuleBroken, match="maatschappelijk begeleider"):
            services.assign_task(task=the(cast.case, template), to=cast.mentor, by=cast.maatschappelijk_begeleider)
    for zone in (Zone.MONEY, Zone.LEGAL, Zone.BENEFIT):
        with pytest.raises(RuleBroken):
            services.add_task(case=cast.case, title="Schulden", owner_role=Role.MENTOR, zone=zone, by=None)
    with pytest.raises(RuleBroken):
        services.add_task(case=cast.case, title="x", owner_role=Role.MAATSCHAPPELIJK_BEGELEIDER, by=cast.mentor)

    assert not Task.objects.filter(assignee=cast.mentor).exists()
    assert not Task.objects.filter(title="Schulden").exists()


def test_a_task_goes_to_somebody_who_stands_around_the_dossier_in_its_role(cast):
    task = the(cast.case, "r9")

    services.assign_task(task=task, to=cast.maatschappelijk_begeleider, by=cast.maatschappelijk_begeleider)

    task.refresh_from_db()
    assert task.assignee == cast.maatschappelijk_begeleider
    with pytest.raises(RuleBroken):
        services.assign_task(
            task=task, to=cast.outsider.maatschappelijk_begeleider, by=cast.maatschappelijk_begeleider
        )


# --- In the browser's words --------------------------------------------------------------------------


def test_tick_task_page_acts_and_returns_to_the_task(cast, sign_in):
    task = the(cast.case, "r15")

    answer = sign_in(cast.klantmanager).post(reverse("cases:tick_task", args=[task.pk]))

    assert answer.url == f"/dossiers/{cast.case.number}/#taak-{task.pk}"
    task.refresh_from_db()
    assert task.status == TaskStatus.AFGEROND


def test_pages_of_another_ones_task_are_not_found(cast, sign_in):
    begeleiders = the(cast.case, "r9")
    item = begeleiders.items.first()
    attempts = {
        "tick_task": begeleiders.pk,
        "reopen_task": begeleiders.pk,
        "wait_for": begeleiders.pk,
        "add_item": begeleiders.pk,
        "tick_item": item.pk,
    }

    for user in (cast.klantmanager, cast.mentor, cast.outsider.maatschappelijk_begeleider):
        client = sign_in(user)
        for name, pk in attempts.items():
            assert client.post(reverse(f"cases:{name}", args=[pk])).status_code == 404
    begeleiders.refresh_from_db()
    assert begeleiders.status == TaskStatus.OPEN
    assert ChecklistItem.objects.get(pk=item.pk).done_at is None


def test_a_task_of_a_day_that_has_been_is_refused(cast, sign_in):
    asked = {"title": "Bel", "zone": "programme", "due_on": TODAY - timedelta(days=1)}
    answer = sign_in(cast.klantmanager).post(reverse("cases:add_task", args=[cast.case.number]), asked)

    assert answer.context["form"].errors == {"due_on": ["Deze dag is al voorbij. Kies vandaag of later."]}
    assert not Task.objects.filter(title="Bel").exists()


def test_add_task_page_offers_the_zones_of_the_role(cast, sign_in):
    address = reverse("cases:add_task", args=[cast.case.number])

    klantmanager = sign_in(cast.klantmanager).get(address).content.decode()
    refused = sign_in(cast.klantmanager).post(address, {"title": "Bel", "zone": "money"})
    sign_in(cast.maatschappelijk_begeleider).post(address, {"title": "Bel", "zone": "money"})

    assert 'value="benefit"' in klantmanager
    assert 'value="money"' not in klantmanager
    assert refused.status_code == 200
    assert Task.objects.get(title="Bel").owner_role == Role.MAATSCHAPPELIJK_BEGELEIDER


# --- The list of one's own -----------------------------------------------------------------------------


def test_the_list_holds_the_open_tasks_of_ones_own_role_what_is_due_first(cast, sign_in):
    closed = factories.make_case(klantmanager=cast.klantmanager)
    services.move_phase(case=closed, to="afgerond", reason="Klaar", by=cast.klantmanager, today=TODAY)
    elsewhere = factories.make_case(full_name="Zoë Güneş", klantmanager=cast.outsider.klantmanager)
    Task.objects.all().delete()

    def add(title, **more):
        fields = {"owner_role": Role.KLANTMANAGER, "zone": Zone.PROGRAMME, "case": cast.case, **more}
        return Task.objects.create(title=title, **fields)

    add("Later", due_on=TODAY + timedelta(days=20))
    add("Zonder datum")
    add("Straks", due_on=TODAY + timedelta(days=14))
    add("Te laat", due_on=TODAY - timedelta(days=1))
    add("Wacht", status=TaskStatus.WACHT_OP, waits_for="DUO", follow_up_on=TODAY, due_on=TODAY + timedelta(days=30))
    add("Klaar", status=TaskStatus.AFGEROND, due_on=TODAY - timedelta(days=9))
    add("Kijk weer", status=TaskStatus.WACHT_OP, waits_for="de bank", follow_up_on=TODAY)
    add("Steeds", kind=TaskKind.ONGOING, status=TaskStatus.LOPEND)
    add("Van een ander", owner_role=Role.MAATSCHAPPELIJK_BEGELEIDER, zone=Zone.BENEFIT)
    add("In een gesloten dossier", case=closed)
    add("Elders", case=elsewhere)

    def titles(question="", user=cast.klantmanager):
        return [row.title for row in overviews.task_list(user, QueryDict(question), TODAY).rows]

    assert titles() == ["Te laat", "Wacht", "Kijk weer", "Straks", "Later", "Zonder datum"]
    assert titles("sort=-title")[0] == "Zonder datum"
    assert titles("sort=due") == titles()
    assert titles("term=late") == ["Te laat"]
    assert titles("term=near") == ["Wacht", "Kijk weer", "Straks"]
    assert titles("term=undated") == ["Zonder datum"]
    assert titles("status=waiting") == ["Wacht", "Kijk weer"]
    assert titles("status=ongoing") == ["Steeds"]
    assert titles("status=ended") == ["Klaar"]
    assert len(titles("status=all")) == 8
    assert titles("q=selam+laat") == ["Te laat"]
    assert titles("q=elders") == []
    assert titles("q=GUNES+zoe", cast.outsider.klantmanager) == ["Elders"]
    assert titles(user=cast.maatschappelijk_begeleider) == ["Van een ander"]

    home = [(row.why, row.status) for row in today_for(cast.klantmanager, TODAY, timezone.now()).work]
    assert ("Kijk weer (wacht op de bank)", "Opnieuw kijken") in home
    page = sign_in(cast.klantmanager).get(reverse("cases:tasks")).content.decode()
    assert "Eén taak in uw lopende dossiers is over tijd." in page
    assert "Wacht op DUO" in page
