"""Worker and beat say that they are alive: each writes the moment into the shared cache every few seconds."""

import logging
import time

from celery import bootsteps
from celery.beat import PersistentScheduler
from django.core.cache import cache
from django.db import connections
from kombu.utils.imports import symbol_by_name

logger = logging.getLogger(__name__)

EVERY_SECONDS = 10
# How often worker and beat look whether work is still done.
LOOK_EVERY_SECONDS = 60
# Three missed heartbeats: the process is gone, stuck or without its broker.
STALE_AFTER_SECONDS = 35
# Not longer: while Redis is away they stand in the database, and must not be read there when it is away the next time.
KEEP_SECONDS = 120
PARTS = ("worker", "beat")


def _key(part):
    return f"heartbeat:{part}"


def write(part, *, now=None):
    """Note that `part` ("worker" or "beat") is alive; `now` in seconds since 1970."""
    cache.set(_key(part), time.time() if now is None else now, timeout=KEEP_SECONDS)


def _write_from_process(part):
    """Write without ever raising, and close the connection: the worker forks, and no two processes may share one."""
    try:
        write(part)
    except Exception as error:  # whatever the cache is made of: the process itself must go on
        logger.warning("Heartbeat of %s not written: %s", part, error)
    finally:
        connections.close_all()


def _watch_from_process(part):
    """See whether work stands still anywhere, without ever raising."""
    try:
        symbol_by_name("jas_portal.work.alarm:watch")(seen_by=part)
    except Exception as error:
        logger.warning("%s could not look after the others: %s", part, error)
    finally:
        connections.close_all()


def seconds_since(*, now=None):
    """Return {part: seconds since its last heartbeat, or None when there is none}."""
    now = time.time() if now is None else now
    found = cache.get_many([_key(part) for part in PARTS])
    return {part: now - found[_key(part)] if _key(part) in found else None for part in PARTS}


def forget():
    """Remove the heartbeats of an earlier run, so that only living processes count."""
    cache.delete_many([_key(part) for part in PARTS])


class WorkerHeartbeat(bootsteps.StartStopStep):
    """Beats while the worker is connected to its broker; a worker that lost its broker falls silent."""

    requires = {"celery.worker.consumer.tasks:Tasks"}

    def __init__(self, consumer, **kwargs):
        super().__init__(consumer, **kwargs)
        self.timer_entries = []

    def start(self, consumer):
        _write_from_process("worker")
        self.timer_entries = [
            consumer.timer.call_repeatedly(EVERY_SECONDS, _write_from_process, ("worker",)),
            consumer.timer.call_repeatedly(LOOK_EVERY_SECONDS, _watch_from_process, ("worker",)),
        ]

    def stop(self, consumer):
        while self.timer_entries:
            self.timer_entries.pop().cancel()

    shutdown = stop


class BeatScheduler(PersistentScheduler):
    """The stock scheduler; it beats on its ticks, which come at least every `EVERY_SECONDS`."""

    max_interval = EVERY_SECONDS
    last_written = last_looked = float("-inf")

    def tick(self, *args, **kwargs):
        delay = super().tick(*args, **kwargs)
        if time.monotonic() - self.last_written >= EVERY_SECONDS / 2:
            _write_from_process("beat")
            self.last_written = time.monotonic()
        if time.monotonic() - self.last_looked >= LOOK_EVERY_SECONDS:
            _watch_from_process("beat")
            self.last_looked = time.monotonic()
        return delay
