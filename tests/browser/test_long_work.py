"""A long job watched, reloaded and stopped in a browser; periodic work and its button."""

import re
import uuid
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from jas_portal.models import Job
from jas_portal.work import jobs, periodic
from jas_portal.work.kinds import KINDS
from jas_portal.work.table import BY_NAME
from tests import factories
from tests.browser.test_messages import look, sign_in


@pytest.fixture
def one_by_one(monkeypatch, settings, tmp_path):
    """Batches of one dossier, and a storage of this test's own."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}},
    }
    monkeypatch.setitem(KINDS, "dossiers-csv", replace(KINDS["dossiers-csv"], batch=1))


def a_turn():
    jobs.work(worker=uuid.uuid4().hex, seconds=0)


def test_a_long_job_is_watched_reloaded_and_fetched(screen, live_server, cast, one_by_one):
    for number in range(3):
        factories.make_case(klantmanager=cast.klantmanager, full_name=f"Deelnemer {number}")
    sign_in(screen, live_server, cast.klantmanager)
    screen.goto("/opdrachten/")
    look(screen)
    screen.get_by_role("link", name=re.compile("Maak de lijst.*CSV")).click()
    look(screen)
    expect(screen.get_by_text("Het gaat om 4 dossiers")).to_be_visible()
    screen.get_by_role("button", name="Maak de lijst").click()
    bar = screen.get_by_role("progressbar")
    expect(bar).to_be_visible()
    look(screen)

    # The bar moves by itself …
    a_turn()
    expect(screen.get_by_role("progressbar", name="1 van 4 dossiers")).to_be_visible()
    # … and a reload finds it where it was.
    a_turn()
    screen.reload()
    expect(screen.get_by_role("progressbar", name="2 van 4 dossiers")).to_be_visible()
    expect(screen.get_by_role("button", name="Stop")).to_be_visible()
    for _ in range(3):
        a_turn()
    download = screen.get_by_role("link", name="Download het bestand")
    expect(download).to_be_visible()
    look(screen)
    with screen.expect_download() as fetched:
        download.click()
    assert fetched.value.suggested_filename == "dossiers.csv"
    screen.goto("/opdrachten/")
    look(screen)


def test_a_long_job_is_stopped_and_gives_what_there_is(desktop, live_server, cast, one_by_one):
    factories.make_case(klantmanager=cast.klantmanager)
    sign_in(desktop, live_server, cast.klantmanager)
    job = jobs.ask(kind=KINDS["dossiers-csv"], parameters={}, key=uuid.uuid4(), by=cast.klantmanager)
    a_turn()
    desktop.goto(f"/opdrachten/{job.pk}/")
    expect(desktop.get_by_role("progressbar", name="1 van 2 dossiers")).to_be_visible()
    desktop.get_by_role("button", name="Stop").click()
    expect(desktop.get_by_text("De opdracht is gestopt.")).to_be_visible()
    a_turn()
    assert Job.objects.get().done == 1
    desktop.reload()
    look(desktop)
    with desktop.expect_download() as fetched:
        desktop.get_by_role("link", name="Download het bestand").click()
    assert fetched.value.path().read_text().count("\n") == 2


def test_periodic_work_is_shown_and_run_now(screen, live_server, cast):
    for name in ("deliver-messages", "expire-proposals", "release-docents"):
        periodic.run(BY_NAME[name], lambda: 3)
    with pytest.raises(ZeroDivisionError):
        periodic.run(BY_NAME["clear-sessions"], lambda: 1 / 0)
    sign_in(screen, live_server, cast.functioneel_beheerder)
    screen.goto("/opdrachten/periodiek/")
    look(screen)
    # A double click is one run.
    screen.get_by_role("button", name=re.compile("Doe het nu.*Voorstellen laten verlopen")).dblclick()
    expect(screen.get_by_text("begint binnen enkele seconden").first).to_be_visible()
    look(screen)
    ran = []
    assert periodic.run_asked({BY_NAME["expire-proposals"].task: lambda: ran.append(1)}) == 1
    assert ran == [1]
    screen.goto("/")
    look(screen)
