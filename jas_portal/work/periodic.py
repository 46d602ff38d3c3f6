"""Periodic work: at most one at a time, one row per run, run now, and who notices when nothing happens any more."""

import logging
import time
import uuid
from dataclasses import dataclass
from datetime import timedelta

from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError, transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.rules import RuleBroken
from jas_portal import heartbeat
from jas_portal.celery import app as celery_app
from jas_portal.models import PeriodicJob, PeriodicRun
from jas_portal.work.table import BY_NAME, PERIODIC

logger = logging.getLogger(__name__)

#: How long a run keeps others away. One that takes longer meets a second, which finds the same rows: no harm.
LEASE = timedelta(minutes=5)
#: Lines kept of each job.
KEEP_RUNS = 60
#: A job that found nothing to do writes that down no more often than this.
QUIET_NOTE_EVERY = timedelta(seconds=10)
#: Nobody did anything for this long: worker or beat is gone.
SILENT_AFTER = timedelta(minutes=5)


# --- Running ------------------------------------------------------------------------------------------


def run(entry, work, *, clock=timezone.now):
    """Do `work` as a run of this job of the table, and note what came of it. Returns what `work` returns.

    A job that runs once a minute or less runs alone: a second beat, a second worker or a second click finds the row
    taken, or done a moment ago, and does nothing. What looks for rows every few seconds may overlap.
    """
    now = clock()
    token = uuid.uuid4().hex
    asked = None
    if not entry.is_frequent:
        job = _begin(entry, token, now)
        if job is None:
            return None
        asked = job.asked_by_id
    started = time.monotonic()
    try:
        result = work()
    except Exception as error:
        _end(entry, token, now, clock(), started, problem=in_words(error), asked_by=asked)
        raise
    _end(entry, token, now, clock(), started, result=result if isinstance(result, int) else None, asked_by=asked)
    return result


def _row(entry):
    """The row of this job, made when it is not there yet."""
    return PeriodicJob.objects.get_or_create(name=entry.name)[0]


def _begin(entry, token, now):
    """Take the job for this run. Returns its row, or None when another has it or has just done it."""
    _row(entry)
    free = Q(claimed_by="") | Q(lease_until__lte=now)
    # Two beats nudge twice; a clock that stood in the future must not keep work waiting.
    is_due = (
        Q(last_started_at=None)
        | Q(last_started_at__lte=now - entry.interval / 2)
        | Q(last_started_at__gt=now)
        | Q(asked_at__isnull=False)
    )
    with transaction.atomic():
        taken = (
            PeriodicJob.objects.filter(free, is_due, name=entry.name)
            .update(claimed_by=token, lease_until=now + LEASE, last_started_at=now)
        )  # fmt: skip
        if not taken:
            return None
        job = PeriodicJob.objects.get(name=entry.name)
        PeriodicJob.objects.filter(pk=job.pk, claimed_by=token).update(asked_at=None, asked_by=None)
    return job


def _end(entry, token, started_at, now, started, *, result=None, problem="", asked_by=None):
    """Note how a run went."""
    seconds = time.monotonic() - started
    facts = {"last_started_at": started_at, "last_ended_at": now, "last_seconds": seconds, "last_problem": problem}
    if result:
        facts["last_result"] = result
        facts["last_done_at"] = now
    rows = PeriodicJob.objects.filter(name=entry.name)
    try:
        if not entry.is_frequent:
            facts["last_result"] = result
            rows.filter(claimed_by=token).update(claimed_by="", lease_until=None)
            rows.update(**facts)
        elif result or problem:
            _row(entry)
            rows.update(**facts)
        else:
            # A moment in the future is of a clock that was wrong, and would hide a silence.
            long_ago = Q(last_ended_at__lte=now - QUIET_NOTE_EVERY) | Q(last_ended_at__gt=now + QUIET_NOTE_EVERY)
            quiet = rows.filter(Q(last_ended_at=None) | long_ago)
            if not quiet.update(**facts) and not rows.exists():
                _row(entry)
                rows.update(**facts)
            return
        job = rows.get()
        PeriodicRun.objects.create(
            job=job, started_at=started_at, seconds=seconds, result=result, problem=problem, asked_by_id=asked_by
        )
        old = (
            PeriodicRun.objects.filter(job=job)
            .order_by("-pk")
            .values_list("pk", flat=True)[KEEP_RUNS : KEEP_RUNS + 50]
        )
        PeriodicRun.objects.filter(pk__in=list(old)).delete()
    except DatabaseError as error:
        # The work itself is done or will be done again; a missing note must not say otherwise.
        logger.warning("The run of %s was not noted: %s", entry.name, type(error).__name__)


def in_words(error):
    """What went wrong, in Dutch and without the text of the error: that may quote a person."""
    if isinstance(error, RuleBroken):
        return error.message
    if isinstance(error, DatabaseError):
        return _("De database was niet bereikbaar of weigerde. De volgende keer gaat het werk verder.")
    if isinstance(error, SoftTimeLimitExceeded):
        return _("Het duurde te lang. De volgende keer gaat het werk verder.")
    if isinstance(error, OSError):
        return _("Een bestand of een andere server was niet bereikbaar (%s).") % type(error).__name__
    return _("Er ging iets mis (%s). In het logboek van de worker staat waar.") % type(error).__name__


# --- Run now ------------------------------------------------------------------------------------------


@transaction.atomic
def ask_to_run(*, name, by, now):
    """The beheerder wants this job done now. Returns its row; asking again before it began changes nothing.

    Nothing is sent to a queue: the next look for asked work finds the row (docs/adr/0002).
    """
    entry = BY_NAME[name]
    _row(entry)
    job = PeriodicJob.objects.select_for_update().get(name=name)
    if job.asked_at is None:
        job.asked_at, job.asked_by = now, by
        job.save(update_fields=["asked_at", "asked_by"])
    return job


def run_asked(tasks, *, clock=timezone.now):
    """Run what was asked for. `tasks`: {name of a Celery task: its function}. Returns how many ran."""
    count = 0
    for name in list(PeriodicJob.objects.exclude(asked_at=None).order_by("asked_at").values_list("name", flat=True)):
        entry = BY_NAME.get(name)
        if entry is None:
            continue
        if entry.is_frequent:
            # Who clears the row runs it.
            if not PeriodicJob.objects.filter(name=name).exclude(asked_at=None).update(asked_at=None, asked_by=None):
                continue
        elif PeriodicJob.objects.filter(name=name, lease_until__gt=clock()).exclude(claimed_by="").exists():
            continue
        try:
            run(entry, tasks[entry.task], clock=clock)
        except Exception:
            logger.exception("%s, asked for by hand, failed", name)
        count += 1
    return count


# --- What the beheerder sees ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Bar:
    """One run in the chart: places and heights in percent, as text that no language changes."""

    x: str
    y: str
    width: str
    height: str
    is_bad: bool
    title: str


@dataclass(frozen=True)
class PeriodicLine:
    """One periodic job on the screen."""

    entry: object
    job: PeriodicJob
    bars: list
    next_at: object
    is_late: bool
    is_running: bool

    @property
    def rhythm(self):
        return in_rhythm(self.entry.every)

    @property
    def state(self):
        """(kind of badge, word)."""
        if self.job.last_problem:
            return "urgent", _("Mislukt")
        if self.is_running:
            return "info", _("Bezig")
        if self.job.asked_at:
            return "info", _("Begint zo")
        if self.is_late:
            return "urgent", _("Loopt achter")
        if self.job.last_ended_at is None:
            return "", _("Nog niet gedaan")
        return "done", _("In orde")


def in_rhythm(seconds):
    """How often, in words: "Elke 5 seconden", "Elke 15 minuten"."""
    if seconds % 3600 == 0:
        return ngettext("Elk uur", "Elke %(n)d uur", seconds // 3600) % {"n": seconds // 3600}
    if seconds % 60 == 0:
        return ngettext("Elke minuut", "Elke %(n)d minuten", seconds // 60) % {"n": seconds // 60}
    return _("Elke %(n)d seconden") % {"n": seconds}


def screen(now):
    """Every line of the table with its last runs. Two queries."""
    jobs = {job.name: job for job in PeriodicJob.objects.select_related("asked_by")}
    runs = {}
    for found in PeriodicRun.objects.select_related("job").order_by("-pk")[: KEEP_RUNS * len(PERIODIC)]:
        runs.setdefault(found.job.name, []).append(found)
    begun = min((job.first_seen_at for job in jobs.values()), default=now)
    return [_line(entry, jobs.get(entry.name), runs.get(entry.name, [])[:30], begun, now) for entry in PERIODIC]


def _line(entry, job, runs, begun, now):
    job = job or PeriodicJob(name=entry.name)
    return PeriodicLine(
        entry=entry,
        job=job,
        bars=_bars(runs[::-1]),
        next_at=max(now, job.last_started_at + entry.interval)
        if job.last_started_at and not entry.is_frequent
        else None,
        is_late=_is_late(entry, job, begun, now),
        is_running=bool(job.claimed_by) and job.lease_until is not None and job.lease_until > now,
    )


def _is_late(entry, job, begun, now):
    """Whether the last run is too long ago; a job of a new release gets its time first."""
    return now - (job.last_ended_at or begun) > entry.late_after


def _bars(runs):
    most = max((found.seconds for found in runs), default=0) or 1
    width = 100 / 30
    bars = []
    for number, found in enumerate(runs):
        height = max(4, 100 * found.seconds / most)
        bars.append(
            Bar(
                x=f"{number * width:.2f}",
                y=f"{100 - height:.2f}",
                width=f"{width * 0.8:.2f}",
                height=f"{height:.2f}",
                is_bad=bool(found.problem),
                title=_("%(when)s: %(seconds)s s")
                % {
                    "when": timezone.localtime(found.started_at).strftime("%H:%M:%S"),
                    "seconds": f"{found.seconds:.1f}",
                },
            )
        )
    return bars


# --- Who notices when nothing happens ---------------------------------------------------------------------


def troubles(now):
    """Sentences for the beheerder about work that stands still or fails; [] when all is well. One query and the cache.

    A portal in which never anything ran has no worker yet, and nothing to complain about.
    """
    jobs = {job.name: job for job in PeriodicJob.objects.all()}
    if not jobs:
        return []
    last = max((job.last_ended_at for job in jobs.values() if job.last_ended_at), default=None)
    begun = min(job.first_seen_at for job in jobs.values())
    if last is None or now - last > SILENT_AFTER:
        return [silence(now)]
    found, late = [], []
    for entry in PERIODIC:
        job = jobs.get(entry.name) or PeriodicJob(name=entry.name)
        if job.last_problem:
            found.append(_("'%s' is de laatste keer mislukt.") % entry.label)
        elif _is_late(entry, job, begun, now):
            late.append(entry.label)
    if len(late) == 1:
        found.append(_("'%s' loopt achter.") % late[0])
    elif late:
        found.append(_("%d soorten werk lopen achter.") % len(late))
    return found


def silent_queues(now):
    """Return {queue: when work of it last ended} of each queue from which nothing came for `SILENT_AFTER`. One query.

    Every queue has work that comes by every few seconds and is noted, so this needs nothing that Redis remembers. Empty
    for a portal in which never anything ran.
    """
    jobs = [job for job in PeriodicJob.objects.all() if job.name in BY_NAME]
    if not jobs:
        return {}
    last = dict.fromkeys(map(queue_of, PERIODIC))
    for job in jobs:
        queue = queue_of(BY_NAME[job.name])
        last[queue] = max(filter(None, (last[queue], job.last_ended_at)), default=None)
    # A queue that never did anything is silent since the others began.
    begun = min(job.first_seen_at for job in jobs)
    last = {queue: moment or begun for queue, moment in last.items()}
    return {queue: moment for queue, moment in last.items() if now - moment > SILENT_AFTER}


def queue_of(entry):
    """The name of the queue in which this job of the table waits."""
    return celery_app.amqp.router.route({}, entry.task)["queue"].name


def silence(now):
    """Which part is silent, in one sentence."""
    try:
        ages = heartbeat.seconds_since(now=now.timestamp())
    except Exception:  # the shared cache may be what is down
        ages = {}
    silent = [part for part in heartbeat.PARTS if ages.get(part) is None or ages[part] > heartbeat.STALE_AFTER_SECONDS]
    if silent == ["worker"]:
        return _("De worker geeft geen teken meer: er gaat geen mail uit en er wordt niets verwerkt.")
    if silent == ["beat"]:
        return _("De planner (beat) geeft geen teken meer: er begint geen werk meer.")
    if silent:
        return _("Worker en planner geven geen teken meer: er gaat geen mail uit en er wordt niets verwerkt.")
    return _("Er wordt geen periodiek werk meer gedaan, hoewel worker en planner draaien. Kijk naar de wachtrijen.")


def last_sign():
    """When any periodic job last ended, or None."""
    return PeriodicJob.objects.aggregate(last=Max("last_ended_at"))["last"]
