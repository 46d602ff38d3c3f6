"""Periodic work that combines packages. Each task calls one function; missed, it is made up the next time."""

import uuid

from celery import current_app, shared_task
from django.utils import timezone

from jas_portal.log_alerts import check_and_tell
from jas_portal.work import jobs, periodic
from jas_portal.work.table import PERIODIC


@shared_task
def check_read_log():
    """The check of the read log that was asked for or is due, and a message to the privacy officers when it found something."""
    check_and_tell(now=timezone.now())


@shared_task
def work_on_jobs():
    """One turn of the job that waits longest. Returns how many rows were done."""
    return jobs.work(worker=uuid.uuid4().hex)


@shared_task
def clean_up_jobs():
    """Files of jobs that are a day old. Returns how many jobs were cleared."""
    return jobs.clean_up()


@shared_task
def run_asked():
    """Periodic work that the beheerder asked for by hand. Returns how many ran."""
    return periodic.run_asked({entry.task: current_app.tasks[entry.task].run for entry in PERIODIC})
