"""Periodic work of notifications. A task is a nudge: what must go out is a row, and any sweep finds it."""

from celery import shared_task

from notifications import services
from notifications.services.delivery import TIME_LIMIT


@shared_task(time_limit=TIME_LIMIT)
def deliver_due():
    """Send what is due. Returns how many messages were delivered."""
    return services.deliver_due()


@shared_task
def send_digests():
    """Make the digests that are due. Returns how many were made."""
    return services.send_digests()
