"""Sealing the read log in batches, checking it, and letting old batches leave (docs/adr/0008).

No page waits for a seal: lines are written without looking at each other, and the clock seals what is there. A line whose
transaction finished late (PostgreSQL gives numbers out in another order than it finishes) comes under the next seal,
which names it; every seal names the numbers that are under it.
"""

import hashlib
import heapq
import hmac
import logging
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.rules import RuleBroken
from privacy import ranges
from privacy.models import LogLine, Seal, SealKind

logger = logging.getLogger(__name__)

#: Lines under one seal at most.
BATCH = 5000
#: How long a line may take to arrive behind a higher number. A line is one statement of its own: milliseconds.
LATE = timedelta(hours=1)
#: How long lines may wait for the clock before the check speaks of it, and how far clocks of machines may differ.
WAITING, SKEW = timedelta(minutes=15), timedelta(minutes=5)
LONG_AGO = datetime.min.replace(tzinfo=UTC)
#: How many seals a check looks ahead at most, and how many findings of one sort it writes down.
LOOK_AHEAD, MOST_FINDINGS = 10_000, 500
#: How many signs of a set of numbers stand in a finding.
SHOWN = 80
#: What a line says, in the order in which it is sealed.
LINE_COLUMNS = (
    "id", "at", "actor", "role", "organisation", "action", "case_number", "about_zone", "address", "subject",
    "purpose", "count", "search", "result", "origin",
)  # fmt: skip
SEAL_COLUMNS = (
    "number", "kind", "sealed_at", "ranges", "up_to", "lines", "last_at", "lines_hash", "removed_up_to", "previous",
    "key_name",
)  # fmt: skip


# --- Sealing -----------------------------------------------------------------------------------------------------


def seal_new_lines(*, now):
    """Put every line that is under no seal yet under one, in batches. Returns the new seals.

    Two clocks at once do no harm: a number is given once, and who comes second leaves it to the next sweep.
    """
    made = []
    while seal := _seal_batch(now):
        made.append(seal)
    return made


def _seal_batch(now):
    last = Seal.objects.order_by("-number").first()
    up_to = last.up_to if last else 0
    wanted = Q(pk__gt=up_to)
    for first, until in _open_gaps(last):
        wanted |= Q(pk__gte=first, pk__lte=until)
    rows = list(LogLine.objects.filter(wanted).order_by("pk").values_list(*LINE_COLUMNS)[:BATCH])
    if not rows:
        return None
    seal = Seal(
        sealed_at=now,
        ranges=ranges.to_text(row[0] for row in rows),
        up_to=max(up_to, rows[-1][0]),
        lines=len(rows),
        last_at=max(row[1] for row in rows),
        lines_hash=hashlib.sha256(b"".join(map(ranges.canonical, rows))).hexdigest(),
    )
    return _add(seal, last)


def _open_gaps(last):
    """Numbers that no seal names, around the seals of the hour up to the last one: there a line may still arrive."""
    if last is None:
        return []
    recent = list(
        Seal.objects.filter(sealed_at__gte=last.sealed_at - LATE).order_by("number").values_list(
            "number", "ranges", "up_to"
        )
    )  # fmt: skip
    before = Seal.objects.filter(number__lt=recent[0][0]).order_by("-number").values_list("up_to", flat=True).first()
    named = [run for _number, text, _up_to in recent for run in ranges.from_text(text)]
    return ranges.gaps(named, before or 0, recent[-1][2])


def _add(seal, last):
    """Number, chain and sign a seal and write it down; None when another clock took the number."""
    key = settings.LOG_SEAL_KEYS[0]
    seal.number = last.number + 1 if last else 1
    seal.previous = last.digest if last else ""
    seal.key_name = ranges.name_of(key)
    seal.digest = ranges.signed(key, _values(seal))
    try:
        with transaction.atomic():
            seal.save(force_insert=True)
    except IntegrityError:
        return None
    transaction.on_commit(lambda: _witness(seal))
    return seal


def _values(seal):
    return [getattr(seal, name) for name in SEAL_COLUMNS]


def _witness(seal):
    """Tell the world outside the database of a seal, so that the last ones cannot leave unseen."""
    if settings.LOG_SEAL_WITNESS == "-":
        logger.info("Read log: seal %s %s", seal.number, seal.digest)
    elif settings.LOG_SEAL_WITNESS:
        try:
            path = Path(settings.LOG_SEAL_WITNESS)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a") as file:
                file.write(f"{seal.number} {seal.digest}\n")
        except OSError:
            logger.exception("Read log: the witness file cannot be written")


# --- Checking ----------------------------------------------------------------------------------------------------


@dataclass
class Report:
    """What a check saw: lines and seals walked through, and what is wrong, in sentences. No names, no content."""

    lines: int = 0
    seals: int = 0
    waiting: int = 0
    removed: int = 0
    findings: list[str] = field(default_factory=list)


def check_log(*, now):
    """Walk through every line and every seal, all as they stand at one moment. Returns a `Report`.

    Both are walked once, in order and side by side, so that it takes no more memory as the log grows.
    """
    report = Report()
    found = _Findings()
    with _one_moment():
        _check_lines(_Seals(found), now, report, found)
        _check_witness(found)
        if may_be_changed_here():
            found.rights.append(
                _("De databasegebruiker van het portaal mag het logboek veranderen (manage.py grant_database).")
            )
    report.findings = found.in_order()
    return report


@contextmanager
def _one_moment():
    """What is read inside is of one moment, unless a transaction is open already: meanwhile lines come and batches leave."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        # Not `atomic`, which here begins with the lock of a writer.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
    else:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield


@dataclass
class _Findings:
    """Sentences by what they are about, no more of each than anybody reads."""

    seals: list[str] = field(default_factory=list)
    moments: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    batches: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    witness: list[str] = field(default_factory=list)
    rights: list[str] = field(default_factory=list)

    def in_order(self):
        kinds = (self.seals, self.moments, self.added, self.batches, self.waiting, self.witness, self.rights)
        told = list(chain.from_iterable(kind[:MOST_FINDINGS] for kind in kinds))
        if any(len(kind) > MOST_FINDINGS for kind in kinds):
            told.append(_("Er is meer gevonden dan hier staat."))
        return told


def _note(kind, text):
    """Add a sentence, unless there are too many already: of one too many `_Findings` says so."""
    if len(kind) <= MOST_FINDINGS:
        kind.append(text)


@dataclass(slots=True)
class _Batch:
    """A seal on the walk, and what was seen so far of the lines under it."""

    number: int
    kind: str
    sealed_at: datetime
    #: Between which moments its lines were written.
    first_moment: datetime
    last_moment: datetime
    up_to: int
    lines: int
    lines_hash: str
    ranges: str
    #: Runs of numbers that the walk did not pass yet.
    runs_left: int
    seen: object = field(default_factory=hashlib.sha256)
    count: int = 0
    is_misplaced: bool = False


class _Seals:
    """The seals in their order, each checked with the one before as it comes by."""

    def __init__(self, found):
        self.found = found
        self.count = 0
        ends = Seal.objects.aggregate(removed=Max("removed_up_to"), up_to=Max("up_to"))
        self.removed_up_to, self.up_to = ends["removed"] or 0, ends["up_to"] or 0
        self.last_at = Seal.objects.order_by("-number").values_list("sealed_at", flat=True).first()

    def __iter__(self):
        """Yield each seal as (`_Batch`, runs of the numbers under it)."""
        keys = {ranges.name_of(key): key for key in settings.LOG_SEAL_KEYS}
        number_before, digest_before, sweep, swept_before = 0, "", None, None
        rows = Seal.objects.order_by("number").values_list(*SEAL_COLUMNS, "digest")
        for *values, digest in rows.iterator(chunk_size=500):
            seal = dict(zip(SEAL_COLUMNS, values, strict=True))
            self.count += 1
            self._check(seal, values, digest, number_before, digest_before, keys)
            number_before, digest_before = seal["number"], digest
            # Several seals may be set in one sweep.
            if seal["sealed_at"] != sweep:
                sweep, swept_before = seal["sealed_at"], sweep
            try:
                runs = ranges.from_text(seal["ranges"])
            except ValueError:  # no numbers: its signature has told already that it was changed
                runs = []
            yield (
                _Batch(
                    number=seal["number"],
                    kind=seal["kind"],
                    sealed_at=seal["sealed_at"],
                    first_moment=swept_before - LATE - SKEW if swept_before else LONG_AGO,
                    last_moment=sweep + SKEW,
                    up_to=seal["up_to"],
                    lines=seal["lines"],
                    lines_hash=seal["lines_hash"],
                    ranges=seal["ranges"][:SHOWN],
                    runs_left=len(runs),
                ),
                runs,
            )

    def _check(self, seal, values, digest, number_before, digest_before, keys):
        number, found = seal["number"], self.found.seals
        if number > number_before + 1:
            _note(found, _("Zegel %s is weg.") % ranges.runs_to_text([(number_before + 1, number - 1)]))
        elif seal["previous"] != digest_before:
            _note(found, _("Zegel %s sluit niet aan op het zegel ervoor.") % number)
        key = keys.get(seal["key_name"])
        if key is None:
            _note(found, _("De sleutel van zegel %s is hier niet bekend (LOG_SEAL_KEY).") % number)
        elif not hmac.compare_digest(digest, ranges.signed(key, values)):
            _note(found, _("Zegel %s is veranderd, of niet door dit portaal gemaakt.") % number)


def _runs_in_order(seals, report, found):
    """Yield (first, last, `_Batch`) of every run of numbers under a seal, ascending, reading few seals ahead.

    A seal names lines that came late in the gaps of the hour before the seal before it (`_open_gaps`): what it names lies
    beyond the last seal that is older than that. A batch of which the last run was passed is complete, and judged.
    """
    heap, recent, settled, order = [], deque(), 0, 0

    def passing(most):
        while heap and heap[0][0] <= most:
            first, last, _order, batch = heapq.heappop(heap)
            yield first, last, batch
            batch.runs_left -= 1
            if not batch.runs_left:
                _check_batch(batch, seals.removed_up_to, report, found)

    for batch, runs in seals:
        for first, last in runs:
            order += 1  # batches are not compared
            heapq.heappush(heap, (first, last, order, batch))
        if not runs:
            _check_batch(batch, seals.removed_up_to, report, found)
        recent.append((batch.sealed_at, batch.up_to))
        while recent[0][0] < batch.sealed_at - LATE or len(recent) > LOOK_AHEAD:
            settled = recent.popleft()[1]
        yield from passing(settled)
    yield from passing(float("inf"))


def _check_lines(seals, now, report, found):
    runs = _runs_in_order(seals, report, found)
    none_left = (float("inf"), float("inf"), None)
    first, last, batch = next(runs, none_left)
    added, oldest_waiting, up_to = [], None, seals.up_to
    still_expected = seals.last_at - LATE if seals.last_at else None
    canonical = ranges.canonical
    for row in LogLine.objects.order_by("pk").values_list(*LINE_COLUMNS).iterator(chunk_size=2000):
        report.lines += 1
        pk, at = row[0], row[1]
        while last < pk:
            first, last, batch = next(runs, none_left)
        if first <= pk:
            batch.seen.update(canonical(row))
            batch.count += 1
            if not batch.is_misplaced and not batch.first_moment <= at <= batch.last_moment:
                batch.is_misplaced = True
                _note(
                    found.moments,
                    _("Regel %(pk)s noemt een ander moment dan waarop zegel %(seal)s is gezet.")
                    % {"pk": pk, "seal": batch.number},
                )
        elif pk > up_to or at >= still_expected:
            report.waiting += 1
            oldest_waiting = min(oldest_waiting or at, at)
        elif len(added) < SHOWN:
            # More runs than fit in the sentence.
            ranges.add(added, pk)
    deque(runs, maxlen=0)  # the seals beyond the last line
    report.seals = seals.count
    if added:
        found.added.append(
            _("Onder geen zegel staat regel %s: later toegevoegd, of het zegel is weg.")
            % _short(ranges.runs_to_text(added))
        )
    if oldest_waiting and oldest_waiting < now - WAITING:
        # Without their number: that is another one at every check, and the message would be too.
        found.waiting.append(
            _("Sinds %s wachten regels op een zegel: loopt de klok?")
            % timezone.localtime(oldest_waiting).strftime("%d-%m-%Y %H:%M")
        )


def _check_batch(batch, removed_up_to, report, found):
    """Judge a seal of which every line has been seen."""
    if batch.kind != SealKind.LINES:
        return
    words = {"seal": batch.number, "ranges": batch.ranges, "all": batch.lines}
    if batch.number <= removed_up_to:
        report.removed += 1
        if batch.count:
            _note(found.batches, _("Onder zegel %s staan regels die al verwijderd zijn.") % batch.number)
    elif batch.count < batch.lines:
        words["gone"] = batch.lines - batch.count
        _note(
            found.batches,
            _("Onder zegel %(seal)s ontbreken %(gone)s van %(all)s regels (nummers %(ranges)s).") % words,
        )
    elif batch.count > batch.lines:
        words["more"] = batch.count - batch.lines
        _note(found.batches, _("Onder zegel %(seal)s staan %(more)s regels te veel (nummers %(ranges)s).") % words)
    elif batch.seen.hexdigest() != batch.lines_hash:
        _note(found.batches, _("Onder zegel %(seal)s is een regel veranderd (nummers %(ranges)s).") % words)


def _check_witness(found):
    """What was told to the world outside stands in the database as well."""
    path = Path(settings.LOG_SEAL_WITNESS or "-")
    if not path.is_file():
        return
    with path.open() as file:
        while some := list(islice(file, 1000)):
            told = [line.strip().partition(" ")[::2] for line in some]
            told = [(int(number), digest) for number, digest in told if number.isdecimal()]
            stands = dict(Seal.objects.filter(pk__in={number for number, _d in told}).values_list("pk", "digest"))
            for number, digest in told:
                if stands.get(number) != digest:
                    _note(found.witness, _("Het getuigenbestand noemt zegel %s anders dan de database.") % number)


def may_be_changed_here():
    """Whether this very database user may change or remove lines or seals. Only PostgreSQL knows such rights.

    A superuser may everything and is no finding: the owner's commands and a developer's machine run as one.
    """
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if cursor.fetchone() == (True,):
            return False
        cursor.execute(
            "SELECT has_table_privilege(%s, 'UPDATE, DELETE, TRUNCATE, TRIGGER')"
            " OR has_table_privilege(%s, 'UPDATE, DELETE, TRUNCATE, TRIGGER')",
            [LogLine._meta.db_table, Seal._meta.db_table],
        )
        return cursor.fetchone()[0]


def _short(text):
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


# --- Leaving -----------------------------------------------------------------------------------------------------


def drop_old_batches(*, before):
    """Remove the lines of whole sealed batches of which the last line is older than `before`; their seals stay.

    A seal of its own says up to which seal lines left, in the same transaction. Runs as the owner of the tables: the
    application's user may not delete here. Returns the number of lines.
    """
    with transaction.atomic():
        last = Seal.objects.order_by("-number").first()
        gone_already = Seal.objects.aggregate(gone=Max("removed_up_to"))["gone"] or 0
        leaving = Seal.objects.filter(kind=SealKind.LINES, number__gt=gone_already).order_by("number")
        count, gone = 0, None
        for seal in leaving.iterator(chunk_size=500):
            if seal.last_at >= before:
                break
            if _hash_of(seal) != seal.lines_hash:
                # Lines that are missing or changed are a finding, and must not be covered up by a removal.
                raise RuleBroken(
                    _("De regels onder zegel %s kloppen niet. Controleer eerst het logboek.") % seal.number
                )
            count += _under(seal).delete()[0]
            gone = seal.number
        if gone is None:
            return 0
        note = Seal(
            kind=SealKind.REMOVAL,
            sealed_at=timezone.now(),
            up_to=last.up_to,
            lines=0,
            removed_up_to=gone,
        )
        if _add(note, last) is None:
            raise RuleBroken(_("De klok zette op dit moment een zegel. Probeer het opnieuw."))
    return count


def _under(seal):
    """The lines whose numbers this seal names."""
    named = Q()
    for first, last in ranges.from_text(seal.ranges):
        named |= Q(pk__gte=first, pk__lte=last)
    return LogLine.objects.filter(named)


def _hash_of(seal):
    rows = _under(seal).order_by("pk").values_list(*LINE_COLUMNS)
    return hashlib.sha256(b"".join(map(ranges.canonical, rows))).hexdigest()
