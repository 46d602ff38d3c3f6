"""Jobs: asked once, done in batches, stopped, taken over, for who asked alone, gone after a day."""

import csv
import io
import os
import uuid
import zipfile
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from pypdf import PdfReader

from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone
from cases.models import AgreementParty, JournalEntry, ProgrammeSettings
from cases.services import hand_over
from cases.services.plan import add_agreement, edit_plan, establish_plan
from cases.services.programme import change_settings
from jas_portal.models import Job, JobPart, JobState
from jas_portal.work import jobs
from jas_portal.work.kinds import KINDS
from notifications.models import Notification
from privacy.models import Action, LogLine
from tests import factories
from tests.factories import TODAY

PLANS, CSV, XLSX, RECALCULATE = (KINDS[name] for name in ("plannen", "dossiers-csv", "dossiers-xlsx", "herberekenen"))


def make_plan(case, by, *, is_established=False):
    edit_plan(case=case, revision=0, main_goal="werk", goal_text="Werk in de zorg", evaluate_on=TODAY, by=by)
    if is_established:
        add_agreement(case=case, party=AgreementParty.KLANTMANAGER, what="Bellen", by_when=TODAY, by=by)
        establish_plan(case=case, agreed_on=TODAY, by=by, today=TODAY)


def ask(kind, by, **parameters):
    return jobs.ask(kind=kind, parameters=parameters, key=uuid.uuid4(), by=by)


def work_until_done(job, *, most=50):
    for _turn in range(most):
        jobs.work(worker=uuid.uuid4().hex, seconds=0)
        job.refresh_from_db()
        if not job.is_working:
            return job
    raise AssertionError(f"{job.state}: {job.done} of {job.total}")


def content_of(job):
    with default_storage.open(job.file.name, "rb") as file:
        return file.read()


@pytest.fixture
def caseload(cast):
    """Three more dossiers of the cast's klantmanager, and one of a colleague."""
    other = factories.make_user(Role.KLANTMANAGER)
    factories.make_case(klantmanager=other, full_name="Van een collega")
    return [
        factories.make_case(klantmanager=cast.klantmanager, full_name=f"=Deelnemer {number}") for number in range(3)
    ]


def test_the_list_of_own_dossiers_as_csv(cast, caseload, monkeypatch):
    job = work_until_done(ask(CSV, cast.klantmanager))
    assert (job.state, job.done, job.total, job.problem) == (JobState.KLAAR, 4, 4, "")
    text = content_of(job).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert rows[0][:2] == ["Dossier", "Naam"]
    assert [row[0] for row in rows[1:]] == sorted(case.number for case in [cast.case, *caseload])
    # No cell is a formula.
    assert rows[2][1].startswith("'=")
    assert "Van een collega" not in text
    told = Notification.objects.get(key=f"job:{job.pk}")
    assert (told.user, told.subject, told.link) == (
        cast.klantmanager,
        "Uw opdracht is klaar",
        f"/opdrachten/{job.pk}/",
    )
    assert not JobPart.objects.exists()


def test_the_list_as_a_spreadsheet_narrowed_as_on_screen(cast, caseload):
    job = work_until_done(ask(XLSX, cast.klantmanager, q="Deelnemer 1"))
    sheet = load_workbook(io.BytesIO(content_of(job))).active
    assert [[cell.value for cell in row[:2]] for row in sheet.rows][1:] == [[caseload[1].number, "'=Deelnemer 1"]]


def test_plans_of_own_dossiers_in_one_file(cast, caseload, files):
    make_plan(caseload[0], cast.klantmanager)
    make_plan(caseload[1], cast.klantmanager, is_established=True)
    job = work_until_done(ask(PLANS, cast.klantmanager))
    archive = zipfile.ZipFile(io.BytesIO(content_of(job)))
    assert sorted(archive.namelist()) == sorted(
        [
            f"plan-van-aanpak-{caseload[0].number}-concept.pdf",
            f"plan-van-aanpak-{caseload[1].number}-versie-1.pdf",
        ]
    )
    for name in archive.namelist():
        assert "Werk in de zorg" in PdfReader(io.BytesIO(archive.read(name))).pages[0].extract_text()
    # What is left in storage is the result alone.
    assert len(list(files.iterdir())) == 1


def test_of_a_file_with_plans_each_dossier_has_a_line_and_its_person_reads_of_it(cast, caseload, sign_in):
    for case in (cast.case, caseload[0]):
        make_plan(case, cast.klantmanager)
    job = work_until_done(ask(PLANS, cast.klantmanager))
    client = sign_in(cast.klantmanager)
    client.get(reverse("work:file", args=[job.pk]))
    lines = LogLine.objects.filter(address="work:file").order_by("pk")
    assert [(line.action, line.case_number, line.count) for line in lines] == [
        (Action.EXPORTED, "", 2),
        (Action.DOWNLOADED, cast.case.number, None),
        (Action.DOWNLOADED, caseload[0].number, None),
    ]
    assert {(line.actor, line.about_zone, line.subject) for line in lines} == {
        (cast.klantmanager.pk, Zone.BENEFIT, f"pk={job.pk}")
    }
    assert "Als bestand bewaard: uw plan." in sign_in(cast.statushouder).get(reverse("cases:who_looked")).text


def test_chosen_dossiers_alone(cast, caseload):
    for case in caseload:
        make_plan(case, cast.klantmanager)
    job = work_until_done(ask(PLANS, cast.klantmanager, numbers=[caseload[2].number]))
    assert zipfile.ZipFile(io.BytesIO(content_of(job))).namelist() == [
        f"plan-van-aanpak-{caseload[2].number}-concept.pdf"
    ]


def test_asked_twice_it_is_one_job(cast, caseload):
    key = uuid.uuid4()
    first, second = (jobs.ask(kind=CSV, parameters={}, key=key, by=cast.klantmanager) for _ in range(2))
    assert first == second == ask(CSV, cast.klantmanager)
    assert Job.objects.count() == 1


def test_who_asks_again_and_again_waits(cast):
    for number in range(jobs.MOST_AT_ONCE):
        ask(CSV, cast.klantmanager, q=str(number))
    with pytest.raises(RuleBroken):
        ask(CSV, cast.klantmanager)


def test_a_role_that_may_not_ask_is_refused(cast):
    with pytest.raises(RuleBroken):
        ask(PLANS, cast.docent)


# --- Killed, taken over, stopped ---------------------------------------------------------------------------------


@pytest.fixture
def small_batches(monkeypatch):
    """One row at a time, so that there is a midway."""
    for name, kind in list(KINDS.items()):
        monkeypatch.setitem(KINDS, name, replace(kind, batch=1))


def test_a_worker_killed_midway_is_continued_where_it_was(cast, caseload, small_batches, monkeypatch):
    job = ask(CSV, cast.klantmanager)
    jobs.work(worker="first", seconds=0)
    job.refresh_from_db()
    assert (job.state, job.done) == (JobState.BEZIG, 1)

    # The second batch was made and not stored when its worker died.
    class Killed(BaseException):
        pass

    def die(*_arguments, **_changes):
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(jobs, "_hold", die)
        with pytest.raises(Killed):
            jobs.work(worker="dying", seconds=0)
    job.refresh_from_db()
    assert (job.done, job.claimed_by) == (1, "dying")
    assert jobs.work(worker="too early", seconds=0) == 0

    Job.objects.update(lease_until=timezone.now())
    done = work_until_done(job)
    rows = list(csv.reader(io.StringIO(content_of(done).decode("utf-8-sig")), delimiter=";"))
    assert sorted(row[0] for row in rows[1:]) == sorted(case.number for case in [cast.case, *caseload])


def test_two_workers_on_one_job_store_each_batch_once(cast, caseload, small_batches):
    job = ask(CSV, cast.klantmanager)
    held = jobs.claim_next(worker="slow", now=timezone.now())
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    jobs.work(worker="quick", seconds=0)
    assert jobs.work_on(job=held, worker="slow", seconds=0) == 0
    job.refresh_from_db()
    assert (job.done, job.parts.count()) == (1, 1)


def test_a_stopped_job_gives_what_was_made(cast, caseload, small_batches, files):
    job = ask(CSV, cast.klantmanager)
    jobs.work(worker="first", seconds=0)
    jobs.work(worker="first", seconds=0)
    jobs.cancel(job=job, by=cast.klantmanager)
    jobs.cancel(job=job, by=cast.klantmanager)
    jobs.work(worker="second", seconds=0)
    job.refresh_from_db()
    assert (job.state, job.done, job.claimed_by) == (JobState.GESTOPT, 2, "")
    assert len(content_of(job).decode().splitlines()) == 3
    assert jobs.work(worker="third", seconds=0) == 0
    assert len(list(files.iterdir())) == 1
    assert not Notification.objects.filter(key=f"job:{job.pk}").exists()


def test_stopped_while_a_batch_is_made_nothing_more_is_stored(cast, caseload, small_batches, files):
    job = ask(CSV, cast.klantmanager)
    held = jobs.claim_next(worker="busy", now=timezone.now())
    jobs.cancel(job=job, by=cast.klantmanager)
    assert jobs.work_on(job=held, worker="busy", seconds=0) == 0
    job.refresh_from_db()
    assert (job.state, job.done) == (JobState.GESTOPT, 0)
    assert not files.exists() or not list(files.iterdir())


def test_a_role_that_ended_stops_the_job_and_its_parts_go(cast, caseload, small_batches, files):
    job = ask(CSV, cast.klantmanager)
    jobs.work(worker="first", seconds=0)
    cast.klantmanager.role_assignments.update(ends_on=timezone.localdate())
    jobs.work(worker="second", seconds=0)
    job.refresh_from_db()
    assert (job.state, job.problem, bool(job.file)) == (
        JobState.GESTOPT,
        "De rol waarin dit is gevraagd, is beëindigd.",
        False,
    )
    assert list(files.iterdir()) == []


def test_a_dossier_handed_over_meanwhile_is_left_out(cast, caseload, small_batches):
    job = ask(CSV, cast.klantmanager)
    jobs.work(worker="first", seconds=0)
    caseload[2].assignments.update(ends_on=timezone.localdate())
    done = work_until_done(job)
    assert caseload[2].number not in content_of(done).decode()
    assert (done.done, done.total) == (3, 3)


def test_a_file_with_a_dossier_handed_over_since_is_not_given(cast, caseload, sign_in):
    job = work_until_done(ask(CSV, cast.klantmanager))
    mine = sign_in(cast.klantmanager)
    assert mine.get(reverse("work:file", args=[job.pk])).status_code == 200
    hand_over(
        case=caseload[0],
        to=factories.make_user(Role.KLANTMANAGER),
        by=cast.klantmanager,
        today=TODAY,
        now=timezone.now(),
    )
    assert mine.get(reverse("work:file", args=[job.pk])).status_code == 404
    page = mine.get(job.get_absolute_url()).content.decode()
    assert "een dossier dat u niet meer ziet" in page
    assert "Download het bestand" not in page


def test_what_fails_again_and_again_is_given_up_in_words(cast, caseload, monkeypatch):
    def broken(*_arguments):
        raise ZeroDivisionError("Selam Tekle")

    monkeypatch.setitem(KINDS, CSV.name, replace(CSV, make=broken))
    job = ask(CSV, cast.klantmanager)
    for _attempt in range(jobs.MAX_ATTEMPTS):
        with pytest.raises(ZeroDivisionError):
            jobs.work(worker="unlucky", seconds=0)
        Job.objects.update(lease_until=timezone.now())
    jobs.work(worker="last", seconds=0)
    job.refresh_from_db()
    assert job.state == JobState.MISLUKT
    assert job.problem == "Het lukt steeds niet. Vraag de technisch beheerder om te kijken."
    told = Notification.objects.get(key=f"job:{job.pk}")
    assert told.subject == "Uw opdracht is niet gelukt"


# --- Recalculation --------------------------------------------------------------------------------------------


def test_dossiers_that_run_take_the_settings_in_force(cast, caseload, small_batches):
    case = caseload[0]
    ProgrammeSettings.objects.update(valid_from=TODAY - timedelta(days=30))
    change_settings(valid_from=TODAY, goal_months=30, by=cast.functioneel_beheerder, today=TODAY)
    job = work_until_done(ask(RECALCULATE, cast.functioneel_beheerder))
    before = case.goal_deadline
    case.refresh_from_db()
    assert case.programme_settings == ProgrammeSettings.objects.on(timezone.localdate())
    assert (case.goal_deadline.year * 12 + case.goal_deadline.month) - (before.year * 12 + before.month) == 6
    line = JournalEntry.objects.filter(case=case).latest("pk")
    assert (line.by, line.text) == (
        cast.functioneel_beheerder,
        "Termijnen berekend met de nieuwe instellingen van het programma",
    )
    assert job.done == 5
    assert not job.file
    again = work_until_done(ask(RECALCULATE, cast.functioneel_beheerder))
    assert (again.total, again.done) == (0, 0)


# --- Pages -------------------------------------------------------------------------------------------------------


def test_asked_on_the_page_watched_and_fetched(cast, caseload, sign_in):
    client = sign_in(cast.klantmanager)
    page = client.get("/opdrachten/nieuw/dossiers-csv/?q=Deelnemer")
    assert "Het gaat om 3 dossiers" in page.text
    response = client.post("/opdrachten/nieuw/dossiers-csv/", {"q": "Deelnemer", "key": str(uuid.uuid4())})
    job = Job.objects.get()
    assert response.url == f"/opdrachten/{job.pk}/"
    page = client.get(response.url)
    assert "<progress" in page.text
    assert "hx-get" in page.text
    fragment = client.get(f"{response.url}voortgang/", headers={"hx-request": "true"})
    assert "<html" not in fragment.text
    assert "HX-Refresh" not in fragment
    assert client.get(f"{response.url}bestand/").status_code == 404

    work_until_done(job)
    assert client.get(f"{response.url}voortgang/", headers={"hx-request": "true"})["HX-Refresh"] == "true"
    file = client.get(f"{response.url}bestand/")
    assert file["Content-Disposition"] == 'attachment; filename="dossiers.csv"'
    assert "no-store" in file["Cache-Control"]
    assert b"Deelnemer 1" in b"".join(file.streaming_content)


def test_a_job_is_for_who_asked_in_that_role(cast, caseload, sign_in):
    job = work_until_done(ask(CSV, cast.klantmanager))
    colleague = factories.make_user(Role.KLANTMANAGER)
    for user in (colleague, cast.docent, cast.functioneel_beheerder):
        client = sign_in(user)
        for path in ("", "voortgang/", "bestand/"):
            assert client.get(f"/opdrachten/{job.pk}/{path}").status_code == 404
        assert client.post(f"/opdrachten/{job.pk}/stoppen/").status_code == 404
    with pytest.raises(RuleBroken):
        jobs.cancel(job=job, by=colleague)


def test_the_list_of_jobs_costs_as_many_queries_with_three(cast, caseload, sign_in, django_assert_max_num_queries):
    client = sign_in(cast.klantmanager)
    assert "Hier komen uw opdrachten" in client.get("/opdrachten/").text
    ask(CSV, cast.klantmanager)
    with CaptureQueriesContext(connection) as one:
        client.get("/opdrachten/")
    ask(CSV, cast.klantmanager, q="Selam")
    ask(XLSX, cast.klantmanager)
    with django_assert_max_num_queries(len(one)):
        page = client.get("/opdrachten/")
    assert page.text.count("Begint zo") >= 3
    assert "2 opdrachten" in client.get("/opdrachten/?kind=dossiers-csv").text


def test_files_go_after_a_day_and_lines_after_a_month(cast, caseload, files):
    job = work_until_done(ask(CSV, cast.klantmanager))
    now = timezone.now()
    assert jobs.clean_up(now=now + timedelta(hours=23)) == 0
    assert jobs.clean_up(now=now + timedelta(hours=25)) == 1
    job.refresh_from_db()
    assert not job.file
    assert list(files.iterdir()) == []
    assert jobs.clean_up(now=now + timedelta(hours=25)) == 0
    jobs.clean_up(now=now + timedelta(days=31))
    assert not Job.objects.exists()


def test_files_of_which_no_job_knows_go_after_a_day(cast, caseload, files, small_batches):
    """A worker was killed between storing a file and writing its row."""
    assert jobs.clean_up() == 0  # nothing was ever stored
    done = work_until_done(ask(CSV, cast.klantmanager))
    halfway = ask(XLSX, cast.klantmanager)
    jobs.work(worker="a", seconds=0)
    known = {path.name for path in files.iterdir()}
    assert halfway.parts.exists()
    for name in ("old", "young"):
        default_storage.save(f"jobs/{name}", ContentFile(b"Selam Tekle"))
    now = timezone.now()
    for path in files.iterdir():
        age = timedelta(hours=1) if path.name == "young" else timedelta(hours=25)
        os.utime(path, times=((now - age).timestamp(),) * 2)
    jobs.clean_up(now=now)
    assert {path.name for path in files.iterdir()} == known | {"young"}
    done.refresh_from_db()
    assert content_of(done)
    jobs.clean_up(now=now + timedelta(hours=24))
    assert "young" not in {path.name for path in files.iterdir()}
