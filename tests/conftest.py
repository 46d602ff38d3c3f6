"""The cast: one person of each role around one dossier, and an outsider of each."""

import os
from datetime import datetime, time
from types import SimpleNamespace

import pytest
import time_machine
from django.utils import timezone

from accounts.models import OrganisationKind
from accounts.roles import Role
from cases import services
from tests import factories
from tests.factories import TODAY


def pytest_collection_modifyitems(config, items):
    """The second run, on SQLite, leaves out the rounds over every address: they ask the views, and take minutes."""
    if not os.environ.get("WITHOUT_ROUNDS"):
        return
    rounds = [item for item in items if item.get_closest_marker("rounds")]
    config.hook.pytest_deselected(items=rounds)
    items[:] = [item for item in items if item not in rounds]


@pytest.fixture(autouse=True)
def day_of_the_tests(request):
    """It is Monday 23 November 2026, ten o'clock, whenever the suite is run.

    Tests marked `real_time` start processes of their own, which live in real time.
    """
    if "journeys" in request.path.parts or request.node.get_closest_marker("real_time"):
        yield
        return
    with time_machine.travel(timezone.make_aware(datetime.combine(TODAY, time(10))), tick=True):
        yield


@pytest.fixture
def today():
    """The day on which tests take place: Monday 23 November 2026."""
    return TODAY


@pytest.fixture
def cast(db):
    """Everyone around one dossier (`cast.case`), and under `cast.outsider` somebody of each role who is not."""
    return make_cast()


def make_cast():
    """The cast, for a test that makes it itself."""
    gemeente = factories.make_organisation("Gemeente Leiden", OrganisationKind.GEMEENTE)
    vwn = factories.make_organisation("VluchtelingenWerk", OrganisationKind.VLUCHTELINGENWERK)
    vrijwilligers = factories.make_organisation("Mentorproject", OrganisationKind.VRIJWILLIGERS)
    elders = factories.make_organisation("Mentorproject Elders", OrganisationKind.VRIJWILLIGERS)
    institute = factories.make_institute("Instituut Rijnland")
    other_institute = factories.make_institute("Taalhuis Zuid")
    organisations = {
        Role.KLANTMANAGER: gemeente,
        Role.MAATSCHAPPELIJK_BEGELEIDER: vwn,
        Role.VRIJWILLIGERSCOORDINATOR: vrijwilligers,
        Role.INSTITUUT: institute.organisation,
        Role.FUNCTIONEEL_BEHEERDER: gemeente,
        Role.PRIVACY_OFFICER: gemeente,
        Role.DOCENT: gemeente,
    }
    others = {
        **organisations,
        Role.INSTITUUT: other_institute.organisation,
        Role.VRIJWILLIGERSCOORDINATOR: elders,
    }
    people = {role: factories.make_user(role, organisation=organisations.get(role)) for role in Role}
    outsiders = {role: factories.make_user(role, organisation=others.get(role)) for role in Role}
    case = factories.make_case(
        klantmanager=people[Role.KLANTMANAGER],
        user=people[Role.STATUSHOUDER],
        full_name="Selam Tekle",
        preferred_name="Selam",
    )
    for role in (Role.MAATSCHAPPELIJK_BEGELEIDER, Role.DOCENT):
        services.assign(case=case, role=role, user=people[role], by=None, today=TODAY)
    return SimpleNamespace(
        case=case,
        institute=institute,
        other_institute=other_institute,
        vrijwilligers=vrijwilligers,
        organisations=organisations,
        outsider=SimpleNamespace(**{role.value: user for role, user in outsiders.items()}),
        **{role.value: user for role, user in people.items()},
    )


@pytest.fixture
def sign_in(client):
    """Sign a user in on the test client: `sign_in(user)` returns the client."""

    def _sign_in(user):
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return _sign_in
