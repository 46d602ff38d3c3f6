"""Sixty dossiers with a life: opened, planned, taught, matched and sometimes missed, each on its own day.

Everything goes through the services, on the day on which it would have happened.
"""

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.utils import timezone

from accounts.roles import Role
from cases import services as cases
from cases.models import (
    AgreementParty,
    Case,
    ChecklistItem,
    Group,
    LegalRegime,
    MainGoal,
    Phase,
    Task,
)
from cases.rules import add_months, suggested_working_day
from cases.services.person import edit_address, edit_household
from cases.services.plan import add_agreement, edit_plan, establish_plan, tick_agreement
from cases.services.tasks import tick_item, tick_task, wait_for
from jas_portal.demo.names import people as invent
from jas_portal.demo.texts import AGREEMENTS, HOUSEHOLDS, OBLIGATIONS, OBSTACLES, PARTS, STARTING_POINTS, WISHES

#: How many dossiers stand in each phase (demo guidance §6.1).
PHASES = (
    [Phase.INBURGERING] * 24
    + [Phase.STARTGROEP] * 14
    + [Phase.PLAATSING] * 6
    + [Phase.INTAKE] * 5
    + [Phase.AANGEMELD] * 4
    + [Phase.AFGEROND] * 4
    + [Phase.BEEINDIGD] * 3
)
#: Days since the start of the programme, from–to, by phase.
AGE = {
    Phase.INBURGERING: (190, 640),
    Phase.STARTGROEP: (40, 60),
    Phase.PLAATSING: (110, 150),
    Phase.INTAKE: (12, 40),
    Phase.AANGEMELD: (2, 12),
    Phase.AFGEROND: (480, 700),
    Phase.BEEINDIGD: (200, 500),
}
#: The first dossiers began in the same weeks, and went to one Startgroep.
CLASSMATES = 9
#: Names in their own script beside the Latin one, as on some residence cards.
OWN_SCRIPT = {0: "ሰላም ተክለ", 3: "أحمد الحسن", 7: "ريما خوري"}


def at(day: date, hour=10, minute=0) -> datetime:
    """The moment on `day` at this hour in the portal's time zone."""
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


@dataclass
class Story:
    """One dossier of the demo and what the other chapters need to know of it."""

    index: int
    case: Case
    phase: str
    start: date
    klantmanager: object
    begeleider: object = None

    @property
    def person(self):
        return self.case.statushouder


def tell(people, today):
    """Open the sixty dossiers and bring each to where it stands today. Returns the stories, Selam Tekle first."""
    chance = random.Random(42)  # invented people, the same each time  # nosec B311
    invented = invent(len(PHASES) - 1)
    return [_open(people, today, chance, index, phase, invented) for index, phase in enumerate(PHASES)]


def _klantmanager(people, index):
    """Who watches over dossier `index`: the personas most, so that their screens have something to show."""
    order = ("klantmanager", "klantmanager", "klantmanager2", "klantmanager", "klantmanager1@leiden.example",
             "klantmanager2", "klantmanager2@leiden.example", "klantmanager", "klantmanager3@leiden.example",
             "klantmanager4@leiden.example")  # fmt: skip
    return people["klantmanager" if index < 8 else order[index % len(order)]]


def _open(people, today, chance, index, phase, invented):
    low, high = AGE[phase]
    start = suggested_working_day(today - timedelta(days=chance.randrange(low, high)))
    start = min(start, today)
    if index < CLASSMATES:
        start = today - timedelta(days=292 - 2 * index)
    klantmanager = _klantmanager(people, index)
    if index == 0:
        facts = {
            "preferred_name": "Selam", "full_name": "Selam Tekle", "language": "ti", "needs_interpreter": True,
            "user": people["statushouder"], "email": "statushouder@demo.example", "neighbourhood": "Merenwijk",
            "municipality": "Leiden", "leerroute": "b1",
        }  # fmt: skip
    else:
        person = invented[index - 1]
        facts = {
            "preferred_name": person.preferred_name,
            "full_name": person.full_name,
            "language": person.language,
            "needs_interpreter": chance.random() < 0.35,
            "email": f"deelnemer{index}@demo.example" if chance.random() < 0.8 else "",
            "neighbourhood": chance.choice(settings.PROGRAMME_NEIGHBOURHOODS),
            "municipality": "Oegstgeest"
            if index == 4
            else chance.choice(["Leiden"] * 8 + ["Leiderdorp", "Zoeterwoude"]),
            "leerroute": chance.choices(["b1", "z", "onderwijs"], [65, 25, 10])[0],
        }
    if index in OWN_SCRIPT:
        facts["full_name"] += f" {OWN_SCRIPT[index]}"
    # Two dossiers still run under the old law; the DUO loan is a task there and nowhere else (law §2.6).
    old_law = index in (5, 17)
    pip = None if old_law or phase == Phase.AANGEMELD else start + timedelta(days=chance.randrange(15, 60))
    case = cases.open_case(
        programme_start=start,
        phone="06 00 00 00 00",
        channel=chance.choice(["telefoon", "app", "email"]),
        legal_regime=LegalRegime.WI2013 if old_law else LegalRegime.WI2021,
        group=chance.choices([Group.ASIEL, Group.GEZIN], [90, 10])[0] if index != 4 else Group.ASIEL,
        pip_date=pip if pip and pip <= today else None,
        by=klantmanager,
        today=start,
        now=at(start, 9),
        **facts,
    )
    story = Story(index=index, case=case, phase=phase, start=start, klantmanager=klantmanager)
    if index in (50, 52):  # two wait for a klantmanager
        return story
    cases.assign(
        case=case, role=Role.KLANTMANAGER, user=klantmanager, by=klantmanager, today=start, now=at(start, 9, 5)
    )
    if phase != Phase.AANGEMELD:
        _accept(story, people, today, chance)
    case.refresh_from_db()
    return story


def _accept(story, people, today, chance):
    """The intake: a begeleider, an address, the first tasks and mostly a plan."""
    case, by = story.case, story.klantmanager
    day = min(today, suggested_working_day(story.start + timedelta(days=7)))
    cases.move_phase(case=case, to=Phase.INTAKE, by=by, today=day, now=at(day, 11))
    colleagues = ["begeleider", *(f"begeleider{n}@vluchtelingenwerk.example" for n in range(1, 6))]
    story.begeleider = people["begeleider" if story.index < 10 else colleagues[story.index % 6]]
    cases.assign(
        case=case, role=Role.MAATSCHAPPELIJK_BEGELEIDER, user=story.begeleider, by=by, today=day, now=at(day, 11, 5)
    )
    edit_address(
        case=case, street=f"Voorbeeldlaan {10 + story.index}", postal_code="2300 AA",
        town=case.municipality or "Leiden", by=by, now=at(day, 11, 10),
    )  # fmt: skip
    edit_household(case=case, text=chance.choice(HOUSEHOLDS), by=by, now=at(day, 11, 15))
    _do_tasks(story, today, chance)
    # Three of the intakes have no plan yet; one of them is late.
    if story.phase != Phase.INTAKE or story.index % 5 == 0:
        _plan(story, today, chance)


def _do_tasks(story, today, chance):
    tasks = {task.template: task for task in Task.objects.filter(case=story.case)}
    day = min(today, story.start + timedelta(days=14))
    tick_task(task=tasks["r15"], by=story.klantmanager, now=at(day, 12))
    old = (today - story.start).days > 60
    for item in ChecklistItem.objects.filter(task__case=story.case, task__template__in=["r9", "r10"]).order_by("pk"):
        if old or chance.random() < 0.45:
            tick_item(item=item, done=True, by=story.begeleider, now=at(min(today, day + timedelta(days=5)), 14))
    # Here and there the diploma was forgotten.
    if old and story.index % 12 != 8:
        tick_task(task=tasks["r60"], by=story.klantmanager, now=at(min(today, story.start + timedelta(days=25)), 12))
    if story.index in (2, 6, 11):
        open_task = Task.objects.filter(case=story.case, template="r16").first()
        wait_for(
            task=open_task, waits_for="een brief van de Belastingdienst", follow_up_on=today + timedelta(days=4),
            by=story.klantmanager, today=today - timedelta(days=3), now=at(today - timedelta(days=3), 15),
        )  # fmt: skip


def _plan(story, today, chance):
    """A plan with agreements, established; older dossiers have a second version."""
    case, by = story.case, story.klantmanager
    day = min(today, suggested_working_day(story.start + timedelta(days=18)))
    goal = chance.choice([MainGoal.WERK, MainGoal.WERK_EN_LEREN, MainGoal.STUDIE, MainGoal.MEEDOEN])
    evaluate_on = suggested_working_day(add_months(max(day, today - timedelta(days=40)), 3))
    plan = edit_plan(
        case=case,
        revision=0,
        main_goal=goal,
        goal_text=chance.choice(WISHES[goal]),
        starting_point=chance.choice(STARTING_POINTS),
        wishes=chance.choice(WISHES[goal]),
        obstacles=chance.choice(OBSTACLES),
        programme_parts=chance.choice(PARTS),
        obligations=OBLIGATIONS,
        evaluate_on=evaluate_on,
        by=by,
        now=at(day, 13),
    )
    for party in AgreementParty.values:
        for offset, what in enumerate(chance.sample(AGREEMENTS[party], 2)):
            agreement = add_agreement(
                case=case,
                party=party,
                what=what,
                by_when=day + timedelta(days=21 * (offset + 1)),
                by=by,
                now=at(day, 13, 5),
            )
            if agreement.by_when < today - timedelta(days=5):
                tick_agreement(
                    agreement=agreement, done=True, by=by, today=agreement.by_when, now=at(agreement.by_when)
                )
    establish_plan(
        case=case, agreed_on=day, language_used=case.statushouder.language, by=by, today=day, now=at(day, 14),
        interpreter_present=case.statushouder.needs_interpreter,
    )  # fmt: skip
    again = suggested_working_day(story.start + timedelta(days=130))
    if again < today - timedelta(days=3) and story.index % 2 == 0:
        plan.refresh_from_db()
        edit_plan(
            case=case, revision=plan.revision, programme_parts=chance.choice(PARTS), by=by, now=at(again, 13),
            obstacles=chance.choice(OBSTACLES),
        )  # fmt: skip
        add_agreement(
            case=case, party=AgreementParty.STATUSHOUDER, by_when=today + timedelta(days=9),
            what=chance.choice(AGREEMENTS[AgreementParty.STATUSHOUDER]), by=by, now=at(again, 13, 5),
        )  # fmt: skip
        add_agreement(
            case=case, party=AgreementParty.MAATSCHAPPELIJK_BEGELEIDER, by_when=today + timedelta(days=chance.randrange(1, 25)),
            what=chance.choice(AGREEMENTS[AgreementParty.MAATSCHAPPELIJK_BEGELEIDER]), by=by, now=at(again, 13, 6),
        )  # fmt: skip
        establish_plan(
            case=case, agreed_on=again, language_used=case.statushouder.language, by=by, today=again, now=at(again, 14)
        )


def close(stories, today):
    """Bring to their end the dossiers that ended."""
    reasons = {Phase.AFGEROND: "Inburgeringsdiploma gehaald", Phase.BEEINDIGD: "Verhuisd naar een andere gemeente"}
    for story in stories:
        if story.phase in reasons:
            day = today - timedelta(days=20 + story.index % 5)
            cases.move_phase(
                case=story.case, to=story.phase, reason=reasons[story.phase], by=story.klantmanager, today=day,
                now=at(day, 15),
            )  # fmt: skip
