"""What the tests of inburgering share."""

from datetime import timedelta

import pytest

from inburgering.models import LessonPart
from inburgering.services import report_absence
from tests import factories


@pytest.fixture
def enrolment(cast, today):
    """A course of the cast's dossier, started ten weeks ago."""
    started = today - timedelta(weeks=10)
    enrolment = factories.make_enrolment(case=cast.case, institute=cast.institute, today=today)
    enrolment.started_on = enrolment.start_on = started
    enrolment.placed_on = started
    enrolment.save()
    return enrolment


@pytest.fixture
def miss(cast, enrolment, today):
    """`miss(day, ...)` reports one missed lesson on that day of November 2026."""

    def _miss(day, month=11, **fields):
        fields = {"lesson_part": LessonPart.OCHTEND, "enrolment": enrolment, "by": cast.instituut, **fields}
        return report_absence(lesson_on=today.replace(day=day, month=month), today=today, **fields)

    return _miss
