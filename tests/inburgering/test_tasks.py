"""The periodic work of inburgering: every line of the beat table names a task that runs."""

import pytest

from inburgering import tasks
from jas_portal.celery import app

OURS = {name: line for name, line in app.conf.beat_schedule.items() if line["task"].startswith("inburgering.")}


def test_the_beat_table_names_our_tasks():
    assert {line["task"] for line in OURS.values()} == {
        "inburgering.tasks.raise_missing_start",
        "inburgering.tasks.release_docents",
        "inburgering.tasks.end_for_closed_cases",
    }


@pytest.mark.django_db
@pytest.mark.parametrize("task", ["raise_missing_start", "release_docents", "end_for_closed_cases"])
def test_a_task_runs_on_an_empty_portal(task):
    getattr(tasks, task)()
