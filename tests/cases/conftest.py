"""What the tests of the dossier share: a dossier full of marked texts, one for each zone."""

from datetime import timedelta

import pytest

from accounts.roles import Role
from accounts.zones import Zone
from cases import services
from cases.models import Alert, JournalKind, Task
from tests.factories import TODAY

#: A text that occurs nowhere else, per zone.
MARKS = {zone: f"merkteken-{zone.value}" for zone in Zone}


@pytest.fixture
def marked(cast):
    """The cast's dossier with a marked task, journal line and field in every zone, a plan, and everyone around it."""
    case = cast.case
    services.assign(case=case, role=Role.MENTOR, user=cast.mentor, by=None, today=TODAY)
    services.assign(
        case=case, role=Role.VRIJWILLIGERSCOORDINATOR, organisation=cast.vrijwilligers, by=None, today=TODAY
    )
    owners = {
        Zone.PROGRAMME: Role.KLANTMANAGER,
        Zone.BENEFIT: Role.KLANTMANAGER,
        Zone.LEARNING: Role.KLANTMANAGER,
        Zone.MONEY: Role.MAATSCHAPPELIJK_BEGELEIDER,
        Zone.LEGAL: Role.MAATSCHAPPELIJK_BEGELEIDER,
        Zone.MENTORING: Role.MENTOR,
    }
    for zone, role in owners.items():
        Task.objects.create(
            case=case, title=f"taak {MARKS[zone]}", owner_role=role, zone=zone, due_on=TODAY + timedelta(days=40)
        )
    for zone in Zone:
        services.record(case=case, kind=JournalKind.TASK, zone=zone, text=f"regel {MARKS[zone]}")
    services.edit_address(case=case, street="Adreslaan-merk 1", by=None)
    services.edit_household(case=case, text="huishouden-merk", by=None)
    services.edit_plan(case=case, revision=0, main_goal="werk", goal_text="plandoel-merk", by=cast.klantmanager)
    services.add_agreement(
        case=case, party=Role.MAATSCHAPPELIJK_BEGELEIDER, what="afspraak-vwn-merk", by=cast.klantmanager
    )
    services.add_agreement(case=case, party=Role.KLANTMANAGER, what="afspraak-gemeente-merk", by=cast.klantmanager)
    services.raise_alert(
        case=case,
        key="absence:1:1",
        kind="absence",
        for_role=Role.KLANTMANAGER,
        zone=Zone.ATTENDANCE,
        title="Vierde verzuim",
        detail="verzuim-merk",
    )
    cast.alert = Alert.objects.get()
    return cast
