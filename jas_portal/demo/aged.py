"""Dossiers of years ago, closed long since: what the proefrun of the beheerder finds."""

from datetime import timedelta

from accounts.roles import Role
from accounts.zones import Zone
from cases import services as cases
from cases.models import AgreementParty, Case, LegalRegime, MainGoal, Phase
from cases.rules import add_months, suggested_working_day
from cases.services.person import edit_address, edit_household
from cases.services.plan import add_agreement, edit_plan, establish_plan
from jas_portal.demo.names import people as invent
from jas_portal.demo.stories import at
from jas_portal.demo.texts import HOUSEHOLDS, WISHES
from privacy.services.retention import place_hold

#: How many months ago each was closed; the last is not old enough yet.
CLOSED_MONTHS_AGO = (78, 75, 71, 68, 65, 62, 58)
#: These two have to wait: a signal that nobody handled, and a suspended bewaarplicht.
WITH_ALERT, HELD = 3, 4


def tell(people, today):
    """Open and close them, each on its own day. Returns how many."""
    klantmanager, begeleider = people["klantmanager2"], people["begeleider2@vluchtelingenwerk.example"]
    for index, (months, person) in enumerate(
        zip(CLOSED_MONTHS_AGO, invent(len(CLOSED_MONTHS_AGO), seed=7), strict=True)
    ):
        closed = suggested_working_day(add_months(today, -months))
        start = suggested_working_day(closed - timedelta(days=430))
        case = cases.open_case(
            preferred_name=person.preferred_name, full_name=person.full_name, language=person.language,
            phone="06 00 00 00 00", channel="telefoon", municipality="Leiden", neighbourhood="Merenwijk",
            legal_regime=LegalRegime.WI2013, leerroute="b1", programme_start=start, by=klantmanager, today=start,
            now=at(start, 9),
        )  # fmt: skip
        for role, user in ((Role.KLANTMANAGER, klantmanager), (Role.MAATSCHAPPELIJK_BEGELEIDER, begeleider)):
            cases.assign(case=case, role=role, user=user, by=klantmanager, today=start, now=at(start, 9))
        edit_address(
            case=case, street=f"Voorbeeldlaan {80 + index}", town="Leiden", by=klantmanager, now=at(start, 10)
        )
        edit_household(case=case, text=HOUSEHOLDS[index % len(HOUSEHOLDS)], by=klantmanager, now=at(start, 10))
        edit_plan(
            case=case, revision=0, main_goal=MainGoal.WERK, goal_text=WISHES[MainGoal.WERK][0],
            evaluate_on=start + timedelta(days=90), by=klantmanager, now=at(start, 11),
        )  # fmt: skip
        add_agreement(
            case=case, party=AgreementParty.STATUSHOUDER, what="Ik meld mij aan bij de taalles.",
            by_when=start + timedelta(days=21), by=klantmanager, now=at(start, 11),
        )  # fmt: skip
        establish_plan(case=case, agreed_on=start, by=klantmanager, today=start, now=at(start, 12))
        ended = index % 2
        cases.move_phase(
            case=case, to=Phase.BEEINDIGD if ended else Phase.AFGEROND, by=klantmanager, today=closed,
            reason="Verhuisd naar een andere gemeente" if ended else "Inburgeringsdiploma gehaald", now=at(closed, 15),
        )  # fmt: skip
        if index == WITH_ALERT:
            cases.raise_alert(
                case=case, key=f"aged:{case.pk}", kind="progress", for_role=Role.KLANTMANAGER, zone=Zone.PROGRAMME,
                title="Nog een brief te beantwoorden", now=at(closed, 16),
            )  # fmt: skip
        if index == HELD:
            place_hold(
                case_number=Case.objects.get(pk=case.pk).number, reason="Er loopt een bezwaar.",
                by=people["privacy"], now=at(closed + timedelta(days=90)),
            )  # fmt: skip
    return len(CLOSED_MONTHS_AGO)
