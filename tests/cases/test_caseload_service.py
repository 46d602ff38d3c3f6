"""A run of an import: uploaded, read, applied, taken back, and what is left of it."""

import itertools
import os
import threading
import uuid
from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import RoleAssignment
from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone
from cases import services
from cases.models import (
    Alert,
    Assignment,
    Case,
    CaseloadImport,
    ChecklistItem,
    HomeAddress,
    ImportState,
    JournalEntry,
    JournalKind,
    PlanVanAanpak,
    Statushouder,
    Task,
    TaskStatus,
)
from cases.services import caseload
from notifications.models import Notification
from notifications.services import Receiver, schedule
from tests import factories
from tests.cases.caseload_files import BEGELEIDERS, KLANTMANAGERS, TODAY, as_csv, as_xlsx, example_rows, shuffled

START = datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("Europe/Amsterdam"))
HEADINGS = ["Dossiernummer", "Volledige naam", "Telefoon", "Wet", "Start", "Klantmanager"]


class Clock:
    """A clock that goes on a second each time it is read; `kill_at` is the reading at which the worker dies."""

    def __init__(self, start=START, kill_at=None):
        self.readings = itertools.count()
        self.start, self.kill_at = start, kill_at

    def __call__(self):
        reading = next(self.readings)
        if reading == self.kill_at:
            raise SystemExit("killed")
        return self.start + timedelta(seconds=reading)


@pytest.fixture(autouse=True)
def storage(settings, tmp_path):
    """Files of this test alone."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}},
    }


@pytest.fixture
def beheerder(db):
    return factories.make_user(Role.FUNCTIONEEL_BEHEERDER)


@pytest.fixture
def colleagues(db):
    """The colleagues whom the example names."""
    return [
        *(factories.make_user(Role.KLANTMANAGER, email=address) for address in KLANTMANAGERS),
        *(factories.make_user(Role.MAATSCHAPPELIJK_BEGELEIDER, email=address) for address in BEGELEIDERS),
    ]


def upload(by, data, **fields):
    return caseload.upload(content=ContentFile(data), name="caseload.csv", by=by, now=START, **fields)


def work(run, start=START, **fields):
    """Turns of a worker until nothing waits."""
    clock = Clock(start, **fields)
    while caseload.work(worker=uuid.uuid4().hex, clock=clock):
        pass
    run.refresh_from_db()
    return run


def read_file(by, data):
    return work(upload(by, data))


def apply_file(by, data):
    run = read_file(by, data)
    caseload.apply_import(run=run, by=by, now=START)
    return work(run)


def statuses(run):
    return Counter(run.rows.values_list("status", flat=True))


def row(number, name="Rima Haddad", phone="", law="Wi2021", start="25-04-2022", klantmanager=""):
    return [number, name, phone, law, start, klantmanager]


def files_left():
    try:
        return default_storage.listdir("caseloads")[1]
    except FileNotFoundError:
        return []


@pytest.mark.parametrize(
    "variant",
    [
        as_csv,
        lambda rows: as_csv(rows, separator="\t", encoding="utf-8"),
        lambda rows: as_csv(shuffled(rows), separator=",", encoding="cp1252"),
        as_xlsx,
    ],
    ids=["example", "tab", "windows-1252-comma-shuffled", "xlsx"],
)
def test_the_example_is_read_as_it_was_made(beheerder, colleagues, variant):
    run = read_file(beheerder, variant(example_rows()))
    assert (run.state, run.rows_total, run.rows_done) == (ImportState.GELEZEN, 241, 241)
    assert statuses(run) == {"nieuw": 228, "geweigerd": 12, "dubbel": 1}
    assert run.rows.filter(status="nieuw", is_warned=True).count() == 3
    (double,) = run.rows.filter(status="dubbel")
    assert (double.number, double.reasons) == (122, ["duplicate:5"])
    assert (Case.objects.count(), files_left()) == (0, [])


def test_applying_makes_the_dossiers_assigns_them_and_tells_each_klantmanager_once(beheerder, colleagues):
    run = apply_file(beheerder, as_csv(example_rows()))
    assert (run.state, run.rows_total, run.rows_done) == (ImportState.TOEGEPAST, 228, 228)
    assert statuses(run) == {"gemaakt": 228, "geweigerd": 12, "dubbel": 1}
    assert Case.objects.count() == Statushouder.objects.count() == 228
    assert set(JournalEntry.objects.filter(kind=JournalKind.IMPORT).values_list("by", "role")) == {
        (beheerder.pk, "functioneel_beheerder")
    }
    # One row names a klantmanager who is unknown here.
    waiting = Case.objects.without_klantmanager()
    assert [case.external_number for case in waiting] == ["L2600133"]
    klantmanagers = Assignment.objects.filter(role=Role.KLANTMANAGER)
    assert klantmanagers.count() == 227
    mails = Notification.objects.filter(kind="caseload_import")
    per_klantmanager = Counter(klantmanagers.values_list("user__email", flat=True))
    assert {mail.address: mail.subject for mail in mails} == {
        address: f"Er staan {count} nieuwe dossiers voor u klaar" for address, count in per_klantmanager.items()
    }
    assert len(mails) == 4
    assert Notification.objects.count() == 4


def test_applying_writes_what_was_read(beheerder, colleagues):
    apply_file(beheerder, as_csv(example_rows()))
    case = Case.objects.select_related("statushouder").get(external_number="L2200001")
    person = case.statushouder
    assert (person.preferred_name, person.full_name, person.language) == ("Bassel", "Bassel al-Masri", "kmr")
    assert (person.needs_interpreter, person.email, person.phone) == (
        False,
        "deelnemer1@post.example",
        "06 00 00 00 00",
    )
    assert (person.neighbourhood, case.municipality) == ("Stevenshof", "Leiden")
    assert (case.legal_regime, case.group, case.leerroute) == ("wi2021", "asielstatushouder", "z")
    assert (str(case.programme_start), str(case.pip_date)) == ("2022-04-25", "2022-06-22")
    assert set(case.assignments.values_list("role", "user__email")) == {
        ("klantmanager", "klantmanager4@leiden.example"),
        ("maatschappelijk_begeleider", "begeleider5@vluchtelingenwerk.example"),
    }
    formula = Statushouder.objects.get(full_name__startswith="=")
    assert formula.full_name == '=HYPERLINK("http://evil.example";"Emre Demir")'
    assert Statushouder.objects.filter(full_name="Kerem Şahin أحمد الحسن").exists()
    trimmed = Case.objects.get(external_number="L2300177").statushouder
    assert trimmed.full_name == "Omar Haddad"


def test_a_second_run_of_the_same_file_adds_nothing(beheerder, colleagues):
    apply_file(beheerder, as_csv(example_rows()))
    again = apply_file(beheerder, as_xlsx(shuffled(example_rows())))
    assert statuses(again) == {"bekend": 228, "geweigerd": 12, "dubbel": 1}
    assert Case.objects.count() == 228
    assert Notification.objects.filter(kind="caseload_import").count() == 4


def test_a_known_number_with_other_values_is_a_difference_and_stays_as_it_is(beheerder, colleagues):
    old = [row("L1", phone="071 1", klantmanager=KLANTMANAGERS[0]), row("L2"), row("L3", phone="071 3")]
    apply_file(beheerder, as_csv([HEADINGS, *old]))
    new = [row("L1", phone="071 9", law="geen", klantmanager=KLANTMANAGERS[1]), row("L2"), row("L3")]
    run = read_file(beheerder, as_csv([HEADINGS, *new]))
    found = {each.number: (each.status, each.reasons) for each in run.rows.all()}
    assert found == {
        2: ("verschilt", ["differs:phone", "differs:legal_regime", "differs:klantmanager"]),
        3: ("bekend", []),
        # An empty cell says nothing.
        4: ("bekend", []),
    }
    caseload.apply_import(run=run, by=beheerder, now=START)
    work(run)
    case = Case.objects.get(external_number="L1")
    assert (case.statushouder.phone, case.legal_regime) == ("071 1", "wi2021")
    assert case.assignments.get().user.email == KLANTMANAGERS[0]


def test_a_double_with_other_values_is_named_as_such(beheerder):
    run = read_file(beheerder, as_csv([HEADINGS, row("L1"), row("L1", name="Omar"), row("L1"), row("", name="X")]))
    assert [(each.number, each.status, each.reasons) for each in run.rows.all()] == [
        (2, "nieuw", []),
        (3, "dubbel", ["duplicate_differs:2"]),
        (4, "dubbel", ["duplicate:2"]),
        (5, "geweigerd", ["number_missing"]),
    ]


def test_a_refused_row_does_not_stand_in_the_way_of_a_good_one_with_the_same_number(beheerder):
    run = read_file(beheerder, as_csv([HEADINGS, row("L1", law="x"), row("L1")]))
    assert [each.status for each in run.rows.all()] == ["geweigerd", "nieuw"]


def test_one_name_may_stand_for_many_persons(beheerder):
    apply_file(beheerder, as_csv([HEADINGS, row("L1"), row("L2"), row("L3")]))
    assert list(Case.objects.values_list("statushouder__full_name", flat=True)) == ["Rima Haddad"] * 3


def test_a_row_with_a_bsn_leaves_no_trace_of_it(beheerder):
    run = read_file(beheerder, as_csv([HEADINGS, row("L1", phone="123456782"), row("L2")]))
    refused = run.rows.get(status="geweigerd")
    assert (refused.values, refused.reasons) == (None, ["secret_number_phone:phone"])
    assert files_left() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"Naam;Taal\r\nRima;Arabisch\r\n", "ontbreekt een kolom"),
        (as_csv([HEADINGS]), "Onder de koppen staat geen enkele rij"),
        (b"\xd0\xcf\x11\xe0", "oud Excel-bestand"),
        (as_csv([HEADINGS, *[row(f"L{n}") for n in range(251)]]), "meer dan 250 rijen"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_is_forgotten(beheerder, data, problem, monkeypatch):
    monkeypatch.setattr("cases.caseload.reader.MAX_ROWS", 250)
    run = read_file(beheerder, data)
    assert (run.state, run.rows.count(), files_left()) == (ImportState.MISLUKT, 0, [])
    assert problem in run.problem
    assert run.emptied_at


def test_uploading_refuses_a_file_that_is_too_large(beheerder, monkeypatch):
    monkeypatch.setattr("cases.caseload.reader.MAX_BYTES", 10)
    with pytest.raises(RuleBroken, match="groter dan"):
        upload(beheerder, b"x" * 11)
    assert (CaseloadImport.objects.count(), files_left()) == (0, [])


def test_uploading_twice_with_one_key_is_one_run(beheerder):
    key = uuid.uuid4()
    assert upload(beheerder, b"x", key=key) == upload(beheerder, b"x", key=key)
    assert (CaseloadImport.objects.count(), len(files_left())) == (1, 1)


def test_a_file_that_vanished_from_storage_is_told(beheerder):
    run = upload(beheerder, as_csv([HEADINGS, row("L1")]))
    default_storage.delete(run.file.name)
    assert "niet meer in de opslag" in work(run).problem


def test_applying_twice_is_applying_once(beheerder, colleagues):
    run = read_file(beheerder, as_csv([HEADINGS, row("L1", klantmanager=KLANTMANAGERS[0])]))
    caseload.apply_import(run=run, by=beheerder, now=START)
    caseload.apply_import(run=run, by=beheerder, now=START)
    work(run)
    assert caseload.apply_import(run=run, by=beheerder, now=START).state == ImportState.TOEGEPAST
    assert (Case.objects.count(), Notification.objects.count()) == (1, 1)
    assert Notification.objects.get().subject == "Er staat 1 nieuw dossier voor u klaar"


def test_only_who_uploaded_applies_or_cancels(beheerder):
    run = read_file(beheerder, as_csv([HEADINGS, row("L1")]))
    other = factories.make_user(Role.FUNCTIONEEL_BEHEERDER)
    for service in (caseload.apply_import, caseload.cancel_import):
        with pytest.raises(RuleBroken, match="Alleen wie het bestand heeft ingelezen"):
            service(run=run, by=other, now=START)


def test_what_is_not_read_cannot_be_applied_and_what_is_not_applied_cannot_be_undone(beheerder):
    run = upload(beheerder, as_csv([HEADINGS, row("L1")]))
    with pytest.raises(RuleBroken, match="Wordt gelezen"):
        caseload.apply_import(run=run, by=beheerder, now=START)
    with pytest.raises(RuleBroken, match="Alleen een toegepaste import"):
        caseload.undo_import(run=run, by=beheerder, now=START)


def test_after_applying_no_personal_data_is_left_in_the_run(beheerder, colleagues):
    run = apply_file(beheerder, as_csv(example_rows()))
    assert run.rows.exclude(values=None).count() == 0
    assert run.emptied_at
    assert (run.file.name, files_left()) == ("", [])
    kept = run.rows.get(number=2)
    assert kept.case_number == Case.objects.get(external_number="L2200001").number
    assert run.rows.get(number=47).reasons == ["start_impossible"]


def test_rows_are_for_who_uploaded_them_until_they_are_empty(beheerder):
    other = factories.make_user(Role.FUNCTIONEEL_BEHEERDER)
    klantmanager = factories.make_user(Role.KLANTMANAGER)
    run = read_file(beheerder, as_csv([HEADINGS, row("L1")]))

    def seen_by(user):
        return run.rows.visible_to(user).count(), CaseloadImport.objects.visible_to(user).count()

    assert (seen_by(beheerder), seen_by(other), seen_by(klantmanager)) == ((1, 1), (0, 1), (0, 0))
    caseload.apply_import(run=run, by=beheerder, now=START)
    work(run)
    assert (seen_by(beheerder), seen_by(other), seen_by(klantmanager)) == ((1, 1), (1, 1), (0, 0))


@pytest.mark.django_db(transaction=True)
def test_what_nobody_applies_is_forgotten_after_a_day(beheerder):
    run = read_file(beheerder, as_csv([HEADINGS, row("L1"), row("L2", law="x")]))
    waiting = upload(beheerder, b"nooit gelezen")
    assert caseload.clean_up(now=START + timedelta(hours=23)) == 0
    assert caseload.clean_up(now=START + timedelta(days=1)) == 2
    assert caseload.clean_up(now=START + timedelta(days=2)) == 0
    run.refresh_from_db()
    waiting.refresh_from_db()
    assert (run.state, waiting.state, files_left()) == (ImportState.VERLOPEN, ImportState.VERLOPEN, [])
    assert [(each.number, each.reasons, each.values) for each in run.rows.all()] == [
        (2, [], None),
        (3, ["law_unknown"], None),
    ]
    with pytest.raises(RuleBroken, match="Verlopen"):
        caseload.apply_import(run=run, by=beheerder, now=START)


def test_cleaning_up_deletes_a_file_that_was_left(beheerder):
    run = upload(beheerder, as_csv([HEADINGS, row("L1")]))
    # Killed between the last row and the file.
    CaseloadImport.objects.update(state=ImportState.GELEZEN)
    assert caseload.clean_up(now=START) == 1
    run.refresh_from_db()
    assert (run.state, run.file.name, files_left()) == (ImportState.GELEZEN, "", [])


def test_cleaning_up_deletes_a_file_of_which_no_run_knows(beheerder):
    """The web was killed between storing the file and writing its row."""
    run = upload(beheerder, as_csv([HEADINGS, row("L1")]))
    for name, age in (("old", timedelta(hours=25)), ("young", timedelta(hours=23))):
        stored = default_storage.save(f"caseloads/{name}", ContentFile(b"Rima Haddad"))
        os.utime(default_storage.path(stored), times=((START - age).timestamp(),) * 2)
    os.utime(default_storage.path(run.file.name), times=((START - timedelta(hours=30)).timestamp(),) * 2)
    assert caseload.clean_up(now=START) == 0
    assert {f"caseloads/{name}" for name in files_left()} == {run.file.name, "caseloads/young"}


# --- Killed and taken over -----------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kill_at", [0, 2, 3, 4, 5])
def test_a_worker_killed_while_reading_is_taken_over_without_double_rows(beheerder, colleagues, kill_at):
    rows = [row(f"L{n}") for n in range(1, 451)] + [row("L1")]
    run = upload(beheerder, as_csv([HEADINGS, *rows]))
    with pytest.raises(SystemExit):
        work(run, kill_at=kill_at)
    run.refresh_from_db()
    assert run.state == ImportState.LEEST
    work(run, START + timedelta(minutes=5))
    assert (run.state, run.rows_done) == (ImportState.GELEZEN, 451)
    assert statuses(run) == {"nieuw": 450, "dubbel": 1}
    assert run.rows.get(status="dubbel").reasons == ["duplicate:2"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kill_at", [2, 4, 7, 12])
def test_a_worker_killed_while_applying_is_taken_over_without_double_dossiers(beheerder, colleagues, kill_at):
    run = read_file(beheerder, as_csv([HEADINGS, *[row(f"L{n}", klantmanager=KLANTMANAGERS[0]) for n in range(10)]]))
    caseload.apply_import(run=run, by=beheerder, now=START)
    with pytest.raises(SystemExit):
        work(run, kill_at=kill_at)
    run.refresh_from_db()
    made = Case.objects.count()
    assert (run.state, run.rows_done) == (ImportState.PAST_TOE, made)
    assert made == min(kill_at - 2, 10)
    # The lease still stands: nobody takes it yet.
    assert caseload.claim_next(worker="other", now=START + timedelta(seconds=20)) is None
    work(run, START + timedelta(minutes=5))
    assert (run.state, run.rows_done, Case.objects.count()) == (ImportState.TOEGEPAST, 10, 10)
    assert statuses(run) == {"gemaakt": 10}
    assert Notification.objects.get().subject == "Er staan 10 nieuwe dossiers voor u klaar"


def test_a_worker_whose_lease_was_taken_writes_nothing_more(beheerder):
    run = read_file(beheerder, as_csv([HEADINGS, row("L1"), row("L2")]))
    caseload.apply_import(run=run, by=beheerder, now=START)
    slow = caseload.claim_next(worker="slow", now=START)
    quick = caseload.claim_next(worker="quick", now=START + timedelta(minutes=2))
    caseload.work_on(run=slow, worker="slow", clock=Clock())
    assert Case.objects.count() == 0
    caseload.work_on(run=quick, worker="quick", clock=Clock())
    assert Case.objects.count() == 2


def test_of_two_workers_one_gets_the_run(beheerder):
    run = upload(beheerder, as_csv([HEADINGS, row("L1")]))
    assert caseload.claim_next(worker="a", now=START) == run
    assert caseload.claim_next(worker="b", now=START) is None


def test_reading_that_fails_again_and_again_stops(beheerder):
    run = upload(beheerder, as_csv([HEADINGS, row("L1")]))
    CaseloadImport.objects.update(attempts=caseload.MAX_ATTEMPTS)
    assert "mislukt steeds" in work(run).problem


def test_a_turn_ends_after_a_number_of_rows_and_the_next_goes_on(beheerder):
    run = read_file(beheerder, as_csv([HEADINGS, *[row(f"L{n}") for n in range(5)]]))
    caseload.apply_import(run=run, by=beheerder, now=START)
    claimed = caseload.claim_next(worker="a", now=START)
    caseload.work_on(run=claimed, worker="a", clock=Clock(), limit=2)
    run.refresh_from_db()
    assert (run.state, run.rows_done, run.lease_until) == (ImportState.PAST_TOE, 2, None)
    assert work(run).state == ImportState.TOEGEPAST


# --- Two runs at once ------------------------------------------------------------------------------


def test_two_uploads_of_one_file_make_no_double_dossiers(beheerder):
    other = factories.make_user(Role.FUNCTIONEEL_BEHEERDER)
    data = as_csv([HEADINGS, row("L1"), row("L2")])
    first, second = read_file(beheerder, data), read_file(other, data)
    assert statuses(second) == {"nieuw": 2}
    caseload.apply_import(run=first, by=beheerder, now=START)
    caseload.apply_import(run=second, by=other, now=START)
    work(second)
    first.refresh_from_db()
    assert (statuses(first), statuses(second)) == ({"gemaakt": 2}, {"bekend": 2})
    assert [each.reasons for each in second.rows.all()] == [["made_elsewhere"]] * 2
    assert Case.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_apply_one_file_at_the_same_moment_make_no_double_dossiers(beheerder, colleagues):
    data = as_csv([HEADINGS, *[row(f"L{n}", klantmanager=KLANTMANAGERS[0]) for n in range(25)]])
    runs = [read_file(beheerder, data), read_file(beheerder, data)]
    for run in runs:
        caseload.apply_import(run=run, by=beheerder, now=START)
    gate = threading.Barrier(2)

    def worker(name):
        gate.wait()
        try:
            caseload.work(worker=name, clock=Clock())
        finally:
            connection.close()

    threads = [threading.Thread(target=worker, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    work(runs[0])
    assert Case.objects.count() == Statushouder.objects.count() == 25
    results = Counter(each.status for run in runs for each in run.rows.all())
    assert results == {"gemaakt": 25, "bekend": 25}


def test_a_number_that_another_makes_at_the_same_moment_is_caught_by_the_database(beheerder):
    run = read_file(beheerder, as_csv([HEADINGS, row("L1"), row("L2")]))
    caseload.apply_import(run=run, by=beheerder, now=START)
    claimed = caseload.claim_next(worker="a", now=START)
    case = factories.make_case(external_number="L1")
    waiting = claimed.rows.get(number=2)
    # The list of known numbers was made before the other dossier was there.
    caseload._apply_row(claimed, "a", waiting, {}, {role: {} for role in caseload.COLLEAGUES}, beheerder, START)
    waiting.refresh_from_db()
    assert (waiting.status, waiting.reasons, waiting.case_number) == ("bekend", ["made_elsewhere"], case.number)
    assert Statushouder.objects.count() == 1


def test_a_colleague_who_left_between_reading_and_applying_leaves_the_dossier_unassigned(beheerder, colleagues):
    run = read_file(beheerder, as_csv([HEADINGS, row("L1", klantmanager=KLANTMANAGERS[0])]))
    RoleAssignment.objects.filter(user=colleagues[0]).update(ends_on=TODAY)
    caseload.apply_import(run=run, by=beheerder, now=START)
    work(run)
    (made,) = run.rows.all()
    assert (made.status, made.is_warned, made.reasons) == ("gemaakt", True, ["klantmanager_unknown"])
    assert Case.objects.without_klantmanager().count() == 1


def test_a_row_that_breaks_stands_in_nobody_elses_way(beheerder, caplog):
    run = read_file(beheerder, as_csv([HEADINGS, row("L1"), row("L2")]))
    broken = run.rows.get(number=2)
    broken.values = {**broken.values, "programme_start": "geen datum"}
    broken.save()
    caseload.apply_import(run=run, by=beheerder, now=START)
    work(run)
    assert [(each.status, each.reasons) for each in run.rows.all()] == [
        ("geweigerd", ["rule_broken"]),
        ("gemaakt", []),
    ]
    assert Statushouder.objects.count() == 1
    assert "geen datum" not in caplog.text


# --- Cancel ------------------------------------------------------------------------------------------


def test_cancelling_before_applying_makes_nothing_and_forgets(beheerder):
    run = read_file(beheerder, as_csv([HEADINGS, row("L1")]))
    caseload.cancel_import(run=run, by=beheerder, now=START)
    caseload.cancel_import(run=run, by=beheerder, now=START)
    work(run)
    assert (run.state, Case.objects.count()) == (ImportState.GEANNULEERD, 0)
    assert run.rows.get().values is None


def test_cancelling_while_reading_stops_the_worker(beheerder, django_capture_on_commit_callbacks):
    run = upload(beheerder, as_csv([HEADINGS, row("L1")]))
    claimed = caseload.claim_next(worker="a", now=START)
    with django_capture_on_commit_callbacks(execute=True):
        caseload.cancel_import(run=run, by=beheerder, now=START)
    caseload.work_on(run=claimed, worker="a", clock=Clock())
    run.refresh_from_db()
    assert (run.state, run.rows.count(), files_left()) == (ImportState.GEANNULEERD, 0, [])


def test_cancelling_while_applying_keeps_what_was_made_and_tells_the_klantmanager(beheerder, colleagues):
    rows = [row(f"L{n}", klantmanager=KLANTMANAGERS[0]) for n in range(5)]
    run = read_file(beheerder, as_csv([HEADINGS, *rows]))
    caseload.apply_import(run=run, by=beheerder, now=START)
    claimed = caseload.claim_next(worker="a", now=START)
    caseload.work_on(run=claimed, worker="a", clock=Clock(), limit=2)
    caseload.cancel_import(run=run, by=beheerder, now=START)
    work(run)
    assert run.state == ImportState.TOEGEPAST
    assert statuses(run) == {"gemaakt": 2, "overgeslagen": 3}
    assert Notification.objects.get().subject == "Er staan 2 nieuwe dossiers voor u klaar"


def test_what_is_applied_cannot_be_cancelled(beheerder):
    run = apply_file(beheerder, as_csv([HEADINGS, row("L1")]))
    with pytest.raises(RuleBroken, match="niet meer worden geannuleerd"):
        caseload.cancel_import(run=run, by=beheerder, now=START)


# --- Undo ---------------------------------------------------------------------------------------------


def test_undo_takes_back_everything_when_nobody_worked_on_it(beheerder, colleagues):
    before = factories.make_case(external_number="eerder")
    run = apply_file(beheerder, as_csv(example_rows()))
    caseload.undo_import(run=run, by=beheerder, now=START)
    caseload.undo_import(run=run, by=beheerder, now=START)
    work(run, START + timedelta(hours=1))
    assert (run.state, run.undone_by) == (ImportState.TERUGGEDRAAID, beheerder)
    assert statuses(run) == {"teruggedraaid": 228, "geweigerd": 12, "dubbel": 1}
    assert list(Case.objects.all()) == [before]
    assert Statushouder.objects.count() == 1
    assert set(Task.objects.values_list("case", flat=True)) == {before.pk}
    # The same file makes them again.
    assert statuses(apply_file(beheerder, as_csv(example_rows())))["gemaakt"] == 228


LATER = START + timedelta(hours=1)


def write_journal(case, person):
    services.record(case=case, kind=JournalKind.CONTACT, zone=Zone.CONTACT, text="Gebeld", by=person, now=LATER)


def hand_over(case, person):
    services.hand_over(case=case, to=person, by=person, today=TODAY, now=LATER)


def finish_task(case, person):
    Task.objects.filter(pk=case.tasks.filter(status=TaskStatus.OPEN).first().pk).update(status=TaskStatus.AFGEROND)


def tick_item(case, person):
    ChecklistItem.objects.filter(pk=ChecklistItem.objects.filter(task__case=case).first().pk).update(done_at=LATER)


def start_plan(case, person):
    PlanVanAanpak.objects.create(case=case)


def see_alert(case, person):
    alert, _new = services.raise_alert(
        case=case, key="x", kind="x", for_role=Role.KLANTMANAGER, zone=Zone.PROGRAMME, title="Let op", now=LATER
    )
    services.see_alert(alert=alert, by=person, now=LATER)


def plan_meeting(case, person):
    schedule(
        kind="x", title="Gesprek", starts_at=LATER, ends_at=LATER + timedelta(hours=1),
        participants=[Receiver(user=person)], case_number=case.number,
    )  # fmt: skip


def give_account(case, person):
    Statushouder.objects.filter(case=case).update(user=factories.make_user(Role.STATUSHOUDER))


def write_address(case, person):
    HomeAddress.objects.create(statushouder=case.statushouder, street="Breestraat 1")


def enrol(case, person):
    """Something of an app above."""
    factories.make_enrolment(case=case, institute=factories.make_institute())


@pytest.mark.parametrize(
    "touch",
    [
        write_journal, hand_over, finish_task, tick_item, start_plan, see_alert, plan_meeting, give_account,
        write_address, enrol,
    ],
)  # fmt: skip
def test_undo_leaves_a_dossier_that_somebody_worked_on(beheerder, colleagues, touch):
    run = apply_file(beheerder, as_csv([HEADINGS, row("L1", klantmanager=KLANTMANAGERS[1]), row("L2")]))
    case = Case.objects.get(external_number="L1")
    touch(case, colleagues[0])
    caseload.undo_import(run=run, by=beheerder, now=LATER)
    work(run, LATER)
    assert list(Case.objects.all()) == [case]
    kept = run.rows.get(number=2)
    assert (kept.status, kept.reasons, kept.case_number) == ("gebleven", ["worked_on"], case.number)
    assert run.rows.get(number=3).status == "teruggedraaid"


def test_undo_does_not_mind_what_the_clock_did(beheerder, colleagues):
    run = apply_file(beheerder, as_csv([HEADINGS, row("L1", klantmanager=KLANTMANAGERS[0])]))
    case = Case.objects.get()
    services.raise_alert(
        case=case, key="x", kind="x", for_role=Role.KLANTMANAGER, zone=Zone.PROGRAMME, title="Doeldatum", now=LATER
    )
    caseload.undo_import(run=run, by=beheerder, now=LATER)
    work(run, LATER)
    assert (Case.objects.count(), Alert.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_while_taking_back_is_taken_over(beheerder):
    run = apply_file(beheerder, as_csv([HEADINGS, *[row(f"L{n}") for n in range(120)]]))
    write_journal(Case.objects.get(external_number="L7"), beheerder)
    caseload.undo_import(run=run, by=beheerder, now=LATER)
    with pytest.raises(SystemExit):
        work(run, LATER, kill_at=2)
    assert Case.objects.count() == 71
    work(run, LATER + timedelta(minutes=5))
    assert (run.state, Case.objects.count()) == (ImportState.TERUGGEDRAAID, 1)
    assert statuses(run) == {"teruggedraaid": 119, "gebleven": 1}


# --- Queries ---------------------------------------------------------------------------------------------


def test_reading_asks_as_much_for_one_row_as_for_thirty(beheerder, colleagues):
    counts = []
    for size in (1, 30):
        upload(beheerder, as_csv([HEADINGS, *[row(f"L{n}") for n in range(size)]]))
        with CaptureQueriesContext(connection) as captured:
            caseload.work(worker="a", clock=Clock())
        counts.append(len(captured))
    assert counts[0] == counts[1]
