"""The plan as PDF, read back: text in three scripts, tags, language, title, fonts, and no way out."""

import io

import pytest
from django.urls import reverse
from pypdf import PdfReader

from accounts.roles import Role
from cases import services
from cases.pdf import Refused, StaticFetcher
from tests import factories
from tests.factories import TODAY

ARABIC, ETHIOPIC = "ريما خوري", "ሰላም ተክለ"


def texts(reader):
    """All text of the document, in reading order."""
    return "\n".join(page.extract_text() for page in reader.pages)


def tags(reader):
    """The structure types that occur in the tree of tags."""
    found, waiting = set(), [reader.trailer["/Root"]["/StructTreeRoot"]]
    while waiting:
        node = waiting.pop().get_object()
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            if "/S" in node:
                found.add(node["/S"])
            if "/K" in node:
                waiting.append(node["/K"])
    return found


@pytest.fixture
def read_pdf(sign_in):
    """Fetch a PDF as somebody and parse it: `read_pdf(user, name, *args)` gives (response, reader)."""

    def read(user, name, *args):
        response = sign_in(user).get(reverse(name, args=args))
        assert response.status_code == 200
        return response, PdfReader(io.BytesIO(response.content))

    return read


@pytest.fixture
def established(cast):
    """A plan with names in three scripts, established."""
    case = factories.make_case(
        klantmanager=cast.klantmanager,
        full_name=f"Selam Tekle {ETHIOPIC}",
        preferred_name="Selam",
        municipality="Leiden",
    )
    services.edit_plan(
        case=case,
        revision=0,
        main_goal="werk_en_leren",
        goal_text=f"Samen met {ARABIC} een bakkerij beginnen",
        evaluate_on=TODAY,
        by=cast.klantmanager,
    )
    services.add_agreement(case=case, party=Role.STATUSHOUDER, what="Gaat naar de cursus", by=cast.klantmanager)
    services.establish_plan(case=case, agreed_on=TODAY, language_used="ti", by=cast.klantmanager, today=TODAY)
    cast.case = case
    return cast


def test_the_pdf_carries_the_plan_in_every_script(established, read_pdf):
    response, reader = read_pdf(established.klantmanager, "cases:plan_version_pdf", established.case.number, 1)

    text = texts(reader)
    for part in ("Plan van Aanpak", "Selam Tekle", ETHIOPIC, "bakkerij", "Gaat naar de cursus", "Werken en leren"):
        assert part in text
    # Arabic is shaped; reading back gives the letters, whatever the order of the line.
    assert all(letter in text for letter in "ريماخو")
    assert "Handtekening" in text
    assert "CONCEPT" not in text
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == (
        f'inline; filename="plan-van-aanpak-{established.case.number}-versie-1.pdf"'
    )
    assert response["Cache-Control"] == "no-store, private"


def test_the_pdf_is_tagged_titled_and_in_dutch(established, read_pdf):
    _response, reader = read_pdf(established.klantmanager, "cases:plan_version_pdf", established.case.number, 1)

    root = reader.trailer["/Root"]
    assert root["/Lang"] == "nl"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata.title == f"Plan van Aanpak {established.case.number}, versie 1"
    assert {"/H1", "/H2", "/P", "/Table", "/TH", "/TD", "/Caption"} <= tags(reader)
    assert reader.outline[0]["/Title"] == "Plan van Aanpak"
    assert "pdfuaid" in reader.xmp_metadata.rdf_root.toxml()


def test_fonts_are_inside_and_are_ours(established, read_pdf):
    _response, reader = read_pdf(established.klantmanager, "cases:plan_version_pdf", established.case.number, 1)

    names = set()
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            below = font.get_object()["/DescendantFonts"][0].get_object()
            names.add(str(font.get_object()["/BaseFont"]).split("+")[-1])
            assert {"/FontFile2", "/FontFile3"} & set(below["/FontDescriptor"].get_object())
    assert {name.split("-Bold")[0] for name in names} == {"Plan-Latin", "Plan-Arabic", "Plan-Ethiopic"}


def test_every_page_names_the_programme(established, read_pdf, settings):
    _response, reader = read_pdf(established.klantmanager, "cases:plan_version_pdf", established.case.number, 1)

    for number, page in enumerate(reader.pages, start=1):
        text = page.extract_text()
        assert settings.PROGRAMME_NAME in text
        assert "Europees Sociaal Fonds" in " ".join(text.split())
        assert f"Pagina {number} van {len(reader.pages)}" in text


def test_a_logo_comes_from_the_settings(established, read_pdf, settings):
    settings.PROGRAMME_LOGOS = ["icons/mark.svg|Gemeente Leiden", "logos/weg.svg"]

    response, reader = read_pdf(established.klantmanager, "cases:plan_version_pdf", established.case.number, 1)

    assert "/Figure" in tags(reader)
    assert len(response.content) > 10_000


def test_a_plan_that_is_not_established_says_so(cast, read_pdf):
    services.edit_plan(case=cast.case, revision=0, wishes="Een opleiding", by=cast.klantmanager)

    _response, reader = read_pdf(cast.klantmanager, "cases:plan_pdf", cast.case.number)

    text = texts(reader)
    assert "CONCEPT" in text
    assert "Een opleiding" in text
    assert "Nog niet ingevuld" in text


def test_an_unchanged_plan_is_its_version(established, sign_in):
    answer = sign_in(established.klantmanager).get(reverse("cases:plan_pdf", args=[established.case.number]))

    assert answer.url == reverse("cases:plan_version_pdf", args=[established.case.number, 1])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<script>alert(1)</script> & <img src='file:///etc/passwd'>",
        "😀 ⟨vreemd⟩ \u202e omgekeerd",
        "x" * 1900,
        "\n\n\n",
    ],
)
def test_odd_text_prints(cast, read_pdf, text):
    services.edit_plan(case=cast.case, revision=0, goal_text=text, wishes="w", by=cast.klantmanager)

    _response, reader = read_pdf(cast.klantmanager, "cases:plan_pdf", cast.case.number)

    assert "Plan van Aanpak" in texts(reader)
    assert "root:" not in texts(reader)


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "http://localhost/x.svg",
        "https://example.org/x.png",
        "static:../manage.py",
        "static:../../../../etc/passwd.svg",
        "static:css/portal.css",
        "data:image/svg+xml,<svg/>",
        "static:bestaat/niet.svg",
    ],
)
def test_a_document_fetches_our_static_files_and_nothing_else(address):
    with pytest.raises(Refused):
        StaticFetcher().fetch(address)


def test_a_static_file_is_given():
    answer = StaticFetcher().fetch("static:icons/mark.svg")

    assert b"<svg" in answer.read()
