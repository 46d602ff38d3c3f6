"""The composition root: settings, addresses, the clock and the home page of each role."""

from jas_portal.celery import app as celery_app

__all__ = ["celery_app"]
