"""The Celery application. What runs how often stands in `jas_portal.work.table`.

A task is only a nudge: what must happen is a row that a sweep finds, so a lost task loses nothing.
Schedules are plain intervals in UTC; what is due is a date in the database, never the hour of the clock.
"""

import os

from celery import Celery
from celery.signals import after_setup_logger, after_setup_task_logger

from jas_portal.heartbeat import WorkerHeartbeat
from jas_portal.log_lines import leave_rows_out
from jas_portal.work.table import PERIODIC

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jas_portal.settings")

app = Celery("jas_portal", task_cls="jas_portal.work.recording:RecordedTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["consumer"].add(WorkerHeartbeat)
after_setup_logger.connect(leave_rows_out)
after_setup_task_logger.connect(leave_rows_out)

# `expires`: a nudge that waited longer than its interval is thrown away; the next one finds the same rows. At least a
# minute, because beat writes the moment and a worker judges it by its own clock, which may be ahead.
_EXPIRES_AFTER_AT_LEAST = 60
app.conf.beat_schedule = {
    entry.name: {
        "task": entry.task,
        "schedule": float(entry.every),
        "options": {"expires": max(entry.every, _EXPIRES_AFTER_AT_LEAST)},
    }
    for entry in PERIODIC
}
