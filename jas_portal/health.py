"""Are database, broker, worker and beat alive, and is work done? One address for whoever watches over the portal."""

import logging
import os

from django.conf import settings
from django.db import connection
from django.http import JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.access import public
from jas_portal import heartbeat
from jas_portal.celery import app as celery_app
from jas_portal.work import alarm, periodic

logger = logging.getLogger(__name__)


def _database_answers():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def _broker_answers():
    with celery_app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=2)
        if broker.transport.driver_type == "filesystem":
            # Connecting to a folder always succeeds; what counts is whether a message can be put into it.
            return os.access(settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_out"], os.W_OK | os.X_OK)
        return True


def _say(name, answers):
    try:
        return "ok" if answers() else "down"
    except Exception:  # any failure means the same to the reader; the log tells which
        logger.warning("Health: %s does not answer", name, exc_info=True)
        return "down"


def _heartbeats():
    """Return {"worker": …, "beat": …}: ok, stale (was alive), never (no heartbeat known) or unknown (no cache)."""
    try:
        ages = heartbeat.seconds_since()
    except Exception:  # the shared cache lives in the database or in Redis, which may be what is down
        logger.warning("Health: the shared cache does not answer", exc_info=True)
        return dict.fromkeys(heartbeat.PARTS, "unknown")
    return {
        part: "never" if age is None else "ok" if age <= heartbeat.STALE_AFTER_SECONDS else "stale"
        for part, age in ages.items()
    }


def _work():
    """ok, stale (from some queue no work has come for minutes; the beheerders are told) or unknown (no database)."""
    try:
        silent = periodic.silent_queues(timezone.now())
    except Exception:  # any failure means the same to the reader
        logger.warning("Health: nobody can say whether work is done", exc_info=True)
        return "unknown"
    if not silent:
        return "ok"
    alarm.watch(seen_by="web")
    return "stale"


@public
@never_cache
@require_GET
def healthz(request):
    """Return JSON with one word per part; 200 when all are "ok", else 503. No names, versions or addresses."""
    parts = {
        "database": _say("database", _database_answers),
        "broker": _say("broker", _broker_answers),
        **_heartbeats(),
        "work": _work(),
    }
    return JsonResponse(parts, status=200 if set(parts.values()) == {"ok"} else 503)
