"""Jobs: what people ask for that takes long. A row says how far it is; whoever claims it goes on where it stopped.

A person asks (`ask`, `cancel`); the work is done in batches by whoever holds the row (`work`). Before each batch the role
in which it was asked is looked at again: ended, the job stops. A worker that is killed leaves a lease that runs out, and
the next one goes on after the last batch that was stored.
"""

import logging
import tempfile
import time
import uuid
from datetime import timedelta

from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import leases
from accounts.models import RoleAssignment
from accounts.rules import RuleBroken
from accounts.stray_files import delete_stray_files
from cases.models import Case
from jas_portal.models import WORKING, Job, JobPart, JobState
from jas_portal.work.kinds import KINDS
from jas_portal.work.periodic import in_words
from notifications.services import Receiver, notify

logger = logging.getLogger(__name__)

#: Each batch renews it; one that took longer is done again by another, and only one of the two is stored.
LEASE = timedelta(minutes=2)
#: So many claims without progress: the work, not the worker, is the trouble.
MAX_ATTEMPTS = 5
#: Seconds after which a worker lets go, so that other work gets its turn.
TURN_SECONDS = 20
#: How long a result can be fetched, and how long its line stays.
KEEP_FILES = timedelta(days=1)
KEEP_ROWS = timedelta(days=30)
#: At once in one role: who asks again and again is asked to wait.
MOST_AT_ONCE = 5


# --- What people ask ------------------------------------------------------------------------------------


def ask(*, kind, parameters, key, by, now=None):
    """Ask for a job in the role worked in now. Returns the `Job`; the same `key` (of the form) gives the same one."""
    now = now or timezone.now()
    if by.role not in kind.roles:
        raise RuleBroken(_("In uw rol kan dit niet."))
    done = Job.objects.filter(key=key, role_assignment=by.acting_as).first()
    if done:
        return done
    running = Job.objects.filter(role_assignment=by.acting_as, state__in=WORKING)
    # The very same is being made already: two clicks on a button of a list.
    for same in running.filter(kind=kind.name):
        if same.parameters == parameters:
            return same
    if running.count() >= MOST_AT_ONCE:
        raise RuleBroken(_("Er lopen al %s opdrachten. Wacht tot er een klaar is.") % MOST_AT_ONCE)
    try:
        with transaction.atomic():
            return Job.objects.create(
                key=key,
                kind=kind.name,
                role_assignment=by.acting_as,
                parameters=parameters,
                asked_at=now,
                total=kind.rows(by, parameters).count(),
            )
    except IntegrityError:  # the second of two clicks
        return Job.objects.get(key=key, role_assignment=by.acting_as)


@transaction.atomic
def cancel(*, job, by, now=None):
    """Stop a job; what was made so far can be fetched. Returns it; asking twice changes nothing."""
    job = Job.objects.select_for_update().get(pk=job.pk)
    if job.role_assignment_id != by.acting_as.pk:
        raise RuleBroken(_("Alleen wie de opdracht gaf, kan haar stoppen."))
    if job.is_working:
        job.state, job.ended_at = JobState.GESTOPT, now or timezone.now()
        # The parts are put together by the next sweep: that may take long.
        job.claimed_by, job.lease_until, job.attempts = "", None, 0
        job.save(update_fields=["state", "ended_at", "claimed_by", "lease_until", "attempts"])
    elif job.state != JobState.GESTOPT:
        raise RuleBroken(_("Deze opdracht is al klaar."))
    return job


def may_fetch(*, job, user):
    """Whether this person, who asked for it, still stands around every dossier of which something is in the file."""
    held = Case.objects.held_by(user).order_by()
    return all(
        held.filter(pk__in=job.covers[start : start + 500]).count() == len(job.covers[start : start + 500])
        for start in range(0, len(job.covers), 500)
    )


def numbers_in(job):
    """The numbers of the dossiers of which something stands in the file."""
    return list(Case.objects.filter(pk__in=job.covers).order_by("pk").values_list("number", flat=True))


# --- Who does the work ------------------------------------------------------------------------------------


def work(*, worker, clock=timezone.now, seconds=TURN_SECONDS):
    """Claim the oldest job that waits and do one turn of it. Returns how many rows were done."""
    job = claim_next(worker=worker, now=clock())
    return work_on(job=job, worker=worker, clock=clock, seconds=seconds) if job else 0


def claim_next(*, worker, now):
    """The oldest job that is due, now held by `worker`; None when there is none."""
    for due in (Job.objects.due(now), stopped_with_parts(now)):
        if pk := leases.claim_next(due, worker=worker, until=now + LEASE):
            return Job.objects.select_related("role_assignment__user").get(pk=pk)
    return None


def stopped_with_parts(now):
    """Stopped jobs whose parts still have to be put together."""
    parts = JobPart.objects.order_by().values("job")
    free = Job.objects.filter(lease_until=None) | Job.objects.filter(lease_until__lte=now)
    return free.filter(state=JobState.GESTOPT, file="", pk__in=parts, attempts__lt=MAX_ATTEMPTS).order_by("pk")


def work_on(*, job, worker, clock=timezone.now, seconds=TURN_SECONDS):
    """Do batches of a claimed job for so many seconds, then let go. Returns how many rows were done.

    An exception leaves the lease standing: the job is taken up again when it has run out, at most a few times.
    """
    kind = KINDS.get(job.kind)
    done = 0
    try:
        if job.state == JobState.GESTOPT:
            _put_together(job, kind, worker, clock())
            return 0
        if kind is None or job.attempts > MAX_ATTEMPTS:
            _end(
                job,
                worker,
                JobState.MISLUKT,
                clock(),
                _("Het lukt steeds niet. Vraag de technisch beheerder om te kijken."),
            )
            return 0
        until = time.monotonic() + seconds
        while True:
            user = _who_asked(job, timezone.localdate(clock()))
            if user is None:
                _end(job, worker, JobState.GESTOPT, clock(), _("De rol waarin dit is gevraagd, is beëindigd."))
                _forget(job)
                return done
            rows = list(kind.rows(user, job.parameters).filter(pk__gt=job.cursor).order_by("pk")[: kind.batch])
            if not rows:
                _finish(job, kind, worker, clock())
                return done
            done += _do(job, kind, user, rows, worker, clock)
            if time.monotonic() > until:
                break
    except leases.ClaimLost:
        logger.info("Job %s: another worker has it, or it was stopped", job.pk)
        return done
    except RuleBroken as refused:
        _end(job, worker, JobState.MISLUKT, clock(), refused.message)
        return done
    except Exception as error:
        Job.objects.filter(pk=job.pk, claimed_by=worker).update(problem=in_words(error))
        raise
    leases.let_go(job, worker=worker)
    return done


def _who_asked(job, today):
    """The user in the role in which it was asked, or None when that has ended."""
    held = (
        RoleAssignment.objects.current(today).select_related("user", "organisation").filter(pk=job.role_assignment_id)
    )
    assignment = held.first()
    if assignment is None:
        return None
    assignment.user.acting_as = assignment
    return assignment.user


def _do(job, kind, user, rows, worker, clock):
    """Make one batch and store it with the progress. Returns how many rows it was."""
    stored = []
    try:
        with transaction.atomic():
            if not kind.join:
                # The work itself is the result: it happens together with the progress, or not at all.
                _hold(job, worker, clock())
            made = kind.make(user, rows, job.parameters)
            for _name, content in made.parts:
                # The name in storage tells nothing.
                stored.append(default_storage.save(f"jobs/{uuid.uuid4().hex}", ContentFile(content)))
            _hold(
                job,
                worker,
                clock(),
                done=F("done") + len(rows),
                left_out=F("left_out") + made.left_out,
                cursor=rows[-1].pk,
                problem="",
            )
            first = job.parts.count()
            JobPart.objects.bulk_create(
                JobPart(
                    job=job,
                    number=first + number,
                    name=name[:120],
                    file=place,
                    covers=[] if number else [row.pk for row in rows],
                )
                for number, ((name, _content), place) in enumerate(zip(made.parts, stored, strict=True))
            )
    except BaseException:
        for place in stored:
            default_storage.delete(place)
        raise
    job.cursor = rows[-1].pk
    return len(rows)


def _hold(job, worker, now, **changes):
    """Renew the lease and write `changes`; it locks the row, so that stopping comes before or after. Raises `ClaimLost`."""
    state = JobState.BEZIG if job.state == JobState.WACHT else job.state
    leases.hold(job, worker=worker, until=now + LEASE, state=state, **changes)
    job.state = state


def _finish(job, kind, worker, now):
    """The last batch is done: put the parts together, tell who asked."""
    _put_together(job, kind, worker, now)
    with transaction.atomic():
        _hold(job, worker, now, total=F("done"))
        _end(job, worker, JobState.KLAAR, now)
    _forget(job)


def _put_together(job, kind, worker, now):
    """Make the result of the parts that are there, on disk and not in memory."""
    if kind.join is None or not job.parts.exists() or job.file:
        return
    with tempfile.TemporaryFile() as target:
        kind.join(_opened(job.parts.order_by("number")), target, job.parameters)
        target.seek(0)
        place = default_storage.save(f"jobs/{uuid.uuid4().hex}", File(target))
    covers = [pk for batch in job.parts.order_by("number").values_list("covers", flat=True) for pk in batch]
    written = Job.objects.filter(pk=job.pk, claimed_by=worker, file="").update(
        file=place, file_name=kind.file_name, covers=covers, lease_until=now + LEASE
    )
    if not written:
        default_storage.delete(place)
        raise leases.ClaimLost
    job.file = place
    if job.state == JobState.GESTOPT:
        leases.let_go(job, worker=worker)
        _forget(job)


def _opened(parts):
    """(name, open file) of each part, one open at a time."""
    for part in parts.iterator():
        with default_storage.open(part.file.name, "rb") as file:
            yield part.name, file


@transaction.atomic
def _end(job, worker, state, now, problem=""):
    """The last write of a job, and the message to who asked, in one transaction. Raises `ClaimLost`."""
    held = Job.objects.filter(pk=job.pk, claimed_by=worker)
    if not held.update(state=state, ended_at=now, problem=problem, claimed_by="", lease_until=None):
        raise leases.ClaimLost
    job.state, job.problem = state, problem
    kind = KINDS.get(job.kind)
    subject = _("Uw opdracht is klaar") if state == JobState.KLAAR else _("Uw opdracht is niet gelukt")
    if state == JobState.GESTOPT:
        return
    notify(
        key=f"job:{job.pk}",
        kind="job",
        receiver=Receiver(user=job.role_assignment.user, role=job.role_assignment.role),
        subject=subject,
        body=_("%s. Het bestand blijft een dag staan.") % kind.label
        if kind and kind.join and not problem
        else problem,
        link=reverse("work:job", args=[job.pk]),
        now=now,
    )


# --- Forgetting ---------------------------------------------------------------------------------------------


def _forget(job):
    """Throw the parts away; the result, when there is one, holds what was in them."""
    for part in JobPart.objects.filter(job=job).iterator():
        default_storage.delete(part.file.name)
        part.delete()


def clean_up(*, now=None):
    """Files of a day old go, and lines of a month; files of no job too. Returns how many jobs changed."""
    now = now or timezone.now()
    count = 0
    old = Job.objects.exclude(state__in=WORKING).filter(ended_at__lte=now - KEEP_FILES)
    for job in old.exclude(file="") | old.filter(pk__in=JobPart.objects.order_by().values("job")):
        if job.file:
            default_storage.delete(job.file.name)
            Job.objects.filter(pk=job.pk).update(file="")
        _forget(job)
        count += 1
    for job in Job.objects.filter(ended_at__lte=now - KEEP_ROWS, file="")[:500]:
        job.delete()
        count += 1
    delete_stray_files("jobs", (Job, "file"), (JobPart, "file"), now=now)
    return count
