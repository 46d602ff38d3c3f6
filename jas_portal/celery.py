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
# `expires`: a nudge that waited longer than its interval is thrown away; the next one finds the same rows.
app.conf.beat_schedule = {
    "deliver-messages": {"task": "notifications.tasks.deliver_due", "schedule": 5.0, "options": {"expires": 5}},
    "work-on-imports": {"task": "cases.tasks.work_on_imports", "schedule": 3.0, "options": {"expires": 3}},
    "raise-overdue-check-ins": {
        "task": "mentoring.tasks.raise_overdue_check_ins",
        "schedule": 900.0,
        "options": {"expires": 900},
    },
    "expire-proposals": {"task": "mentoring.tasks.expire_proposals", "schedule": 900.0, "options": {"expires": 900}},
    "end-for-closed-cases": {
        "task": "mentoring.tasks.end_for_closed_cases",
        "schedule": 900.0,
        "options": {"expires": 900},
    },
    "raise-missing-start": {
        "task": "inburgering.tasks.raise_missing_start",
        "schedule": 900.0,
        "options": {"expires": 900},
    },
    "release-docents": {"task": "inburgering.tasks.release_docents", "schedule": 900.0, "options": {"expires": 900}},
    "end-courses-of-closed-cases": {
        "task": "inburgering.tasks.end_for_closed_cases",
        "schedule": 900.0,
        "options": {"expires": 900},
    },
    "end-lapsed-relations": {
        "task": "cases.tasks.end_lapsed_relations",
        "schedule": 900.0,
        "options": {"expires": 900},
    },
    "work-on-retention": {"task": "privacy.tasks.work_on_retention", "schedule": 3.0, "options": {"expires": 3}},
    "clear-sessions": {"task": "privacy.tasks.clear_sessions", "schedule": 3600.0, "options": {"expires": 3600}},
    "seal-read-log": {"task": "privacy.tasks.seal_read_log", "schedule": 60.0, "options": {"expires": 60}},
    "check-read-log": {"task": "jas_portal.tasks.check_read_log", "schedule": 60.0, "options": {"expires": 60}},
    "clean-up-imports": {"task": "cases.tasks.clean_up_imports", "schedule": 600.0, "options": {"expires": 600}},
}
