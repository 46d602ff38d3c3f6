"""The change history: what leaves a line, who it names, who reads it, and that nothing goes past it."""

import ast
import uuid
from datetime import timedelta

import pytest
from auditlog.registry import auditlog
from django.apps import apps
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from accounts.zones import Zone
from cases import history, services
from cases.models import Agreement, Case, Change, HomeAddress, RightsRequest, Statushouder, Task
from cases.overviews.history import change_list
from cases.services.history import delete_row, update_rows
from mentoring.models import ContactChannel, ContactMoment, Mentorship, MentorshipStatus
from mentoring.services.contacts import log_contact, remove_contact
from privacy.personal_data import part_of, tracked_parts
from privacy.policy import policy
from tests import factories
from tests.factories import TODAY
from tests.test_conventions import ROOT, sources

ACTION = Change.Action


def kept(case, model=None):
    """[(model, action, changes, actor, role)] of a dossier, oldest first, without how it began."""
    rows = Change.objects.filter(case=case).order_by("pk").select_related("content_type", "actor")
    found = [
        (row.content_type.model_class()._meta.label, row.action, row.changes, row.actor, row.role) for row in rows
    ]
    return [row for row in found if model is None or row[0] == model]


@pytest.fixture
def case(cast):
    """The cast's dossier, as if it had no history yet."""
    Change.objects.all().delete()
    return cast.case


# --- What leaves a line -------------------------------------------------------------------------------


def test_a_change_through_a_screen_names_the_person_the_role_and_both_values(cast, case, sign_in):
    client = sign_in(cast.klantmanager)
    response = client.post(
        reverse("cases:change_route", args=[case.number]), {"leerroute": "b1", "municipality": "Leiden"}
    )

    assert response.status_code == 302
    assert kept(case) == [
        (
            "cases.Case",
            ACTION.UPDATE,
            {"leerroute": ["onbekend", "b1"], "municipality": ["", "Leiden"]},
            cast.klantmanager,
            Role.KLANTMANAGER,
        )
    ]
    assert Change.objects.get(case=case).zone == Zone.PROGRAMME


def test_the_same_again_leaves_no_line(cast, case):
    for _again in range(2):
        services.change_route(case=case, leerroute="b1", municipality="Leiden", by=cast.klantmanager)
    assert len(kept(case)) == 1


def test_a_change_by_the_clock_names_nobody(case):
    services.move_phase(case=case, to="intake", by=None, today=TODAY)
    ((_label, _action, changes, actor, role),) = kept(case, "cases.Case")
    assert (actor, role) == (None, "")
    assert changes["phase"] == ["aangemeld", "intake"]


def test_somebody_who_is_at_work_inside_a_job_is_named_and_then_no_longer(cast, case):
    with history.acting(cast.functioneel_beheerder):
        services.move_phase(case=case, to="intake", by=None, today=TODAY)
    assert history.who() == (None, "")
    assert kept(case, "cases.Case")[0][3:] == (cast.functioneel_beheerder, Role.FUNCTIONEEL_BEHEERDER)


def test_a_new_row_leaves_that_it_came_and_not_what_it_holds(cast, case):
    services.edit_address(case=case, street="Haarlemmerstraat 1", town="Leiden", by=cast.klantmanager)
    assert kept(case) == [("cases.HomeAddress", ACTION.CREATE, {}, None, "")]


def test_a_row_that_goes_leaves_what_it_held(cast, case):
    services.edit_address(case=case, street="Haarlemmerstraat 1", town="Leiden", by=cast.klantmanager)
    services.edit_address(case=case, street="", by=cast.klantmanager)

    assert not HomeAddress.objects.exists()
    assert kept(case)[-1][:3] == (
        "cases.HomeAddress",
        ACTION.DELETE,
        {"street": ["Haarlemmerstraat 1", "None"], "postal_code": ["", "None"], "town": ["Leiden", "None"]},
    )


def test_a_change_of_many_rows_at_once_leaves_a_line_for_each_that_changed(cast, case):
    tasks = Task.objects.filter(case=case)
    first, second = tasks.order_by("pk")[:2]
    update_rows(tasks.filter(pk=first.pk), waits_for="de bank")
    Change.objects.all().delete()

    assert update_rows(tasks.filter(pk__in=[first.pk, second.pk]), waits_for="de bank") == 2

    assert [row[:3] for row in kept(case)] == [("cases.Task", ACTION.UPDATE, {"waits_for": ["", "de bank"]})]
    assert Change.objects.get(case=case).object_id == second.pk


def test_what_leaves_earlier_than_the_dossier_is_kept_without_its_content(cast, case):
    mentor = factories.make_mentor(cast.mentor, organisation=cast.vrijwilligers)
    match = Mentorship.objects.create(mentor=mentor, case=case, status=MentorshipStatus.ACTIEF, start_date=TODAY)
    services.assign(case=case, role=Role.MENTOR, user=cast.mentor, by=None, today=TODAY)
    moment = log_contact(
        mentorship=match, on=TODAY, channel=ContactChannel.THUIS, minutes=60, note="Naar de bakker",
        key=uuid.uuid4(), by=cast.mentor, today=TODAY,
    )  # fmt: skip
    Change.objects.all().delete()

    moment.note, moment.minutes = "Naar de markt", 30
    moment.save()
    remove_contact(moment=moment, by=cast.mentor)

    (_, _, changed, *_rest), (_, removed, held, *_rest) = kept(case, "mentoring.ContactMoment")
    assert changed == {"note": None, "minutes": ["60", "30"]}
    assert (removed, held["note"], ContactMoment.objects.count()) == (ACTION.DELETE, None, 0)
    assert "bakker" not in str(kept(case))
    assert "markt" not in str(kept(case))


def test_nothing_is_kept_while_history_is_paused(cast, case):
    with history.paused():
        services.change_route(case=case, leerroute="b1", municipality="Leiden", by=cast.klantmanager)
    assert kept(case) == []


def test_history_leaves_with_its_dossier(cast, case):
    services.change_route(case=case, leerroute="b1", municipality="Leiden", by=cast.klantmanager)
    other = factories.make_case()
    entries = policy().entries_of("cases.Change")
    assert [(entry.rows, [(when.model, when.by) for when in entry.when]) for entry in entries] == [
        ("delete", [("cases.Case", "case")])
    ]
    Case.objects.filter(pk=other.pk).delete()
    assert not Change.objects.filter(case_id=other.pk).exists()


# --- Nothing goes past it -----------------------------------------------------------------------------


def many_at_once(package):
    """(file, what, model) of every write of many rows in the services of a package that names a tracked model."""
    tracked = {part.model.split(".")[1]: apps.get_model(part.model) for part in tracked_parts()}
    for path, tree in sources(package):
        if "services" not in path.parts and path.stem != "services":
            continue
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if node.func.attr not in ("update", "bulk_create", "bulk_update", "delete"):
                continue
            text = ast.unparse(node)
            named = [name for name in tracked if text.startswith(f"{name}.objects")]
            if named:
                yield str(path.relative_to(ROOT)), node.func.attr, named[0], {word.arg for word in node.keywords}


def test_services_change_many_rows_of_a_dossier_through_the_history():
    past = []
    for package in ("cases", "mentoring", "inburgering"):
        for path, what, model, fields in many_at_once(package):
            tracked = set(part_of(apps.get_model(f"{_app_of(model)}", model)._meta.label).tracked)
            if what == "update" and not fields & tracked:
                continue
            past.append((path, what, model))
    assert sorted(past) == [
        # An import that is taken back takes the dossiers away with everything in them.
        ("cases/services/caseload.py", "delete", "Case"),
        ("cases/services/caseload.py", "delete", "Statushouder"),
        # Tasks of a new dossier come with it.
        ("cases/services/dossier.py", "bulk_create", "ChecklistItem"),
        ("cases/services/dossier.py", "bulk_create", "Task"),
    ]


def _app_of(name):
    return next(part.model.split(".")[0] for part in tracked_parts() if part.model.split(".")[1] == name)


def test_every_tracked_model_is_watched_and_its_deletion_is_not_a_receiver():
    for part in tracked_parts():
        model = apps.get_model(part.model)
        assert auditlog.contains(model)
        assert set(auditlog.get_model_fields(model)["include_fields"]) == set(part.tracked)
    assert {receiver.__name__ for receiver in auditlog._signals.values()} == {"log_create", "log_update", "log_access"}


def test_no_secret_is_ever_tracked():
    secrets = ("password", "token", "key", "secret")
    assert [
        (part.model, name)
        for part in tracked_parts()
        for name in part.tracked
        if any(word in name for word in secrets)
    ] == []
    assert not auditlog.contains(User)
    assert not auditlog.contains(RightsRequest)


def test_what_leaves_before_the_dossier_is_silent():
    """The period of a field that is emptied before its dossier holds for its old values too."""
    found = policy()
    early = set()
    for entry in found.entries:
        part = part_of(entry.model)
        if part is None or not part.history:
            continue
        periods = set()
        for when in entry.when:
            above = [when] if when.after else [w for e in found.entries_of(when.model) for w in e.when if w.after]
            # Those that go along with the notes of a match, not with the match as a whole.
            periods |= {w.after for w in above if w.after in ("mentoring_notes", "match_request")}
        if periods:
            early |= {(entry.model, name) for name, verb in entry.fields if verb == "empty" and name in part.tracked}
    assert early == {(part.model, name) for part in tracked_parts() for name in part.silent}


# --- Who reads it -------------------------------------------------------------------------------------


@pytest.fixture
def changed(cast, case):
    """A change in each zone that anybody reads differently."""
    with history.acting(cast.klantmanager):
        services.edit_person(case=case, phone="06 1234", by=cast.klantmanager)
        services.edit_household(case=case, text="Met twee kinderen", by=cast.klantmanager)
        services.edit_household(case=case, text="Met drie kinderen", by=cast.klantmanager)
    with history.acting(cast.maatschappelijk_begeleider):
        for template, zone in (("r8", Zone.MONEY), ("r13", Zone.LEGAL)):
            task = Task.objects.get(case=case, template=template)
            assert task.zone == zone
            task.waits_for = f"wacht {zone}"
            task.save()
    return case


def test_each_role_reads_the_zones_it_reads(cast, changed):
    def zones(user):
        return sorted({row.zone for row in Change.objects.visible_to(user)})

    assert zones(cast.klantmanager) == [Zone.BENEFIT, Zone.CONTACT]
    assert zones(cast.maatschappelijk_begeleider) == [Zone.CONTACT, Zone.LEGAL, Zone.MONEY]
    assert zones(cast.statushouder) == [Zone.BENEFIT, Zone.CONTACT, Zone.LEGAL, Zone.MONEY]
    others = set(Role) - {Role.KLANTMANAGER, Role.MAATSCHAPPELIJK_BEGELEIDER, Role.STATUSHOUDER}
    assert {role: zones(getattr(cast, role)) for role in others} == {key: [] for key in others}
    outsiders = {role: zones(getattr(cast.outsider, role)) for role in Role}
    assert outsiders == {key: [] for key in Role}


def test_a_waiting_dossier_shows_another_klantmanager_contact_and_programme_only(cast, changed):
    services.release(case=changed, role=Role.KLANTMANAGER, by=None, today=TODAY)
    zones = {row.zone for row in Change.objects.visible_to(cast.outsider.klantmanager)}
    assert zones == {Zone.CONTACT}


def test_the_page_says_what_changed_in_words(cast, changed, sign_in):
    page = sign_in(cast.klantmanager).get(reverse("cases:changes", args=[changed.number]))
    text = page.content.decode()
    for part in (
        "Huishouden",
        "Met twee kinderen",
        "Met drie kinderen",
        "Telefoon",
        "06 1234",
        str(cast.klantmanager),
    ):
        assert part in text
    assert "wacht" not in text
    assert "Ander geld" not in text
    assert "Juridisch" not in text


def test_the_statushouder_reads_the_role_and_not_the_name(cast, changed, sign_in):
    text = sign_in(cast.statushouder).get(reverse("cases:changes", args=[changed.number])).content.decode()
    main = text[text.index("<main") :]
    assert "Klantmanager" in main
    assert "wacht money" in main
    assert str(cast.klantmanager) not in main
    assert str(cast.maatschappelijk_begeleider) not in main


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "telefoon"}, 1),
        ({"q": "huishouden"}, 2),
        ({"part": "cases.HouseholdNote"}, 2),
        ({"part": "cases.Nothing"}, 0),
        ({"zone": "contact"}, 1),
        ({"zone": "money"}, 0),
        ({"q": "niemand heet zo"}, 0),
        ({}, 3),
    ],
)
def test_searching_and_filtering(cast, changed, asked, found):
    assert len(change_list(changed, cast.klantmanager, asked, TODAY).lines) == found


def test_searching_by_person_finds_for_a_colleague_and_not_for_the_statushouder(cast, changed):
    name = cast.klantmanager.name
    assert len(change_list(changed, cast.klantmanager, {"q": name}, TODAY).lines) == 3
    assert change_list(changed, cast.statushouder, {"q": name}, TODAY).lines == []


def test_references_become_words(cast, case):
    other = factories.make_user(
        Role.MAATSCHAPPELIJK_BEGELEIDER, organisation=cast.organisations[Role.MAATSCHAPPELIJK_BEGELEIDER]
    )
    task = Task.objects.filter(case=case, zone=Zone.PROGRAMME).first()
    task.assignee, task.due_on = other, TODAY + timedelta(days=3)
    task.save()
    (line,) = change_list(case, cast.klantmanager, {}, TODAY).lines
    assert [(field.label, field.before, field.after) for field in line.fields] == [
        ("Uiterlijk", line.fields[0].before, "26 november 2026"),
        ("Door", "", str(other)),
    ]
    (own,) = change_list(case, cast.statushouder, {}, TODAY).lines
    assert own.fields[1].after == "Maatschappelijk begeleider, VluchtelingenWerk"


@pytest.mark.parametrize("count", [1, 3, 30])
def test_the_page_costs_the_same_with_more_rows(cast, case, count, django_assert_num_queries, sign_in):
    with history.acting(cast.klantmanager):
        for at in range(count):
            services.edit_person(case=case, phone=f"06 {at}", by=cast.klantmanager)
    change_list(case, cast.klantmanager, {}, TODAY)  # the content types are remembered
    with django_assert_num_queries(2):
        assert len(change_list(case, cast.klantmanager, {}, TODAY).lines) == min(count, 25)


def test_an_agreement_that_is_deleted_stays_in_the_history(cast, case):
    services.edit_plan(case=case, revision=0, main_goal="werk", by=cast.klantmanager)
    agreement = services.add_agreement(case=case, party="statushouder", what="Belt de school", by=cast.klantmanager)
    delete_row(agreement)
    assert not Agreement.objects.exists()
    assert kept(case, "cases.Agreement")[-1][2]["what"] == ["Belt de school", "None"]


def test_a_person_without_a_dossier_yet_leaves_no_line(db):
    Statushouder.objects.create(preferred_name="A", full_name="A B")
    assert not Change.objects.exists()
