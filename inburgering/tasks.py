"""Periodic work of inburgering: each task calls one service."""

from celery import shared_task
from django.utils import timezone

from inburgering import services


@shared_task
def raise_missing_start():
    """Alert klantmanagers about who has no start date some weeks after the Startgroep (R42)."""
    return services.raise_missing_start(today=timezone.localdate())


@shared_task
def release_docents():
    """End the docent's place around dossiers whose course began four weeks ago."""
    return services.release_docents(today=timezone.localdate())


@shared_task
def end_for_closed_cases():
    """End enrolments and places in a Startgroep of dossiers that were closed."""
    return services.end_for_closed_cases(today=timezone.localdate())
