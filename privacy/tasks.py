"""Periodic work of privacy. Each task finds rows and calls one service; missed, it is made up the next time.

What a task returns is how much it did; the page "Periodiek werk" shows it.
"""

import uuid
from importlib import import_module

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from privacy.services import retention, sealing


@shared_task
def work_on_retention():
    """One turn of the retention run that waits: the list, or what was approved. Returns how many runs had a turn."""
    return int(retention.work(worker=uuid.uuid4().hex) is not None)


@shared_task
def clear_sessions():
    """Forget sessions that are over: the retention policy lets these go by themselves."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


@shared_task
def seal_read_log():
    """Put the lines of the read log since the last seal under a new one. Returns how many seals."""
    return len(sealing.seal_new_lines(now=timezone.now()))
