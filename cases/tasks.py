"""Periodic work of cases. Each task finds rows and calls one service; missed, it is made up the next time.

What a task returns is how much it did; the page "Periodiek werk" shows it.
"""

import uuid

from celery import shared_task
from django.utils import timezone

from cases.services import caseload, release_lapsed, rights, settle_deputyships


@shared_task
def work_on_imports():
    """One turn of the import that waits longest: read, apply or take back. Returns how many had a turn."""
    return int(caseload.work(worker=uuid.uuid4().hex) is not None)


@shared_task
def clean_up_imports():
    """Forget what was read and not applied within a day."""
    return caseload.clean_up()


@shared_task
def end_lapsed_relations():
    """End relations of people whose account or role ended; dossiers without klantmanager begin to wait."""
    today, now = timezone.localdate(), timezone.now()
    return release_lapsed(today=today, now=now) + settle_deputyships(today=today, now=now)


@shared_task
def remind_of_requests():
    """Remind who must answer of requests about one's own data whose term is nearly over."""
    return rights.remind_of_requests(today=timezone.localdate(), now=timezone.now())
