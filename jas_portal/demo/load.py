"""Put the demo municipality into an empty database."""

from django.db import transaction

from cases import history
from cases.models import ProgrammeSettings
from cases.services import release_lapsed
from inburgering import services as inburgering
from jas_portal.demo import aged, learning, looks, matches, post, rights, stories, work
from jas_portal.demo.cover import cover
from jas_portal.demo.people import make_people
from mentoring.services.matching import end_for_closed_cases
from mentoring.services.talks import raise_overdue_check_ins


@transaction.atomic
def load(today):
    """Everything, on the days on which it would have happened, up to `today`. Returns the number of dossiers."""
    ProgrammeSettings.objects.create(valid_from=today.replace(year=today.year - 9, day=1))
    people = make_people(today)
    # The past has no history of changes: it is made in one go, not typed.
    with history.paused():
        told = stories.tell(people, today)
        institutes = learning.make_institutes(people, today)
        learning.teach(told, people, institutes, today)
        matches.match(told, people, matches.make_mentors(people, today), today)
        stories.close(told, today)
        aged.tell(people, today)
        _sweep(today)
    cover(people, today)
    rights.ask(told, people, today)
    post.choose(today)
    post.deliver_the_past(today)
    post.answer(today)
    looks.look(today)
    work.ask(today)
    return len(told)


def _sweep(today):
    """What the clock does every quarter of an hour, so that the demo stays as it was loaded."""
    end_for_closed_cases(today)
    inburgering.end_for_closed_cases(today=today)
    inburgering.release_docents(today=today)
    inburgering.raise_missing_start(today=today)
    release_lapsed(today=today)
    raise_overdue_check_ins(today)
