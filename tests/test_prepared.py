"""Every query put together once gives what Django gives: for each role, however many rows, in whatever order it is asked."""

import importlib
import pkgutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

import accounts.models
import cases.overviews.lists
import jas_portal.context
import jas_portal.homes
from accounts.models import OrganisationKind
from accounts.prepared import Prepared
from accounts.roles import CASE_ROLES, Role
from accounts.zones import Zone
from cases import services
from cases.models.case import ORGANISATION_ROLES
from cases.services import rights
from jas_portal.homes import klantmanager, shared
from notifications import services as notifications
from notifications.services import Receiver
from tests import factories
from tests.factories import TODAY

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)

#: What a screen asks, and what it asks on another day, when there is nothing yet.
NOW_ASKED = {"today": TODAY, "until": TODAY + timedelta(days=3000), "start": NOON, "end": NOON + timedelta(days=14)}
LONG_BEFORE = {name: moment - timedelta(days=4000) for name, moment in NOW_ASKED.items()}

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("accounts", "notifications", "cases", "mentoring", "inburgering", "jas_portal")
MODULES = [
    accounts.models,
    jas_portal.context,
    cases.overviews.lists,
    *(
        importlib.import_module(f"jas_portal.homes.{module.name}")
        for module in pkgutil.iter_modules(jas_portal.homes.__path__)
    ),
]
PREPARED = {
    f"{module.__name__}.{name}": thing
    for module in MODULES
    for name, thing in vars(module).items()
    if isinstance(thing, Prepared)
}
every_prepared = pytest.mark.parametrize("prepared", PREPARED.values(), ids=PREPARED.keys())


def asked(prepared, values):
    """Those of the values that this query has places for."""
    return {name: values[name] for name in prepared.shapes}


def same_as_django(prepared, user, values):
    """Assert that the prepared rows are those of the queryset; return them. Without an order any order is right."""
    values = asked(prepared, values)
    queryset = prepared.build(user, **values)
    rows, expected = prepared(user, **values), list(queryset)
    if not queryset.ordered:
        rows, expected = sorted(rows), sorted(expected)
    assert rows == expected
    assert [[type(cell) for cell in row] for row in rows] == [[type(cell) for cell in row] for row in expected]
    return rows


def organisation_of(role):
    """The organisation for which somebody in this role works here; None for those who work for none."""
    if role in (Role.MENTOR, Role.STATUSHOUDER):
        return None
    if role == Role.VRIJWILLIGERSCOORDINATOR:
        return factories.make_organisation("Mentorproject", OrganisationKind.VRIJWILLIGERS)
    if role == Role.INSTITUUT:
        return factories.make_organisation("Instituut Rijnland", OrganisationKind.INSTITUUT)
    return factories.make_organisation("Gemeente Leiden")


@pytest.fixture
def people(db):
    """One person of each role, a klantmanager of no organisation and somebody without a role, by name."""
    return {
        **{role.value: factories.make_user(role, organisation=organisation_of(role)) for role in Role},
        "of no organisation": factories.make_user(Role.KLANTMANAGER),
        "without a role": factories.make_user(),
    }


def add_rows(people, count):
    """Give everybody `count` dossiers, alerts, unread messages and coming meetings, in the role they work in."""
    for number in range(count):
        case = factories.make_case(
            klantmanager=people[Role.KLANTMANAGER], user=people[Role.STATUSHOUDER] if number == 0 else None
        )
        for role in CASE_ROLES - {Role.KLANTMANAGER}:
            person = people[role]
            whom = {"organisation": person.acting_as.organisation} if role in ORGANISATION_ROLES else {"user": person}
            services.assign(case=case, role=role, by=None, today=TODAY, **whom)
        rights.ask_copy(case=case, by=people[Role.KLANTMANAGER], today=TODAY, now=NOON)
        factories.make_case(klantmanager=people["of no organisation"])
        factories.make_case()  # waits for a klantmanager
        for role in Role:
            services.raise_alert(
                case=case, key=f"{case.number}:{role}", kind="test", for_role=role, zone=Zone.PROGRAMME, title="Let op",
                now=NOON,
            )  # fmt: skip
        for person in people.values():
            notifications.notify(
                key=f"{person.pk}:{number}", kind="test", receiver=Receiver(person, role=person.role or ""),
                subject="Bericht", now=NOON,
            )  # fmt: skip
        notifications.schedule(
            kind="test", title="Gesprek", starts_at=NOON + timedelta(days=1 + number),
            ends_at=NOON + timedelta(days=1 + number, hours=1), invite=False, case_number=case.number,
            participants=[Receiver(person, role=person.role or "") for person in people.values()],
        )  # fmt: skip


def test_every_prepared_query_of_the_code_is_tried_here():
    paths = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    assert sum(path.read_text().count("= Prepared(") for path in paths) == len(PREPARED) > 0


@every_prepared
@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_prepared_query_gives_what_django_gives(prepared, count, people):
    add_rows(people, count)

    for _time in range(2):
        for person in people.values():
            same_as_django(prepared, person, NOW_ASKED)
            same_as_django(prepared, person, LONG_BEFORE)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_rows_of_the_screens_are_there(count, people):
    """Else two empty lists would be equal for ever."""
    add_rows(people, count)
    found = {
        name: len(same_as_django(prepared, people[Role.KLANTMANAGER], NOW_ASKED))
        for name, prepared in PREPARED.items()
    }
    one_line = 1  # a count is one row, however much it counts

    assert found.pop("jas_portal.homes.klantmanager._TASKS") >= count
    assert found == {
        "accounts.models._CURRENT_ROLES": 1,
        "jas_portal.context._OPEN_ALERTS": one_line,
        "jas_portal.context._UNREAD": one_line,
        "cases.overviews.lists._FIRST_PAGE": count,
        "cases.overviews.lists._COUNTING": one_line,
        "jas_portal.homes.klantmanager._PHASES": min(count, 1),
        "jas_portal.homes.klantmanager._WAITING": one_line,
        "jas_portal.homes.klantmanager._ALERTS": count,
        "jas_portal.homes.klantmanager._REQUESTS": count,
        "jas_portal.homes.klantmanager._GOALS": count,
        "jas_portal.homes.shared._MEETINGS": count,
    }
    assert jas_portal.context._OPEN_ALERTS.number(people[Role.KLANTMANAGER], today=TODAY) == count
    assert jas_portal.context._UNREAD.number(people[Role.KLANTMANAGER]) == count


@pytest.mark.parametrize("role", [Role.PRIVACY_OFFICER, Role.FUNCTIONEEL_BEHEERDER, None])
def test_a_role_that_sees_nothing_gives_nothing(role, people):
    add_rows(people, 1)
    person = people[role or "without a role"]

    for prepared in (klantmanager._ALERTS, jas_portal.context._OPEN_ALERTS, cases.overviews.lists._FIRST_PAGE):
        assert prepared(person, **asked(prepared, NOW_ASKED)) == []
    assert jas_portal.context._OPEN_ALERTS.number(person, today=TODAY) == 0


def test_the_next_person_gets_the_own_rows_and_not_those_of_the_one_before(people):
    add_rows(people, 3)
    newcomer = factories.make_user(Role.KLANTMANAGER, organisation=organisation_of(Role.KLANTMANAGER))
    case = factories.make_case(klantmanager=newcomer)
    ask = cases.overviews.lists._FIRST_PAGE

    first = ask(people[Role.KLANTMANAGER], today=TODAY)
    second = ask(newcomer, today=TODAY)

    assert len(first) == 3
    assert [row[0] for row in second] == [case.number]
    assert ask(people[Role.KLANTMANAGER], today=TODAY) == first


def test_an_organisation_gets_the_own_rows_and_not_those_of_another(people):
    add_rows(people, 3)
    elsewhere = factories.make_organisation("Taalhuis Zuid", OrganisationKind.INSTITUUT)
    stranger = factories.make_user(Role.INSTITUUT, organisation=elsewhere)

    assert [
        jas_portal.context._OPEN_ALERTS.number(person, today=TODAY)
        for person in (people[Role.INSTITUUT], stranger, people[Role.INSTITUUT])
    ] == [3, 0, 3]


def test_asking_does_not_change_the_person_who_asks(people):
    person = people[Role.KLANTMANAGER]
    before = person.pk, person.acting_as.pk, person.acting_as.organisation_id

    Prepared(klantmanager._ALERTS.build, **klantmanager._ALERTS.shapes)(person, today=TODAY)

    assert (person.pk, person.acting_as.pk, person.acting_as.organisation_id) == before


@pytest.mark.django_db(transaction=True)
def test_a_second_thread_gives_the_same(people):
    add_rows(people, 3)
    here = everything(people)

    def elsewhere():
        try:
            return [everything(people) for _time in range(2)]
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(elsewhere).result(timeout=60) == [here, here]
    assert everything(people) == here
    assert shared._MEETINGS(people[Role.KLANTMANAGER], start=NOON, end=NOON + timedelta(days=14)) != []


def everything(people):
    """{query: {person: rows}}, each compared with Django's on the way."""
    return {
        name: {whom: same_as_django(prepared, person, NOW_ASKED) for whom, person in people.items()}
        for name, prepared in PREPARED.items()
    }
