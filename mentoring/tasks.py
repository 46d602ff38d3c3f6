"""Sweeps of mentoring: each finds what is due and calls its service. Missed once, made up the next time."""

from celery import shared_task
from django.utils import timezone

from mentoring import services


@shared_task
def raise_overdue_check_ins():
    """Alerts for talks whose day has passed, and for matches without a mentor."""
    services.raise_without_mentor(timezone.localdate())
    return services.raise_overdue_check_ins(timezone.localdate())


@shared_task
def expire_proposals():
    """Proposals that were not answered in time."""
    return services.expire_proposals(timezone.localdate())


@shared_task
def end_for_closed_cases():
    """Matches and requests around dossiers that were ended."""
    return services.end_for_closed_cases(timezone.localdate())
