"""Clearing out what is past its time: make a list, approve it, carry it out in steps, and hold a dossier back.

A person asks (`prepare_run`, `approve_run`, `cancel_run`): that sets the state of a run. The work is done by whoever
claims the run (`work`): first the list (proefrun), later, once a second person approved it, the clearing itself, a batch
of roots in each transaction. A worker that is killed leaves a lease that runs out; what it did not commit still stands on
the list, so the next one goes on there and nothing is done twice.
"""

import logging
import sys
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Max, Min, OuterRef, Subquery
from django.db.models.deletion import ProtectedError, RestrictedError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import leases
from accounts.roles import Role
from accounts.rules import RuleBroken
from privacy.models import (
    ItemState,
    RetentionBatch,
    RetentionHold,
    RetentionItem,
    RetentionResult,
    RetentionRun,
    RetentionState,
)
from privacy.policy import policy as policy_in_force
from privacy.services import retention_rows as rows

logger = logging.getLogger(__name__)

# A worker says at least this often that it is still at it; every batch renews the lease.
LEASE = timedelta(minutes=2)
# So many claims without any progress: something is wrong with the run, not with the worker.
MAX_ATTEMPTS = 5
# So many roots in one transaction, and so many batches in one turn of the worker.
BATCH = 200
BATCHES_PER_TURN = 20
_LIST_BATCH = 2_000
_EXAMPLES, _LOOK_AT = 3, 100
# A list that nobody approved within this many days is made anew: too much may have changed.
LIST_DAYS = 14
#: The period whose rows are the dossiers themselves; a hold locks the row.
_DOSSIER_PERIOD = "dossier"


# --- What people ask ------------------------------------------------------------------------------


def prepare_run(*, by, today, now=None, worker=""):
    """Ask for a list of what is past its time on `today` (proefrun). Returns the `RetentionRun`.

    One list at a time: while one is being made it is that one, and a list that waits for approval lapses. With `worker`
    the run is claimed at once for the caller, who then calls `finish` (the command does).
    """
    now = now or timezone.now()
    if by is not None and by.role not in (Role.FUNCTIONEEL_BEHEERDER, Role.PRIVACY_OFFICER):
        raise RuleBroken(_("Alleen een functioneel beheerder of een privacy officer maakt een proefrun."))
    policy = policy_in_force()
    if RetentionRun.objects.filter(state=RetentionState.RUIMT_OP).exists():
        raise RuleBroken(_("Er wordt nu opgeruimd. Maak een nieuwe proefrun als dat klaar is."))
    try:
        with transaction.atomic():
            for before in RetentionRun.objects.select_for_update().filter(state=RetentionState.KLAAR):
                _close(before, RetentionState.VERVALLEN, now)
            # What earlier runs left stands there until the next list names it again.
            RetentionItem.objects.exclude(run__state=RetentionState.TELT).delete()
            return RetentionRun.objects.create(
                as_of=today,
                policy=policy.digest,
                prepared_at=now,
                prepared_by=by,
                claimed_by=worker,
                lease_until=now + LEASE if worker else None,
            )
    except IntegrityError:
        # The second of two clicks.
        return RetentionRun.objects.get(state=RetentionState.TELT)


@transaction.atomic
def approve_run(*, run, by, today, now=None, worker=""):
    """Approve a list, so that it is carried out. Returns the run; asking twice changes nothing.

    Four eyes: a privacy officer approves, and never the one who made the list.
    """
    now = now or timezone.now()
    run = RetentionRun.objects.select_for_update().get(pk=run.pk)
    if by.role != Role.PRIVACY_OFFICER:
        raise RuleBroken(_("Alleen een privacy officer keurt een opruimrun goed."))
    if run.prepared_by_id == by.pk:
        raise RuleBroken(_("U maakte deze proefrun zelf. Een andere privacy officer moet hem goedkeuren."))
    if run.state in (RetentionState.RUIMT_OP, RetentionState.UITGEVOERD):
        return run
    if not run.waits_for_approval:
        raise RuleBroken(_("Deze opruimrun kan niet worden goedgekeurd. De stand is: %s.") % run.get_state_display())
    if (today - run.as_of).days > LIST_DAYS:
        raise RuleBroken(_("Deze proefrun is ouder dan %s dagen. Maak een nieuwe.") % LIST_DAYS)
    if run.policy != policy_in_force().digest:
        raise RuleBroken(_("De bewaartermijnen zijn veranderd sinds deze proefrun. Maak een nieuwe."))
    if RetentionRun.objects.filter(state=RetentionState.RUIMT_OP).exists():
        raise RuleBroken(_("Er wordt al opgeruimd. Wacht tot dat klaar is."))
    run.state, run.approved_by, run.approved_at = RetentionState.RUIMT_OP, by, now
    run.items_total, run.items_done = run.items.filter(state=ItemState.PENDING).count(), 0
    run.claimed_by, run.lease_until, run.attempts = worker, now + LEASE if worker else None, 0
    run.save()
    logger.info("Retention run %s of %s approved: %s roots", run.pk, run.as_of, run.items_total)
    return run


@transaction.atomic
def cancel_run(*, run, by, now=None):
    """Stop a run. Returns it. What was cleared stays cleared; the batch under way is finished or was never begun."""
    now = now or timezone.now()
    run = RetentionRun.objects.select_for_update().get(pk=run.pk)
    if run.state == RetentionState.GESTOPT:
        return run
    if not run.can_be_cancelled:
        raise RuleBroken(_("Deze opruimrun kan niet meer worden gestopt."))
    run.cancelled_by = by
    run.save(update_fields=["cancelled_by"])
    _close(run, RetentionState.GESTOPT, now)
    return run


@transaction.atomic
def place_hold(*, case_number, reason, by, now=None):
    """Suspend the clearing of a dossier (bewaarplicht opgeschort). Returns the `RetentionHold`; twice is one."""
    _refuse_unless_privacy_officer(by)
    number, reason = case_number.strip().upper(), reason.strip()
    if not reason:
        raise RuleBroken(_("Schrijf in een zin op waarom dit dossier langer moet blijven."))
    period = policy_in_force().period(_DOSSIER_PERIOD)
    # Locked as the clearing locks it: the hold comes before a batch or after it, never in between.
    if rows.rows_of(period.model).select_for_update().filter(**{period.dossier: number}).first() is None:
        raise RuleBroken(_("Er is geen dossier met dit nummer."))
    hold, _created = RetentionHold.objects.get_or_create(
        case_number=number,
        is_active=True,
        defaults={"reason": reason, "placed_by": by, "placed_at": now or timezone.now()},
    )
    return hold


@transaction.atomic
def end_hold(*, hold, by, now=None):
    """Let the clearing of a dossier run again. Returns the `RetentionHold`; twice changes nothing."""
    _refuse_unless_privacy_officer(by)
    hold = RetentionHold.objects.select_for_update().get(pk=hold.pk)
    if hold.is_active:
        hold.is_active, hold.ended_by, hold.ended_at = False, by, now or timezone.now()
        hold.save(update_fields=["is_active", "ended_by", "ended_at"])
    return hold


def _refuse_unless_privacy_officer(by):
    if by is None or by.role != Role.PRIVACY_OFFICER:
        raise RuleBroken(_("Alleen een privacy officer schort de bewaarplicht op."))


def _close(run, state, now):
    """End a run: no more work, no list to approve, no example that names a dossier."""
    run.state, run.finished_at, run.claimed_by, run.lease_until = state, now, "", None
    run.save(update_fields=["state", "finished_at", "claimed_by", "lease_until"])
    run.results.update(examples=[])
    if state == RetentionState.UITGEVOERD:
        return  # what was held back or left stays named in the report
    run.items.filter(state=ItemState.PENDING).delete()
    if state == RetentionState.VERVALLEN:
        run.items.all().delete()


# --- Who does the work ----------------------------------------------------------------------------


def work(*, worker, clock=timezone.now, batches=BATCHES_PER_TURN):
    """Claim the oldest run that waits and do one turn of its work. Returns the run, or None when nothing waits."""
    run = claim_next(worker=worker, now=clock())
    if run:
        work_on(run=run, worker=worker, clock=clock, batches=batches)
    return run


def claim_next(*, worker, now):
    """The oldest run that is due, now held by `worker` until its lease ends; None when there is none."""
    pk = leases.claim_next(RetentionRun.objects.due(now), worker=worker, until=now + LEASE)
    return RetentionRun.objects.get(pk=pk) if pk else None


def claim(*, run, worker, now):
    """This run, now held by `worker` until its lease ends; None when it does not wait or somebody else has it."""
    is_held = leases.claim(RetentionRun.objects.due(now), run.pk, worker=worker, until=now + LEASE)
    return RetentionRun.objects.get(pk=run.pk) if is_held else None


def work_on(*, run, worker, clock=timezone.now, batches=BATCHES_PER_TURN):
    """Do a turn of what the state of a claimed run asks for, then let go of it. Returns nothing.

    An exception leaves the lease standing: the run is taken up again when it has run out.
    """
    try:
        if run.attempts > MAX_ATTEMPTS:
            _fail(
                run, worker, _("Het opruimen mislukt steeds. Vraag de technisch beheerder naar het logboek."), clock()
            )
        elif run.policy != policy_in_force().digest:
            _fail(run, worker, _("De bewaartermijnen zijn veranderd. Maak een nieuwe proefrun."), clock())
        elif run.state == RetentionState.TELT:
            _list(run, worker, clock)
        elif run.state == RetentionState.RUIMT_OP:
            _carry_out(run, worker, clock, batches)
    except leases.ClaimLost:
        logger.info("Retention run %s: another worker has it, or it was stopped", run.pk)
        return
    leases.let_go(run, worker=worker)


def finish(*, run, worker, clock=timezone.now):
    """Do the whole step of a claimed run without letting go of it; for the command. Returns the run as it then is.

    When another worker took it over (this machine slept), wait until that one is done.
    """
    work_on(run=run, worker=worker, clock=clock, batches=sys.maxsize)
    return leases.wait_for(run)


def _hold(run, worker, now, **changes):
    leases.hold(run, worker=worker, until=now + LEASE, **changes)


@transaction.atomic
def _fail(run, worker, problem, now):
    _hold(run, worker, now, problem=problem)
    run.refresh_from_db()
    _close(run, RetentionState.MISLUKT, now)


# --- The list (proefrun) ------------------------------------------------------------------------------


def _list(run, worker, clock):
    """Write down every root that is past its time and has something to take away, then count row by row of the policy."""
    policy = policy_in_force()
    for position, period in enumerate(policy.periods):
        _list_period(run, worker, clock, policy, position, period)
    with transaction.atomic():
        _hold(run, worker, clock())
        run.results.all().delete()
    earlier = {}
    for position, (period_at, period, entry, condition) in enumerate(_reached(run, policy)):
        # What an earlier period takes is not counted again.
        before = earlier.get(entry.position, rows.NOTHING)
        earlier[entry.position] = before | condition
        result = _count(run, policy, position, period_at, period, entry, condition & ~before)
        with transaction.atomic():
            _hold(run, worker, clock())
            if result.listed:
                result.save()
    with transaction.atomic():
        _hold(run, worker, clock(), state=RetentionState.KLAAR, items_total=run.items.count(), items_done=0)


def _list_period(run, worker, clock, policy, position, period):
    """The roots of one period, after the last one that stands there already. With a reason those that have to wait."""
    last = run.items.filter(position=position).aggregate(last=Max("root"))["last"]
    found = rows.rows_of(period.model).filter(rows.past(policy, period, run.as_of)).filter(
        rows.unfinished(policy, period, run.as_of)
    )  # fmt: skip
    if last is not None:
        found = found.filter(pk__gt=last)
    found = found.annotate(anchor_on_=rows.anchor(period)).order_by("pk")
    while True:
        batch = list(
            found.values_list("pk", "anchor_on_", *([period.dossier] if period.dossier else []))[:_LIST_BATCH]
        )
        if not batch:
            return
        numbers = {pk: (rest[0] if rest and rest[0] else "") for pk, _day, *rest in batch}
        waiting = _reasons_to_wait(policy, period, numbers, run.as_of)
        items = [
            RetentionItem(
                run=run,
                position=position,
                period=period.name,
                root=pk,
                reference=numbers[pk] or f"#{pk}",
                anchor_on=day,
                state=ItemState.HELD if pk in waiting else ItemState.PENDING,
                reason=waiting.get(pk, ""),
            )
            for pk, day, *_rest in batch
        ]
        with transaction.atomic():
            _hold(
                run,
                worker,
                clock(),
                items_total=F("items_total") + len(items),
                items_done=F("items_done") + len(items),
            )
            RetentionItem.objects.bulk_create(items)
        found = found.filter(pk__gt=batch[-1][0])


def _reasons_to_wait(policy, period, numbers, today):
    """{key: why its row must wait} of these roots ({key: dossier number or ""}); the others may go."""
    waiting = {}
    mine = rows.rows_of(period.model).filter(pk__in=list(numbers))
    for spare in filter(lambda spare: spare.reason, period.unless):
        for pk in mine.filter(rows.held_back(policy, spare, period.cutoff(today))).values_list("pk", flat=True):
            waiting.setdefault(pk, spare.reason)
    held = set(
        RetentionHold.objects.filter(is_active=True, case_number__in={n for n in numbers.values() if n}).values_list(
            "case_number", flat=True
        )
    )
    for pk, number in numbers.items():
        if number and number in held:
            waiting[pk] = _("De bewaarplicht is opgeschort.")
    return waiting


def _reached(run, policy):
    """(position of the period, period, entry, condition) of everything the list reaches, in the order of the page."""
    for position, period in enumerate(policy.periods):
        listed = run.items.filter(position=position, state=ItemState.PENDING)
        if listed.exists():
            for entry, condition in rows.Reach(policy, period, listed.values("root"), run.as_of).entries():
                yield position, period, entry, condition


def _count(run, policy, position, period_at, period, entry, condition):
    """One line of the proefrun, not yet saved: how many rows, the oldest and the newest event, and some examples."""
    found = rows.to_do(policy, entry, condition, run.as_of)
    listed = run.items.filter(position=period_at, state=ItemState.PENDING)
    result = RetentionResult(
        run=run, position=position, entry=entry.position, model=entry.model, period=period.name,
        action="delete" if entry.deletes else "empty",
    )  # fmt: skip
    path = next(
        (
            when.by or "pk"
            for when in entry.when
            if when.after == period.name or (when.model == period.model and when.by)
        ),
        "",
    )
    if path:
        mine = listed.filter(root=OuterRef(path))
        found = found.annotate(event_on=Subquery(mine.values("anchor_on")[:1]))
        counted = found.aggregate(n=Count("pk"), oldest=Min("event_on"), newest=Max("event_on"))
        result.listed, result.oldest, result.newest = counted["n"], counted["oldest"], counted["newest"]
        found = found.annotate(called=Subquery(mine.values("reference")[:1]))
        first = found.order_by("pk").values_list("pk", "called", "event_on")[:_LOOK_AT]
        # Of each dossier one: the first rows are often of the same one.
        by_root = {called: [pk, called or "", str(day or "")] for pk, called, day in reversed(list(first))}
        result.examples = sorted(by_root.values())[:_EXAMPLES]
    else:
        counted = listed.aggregate(oldest=Min("anchor_on"), newest=Max("anchor_on"))
        result.listed, result.oldest, result.newest = found.count(), counted["oldest"], counted["newest"]
        result.examples = [[pk, "", ""] for pk in found.order_by("pk").values_list("pk", flat=True)[:_EXAMPLES]]
    return result


# --- Carrying it out ------------------------------------------------------------------------------------


def _carry_out(run, worker, clock, batches):
    """Clear what stands on the list, a batch in each transaction, until it is empty or the turn is over."""
    policy = policy_in_force()
    size = BATCH
    for _turn in range(batches):
        try:
            with transaction.atomic():
                if not _clear_batch(run, worker, clock(), policy, size):
                    _hold(run, worker, clock())
                    run.refresh_from_db()
                    _close(run, RetentionState.UITGEVOERD, clock())
                    logger.info("Retention run %s of %s done: %s roots", run.pk, run.as_of, run.items_done)
                    return
        except (ProtectedError, RestrictedError, IntegrityError) as problem:
            if size > 1:
                # Close in on the one that cannot go; the others do.
                size //= 2
                continue
            _leave_first(run, worker, clock(), problem)
            size = BATCH


def _next_items(run, size):
    first = run.items.filter(state=ItemState.PENDING).order_by("position", "root").first()
    if first is None:
        return []
    return list(
        run.items.filter(state=ItemState.PENDING, position=first.position).order_by("root")[:size]
    )  # fmt: skip


def _clear_batch(run, worker, now, policy, size):
    """Clear the next roots of the list, in the transaction of the caller. Returns how many were dealt with.

    Only what the list names, and only what is still due now that its row is locked: what was reopened or held in between
    is left, with the reason.
    """
    _hold(run, worker, now)
    items = _next_items(run, size)
    if not items:
        return 0
    period = policy.period(items[0].period)
    pks = [item.root for item in items]
    locked = rows.rows_of(period.model).select_for_update().filter(pk__in=pks).order_by("pk")
    there = set(locked.values_list("pk", flat=True))
    mine = rows.rows_of(period.model).filter(pk__in=there)
    due = set(mine.filter(rows.past(policy, period, run.as_of)).values_list("pk", flat=True))
    names = [period.dossier] if period.dossier else []
    numbers = {pk: (rest[0] if rest and rest[0] else "") for pk, *rest in mine.values_list("pk", *names)}
    waiting = _reasons_to_wait(policy, period, numbers, run.as_of)
    left = []
    for item in items:
        if item.root not in there:
            continue  # gone already: nothing to do, nothing to name
        if item.root not in due:
            item.reason = _("Niet meer aan de beurt: heropend of gewijzigd na de proefrun.")
        elif item.root in waiting:
            item.reason = waiting[item.root]
        else:
            continue
        item.state = ItemState.LEFT
        left.append(item)
    going = sorted(due - waiting.keys())
    by_entry, by_model = rows.clear(policy, period, going, run.as_of) if going else ({}, {})
    for position, count in by_entry.items():
        if count:
            run.results.filter(entry=position, period=period.name).update(done=F("done") + count)
    RetentionItem.objects.bulk_update(left, ["state", "reason"])
    run.items.filter(pk__in=[item.pk for item in items if item.state == ItemState.PENDING]).delete()
    RetentionBatch.objects.create(
        run=run,
        number=run.batches.count() + 1,
        at=now,
        period=period.name,
        items=len(going),
        left=len(left),
        rows=by_model,
    )
    RetentionRun.objects.filter(pk=run.pk).update(items_done=F("items_done") + len(items))
    return len(items)


@transaction.atomic
def _leave_first(run, worker, now, problem):
    """Leave the root that cannot go, and say what holds it."""
    _hold(run, worker, now, items_done=F("items_done") + 1)
    item = _next_items(run, 1)[0]
    logger.warning("Retention run %s: %s %s cannot go: %s", run.pk, item.period, item.root, type(problem).__name__)
    item.state, item.reason = ItemState.LEFT, _("Een andere rij houdt deze vast. Vraag de technisch beheerder.")
    item.save(update_fields=["state", "reason"])
