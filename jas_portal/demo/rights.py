"""Requests about one's own data, a disclosure and the notice about privacy; and a few changes for the history."""

from datetime import timedelta

from accounts.roles import Role
from cases import history
from cases import services as cases
from cases.services import rights
from cases.services.plan import edit_plan
from jas_portal.demo.stories import at

NOTICE = """Wij bewaren gegevens over u om u te helpen bij uw inburgering. Dat moet van de Wet inburgering 2021.

Wie u helpt, leest alleen wat nodig is. Uw mentor leest niets over geld, gezondheid of uw uitkering.

U mag zien wat er over u staat. U mag vragen om een kopie, en om een verbetering. Uw klantmanager of begeleider helpt u daarbij.

Vijf jaar na uw inburgering gaan uw gegevens weg."""
NEW_NOTICE = NOTICE + "\n\nNieuw: in het portaal ziet u nu ook wie uw dossier heeft bekeken."


def ask(told, people, today):
    """One open request, one that was handed over, notices that were explained, and what changed lately."""
    officer = people["privacy"]
    start = today - timedelta(days=900)
    first = rights.add_notice(version="2024-1", valid_from=start, text=NOTICE, by=officer, now=at(start))
    since = today - timedelta(days=21)
    second = rights.add_notice(version="2026-2", valid_from=since, text=NEW_NOTICE, by=officer, now=at(since))
    for story in told:
        if story.begeleider is None:
            continue
        day = max(min(today, story.start + timedelta(days=7)), start)
        rights.explain_notice(
            case=story.case,
            notice=second if day >= since else first,
            explained_on=day,
            language=story.case.statushouder.language or "nl",
            with_interpreter=story.case.statushouder.needs_interpreter,
            by=story.begeleider,
            today=today,
            now=at(day, 11, 20),
        )
    selam, ahmad = told[0], told[3]
    _changes(selam, today)
    _requests(selam, ahmad, officer, today)


def _changes(story, today):
    """What was changed lately, each by somebody at work."""
    by, case = story.klantmanager, story.case
    with history.acting(by):
        cases.edit_household(case=case, text="Woont met haar dochter van 9.", by=by, now=at(today - timedelta(days=2)))
        cases.change_route(case=case, leerroute="onderwijs", municipality=case.municipality, by=by)
        cases.change_route(case=case, leerroute="b1", municipality=case.municipality, by=by)
        plan = case.plan
        edit_plan(case=case, revision=plan.revision, wishes="Werken in een bakkerij, het liefst in Leiden.", by=by)
    person = story.person.user
    person.act_as(Role.STATUSHOUDER)
    with history.acting(person):
        cases.edit_person(case=case, phone="06 11 11 11 11", by=person)


def _requests(selam, ahmad, officer, today):
    day = today - timedelta(days=25)
    rights.ask_correction(
        case=ahmad.case, item="Mijn wijk", wish="Ik woon nu in de Mors.", requested_on=day, by=ahmad.klantmanager,
        today=day, now=at(day),
    )  # fmt: skip
    day = today - timedelta(days=4)
    rights.ask_copy(case=selam.case, by=selam.person.user, today=day, now=at(day))
    rights.disclose(
        case=selam.case, receiver="DUO", what="Datum van het PIP en de leerroute", basis="wi2021",
        disclosed_on=today - timedelta(days=60), by=selam.klantmanager, now=at(today - timedelta(days=60)),
    )  # fmt: skip
    day = today - timedelta(days=40)
    given = rights.ask_copy(case=ahmad.case, by=ahmad.klantmanager, today=day, now=at(day))
    given = rights.prepare_copy(request=given, by=ahmad.klantmanager, today=day, now=at(day, 11))
    given = rights.approve_copy(request=given, by=officer, today=day, now=at(day, 15))
    rights.hand_over_copy(request=given, by=ahmad.klantmanager, today=day, now=at(day, 16))
