"""Every address × role × relation × method, and every zone's words in every answer: nothing outside the matrix.

The answers are derived from `tests/test_access.TABLE`, `accounts/zones.py` and the relation alone. The cast is made once,
every field with words carries a marker of its zone, and what a request writes is taken back.
"""

import time
from contextlib import contextmanager
from datetime import datetime, timedelta
from datetime import time as clock
from types import SimpleNamespace
from unittest.mock import patch

import pytest
import time_machine
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.files.storage import default_storage
from django.db.models import Value
from django.db.models.functions import Concat
from django.http import HttpResponse
from django.template import NodeList, Template
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone

from accounts.access import allow
from accounts.models import RoleAssignment, User
from accounts.roles import CASE_ROLES, Role
from accounts.zones import Zone
from cases import services
from cases.models import Assignment, Case, DisclosureBasis, HomeAddress, Statushouder
from cases.services import rights
from jas_portal.work import jobs
from jas_portal.work.kinds import KINDS
from notifications.models import Notification, NotificationStatus
from privacy.models import Action
from privacy.services.log import write_line
from tests import factories, matrix
from tests.conftest import make_cast
from tests.factories import TODAY
from tests.test_access import PUBLIC, SIGNED_IN, TABLE, address_of, addresses, make_ids, may
from tests.test_conventions import patterns

pytestmark = [pytest.mark.xdist_group("matrix"), pytest.mark.rounds]

#: What the rounds asked and how long they took, printed at the end (`pytest -s`).
FIGURES = []


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """The cast with everything around its dossier, a marker in every field, and a session for everybody."""
    with django_db_blocker.unblock(), matrix.taken_back():
        with time_machine.travel(timezone.make_aware(datetime.combine(TODAY, clock(10)))):
            made = make_world()
        yield made


def make_world():
    """The cast, its addresses, the markers and the clients by person."""
    cast, marks = make_cast(), matrix.Marks()
    for case in [cast.case]:
        HomeAddress.objects.create(statushouder=case.statushouder, street="Breestraat 1", postal_code="2311 CS")
    services.edit_household(case=cast.case, text="Woont met een zus.", by=cast.klantmanager)
    for role, zone in (
        (Role.KLANTMANAGER, Zone.BENEFIT),
        (Role.MAATSCHAPPELIJK_BEGELEIDER, Zone.MONEY),
        (Role.MAATSCHAPPELIJK_BEGELEIDER, Zone.LEGAL),
        (Role.DOCENT, Zone.LEARNING),
    ):
        services.add_task(
            case=cast.case, title="Eigen taak", owner_role=role, zone=zone, key=matrix.a_number(), by=getattr(cast, role.value)
        )  # fmt: skip
    # What the person did: whoever reads that it was done need not read the name.
    person = {"case": cast.case, "by": cast.statushouder}
    disclosed = {
        "receiver": "De persoon",
        "what": "Een kopie",
        "basis": DisclosureBasis.OP_VERZOEK,
        "disclosed_on": TODAY,
    }
    rights.disclose(**disclosed, **person)
    rights.withdraw_request(
        request=rights.ask_correction(item="Taal", wish="Ar", today=TODAY, **person), by=cast.statushouder
    )
    write_line(
        actor=cast.statushouder.pk,
        role=Role.STATUSHOUDER,
        action=Action.READ,
        case_number=cast.case.number,
        result=200,
    )
    marks.put_everywhere()
    ids = {**make_ids(cast), ("accounts", "uid"): "MQ", ("accounts", "token"): "f" * 64}
    Notification.objects.filter(role=Role.STATUSHOUDER).update(
        status=NotificationStatus.FAILED, error=Concat(Value("550 "), "address")
    )
    telling = [row.kind for row in Notification.objects.all() if marks.found_in(row.subject + row.body + row.calendar)]
    assert not telling, f"mail or calendar tells of a person: {telling}"
    marks.put_everywhere()
    third = factories.make_user(Role.KLANTMANAGER, organisation=cast.organisations[Role.KLANTMANAGER])
    people = {role: getattr(cast, role.value) for role in Role}
    outsiders = {role: getattr(cast.outsider, role.value) for role in Role}
    everybody = [*people.values(), *outsiders.values(), third]
    return SimpleNamespace(
        cast=cast,
        ids=ids,
        marks=marks,
        people=people,
        outsiders=outsiders,
        third=third,
        clients={user.pk: matrix.Lean(session_of(user)) for user in everybody},
        nobody=matrix.Lean(),
    )


def session_of(user):
    """The key of a session in which this person is signed in."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return session.session_key


@contextmanager
def changed(what):
    """A round on a world that is different for a while."""
    with matrix.taken_back():
        what()
        yield


def go_round(world, title, *, relation, related, people=None, narrow=False, names=None, methods=matrix.METHODS):
    """Everybody in `people` ({role: account}) asks every address; without it somebody who is signed out. Fails with all
    that was wrong."""
    began = time.process_time()
    tour = matrix.Round(world.ids, world.marks, names)
    for role, user in (people or {None: None}).items():
        client = world.clients[user.pk] if user else world.nobody
        tour.ask(client, role, user, relation, related=related, narrow=narrow, methods=methods)
    asked, seconds = sum(tour.asked.values()), time.process_time() - began
    FIGURES.append((title, asked, seconds))
    print(f"{title}: {asked} requests, {seconds:.1f} s of CPU")  # noqa: T201  the figures are asked for
    if tour.wrong:
        pytest.fail("\n".join(tour.wrong), pytrace=False)


@pytest.fixture(scope="module", autouse=True)
def figures():
    yield
    asked, seconds = sum(n for _title, n, _s in FIGURES), sum(s for _title, _n, s in FIGURES)
    print(  # noqa: T201
        f"\nMatrix: {len(TABLE)} addresses, {len(Role)} roles, {len(FIGURES)} rounds, {len(matrix.METHODS)} methods: "
        f"{asked} requests, {seconds:.0f} s of CPU"
    )


# --- Around the dossier, and not ---------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_who_stands_around_the_dossier_meets_the_table_and_the_own_zones(db, world, role):
    go_round(world, f"own, {role}", people={role: world.people[role]}, relation="own", related=True)


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_somebody_else_in_the_same_role_meets_nothing_of_it(db, world, role):
    go_round(world, f"other, {role}", people={role: world.outsiders[role]}, relation="other", related=False)


def test_signed_out_everything_leads_to_the_sign_in_page(db, world):
    go_round(world, "signed out", relation="signed out", related=False)


# --- The same people, on another day -------------------------------------------------------------------------


def relations_end(world):
    """Everybody leaves every dossier, which goes to another klantmanager."""
    cast = world.cast
    for case in Case.objects.filter(pk__in=Assignment.objects.held_by(cast.klantmanager).values("case")):
        services.hand_over(case=case, to=world.third, by=cast.klantmanager, today=TODAY)
        for role in CASE_ROLES - {Role.KLANTMANAGER}:
            services.release(case=case, role=role, by=None, today=TODAY)


def relations_come(world):
    """Everybody stands around their dossiers from tomorrow on."""
    tomorrow = TODAY + timedelta(days=1)
    Assignment.objects.update(starts_on=tomorrow, ends_on=tomorrow + timedelta(days=30))
    Statushouder.objects.filter(pk=world.cast.case.statushouder_id).update(user=None)


@pytest.mark.parametrize(
    ("relation", "change", "roles"),
    [("ended", relations_end, CASE_ROLES), ("not yet begun", relations_come, {*CASE_ROLES, Role.STATUSHOUDER})],
)
def test_a_relation_that_is_over_or_has_not_begun_opens_nothing(db, world, relation, change, roles):
    with matrix.taken_back():
        change(world)
        people = {role: user for role, user in world.people.items() if role in roles}
        go_round(world, relation, people=people, relation=relation, related=False)


def test_a_dossier_without_klantmanager_is_open_to_klantmanagers_in_contact_and_programme(db, world):
    with matrix.taken_back():
        services.release(case=world.cast.case, role=Role.KLANTMANAGER, by=None, today=TODAY)
        people = {Role.KLANTMANAGER: world.outsiders[Role.KLANTMANAGER]}
        go_round(world, "waiting", people=people, relation="waiting", related=True, narrow=True)


@pytest.mark.parametrize(
    "change", [{"ends_on": TODAY}, {"starts_on": TODAY + timedelta(days=1)}], ids=["ended", "comes"]
)
def test_without_a_role_in_force_there_is_only_the_own_account(db, world, change):
    user = world.cast.klantmanager
    with matrix.taken_back():
        RoleAssignment.objects.filter(user=user).update(**change)
        go_round(world, f"role {change}", people={None: user}, relation="no role", related=False)


def test_a_closed_account_is_signed_out(db, world):
    user = world.cast.klantmanager
    with matrix.taken_back():
        User.objects.filter(pk=user.pk).update(is_active=False)
        go_round(world, "closed account", people={None: user}, relation="signed out", related=False)


# --- What no address of the rounds shows: files of jobs in every role, and searches as oracles ----------------


@pytest.mark.parametrize(
    ("kind", "role"), [(kind.name, role) for kind in KINDS.values() for role in kind.roles if kind.join]
)
def test_the_file_of_a_job_holds_the_zones_of_who_asked(db, world, kind, role):
    with matrix.taken_back():
        user = world.people[role]
        job = jobs.ask(kind=KINDS[kind], parameters={}, key=matrix.a_number(), by=user.act_as(role))
        jobs.work(worker="matrix")
        job.refresh_from_db()
        with default_storage.open(job.file.name, "rb") as file:
            told = matrix.words_in(file.read())
    assert world.marks.found_in(told)
    assert matrix.Words(world.marks, role, user, related=True, narrow=False).closed_in(told) == []


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_no_search_finds_by_words_that_its_reader_may_not_read(db, world, role):
    client = world.clients[world.people[role].pk]
    closed = [f"zqmark{zone}x" for zone in sorted(set(Zone) - set(matrix.open_zones(role)))]
    # Of an open zone too: what this role never reads, word by word.
    closed += [
        f"zqmark{Zone.CONTACT}x{number}q"
        for number, place in world.marks.where.items()
        if any(never(place) for never in matrix.NEVER_READS.get(role, ()))
    ]

    def answer(address, words):
        return matrix.always_alike(client.ask("GET", f"{address}?q={words}")).replace(words, "")

    def fields(address):
        return matrix.always_alike(client.ask("GET", address)).count('name="q"')

    in_the_frame, searched = fields(reverse("accounts:edit_my_account")), 0
    for name, arguments in addresses():
        if TABLE[name] in (PUBLIC, SIGNED_IN) or not may(name, role):
            continue
        address = address_of(name, arguments, world.ids)
        with matrix.taken_back():
            if fields(address) <= in_the_frame:
                continue
            searched += 1
            nothing = answer(address, "zqmarknothingx")
            told = [words for words in closed if answer(address, words) != nothing]
        assert told == [], f"{role}: {name} finds by words that this role may not read"
    assert searched


# --- Holes that are planted, and found -----------------------------------------------------------------------


def found_by(world, *, role, user, relation, related, name):
    """What the round says of one address in a world with a hole."""
    tour = matrix.Round(world.ids, world.marks, {name})
    words = tour.ask(world.clients[user.pk], role, user, relation, related=related, methods=["GET"]).wrong
    return "\n".join(words)


def test_a_view_without_visible_to_is_found(db, world):
    def every_case(request, number):
        return Case.objects.select_related("statushouder", "programme_settings").get(number=number)

    role, user = Role.KLANTMANAGER, world.outsiders[Role.KLANTMANAGER]
    asked = {"role": role, "user": user, "relation": "other", "related": False, "name": "cases:case"}
    assert found_by(world, **asked) == ""
    with patch("cases.views.case_page.visible_case", every_case):
        found = found_by(world, **asked)
    assert "cases:case: 200, not one of" in found
    assert "tells contact" in found


def test_an_export_that_forgets_a_zone_is_found(db, world):
    @allow(Role.MAATSCHAPPELIJK_BEGELEIDER)
    def export(request, number):
        case = Case.objects.visible_to(request.user).get(number=number)
        row = f"{case.number};{case.statushouder.household_note.text}"
        return HttpResponse(row, headers={"Content-Type": "text/csv"})

    role = Role.MAATSCHAPPELIJK_BEGELEIDER
    asked = {"role": role, "user": world.people[role], "relation": "own", "related": True, "name": "cases:timeline"}
    assert found_by(world, **asked) == ""
    pattern = next(pattern for name, pattern, _view in patterns() if name == "cases:timeline")
    with patch.object(pattern, "callback", export):
        found = found_by(world, **asked)
    assert "tells benefit, HouseholdNote.text" in found


def test_a_field_in_a_template_of_the_wrong_role_is_found(db, world):
    role = Role.MENTOR
    asked = {"role": role, "user": world.people[role], "relation": "own", "related": True, "name": "cases:case"}
    assert found_by(world, **asked) == ""
    header = get_template("cases/_header.html").template
    comment = Template("<!-- {{ case.statushouder.household_note.text }} -->").nodelist
    with patch.object(header, "nodelist", NodeList([*header.nodelist, *comment])):
        found = found_by(world, **asked)
    assert "tells benefit, HouseholdNote.text" in found
