"""Seals over the read log: what is changed, removed or added shows; what comes late or leaves in time does not."""

import random
import threading
import tracemalloc
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts.rules import RuleBroken
from privacy import ranges
from privacy.models import Action, LogCheck, LogLine, Seal, SealKind
from privacy.services import log, sealing

COLUMNS = [name for name in sealing.LINE_COLUMNS if name != "id"]


@pytest.fixture
def now(db):
    return timezone.now()


def write(count, at, **columns):
    """So many lines, a second apart."""
    columns = {"action": Action.READ, "case_number": "JAS-2026-0001", "result": 200, "address": "cases:case"} | columns
    return [log.write_line(at=at + timedelta(seconds=number), actor=number, **columns) for number in range(count)]


def found(now):
    return sealing.check_log(now=now).findings


@pytest.fixture
def sealed(now):
    """Three seals of five lines each, three hours apart; line 3 of the second lot was given a number and never written."""
    lots = []
    for hours in (9, 6, 3):
        at = now - timedelta(hours=hours)
        lots.append(write(5, at))
        if hours == 6:
            lots[-1].pop(2).delete()
        sealing.seal_new_lines(now=at + timedelta(minutes=1))
    assert found(now) == []
    return lots


def test_ranges_are_written_short_and_read_back():
    assert ranges.to_text([1, 2, 3, 7, 9, 10]) == "1-3,7,9-10"
    assert ranges.from_text("1-3,7,9-10") == [(1, 3), (7, 7), (9, 10)]
    assert ranges.from_text("") == []
    assert ranges.gaps([(2, 3), (6, 8)], 0, 10) == [(1, 1), (4, 5), (9, 10)]
    assert ranges.gaps([], 0, 0) == []


def test_a_seal_names_what_is_under_it_and_follows_the_one_before(now):
    lines = write(3, now)
    (first,) = sealing.seal_new_lines(now=now + timedelta(seconds=9))
    assert (first.number, first.lines, first.up_to, first.previous) == (1, 3, lines[-1].pk, "")
    assert first.ranges == f"{lines[0].pk}-{lines[-1].pk}"
    assert sealing.seal_new_lines(now=now) == []
    more = write(1, now + timedelta(seconds=20))
    (second,) = sealing.seal_new_lines(now=now + timedelta(seconds=30))
    assert (second.number, second.ranges, second.previous) == (2, str(more[0].pk), first.digest)
    assert found(now + timedelta(minutes=1)) == []


def test_many_lines_come_under_several_seals(now, monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 4)
    write(10, now)
    assert [seal.lines for seal in sealing.seal_new_lines(now=now + timedelta(minutes=1))] == [4, 4, 2]
    assert found(now + timedelta(minutes=1)) == []


def test_a_clock_that_stood_still_catches_up_without_an_alarm(now, monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 4)
    for hours in (9, 6, 3):
        write(3, now - timedelta(hours=hours))
    assert [seal.lines for seal in sealing.seal_new_lines(now=now)] == [4, 4, 1]
    assert found(now) == []


def other_value(name, value):
    """Another value for a column."""
    if name == "at":
        return value + timedelta(microseconds=1)
    return (value or 0) + 1 if name in ("actor", "count", "result") else f"{value}x"


@pytest.mark.parametrize("name", COLUMNS)
def test_a_changed_line_shows_whichever_column_it_is(sealed, now, name):
    line = sealed[1][1]
    LogLine.objects.filter(pk=line.pk).update(**{name: other_value(name, getattr(line, name))})
    assert [text for text in found(now) if "is een regel veranderd" in text] != []


def test_a_removed_line_shows(sealed, now):
    sealed[0][4].delete()
    (text,) = found(now)
    assert text.startswith("Onder zegel 1 ontbreken 1 van 5 regels")


def test_a_line_added_afterwards_shows(sealed, now):
    """In the number that was never used; a number beyond the last is a new line like any other."""
    LogLine.objects.create(pk=sealed[1][1].pk + 1, at=now - timedelta(hours=6), action=Action.READ, result=200)
    assert found(now) == [
        f"Onder geen zegel staat regel {sealed[1][1].pk + 1}: later toegevoegd, of het zegel is weg."
    ]


def test_a_line_swapped_for_another_shows(sealed, now):
    line = sealed[2][0]
    LogLine.objects.filter(pk=line.pk).delete()
    LogLine.objects.create(pk=line.pk, at=line.at, action=Action.READ, case_number="JAS-2026-0002", result=200)
    assert [text for text in found(now) if "is een regel veranderd" in text] != []


def test_a_moment_outside_its_seal_shows(now):
    write(1, now - timedelta(hours=5))
    sealing.seal_new_lines(now=now - timedelta(hours=4))
    write(1, now - timedelta(days=30))
    sealing.seal_new_lines(now=now)
    (text,) = found(now)
    assert "noemt een ander moment" in text


def test_a_removed_seal_shows(sealed, now):
    Seal.objects.get(number=2).delete()
    texts = found(now)
    assert "Zegel 2 is weg." in texts
    assert any(text.startswith("Onder geen zegel staat") for text in texts)


@pytest.mark.parametrize("name", [name for name in sealing.SEAL_COLUMNS if name != "number"])
def test_a_changed_seal_shows_whichever_column_it_is(sealed, now, name):
    seal = Seal.objects.get(number=2)
    value = getattr(seal, name)
    if name in ("sealed_at", "last_at"):
        value += timedelta(microseconds=1)
    elif name in ("up_to", "lines", "removed_up_to"):
        value = (value or 0) + 1
    else:
        value = {"kind": SealKind.REMOVAL, "ranges": f"{value},none"}.get(name, f"{value[:-1]}x")
    Seal.objects.filter(number=2).update(**{name: value})
    assert found(now) != []


def test_who_has_not_the_key_cannot_seal_anew(sealed, now, settings):
    """Somebody with all rights in the database changes a line and makes all seals again, with a key of their own."""
    own = settings.LOG_SEAL_KEYS
    LogLine.objects.filter(pk=sealed[0][0].pk).update(actor=999)
    Seal.objects.all().delete()
    settings.LOG_SEAL_KEYS = ["a guess"]
    sealing.seal_new_lines(now=now)
    settings.LOG_SEAL_KEYS = own
    assert "De sleutel van zegel 1 is hier niet bekend (LOG_SEAL_KEY)." in found(now)
    Seal.objects.update(key_name=ranges.name_of(own[0]))
    assert "Zegel 1 is veranderd, of niet door dit portaal gemaakt." in found(now)


def test_a_new_key_goes_in_front_and_the_old_one_still_verifies(sealed, now, settings):
    settings.LOG_SEAL_KEYS = ["a new one", *settings.LOG_SEAL_KEYS]
    write(1, now)
    sealing.seal_new_lines(now=now)
    assert found(now) == []


def test_the_last_seals_cannot_leave_unseen_either(
    now, settings, tmp_path, django_capture_on_commit_callbacks
):  # fmt: skip
    """With its lines a last seal would leave nothing behind in the database: the witness outside it does."""
    settings.LOG_SEAL_WITNESS = str(tmp_path / "seals.log")
    with django_capture_on_commit_callbacks(execute=True):
        write(2, now)
        sealing.seal_new_lines(now=now)
        write(2, now)
        (last,) = sealing.seal_new_lines(now=now)
    assert len((tmp_path / "seals.log").read_text().splitlines()) == 2
    assert found(now) == []
    for first, until in ranges.from_text(last.ranges):
        LogLine.objects.filter(pk__gte=first, pk__lte=until).delete()
    last.delete()
    assert found(now) == ["Het getuigenbestand noemt zegel 2 anders dan de database."]


def test_lines_that_wait_too_long_are_a_finding(now):
    write(2, now)
    assert found(now + timedelta(minutes=14)) == []
    (text,) = found(now + timedelta(minutes=20))
    assert text == "Sinds 23-11-2026 10:00 wachten regels op een zegel: loopt de klok?"
    # Said in the same words as long as it lasts.
    write(1, now)
    assert found(now + timedelta(days=1)) == [text]


def test_old_batches_leave_whole_and_leave_their_seals(sealed, now):
    before = sealed[1][-1].at + timedelta(seconds=1)
    assert sealing.drop_old_batches(before=before) == 9
    assert list(LogLine.objects.order_by("pk")) == sealed[2]
    note = Seal.objects.get(kind=SealKind.REMOVAL)
    assert (note.number, note.removed_up_to) == (4, 2)
    report = sealing.check_log(now=now)
    assert (report.findings, report.removed, report.lines) == ([], 2, 5)
    # A second run finds nothing, and sealing goes on behind the note.
    assert sealing.drop_old_batches(before=before) == 0
    write(1, now)
    (seal,) = sealing.seal_new_lines(now=now)
    assert (seal.number, seal.lines, found(now)) == (5, 1, [])


def test_a_batch_of_which_one_line_is_young_stays_whole(sealed, now):
    assert sealing.drop_old_batches(before=sealed[0][-1].at) == 0
    assert LogLine.objects.count() == 14


def test_retention_covers_up_nothing(sealed, now):
    sealed[0][2].delete()
    with pytest.raises(RuleBroken, match="De regels onder zegel 1 kloppen niet"):
        sealing.drop_old_batches(before=now)
    assert LogLine.objects.count() == 13
    assert not Seal.objects.filter(kind=SealKind.REMOVAL).exists()


def test_a_removal_made_up_without_the_key_shows(sealed, now):
    """Somebody with all rights removes old lines and says that they left in time."""
    last = Seal.objects.order_by("-number").first()
    Seal.objects.create(
        number=4, kind=SealKind.REMOVAL, sealed_at=now, up_to=last.up_to, lines=0, removed_up_to=1,
        previous=last.digest, key_name=last.key_name, digest="0" * 64,
    )  # fmt: skip
    for line in sealed[0]:
        line.delete()
    assert "Zegel 4 is veranderd, of niet door dit portaal gemaakt." in found(now)


def test_the_command_says_what_is_wrong(sealed, now, capsys):
    call_command("check_read_log")
    assert "14 lines under 3 seals" in capsys.readouterr().out
    sealed[0][0].delete()
    with pytest.raises(CommandError) as refused:
        call_command("check_read_log")
    assert refused.value.returncode == 1
    assert "! Onder zegel 1 ontbreken 1 van 5 regels" in capsys.readouterr().out


def test_the_command_lets_old_lines_leave(db, capsys, settings):
    at = timezone.now() - timedelta(days=800)
    write(3, at)
    sealing.seal_new_lines(now=at + timedelta(minutes=1))
    call_command("drop_old_log")
    assert capsys.readouterr().out.startswith("3 lines of before")
    assert found(timezone.now()) == []
    with pytest.raises(CommandError, match="at least one month"):
        call_command("drop_old_log", months=0)


def test_the_clock_checks_once_a_day_and_when_asked(sealed, now, cast):
    first = log.check_when_due(now=now)
    assert (first.lines, first.seals, first.findings, first.is_clean) == (14, 3, [], True)
    assert log.check_when_due(now=now + timedelta(hours=23)) is None
    asked = log.ask_for_check(by=cast.privacy_officer, now=now)
    assert log.ask_for_check(by=cast.privacy_officer, now=now) == asked
    sealed[2][1].delete()
    done = log.check_when_due(now=now + timedelta(minutes=1))
    assert (done, len(done.findings), done.is_clean) == (asked, 1, False)
    assert LogCheck.objects.count() == 2
    assert log.check_when_due(now=now + timedelta(hours=25)) is not None


def test_lines_that_come_late_under_later_seals_are_checked_side_by_side(now):
    """Six hours of work in which every seventh line arrives up to fifty minutes behind its number."""
    chance, start, late = random.Random(7), now - timedelta(hours=6), []
    expected = {}
    for minute in range(360):
        at = start + timedelta(minutes=minute)
        row = LogLine(pk=1 + minute, at=at, action=Action.READ, result=200)
        wait = chance.randrange(50) if minute % 7 == 0 else 0
        expected.setdefault(minute + wait, []).append(row)
        late += [row.pk] if wait else []
    for minute in range(420):
        LogLine.objects.bulk_create(expected.get(minute, []))
        if minute % 20 == 10:
            sealing.seal_new_lines(now=start + timedelta(minutes=minute))
    sealing.seal_new_lines(now=now + timedelta(hours=1))
    assert any("," in text for text in Seal.objects.values_list("ranges", flat=True))
    report = sealing.check_log(now=now + timedelta(hours=1))
    assert (report.findings, report.lines, report.waiting) == ([], 360, 0)
    LogLine.objects.filter(pk=late[20]).delete()
    LogLine.objects.filter(pk=late[10]).update(actor=7)
    texts = found(now + timedelta(hours=1))
    assert [text.split()[3] for text in texts] == ["is", "ontbreken"]


def test_a_check_takes_no_more_memory_of_four_times_as_many_seals(now):
    def peak(first, last):
        Seal.objects.bulk_create(
            Seal(number=n, sealed_at=now - timedelta(hours=2 * (9000 - n)), ranges=str(n), up_to=n, lines=1)
            for n in range(first, last)
        )
        tracemalloc.start()
        try:
            assert "Er is meer gevonden dan hier staat." in found(now)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    few = peak(1, 1500)
    assert peak(1500, 6000) < 1.3 * few


@pytest.mark.django_db(transaction=True)
def test_batches_that_leave_while_a_check_runs_are_not_missing(sealed, now):
    """The check has seen the seals, or some of them, when somebody lets old lines leave."""
    left = []

    def leave():
        try:
            left.append(sealing.drop_old_batches(before=now - timedelta(hours=5)))
        finally:
            connection.close()

    def meanwhile(execute, sql, *rest):
        if not left and "privacy_logline" in sql:
            other = threading.Thread(target=leave)
            other.start()
            other.join()
        return execute(sql, *rest)

    with connection.execute_wrapper(meanwhile):
        report = sealing.check_log(now=now)
    assert (left, report.findings, report.lines, report.removed) == ([9], [], 14, 0)
    report = sealing.check_log(now=now)
    assert (report.findings, report.lines, report.removed) == ([], 5, 2)


@pytest.mark.django_db(transaction=True)
def test_two_clocks_at_once_make_one_seal(now):
    write(3, now)
    last = Seal.objects.order_by("-number").first()
    seal = sealing._seal_batch(now)
    twin = Seal(sealed_at=now, ranges=seal.ranges, up_to=seal.up_to, lines=3, lines_hash=seal.lines_hash)
    assert sealing._add(twin, last) is None
    assert (Seal.objects.count(), found(now)) == (1, [])


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_a_line_that_is_written_late_is_neither_lost_nor_a_false_alarm(now):
    """Number 2 is there before number 1: its transaction finished earlier."""
    slow = connection.copy()
    try:
        slow.set_autocommit(False)
        with slow.cursor() as cursor:
            cursor.execute(
                "INSERT INTO privacy_logline (at, role, organisation, action, case_number, about_zone, address, subject,"
                " purpose, search, result, origin) VALUES (%s, '', '', 'bekeken', '', '', '', '', '', '', 200, '')"
                " RETURNING id",
                [now],
            )
            late = cursor.fetchone()[0]
        quick = write(2, now)
        assert quick[0].pk == late + 1
        (first,) = sealing.seal_new_lines(now=now + timedelta(minutes=1))
        assert first.ranges == f"{late + 1}-{late + 2}"
        assert found(now + timedelta(minutes=2)) == []
        slow.commit()
    finally:
        slow.close()
    # Arrived and not sealed yet, it is no alarm; the next sweep seals it by name, also when that is hours later.
    assert found(now + timedelta(minutes=3)) == []
    (second,) = sealing.seal_new_lines(now=now + timedelta(hours=4))
    assert (second.ranges, second.up_to) == (str(late), late + 2)
    assert found(now + timedelta(hours=4)) == []
    # From now on that number is closed: gone it shows.
    LogLine.objects.filter(pk=late).delete()
    assert [text for text in found(now + timedelta(hours=4)) if "zegel 2" in text] != []
