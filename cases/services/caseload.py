"""The import of a caseload: upload, read, apply, take back, and forget what was read.

A person asks (`upload`, `apply_import`, `cancel_import`, `undo_import`): that sets the state of a run. The work itself
is done by whoever claims the run (`work`), row by row, each row in its own small transaction with its result. A worker
that is killed leaves a lease that runs out; the next one goes on where the rows say it stopped.
"""

import hashlib
import json
import logging
import sys
import traceback
import uuid
from collections import defaultdict
from datetime import date, timedelta

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import Count, F, Max, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import leases
from accounts.files import plain_file_name
from accounts.models import RoleAssignment
from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.stray_files import delete_stray_files
from cases import history
from cases.caseload import reader, rows
from cases.caseload.columns import match_headings
from cases.caseload.reader import UnreadableFile
from cases.caseload.rows import Choices, Reason
from cases.models import (
    Alert,
    AlertStatus,
    Assignment,
    Case,
    CaseloadImport,
    CaseloadImportRow,
    Change,
    ChecklistItem,
    ImportState,
    JournalEntry,
    JournalKind,
    Leerroute,
    PhaseChange,
    RowStatus,
    Statushouder,
    Task,
    TaskStatus,
)
from cases.services.dossier import assign, open_case
from notifications.models import Meeting
from notifications.services import Receiver, notify

logger = logging.getLogger(__name__)

# A worker says at least this often that it is still at it; every row or batch renews the lease.
LEASE = timedelta(seconds=30)
# So many claims without any progress: the file, not the worker, is the trouble.
MAX_ATTEMPTS = 5
# What was read is kept no longer than this when nobody applies it.
KEEP_ROWS = timedelta(days=1)
# After so many rows a worker lets go, so that mail and other work get their turn.
ROWS_PER_TURN = 1_000
_READ_BATCH = 200
_APPLY_BATCH = 200
_UNDO_BATCH = 50

PERSON_FIELDS = ("preferred_name", "full_name", "language", "needs_interpreter", "email", "phone", "neighbourhood")
CASE_FIELDS = ("municipality", "legal_regime", "group", "leerroute", "programme_start", "pip_date")
COLLEAGUES = (Role.KLANTMANAGER, Role.MAATSCHAPPELIJK_BEGELEIDER)


# --- What people ask ------------------------------------------------------------------------------


def upload(*, content, name, key=None, by, now=None, worker=""):
    """Store a caseload file and ask for it to be read. Returns the `CaseloadImport`.

    `content` is a Django `File`; `key` comes from the form: sending it twice gives one run. With `worker` the run is
    claimed at once for the caller, who then calls `work_on` (the command does).
    """
    now = now or timezone.now()
    key = key or uuid.uuid4()
    done = CaseloadImport.objects.filter(key=key, uploaded_by=by).first()
    if done:
        return done
    if content.size > reader.MAX_BYTES:
        raise RuleBroken(reader.too_large_message())
    # The name in storage tells nothing, and is not the one the file came with.
    stored = default_storage.save(f"caseloads/{uuid.uuid4().hex}", content)
    try:
        with transaction.atomic():
            return CaseloadImport.objects.create(
                key=key,
                file_name=plain_file_name(name),
                file=stored,
                uploaded_at=now,
                uploaded_by=by,
                claimed_by=worker,
                lease_until=now + LEASE if worker else None,
            )
    except IntegrityError:
        # The second of two clicks.
        default_storage.delete(stored)
        return CaseloadImport.objects.get(key=key, uploaded_by=by)
    except DatabaseError:
        default_storage.delete(stored)
        raise


@transaction.atomic
def apply_import(*, run, by, now=None, worker=""):
    """Ask for the dossiers of a read file to be made. Returns the run; asking twice changes nothing.

    Only who uploaded the file may: nobody else has seen what is in it.
    """
    now = now or timezone.now()
    run = CaseloadImport.objects.select_for_update().get(pk=run.pk)
    _refuse_stranger(run, by)
    if run.state in (ImportState.PAST_TOE, ImportState.TOEGEPAST):
        return run
    if not run.can_be_applied:
        raise RuleBroken(_("Deze import kan niet worden toegepast. De stand is: %s.") % run.get_state_display())
    run.state = ImportState.PAST_TOE
    run.rows_total, run.rows_done = run.rows.filter(status=RowStatus.NIEUW).count(), 0
    run.claimed_by, run.lease_until, run.attempts = worker, now + LEASE if worker else None, 0
    run.save(update_fields=["state", "rows_total", "rows_done", "claimed_by", "lease_until", "attempts"])
    return run


@transaction.atomic
def cancel_import(*, run, by, now=None):
    """Stop a run. Returns it. While it is read or waits, nothing is made and what was read goes.

    While it is applied, the dossiers made so far stay (undo takes them back) and the other rows are passed over.
    """
    now = now or timezone.now()
    run = CaseloadImport.objects.select_for_update().get(pk=run.pk)
    _refuse_stranger(run, by)
    if run.state == ImportState.GEANNULEERD:
        return run
    if not run.can_be_cancelled:
        raise RuleBroken(_("Deze import kan niet meer worden geannuleerd."))
    if run.state == ImportState.PAST_TOE:
        run.rows.filter(status=RowStatus.NIEUW).update(
            status=RowStatus.OVERGESLAGEN, reasons=[str(Reason("stopped"))], values=None
        )
        return run
    if run.state == ImportState.LEEST:
        run.rows.all().delete()
    _end(run, ImportState.GEANNULEERD, now)
    return run


@transaction.atomic
def undo_import(*, run, by, now=None):
    """Ask for the dossiers of an applied run to be taken back, as far as nobody worked on them. Returns the run."""
    now = now or timezone.now()
    run = CaseloadImport.objects.select_for_update().get(pk=run.pk)
    if run.state in (ImportState.DRAAIT_TERUG, ImportState.TERUGGEDRAAID):
        return run
    if not run.can_be_undone:
        raise RuleBroken(_("Alleen een toegepaste import kan worden teruggedraaid."))
    run.state = ImportState.DRAAIT_TERUG
    run.rows_total, run.rows_done = run.rows.filter(status=RowStatus.GEMAAKT).count(), 0
    run.undone_by, run.claimed_by, run.lease_until, run.attempts = by, "", None, 0
    run.save(update_fields=["state", "rows_total", "rows_done", "undone_by", "claimed_by", "lease_until", "attempts"])
    return run


def _refuse_stranger(run, by):
    if run.uploaded_by_id != (by.pk if by else None):
        raise RuleBroken(_("Alleen wie het bestand heeft ingelezen, kan dit doen."))


# --- Who does the work ----------------------------------------------------------------------------


def work(*, worker, clock=timezone.now):
    """Claim the oldest run that waits and do one turn of its work. Returns the run, or None when nothing waits."""
    run = claim_next(worker=worker, now=clock())
    if run:
        work_on(run=run, worker=worker, clock=clock)
    return run


def claim_next(*, worker, now):
    """The oldest run that is due, now held by `worker` until its lease ends; None when there is none."""
    pk = leases.claim_next(CaseloadImport.objects.due(now), worker=worker, until=now + LEASE)
    return CaseloadImport.objects.select_related("uploaded_by").get(pk=pk) if pk else None


def work_on(*, run, worker, clock=timezone.now, limit=ROWS_PER_TURN):
    """Do up to `limit` rows of what the state of a claimed run asks for, then let go of it. Returns nothing.

    An exception leaves the lease standing: the run is taken up again when it has run out.
    """
    try:
        if run.state == ImportState.LEEST:
            _read(run, worker, clock)
        elif run.state == ImportState.PAST_TOE:
            _apply(run, worker, clock, limit)
        elif run.state == ImportState.DRAAIT_TERUG:
            _take_back(run, worker, clock, limit)
    except leases.ClaimLost:
        logger.info("Import %s: another worker has it, or it was cancelled", run.pk)
        return
    leases.let_go(run, worker=worker)


def finish(*, run, worker, clock=timezone.now):
    """Do the whole step of a claimed run without letting go of it; for the command. Returns the run as it then is.

    When another worker took it over (this machine slept), wait until that one is done.
    """
    work_on(run=run, worker=worker, clock=clock, limit=sys.maxsize)
    return leases.wait_for(run)


def _hold(run, worker, now, **changes):
    leases.hold(run, worker=worker, until=now + LEASE, **changes)


# --- Reading --------------------------------------------------------------------------------------


def _read(run, worker, clock):
    """Read the file into rows, from the first row that is not there yet."""
    if run.attempts > MAX_ATTEMPTS:
        _fail(run, worker, _("Het lezen van dit bestand mislukt steeds. Sla het opnieuw op als CSV."), clock())
        return
    try:
        with default_storage.open(run.file.name, "rb") as handle:
            data = handle.read(reader.MAX_BYTES + 1)
        sheet = reader.read(data)
        columns = match_headings(sheet.headings)
        CaseloadImport.objects.filter(pk=run.pk).update(
            rows_total=sheet.expected, ignored_headings=[heading[:60] for heading in columns.ignored[:50]]
        )
        today = timezone.localdate(clock())
        colleagues = _colleagues(today)
        choices = Choices(
            klantmanagers=colleagues[Role.KLANTMANAGER],
            begeleiders=colleagues[Role.MAATSCHAPPELIJK_BEGELEIDER],
            municipalities=settings.PROGRAMME_MUNICIPALITIES,
        )
        seen = _numbers_read(run)
        last = run.rows.aggregate(last=Max("number"))["last"] or 0
        batch = []
        for raw in sheet.rows:
            if raw.number <= last:
                continue
            batch.append(rows.read_row(raw, columns, today=today, choices=choices))
            if len(batch) == _READ_BATCH:
                _store(run, worker, batch, seen, today, clock())
                batch = []
        _store(run, worker, batch, seen, today, clock())
        count = run.rows.count()
        if not count:
            raise UnreadableFile(_("Onder de koppen staat geen enkele rij."))
    except FileNotFoundError:
        _fail(run, worker, _("Het bestand is niet meer in de opslag. Upload het nog eens."), clock())
        return
    except UnreadableFile as problem:
        _fail(run, worker, str(problem), clock())
        return
    with transaction.atomic():
        _hold(run, worker, clock(), state=ImportState.GELEZEN, rows_total=count, rows_done=count)
    # From here on the rows are enough.
    _delete_file(run)


def _colleagues(today):
    """{role: {address in lower case: user}} of the active accounts that hold the role today."""
    found = {role: {} for role in COLLEAGUES}
    for held in RoleAssignment.objects.current(today).filter(role__in=COLLEAGUES).select_related("user"):
        found[held.role][held.user.email.lower()] = held.user
    return found


def _digest(values):
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).digest()


def _numbers_read(run):
    """{external number: (row number, digest)} of the rows that stand already, after a worker was killed."""
    found = {}
    kept = run.rows.filter(status__in=(RowStatus.NIEUW, RowStatus.BEKEND, RowStatus.VERSCHILT)).order_by("number")
    for number, values in kept.values_list("number", "values").iterator():
        found[values["external_number"]] = (number, _digest(values))
    return found


@transaction.atomic
def _store(run, worker, batch, seen, today, now):
    """Write a batch of read rows, each with what it is to become."""
    _hold(run, worker, now, rows_done=F("rows_done") + len(batch))
    accepted = {read.values["external_number"] for read in batch if not read.refused}
    known = _known_cases(accepted - seen.keys(), today)
    CaseloadImportRow.objects.bulk_create(_row(run, read, seen, known) for read in batch)


def _row(run, read, seen, known):
    reasons = [*read.refusals, *read.warnings]
    values = read.values or None
    if read.refused:
        status = RowStatus.GEWEIGERD
    elif (number := read.values["external_number"]) in seen:
        first, digest = seen[number]
        status = RowStatus.DUBBEL
        reasons = [Reason("duplicate" if digest == _digest(values) else "duplicate_differs", str(first))]
    else:
        seen[number] = (read.number, _digest(values))
        status = RowStatus.NIEUW
        if number in known:
            differences = _differences(values, *known[number])
            status = RowStatus.VERSCHILT if differences else RowStatus.BEKEND
            reasons += [Reason("differs", name) for name in differences]
    return CaseloadImportRow(
        run=run,
        number=read.number,
        status=status,
        is_warned=bool(read.warnings) and status not in (RowStatus.GEWEIGERD, RowStatus.DUBBEL),
        reasons=[str(reason) for reason in reasons],
        values=values,
        case_number=known[number][0].number if status in (RowStatus.BEKEND, RowStatus.VERSCHILT) else "",
    )


def _known_cases(numbers, today):
    """{external number: (case, {role: addresses of who stands in it today})}, in two queries."""
    cases = {
        case.external_number: case
        for case in Case.objects.filter(external_number__in=numbers).select_related("statushouder")
    }
    people = defaultdict(lambda: defaultdict(set))
    standing = Assignment.objects.current(today).filter(
        case__in=[case.pk for case in cases.values()], role__in=COLLEAGUES, user__isnull=False, deputy_for=None
    )
    for case, role, address in standing.values_list("case", "role", "user__email"):
        people[case][role].add(address.lower())
    return {number: (case, people[case.pk]) for number, case in cases.items()}


def _differences(values, case, people):
    """The fields that say something else than the dossier. An empty cell says nothing.

    The dossier's own value is not given: a beheerder reads no dossiers, and a file of bare numbers must not open them.
    """
    found = []
    for name, holder in [
        *((name, case.statushouder) for name in PERSON_FIELDS),
        *((name, case) for name in CASE_FIELDS),
    ]:
        now = getattr(holder, name)
        now = now.isoformat() if isinstance(now, date) else now
        if values[name] not in ("", None) and values[name] != now:
            found.append(name)
    return found + [role for role in COLLEAGUES if values[role] and values[role] not in people[role]]


def _fail(run, worker, problem, now):
    with transaction.atomic():
        _hold(run, worker, now)
        run.rows.all().delete()
        run.problem = problem
        _end(run, ImportState.MISLUKT, now, problem=problem)


# --- Applying -------------------------------------------------------------------------------------


def _apply(run, worker, clock, limit):
    """Make the dossiers of the rows that are still to become one, up to `limit`; then finish."""
    by = run.uploaded_by
    if by:
        by.act_as(Role.FUNCTIONEEL_BEHEERDER)
    colleagues = _colleagues(timezone.localdate(clock()))
    while limit > 0:
        waiting = list(
            run.rows.filter(status=RowStatus.NIEUW).order_by("number").defer("run")[: min(limit, _APPLY_BATCH)]
        )
        if not waiting:
            _finish_applying(run, worker, clock())
            return
        numbers = [row.values["external_number"] for row in waiting]
        existing = dict(Case.objects.filter(external_number__in=numbers).values_list("external_number", "number"))
        for row in waiting:
            with history.acting(by):
                _apply_row(run, worker, row, existing, colleagues, by, clock())
        limit -= len(waiting)


@transaction.atomic
def _apply_row(run, worker, row, existing, colleagues, by, now):
    """One row to one dossier, or to the reason why not, in one transaction with the progress of the run."""
    _hold(run, worker, now, rows_done=F("rows_done") + 1)
    if not CaseloadImportRow.objects.filter(pk=row.pk, status=RowStatus.NIEUW).exists():
        return  # cancelled meanwhile
    number = row.values["external_number"]
    if number in existing:
        _settle(row, RowStatus.BEKEND, "made_elsewhere", case_number=existing[number])
        return
    try:
        with transaction.atomic():
            case, unassigned = _make_case(row.values, colleagues, by, now)
    except (OperationalError, InterfaceError):
        raise  # the database's trouble, not the row's: try again later
    except Exception as problem:
        # Whatever it is, it stands in the way of this row alone.
        other = Case.objects.filter(external_number=number).first()
        if other:
            # Another run was first: the unique number held.
            _settle(row, RowStatus.BEKEND, "made_elsewhere", case_number=other.number)
        else:
            # The text of the problem may quote the row; its kind and place say enough.
            place = traceback.extract_tb(problem.__traceback__)[-1]
            logger.warning(
                "Import %s, row %s: %s at %s:%s",
                run.pk,
                row.number,
                type(problem).__name__,
                place.filename,
                place.lineno,
            )
            _settle(row, RowStatus.GEWEIGERD, "rule_broken")
        return
    row.made_at = now
    row.is_warned = row.is_warned or bool(unassigned)
    _settle(row, RowStatus.GEMAAKT, *unassigned, case_number=case.number)


def _settle(row, status, *codes, case_number=""):
    row.status, row.case_number, row.values = status, case_number, None
    row.reasons = [*row.reasons, *codes]
    row.save(update_fields=["status", "case_number", "values", "reasons", "is_warned", "made_at"])


def _make_case(values, colleagues, by, now):
    """The dossier of one row, with its colleagues. Returns (case, codes of colleagues who could not be assigned)."""
    today = timezone.localdate(now)
    facts = {name: values[name] for name in (*PERSON_FIELDS, *CASE_FIELDS) if values[name] not in ("", None)}
    for name in ("programme_start", "pip_date"):
        if name in facts:
            facts[name] = date.fromisoformat(facts[name])
    facts.setdefault("leerroute", Leerroute.ONBEKEND)
    case = open_case(
        **facts,
        external_number=values["external_number"],
        by=by,
        today=today,
        now=now,
        journal_kind=JournalKind.IMPORT,
    )
    unassigned = []
    for role in COLLEAGUES:
        if not values[role]:
            continue
        try:
            with transaction.atomic():
                assign(case=case, role=role, user=colleagues[role][values[role]], by=by, today=today, now=now)
        except (KeyError, RuleBroken):
            # The account or the role ended between reading and applying.
            unassigned.append(rows.UNKNOWN_COLLEAGUE[role])
    return case, unassigned


@transaction.atomic
def _finish_applying(run, worker, now):
    """Close the run, forget what was read, and tell each klantmanager once how many dossiers wait."""
    _hold(run, worker, now, applied_at=now)
    made = run.rows.filter(status=RowStatus.GEMAAKT)
    counts = (
        Assignment.objects.filter(role=Role.KLANTMANAGER, deputy_for=None, case__number__in=made.values("case_number"))
        .filter(Q(ends_on=None), user__isnull=False)
        .order_by()
        .values_list("user")
        .annotate(count=Count("case", distinct=True))
    )
    users = {
        held.user_id: held.user
        for held in RoleAssignment.objects.filter(user__in=[user for user, _count in counts]).select_related("user")
    }
    for user, count in counts:
        notify(
            key=f"caseload:{run.pk}:{user}",
            kind="caseload_import",
            receiver=Receiver(user=users[user], role=Role.KLANTMANAGER),
            subject=ngettext(
                "Er staat %(count)s nieuw dossier voor u klaar",
                "Er staan %(count)s nieuwe dossiers voor u klaar",
                count,
            )
            % {"count": count},
            body=_("De gemeente heeft dossiers ingelezen waarvan u de klantmanager bent. Bekijk ze in het portaal."),
            link=reverse("cases:list"),
            by=run.uploaded_by,
            now=now,
        )
    _end(run, ImportState.TOEGEPAST, now)


# --- Taking back ----------------------------------------------------------------------------------


def _take_back(run, worker, clock, limit):
    while limit > 0:
        made = list(run.rows.filter(status=RowStatus.GEMAAKT).order_by("number")[: min(limit, _UNDO_BATCH)])
        if not made:
            with transaction.atomic():
                _hold(run, worker, clock(), undone_at=clock())
                _end(run, ImportState.TERUGGEDRAAID, clock())
            return
        _take_back_batch(run, worker, made, clock())
        limit -= len(made)


@transaction.atomic
def _take_back_batch(run, worker, made, now):
    """Delete the dossiers of these rows that nobody worked on; the others stay, and their row says so."""
    _hold(run, worker, now, rows_done=F("rows_done") + len(made))
    # Locked in one order: who is about to add something to one of them waits, and then finds it gone, or is seen.
    cases = {
        case.number: case
        for case in Case.objects.select_for_update()
        .filter(number__in=[row.case_number for row in made])
        .order_by("pk")
    }
    touched = worked_on({cases[row.case_number].pk: row.made_at for row in made if row.case_number in cases})
    gone = [case for case in cases.values() if case.pk not in touched]
    Case.objects.filter(pk__in=[case.pk for case in gone]).delete()
    Statushouder.objects.filter(pk__in=[case.statushouder_id for case in gone]).delete()
    for row in made:
        if row.case_number in cases and cases[row.case_number].pk in touched:
            row.status, row.reasons = RowStatus.GEBLEVEN, [*row.reasons, "worked_on"]
        else:
            row.status = RowStatus.TERUGGEDRAAID
    CaseloadImportRow.objects.bulk_update(made, ["status", "reasons"])


def worked_on(made):
    """Which of these imported dossiers somebody worked on since. The one place where that is decided.

    `made` is {case id: the moment on the import's own journal lines}. Worked on is: a journal line by a person that
    is not the import's; a task, point or alert that a person touched; an appointment; an account for the
    statushouder; or anything else that hangs on the dossier or the person and did not come with the import, of
    whichever app. What the clock did by itself (a reminder, an alert nobody saw) does not count. Returns a set of ids.
    """
    pks = list(made)
    touched = {
        case
        for case, at in JournalEntry.objects.filter(case__in=pks)
        .filter(Q(by__isnull=False) | ~Q(role=""))
        .values_list("case", "at")
        if at != made[case]
    }
    touched.update(
        Task.objects.filter(case__in=pks)
        .filter(
            ~Q(status__in=(TaskStatus.OPEN, TaskStatus.LOPEND))
            | Q(template="")
            | Q(assignee__isnull=False)
            | ~Q(waits_for="")
        )
        .values_list("case", flat=True)
    )
    touched.update(
        ChecklistItem.objects.filter(task__case__in=pks, done_at__isnull=False).values_list("task__case", flat=True)
    )
    touched.update(
        Alert.objects.filter(case__in=pks)
        .filter(
            Q(seen_at__isnull=False)
            | Q(follow_ups__isnull=False)
            | ~Q(status__in=(AlertStatus.NIEUW, AlertStatus.VERVALLEN))
        )
        .values_list("case", flat=True)
    )
    touched.update(_with_something_else(Case, pks, but={Assignment, Task, JournalEntry, Alert, PhaseChange, Change}))

    facts = Case.objects.filter(pk__in=pks).values_list("pk", "number", "statushouder", "statushouder__user")
    numbers, people = {}, {}
    for pk, number, person, account in facts:
        numbers[number], people[person] = pk, pk
        if account:
            touched.add(pk)
    planned = Meeting.objects.filter(case_number__in=numbers).values_list("case_number", flat=True)
    touched.update(numbers[number] for number in planned)
    touched.update(people[person] for person in _with_something_else(Statushouder, list(people), but={Case}))
    return touched


def _with_something_else(model, pks, but):
    """Ids of rows of `model` that a row of another table points at, whichever app it is from, save the tables in `but`."""
    found = set()
    for relation in model._meta.get_fields(include_hidden=True):
        points_here = relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one)
        if points_here and relation.related_model not in but:
            column = relation.field.attname
            rows_there = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": pks})
            found.update(rows_there.values_list(column, flat=True))
    return found


# --- Forgetting -----------------------------------------------------------------------------------


def _end(run, state, now, **changes):
    """Bring a run to a state in which nothing is left of what was read; in the caller's transaction."""
    run.rows.exclude(values=None).update(values=None)
    CaseloadImport.objects.filter(pk=run.pk).update(
        state=state, claimed_by="", lease_until=None, emptied_at=F("emptied_at") if run.emptied_at else now, **changes
    )
    run.refresh_from_db()
    transaction.on_commit(lambda: _delete_file(run), robust=True)


def _delete_file(run):
    """Take the file out of storage. When this is missed, `clean_up` finds it."""
    if run.file:
        default_storage.delete(run.file.name)
        CaseloadImport.objects.filter(pk=run.pk).update(file="")


def clean_up(*, now=None):
    """Empty the runs that nobody applied within a day, and delete files that are left, also those of which no run knows.

    Returns how many runs changed.
    """
    now = now or timezone.now()
    changed = 0
    old = CaseloadImport.objects.filter(
        state__in=(ImportState.LEEST, ImportState.GELEZEN), uploaded_at__lte=now - KEEP_ROWS
    )
    for pk in old.values_list("pk", flat=True):
        with transaction.atomic():
            run = CaseloadImport.objects.select_for_update().get(pk=pk)
            if run.state == ImportState.LEEST:
                run.rows.all().delete()
            if run.state in (ImportState.LEEST, ImportState.GELEZEN):
                _end(run, ImportState.VERLOPEN, now)
                changed += 1
    for run in CaseloadImport.objects.exclude(file="").exclude(state=ImportState.LEEST):
        _delete_file(run)
        changed += 1
    delete_stray_files("caseloads", (CaseloadImport, "file"), now=now)
    return changed
