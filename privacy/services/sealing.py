"""Sealing the read log in batches, checking it, and letting old batches leave (docs/adr/0008).

No page waits for a seal: lines are written without looking at each other, and the clock seals what is there. A line whose
transaction finished late (PostgreSQL gives numbers out in another order than it finishes) comes under the next seal,
which names it; every seal names the numbers that are under it.
"""

import hashlib
import hmac
import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from operator import itemgetter
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
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
    """Walk through every line and every seal. Returns a `Report`."""
    report = Report()
    seals = list(Seal.objects.order_by("number"))
    report.seals = len(seals)
    _check_chain(seals, report)
    _check_lines(seals, now, report)
    _check_witness(seals, report)
    _check_rights(report)
    return report


def _check_chain(seals, report):
    keys = {ranges.name_of(key): key for key in settings.LOG_SEAL_KEYS}
    before = None
    for seal in seals:
        expected = before.number + 1 if before else 1
        if seal.number > expected:
            gone = ranges.to_text(range(expected, seal.number))
            report.findings.append(_("Zegel %s is weg.") % gone)
        elif seal.previous != (before.digest if before else ""):
            report.findings.append(_("Zegel %s sluit niet aan op het zegel ervoor.") % seal.number)
        key = keys.get(seal.key_name)
        if key is None:
            report.findings.append(_("De sleutel van zegel %s is hier niet bekend (LOG_SEAL_KEY).") % seal.number)
        elif not hmac.compare_digest(seal.digest, ranges.signed(key, _values(seal))):
            report.findings.append(_("Zegel %s is veranderd, of niet door dit portaal gemaakt.") % seal.number)
        before = seal


def _check_lines(seals, now, report):
    removed_up_to = max((seal.removed_up_to or 0 for seal in seals), default=0)
    runs = []
    for seal in seals:
        try:
            runs += [(first, last, seal) for first, last in ranges.from_text(seal.ranges)]
        except ValueError:  # no numbers: its signature has told already that it was changed
            continue
    runs.sort(key=itemgetter(0, 1))
    starts = _sweeps_before(seals)
    hashes = {seal.number: hashlib.sha256() for seal in seals}
    counts, added, oldest_waiting, up_to = Counter(), [], None, max((seal.up_to for seal in seals), default=0)
    misplaced = {}
    still_expected = seals[-1].sealed_at - LATE if seals else None
    here = 0
    for row in LogLine.objects.order_by("pk").values_list(*LINE_COLUMNS).iterator(chunk_size=2000):
        report.lines += 1
        pk, at = row[0], row[1]
        while here < len(runs) and runs[here][1] < pk:
            here += 1
        if here < len(runs) and runs[here][0] <= pk:
            seal = runs[here][2]
            hashes[seal.number].update(ranges.canonical(row))
            counts[seal.number] += 1
            if at > seal.sealed_at + SKEW or (seal.number in starts and at < starts[seal.number] - LATE - SKEW):
                misplaced.setdefault(seal.number, pk)
        elif pk > up_to or at >= still_expected:
            report.waiting += 1
            oldest_waiting = min(oldest_waiting or at, at)
        else:
            added.append(pk)
    for number, pk in misplaced.items():
        report.findings.append(
            _("Regel %(pk)s noemt een ander moment dan waarop zegel %(seal)s is gezet.") % {"pk": pk, "seal": number}
        )
    if added:
        report.findings.append(
            _("Onder geen zegel staat regel %s: later toegevoegd, of het zegel is weg.") % _short(added)
        )
    for seal in seals:
        if seal.kind == SealKind.LINES:
            _check_batch(seal, counts[seal.number], hashes[seal.number].hexdigest(), removed_up_to, report)
    if oldest_waiting and oldest_waiting < now - WAITING:
        report.findings.append(
            _("%(count)s regels wachten al sinds %(day)s op een zegel: loopt de klok?")
            % {"count": report.waiting, "day": timezone.localtime(oldest_waiting).strftime("%d-%m-%Y %H:%M")}
        )


def _sweeps_before(seals):
    """Of each seal the moment of the sweep before its own: several seals may be set in one sweep."""
    starts, sweep, before = {}, None, None
    for seal in seals:
        if seal.sealed_at != sweep:
            sweep, before = seal.sealed_at, sweep
        if before:
            starts[seal.number] = before
    return starts


def _check_batch(seal, count, lines_hash, removed_up_to, report):
    if seal.number <= removed_up_to:
        report.removed += 1
        if count:
            report.findings.append(_("Onder zegel %s staan regels die al verwijderd zijn.") % seal.number)
    elif count < seal.lines:
        report.findings.append(
            _("Onder zegel %(seal)s ontbreken %(gone)s van %(all)s regels (nummers %(ranges)s).")
            % {"seal": seal.number, "gone": seal.lines - count, "all": seal.lines, "ranges": seal.ranges[:80]}
        )
    elif count > seal.lines:
        report.findings.append(
            _("Onder zegel %(seal)s staan %(more)s regels te veel (nummers %(ranges)s).")
            % {"seal": seal.number, "more": count - seal.lines, "ranges": seal.ranges[:80]}
        )
    elif lines_hash != seal.lines_hash:
        report.findings.append(
            _("Onder zegel %(seal)s is een regel veranderd (nummers %(ranges)s).")
            % {"seal": seal.number, "ranges": seal.ranges[:80]}
        )


def _check_witness(seals, report):
    """What was told to the world outside stands in the database as well."""
    path = Path(settings.LOG_SEAL_WITNESS or "-")
    if not path.is_file():
        return
    stands = {seal.number: seal.digest for seal in seals}
    with path.open() as file:
        for line in file:
            number, _space, digest = line.strip().partition(" ")
            if number.isdecimal() and stands.get(int(number)) != digest:
                report.findings.append(_("Het getuigenbestand noemt zegel %s anders dan de database.") % number)


def _check_rights(report):
    if may_be_changed_here():
        report.findings.append(
            _("De databasegebruiker van het portaal mag het logboek veranderen (manage.py grant_database).")
        )


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


def _short(numbers):
    text = ranges.to_text(numbers)
    return text if len(text) <= 80 else f"{text[:80]}…"


# --- Leaving -----------------------------------------------------------------------------------------------------


def drop_old_batches(*, before):
    """Remove the lines of whole sealed batches of which the last line is older than `before`; their seals stay.

    A seal of its own says up to which seal lines left, in the same transaction. Runs as the owner of the tables: the
    application's user may not delete here. Returns the number of lines.
    """
    with transaction.atomic():
        seals = list(Seal.objects.order_by("number"))
        gone_already = max((seal.removed_up_to or 0 for seal in seals), default=0)
        leaving = []
        for seal in seals:
            if seal.kind == SealKind.LINES and seal.number > gone_already:
                if seal.last_at >= before:
                    break
                leaving.append(seal)
        if not leaving:
            return 0
        count = 0
        for seal in leaving:
            if _hash_of(seal) != seal.lines_hash:
                # Lines that are missing or changed are a finding, and must not be covered up by a removal.
                raise RuleBroken(
                    _("De regels onder zegel %s kloppen niet. Controleer eerst het logboek.") % seal.number
                )
            count += _under(seal).delete()[0]
        note = Seal(
            kind=SealKind.REMOVAL,
            sealed_at=timezone.now(),
            up_to=seals[-1].up_to,
            lines=0,
            removed_up_to=leaving[-1].number,
        )
        if _add(note, seals[-1]) is None:
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
