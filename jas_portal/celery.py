"""The Celery application and the one table of periodic work.

A task is only a nudge: what must happen is a row that a sweep finds, so a lost task loses nothing.
Schedules are plain intervals in UTC; what is due is a date in the database, never the hour of the clock.
"""

import os

from celery import Celery

from jas_portal.heartbeat import WorkerHeartbeat

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jas_portal.settings")

app = Celery("jas_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["consumer"].add(WorkerHeartbeat)

# The beat table. Name: task, seconds between two runs.
app.conf.beat_schedule = {}
