"""Periodic work that combines packages. Each task calls one function; missed, it is made up the next time."""

from celery import shared_task
from django.utils import timezone

from jas_portal.log_alerts import check_and_tell


@shared_task
def check_read_log():
    """The check of the read log that was asked for or is due, and a message to the privacy officers when it found something."""
    check_and_tell(now=timezone.now())
