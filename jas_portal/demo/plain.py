"""Many plain dossiers at once, for load: rows in bulk, without mail and journal."""

import random
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.roles import Role
from accounts.zones import Zone
from cases import rules
from cases.models import (
    Assignment,
    Case,
    CaseNumber,
    Group,
    Leerroute,
    LegalRegime,
    Phase,
    ProgrammeSettings,
    Statushouder,
    Task,
    TaskStatus,
)
from cases.task_templates import DIPLOMA, NINETEEN
from jas_portal.demo.names import people

BATCH = 5_000
#: Share of each phase (demo guidance §6.1), in the order of the phase line.
_PHASES = (
    (Phase.AANGEMELD, 4), (Phase.INTAKE, 5), (Phase.STARTGROEP, 14), (Phase.PLAATSING, 6), (Phase.INBURGERING, 24),
    (Phase.AFGEROND, 4), (Phase.BEEINDIGD, 3),
)  # fmt: skip


def make_plain_cases(count, klantmanagers, *, today, seed=1, progress=lambda done: None):
    """Make `count` dossiers dealt out over `klantmanagers`, each with the two tasks that have a last day.

    Returns nothing. Memory stays flat: batches of 5,000. `progress(done)` is called after each batch.
    """
    chance = random.Random(seed)  # invented people, the same each time  # nosec B311
    pool = people(2_000, seed=seed)
    now = timezone.now()
    version = ProgrammeSettings.objects.on(today)
    if version.pk is None:
        version, _created = ProgrammeSettings.objects.get_or_create(valid_from=today - timedelta(days=2000))
    dated = [template for template in (*NINETEEN, DIPLOMA) if template.due_days]
    for begin in range(0, count, BATCH):
        with transaction.atomic():
            _make_batch(min(BATCH, count - begin), begin, klantmanagers, chance, pool, version, dated, today, now)
        progress(min(begin + BATCH, count))


def _make_batch(size, begin, klantmanagers, chance, pool, version, dated, today, now):
    year = today.year
    counter, _created = CaseNumber.objects.get_or_create(year=year)
    persons = Statushouder.objects.bulk_create(
        Statushouder(
            preferred_name=person.preferred_name,
            full_name=person.full_name,
            language=person.language,
            needs_interpreter=chance.random() < 0.3,
            phone="06 00 00 00 00",
            neighbourhood=chance.choice(settings.PROGRAMME_NEIGHBOURHOODS),
        )
        for person in chance.choices(pool, k=size)
    )
    phases, weights = zip(*_PHASES, strict=True)
    cases = []
    for index, person in enumerate(persons, start=1):
        start = today - timedelta(days=chance.randrange(1, 900))
        deadline = rules.goal_deadline(start, version.goal_months)
        cases.append(
            Case(
                number=rules.case_number(year, counter.last + index),
                statushouder=person,
                municipality=chance.choice(settings.PROGRAMME_MUNICIPALITIES),
                legal_regime=LegalRegime.WI2021,
                group=Group.ASIEL,
                phase=chance.choices(phases, weights)[0],
                phase_since=start,
                leerroute=chance.choice([Leerroute.B1, Leerroute.B1, Leerroute.Z, Leerroute.ONDERWIJS]),
                programme_start=start,
                goal_deadline_original=deadline,
                goal_deadline=deadline,
                programme_settings=version,
                opened_at=now,
            )
        )
    counter.last += size
    counter.save()
    cases = Case.objects.bulk_create(cases)
    Assignment.objects.bulk_create(
        Assignment(
            case=case,
            role=Role.KLANTMANAGER,
            user=klantmanagers[(begin + index) % len(klantmanagers)],
            starts_on=case.programme_start,
        )
        for index, case in enumerate(cases)
    )
    Task.objects.bulk_create(
        Task(
            case=case,
            template=template.code,
            title=template.title,
            kind=template.kind,
            owner_role=template.owner_role,
            zone=template.zone or Zone.PROGRAMME,
            status=TaskStatus.OPEN if (today - case.programme_start).days < 30 else TaskStatus.AFGEROND,
            due_on=rules.plan_due(case.programme_start, getattr(version, template.due_days)),
            created_at=now,
        )
        for case in cases
        for template in dated
    )
