"""The pages of an import, and the command."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from accounts.zones import Zone
from cases.models import Case, CaseloadImport, ImportState, JournalKind
from cases.services import caseload, record
from cases.tasks import clean_up_imports, work_on_imports
from tests import factories
from tests.cases.caseload_files import (
    BEGELEIDERS,
    EXAMPLE,
    KLANTMANAGERS,
    as_csv,
    as_xlsx,
    example_rows,
    shuffled,
)

HEADINGS = ["Dossiernummer", "Volledige naam", "Wet", "Start", "Klantmanager", "Schoenmaat"]
ROWS = [
    ["L1", "Rima Haddad", "Wi2021", "25-04-2022", "klantmanager1@leiden.example", "38"],
    ["L2", "=cmd|' /C calc'!A0", "Wet 1998", "25-04-2022", "", ""],
    ["L3", "Filmon <b>Kidane</b>", "Wi2013", "01-03-2021", "onbekend@leiden.example", ""],
]
SMALL = as_csv([HEADINGS, *ROWS])


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
    return [
        *(factories.make_user(Role.KLANTMANAGER, email=address) for address in KLANTMANAGERS),
        *(factories.make_user(Role.MAATSCHAPPELIJK_BEGELEIDER, email=address) for address in BEGELEIDERS),
    ]


def send(client, data, name="caseload.csv", **fields):
    """Upload a file through its form, the hidden key included."""
    form = client.get(reverse("cases:upload_caseload")).context["form"]
    return client.post(
        reverse("cases:upload_caseload"),
        {"file": SimpleUploadedFile(name, data), "key": str(form["key"].value()), **fields},
    )


def address(name, run):
    return reverse(f"cases:{name}", args=[run.pk])


@pytest.fixture
def read(beheerder, colleagues):
    """A run of the small file that was read."""

    def _read(data=SMALL, by=beheerder):
        run = caseload.upload(content=SimpleUploadedFile("caseload.csv", data), name="caseload.csv", by=by)
        work_on_imports()
        run.refresh_from_db()
        return run

    return _read


def test_upload_to_dossiers_in_the_browser(sign_in, beheerder, colleagues):
    client = sign_in(beheerder)
    response = send(client, SMALL)
    run = CaseloadImport.objects.get()
    assert response.url == address("caseload_import", run)
    page = client.get(response.url).content.decode()
    assert "Wordt gelezen" in page
    assert 'hx-trigger="every 1s"' in page

    work_on_imports()
    page = client.get(response.url).content.decode()
    assert "3 rijen: 2 dossiers (1 met een waarschuwing), 1 geweigerd" in page
    assert "Deze wet is niet bekend" in page
    assert "Filmon &lt;b&gt;Kidane&lt;/b&gt;" in page
    assert "Schoenmaat" in page
    assert "Maak 2 dossiers" in page

    for _click in range(2):
        client.post(address("apply_import", run))
    assert "Wordt toegepast" in client.get(response.url).content.decode()
    work_on_imports()
    client.post(address("apply_import", run))
    run.refresh_from_db()
    assert (run.state, Case.objects.count()) == (ImportState.TOEGEPAST, 2)
    page = client.get(response.url).content.decode()
    assert "Rima" not in page
    assert Case.objects.get(external_number="L1").number in page

    assert "Draai terug" in client.get(address("undo_import", run)).content.decode()
    client.post(address("undo_import", run))
    work_on_imports()
    assert Case.objects.count() == 0


def test_progress_asks_again_while_working_and_refreshes_when_done(sign_in, beheerder, read):
    run = caseload.upload(content=SimpleUploadedFile("x.csv", SMALL), name="x.csv", by=beheerder)
    client = sign_in(beheerder)
    assert client.get(address("import_progress", run)).url == address("caseload_import", run)
    busy = client.get(address("import_progress", run), headers={"HX-Request": "true"})
    assert "hx-get" in busy.content.decode()
    assert "HX-Refresh" not in busy.headers
    work_on_imports()
    done = client.get(address("import_progress", run), headers={"HX-Request": "true"})
    assert "hx-get" not in done.content.decode()
    assert done.headers["HX-Refresh"] == "true"


def test_upload_refuses_another_kind_of_file_and_nothing(sign_in, beheerder):
    client = sign_in(beheerder)
    assert "Kies een bestand dat eindigt op" in send(client, b"x", name="lijst.pdf").content.decode()
    assert send(client, b"").status_code == 422
    assert CaseloadImport.objects.count() == 0


def test_upload_twice_with_one_form_is_one_run(sign_in, beheerder):
    client = sign_in(beheerder)
    key = "4b4a6e4b-4c8f-4d54-9c11-4f1f3d7f2a55"
    first, second = send(client, SMALL, key=key), send(client, SMALL, key=key)
    assert first.url == second.url
    assert CaseloadImport.objects.count() == 1


@pytest.mark.parametrize("role", [role for role in Role if role != Role.FUNCTIONEEL_BEHEERDER])
def test_other_roles_find_nothing(sign_in, read, role):
    run = read()
    client = sign_in(factories.make_user(role))
    assert client.get(reverse("cases:imports")).status_code == 403
    assert client.get(reverse("cases:upload_caseload")).status_code == 403
    for name in ("caseload_import", "import_progress", "undo_import", "download_import"):
        assert client.get(address(name, run)).status_code == 404
    for name in ("apply_import", "cancel_import", "undo_import"):
        assert client.post(address(name, run)).status_code == 404


def test_another_beheerder_sees_the_counts_and_not_the_rows(sign_in, read):
    run = read()
    client = sign_in(factories.make_user(Role.FUNCTIONEEL_BEHEERDER))
    page = client.get(address("caseload_import", run)).content.decode()
    assert "3 rijen: 2 dossiers" in page
    assert "alleen te lezen voor wie het bestand heeft ingelezen" in page
    assert "Rima" not in page
    assert "Maak 2 dossiers" not in page
    found = client.get(address("caseload_import", run), {"q": "Rima"}).content.decode()
    assert ">L1<" not in found
    assert "Rima Haddad" not in found
    assert client.get(address("download_import", run)).status_code == 302
    for name in ("apply_import", "cancel_import", "undo_import"):
        assert client.post(address(name, run)).status_code == 404
    run.refresh_from_db()
    assert run.state == ImportState.GELEZEN


def test_another_beheerder_may_take_back_what_was_applied(sign_in, beheerder, read):
    run = read()
    caseload.apply_import(run=run, by=beheerder)
    work_on_imports()
    client = sign_in(factories.make_user(Role.FUNCTIONEEL_BEHEERDER))
    assert "Deze import maakte 2 dossiers" in client.get(address("undo_import", run)).content.decode()
    client.post(address("undo_import", run))
    work_on_imports()
    assert Case.objects.count() == 0


def test_undo_names_the_dossiers_that_stayed(sign_in, beheerder, colleagues, read):
    run = read()
    caseload.apply_import(run=run, by=beheerder)
    work_on_imports()
    case = Case.objects.get(external_number="L1")
    record(case=case, kind=JournalKind.CONTACT, zone=Zone.CONTACT, text="Gebeld", by=colleagues[0])
    caseload.undo_import(run=run, by=beheerder)
    work_on_imports()
    page = sign_in(beheerder).get(address("caseload_import", run)).content.decode()
    assert "Aan één dossier was al gewerkt: dat is gebleven." in page
    assert case.number in page


def test_reading_never_writes(sign_in, beheerder, read):
    run = read()
    client = sign_in(beheerder)
    for name in ("apply_import", "cancel_import"):
        assert client.get(address(name, run)).status_code == 405
    client.get(address("undo_import", run))
    run.refresh_from_db()
    assert run.state == ImportState.GELEZEN


def numbers(response):
    return [row.number for row in response.context["rows"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, [2, 3, 4]),
        ({"result": "nieuw"}, [2, 4]),
        ({"result": "gewaarschuwd"}, [4]),
        ({"result": "geweigerd"}, [3]),
        ({"q": "rima"}, [2]),
        ({"q": "L3"}, [4]),
        ({"q": "3"}, [3, 4]),
        ({"q": "niemand"}, []),
        ({"sort": "-number"}, [4, 3, 2]),
        ({"sort": "status"}, [3, 2, 4]),
        ({"sort": "onzin", "page": "99"}, [2, 3, 4]),
    ],
)
def test_rows_are_searched_filtered_and_sorted(sign_in, beheerder, read, query, found):
    run = read()
    assert numbers(sign_in(beheerder).get(address("caseload_import", run), query)) == found


def test_rows_come_in_pages(sign_in, beheerder, read):
    run = read(as_csv([HEADINGS, *[[f"L{n}", *ROWS[0][1:]] for n in range(60)]]))
    client = sign_in(beheerder)
    assert len(numbers(client.get(address("caseload_import", run)))) == 50
    assert len(numbers(client.get(address("caseload_import", run), {"page": 2}))) == 10


def test_a_difference_tells_what_the_file_says_and_not_what_the_dossier_says(sign_in, beheerder, read):
    factories.make_case(external_number="L1", full_name="Selam Geheim", legal_regime="wi2021")
    page = sign_in(beheerder).get(address("caseload_import", read())).content.decode()
    assert "In het dossier staat iets anders bij &#x27;Volledige naam&#x27;" in page
    assert "In het bestand: Rima Haddad." in page
    assert "Geheim" not in page


def test_the_result_is_a_download_without_personal_data_and_without_formulas(sign_in, beheerder, read):
    run = read()
    response = sign_in(beheerder).get(address("download_import", run))
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert lines[0] == ["Rij", "Resultaat", "Waarschuwing", "Dossier", "Waarom"]
    assert [line[:3] for line in lines[1:]] == [
        ["2", "Wordt een dossier", ""],
        ["3", "Geweigerd", ""],
        ["4", "Wordt een dossier", "ja"],
    ]
    assert not any(word in text for word in ("Rima", "Kidane", "onbekend@", "cmd"))


def test_a_failed_file_says_why_on_its_page(sign_in, beheerder, read):
    run = read(b"Naam;Taal\r\nRima;Arabisch\r\n")
    page = sign_in(beheerder).get(address("caseload_import", run)).content.decode()
    assert "Het bestand is niet gelezen" in page
    assert "ontbreekt een kolom" in page


def test_the_list_of_imports(sign_in, beheerder, read, django_assert_max_num_queries):
    client = sign_in(beheerder)
    assert "Nog geen imports" in client.get(reverse("cases:imports")).content.decode()
    runs = [read(), read()]
    assert [run for run, _counts in client.get(reverse("cases:imports")).context["runs"]] == runs[::-1]
    found = client.get(reverse("cases:imports"), {"q": "caseload", "state": "gelezen", "sort": "uploaded_at"})
    assert [run for run, _counts in found.context["runs"]] == runs
    assert "Geen import gevonden" in client.get(reverse("cases:imports"), {"q": "zzz"}).content.decode()


def queries(client, url, django_assert_max_num_queries):
    with django_assert_max_num_queries(40) as captured:
        client.get(url)
    return len(captured)


def test_pages_ask_as_much_for_one_as_for_thirty(sign_in, beheerder, read, django_assert_max_num_queries):
    client = sign_in(beheerder)
    one = read(as_csv([HEADINGS, ROWS[0]]))
    lists = [queries(client, reverse("cases:imports"), django_assert_max_num_queries)]
    pages = [queries(client, address("caseload_import", one), django_assert_max_num_queries)]
    for _n in range(29):
        run = read(as_csv([HEADINGS, *[[f"L{n}", *ROWS[2][1:]] for n in range(30)]]))
    lists.append(queries(client, reverse("cases:imports") + "?page=1", django_assert_max_num_queries))
    pages.append(queries(client, address("caseload_import", run), django_assert_max_num_queries))
    assert lists[0] == lists[1]
    assert pages[0] == pages[1]


def test_the_clean_up_task_forgets_what_is_old(read):
    run = read()
    CaseloadImport.objects.update(uploaded_at=timezone.now() - timedelta(days=2))
    clean_up_imports()
    run.refresh_from_db()
    assert run.state == ImportState.VERLOPEN


# --- The command ---------------------------------------------------------------------------------------


def run_command(*args):
    out = io.StringIO()
    call_command("import_caseload", *map(str, args), stdout=out)
    return out.getvalue()


COUNTS = (
    "241 rijen: 228 dossiers (3 met een waarschuwing), 12 geweigerd, 1 dubbel, 0 al bekend (0 met andere gegevens)."
)


def test_import_caseload_reads_and_applies(beheerder, colleagues):
    out = run_command(EXAMPLE, "--by", beheerder.email)
    assert out.splitlines()[-1] == COUNTS
    assert "Rij 15: Geweigerd. De naam ontbreekt." in out
    assert "Rij 122: Dubbel in het bestand. Dit externe dossiernummer staat al op rij 5: geen tweede dossier." in out
    assert (Case.objects.count(), Case.objects.first().opened_by) == (228, beheerder)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("tab.txt", as_csv(example_rows(), separator="\t", encoding="utf-8")),
        ("ansi.csv", as_csv(shuffled(example_rows()), separator=",", encoding="cp1252")),
        ("caseload.xlsx", as_xlsx(example_rows())),
    ],
    ids=["tab", "windows-1252-comma-shuffled", "xlsx"],
)
def test_import_caseload_reads_the_example_in_other_dress(beheerder, colleagues, tmp_path, name, data):
    file = tmp_path / name
    file.write_bytes(data)
    assert COUNTS in run_command(file, "--dry-run").splitlines()


def test_import_caseload_twice_adds_nothing_and_needs_no_name(colleagues):
    run_command(EXAMPLE)
    out = run_command(EXAMPLE)
    assert out.splitlines()[-1].endswith("0 dossiers (0 met een waarschuwing), 12 geweigerd, 1 dubbel, "
                                         "228 al bekend (0 met andere gegevens).")  # fmt: skip
    assert Case.objects.count() == 228


def test_import_caseload_dry_run_makes_nothing(colleagues):
    out = run_command(EXAMPLE, "--dry-run")
    assert "228 dossiers (3 met een waarschuwing)" in out
    assert out.splitlines()[-1] == "Niets gemaakt: dit was alleen een proef (--dry-run)."
    assert Case.objects.count() == 0
    assert CaseloadImport.objects.get().state == ImportState.GEANNULEERD


def test_import_caseload_explains_itself(capsys):
    with pytest.raises(SystemExit):
        run_command("--help")
    assert "Leest een bestand met dossiers in" in capsys.readouterr().out


def test_import_caseload_refuses_what_it_must(db, tmp_path):
    klantmanager = factories.make_user(Role.KLANTMANAGER)
    bad = tmp_path / "bad.csv"
    bad.write_text("Naam;Taal\nRima;Arabisch\n")
    with pytest.raises(CommandError, match="is er niet"):
        run_command(tmp_path / "nergens.csv")
    with pytest.raises(CommandError, match="is geen functioneel beheerder"):
        run_command(EXAMPLE, "--by", klantmanager.email)
    with pytest.raises(CommandError, match="ontbreekt een kolom"):
        run_command(bad)
    assert Case.objects.count() == 0
