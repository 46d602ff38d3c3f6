"""A Plan van Aanpak: written, agreed, established, opened as PDF, and read by the person it is about."""

import io
import re
from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.formats import date_format
from playwright.sync_api import expect
from pypdf import PdfReader

from accounts.roles import Role
from cases import services
from cases.models import PlanVersion
from notifications.models import Notification
from tests import factories
from tests.browser.journey import Journey
from tests.cases.test_plan_pdf import tags, texts

ETHIOPIC, ARABIC = "ሰላም ተክለ", "ريما خوري"
GOAL = "Werken in een bakkerij en op vrijdag naar school."


@pytest.fixture
def case(transactional_db):
    """A dossier with a klantmanager, a begeleider and an account of the person, and no plan yet."""
    today = timezone.localdate()
    gemeente = factories.make_organisation("Gemeente Leiden")
    person = factories.make_user(Role.STATUSHOUDER, name="Selam Tekle")
    klantmanager = factories.make_user(Role.KLANTMANAGER, name=f"Karim Bakker {ARABIC}", organisation=gemeente)
    case = factories.make_case(
        klantmanager=klantmanager,
        today=today,
        user=person,
        full_name=f"Selam Tekle {ETHIOPIC}",
        preferred_name="Selam",
        needs_interpreter=True,
    )
    begeleider = factories.make_user(Role.MAATSCHAPPELIJK_BEGELEIDER, name="Fenna de Vries")
    services.assign(case=case, role=Role.MAATSCHAPPELIJK_BEGELEIDER, user=begeleider, by=None, today=today)
    case.people = {Role.KLANTMANAGER: klantmanager, Role.STATUSHOUDER: person}
    return case


def read_pdf(journey, link):
    """The PDF behind a link, fetched with the session of this browser."""
    response = journey.page.context.request.get(link.get_attribute("href"))
    assert response.status == 200
    assert response.headers["content-type"] == "application/pdf"
    return PdfReader(io.BytesIO(response.body()))


def test_from_the_first_word_to_the_pdf(case, screen):
    today = timezone.localdate()
    journey = Journey(screen)
    person = f"Selam Tekle {ETHIOPIC}"

    # The klantmanager finds the dossier by its name, writes the goal, and nothing is lost.
    journey.sign_in(case.people[Role.KLANTMANAGER])
    search = screen.get_by_role("searchbox")
    search.fill("selam")
    with screen.expect_navigation():
        search.press("Enter")
    journey.look()
    journey.follow(person, within=screen.get_by_role("main"))
    tabs = screen.get_by_role("navigation", name="Onderdelen van het dossier")
    journey.follow("Plan", within=tabs)
    journey.sees("Er ontbreekt nog")
    journey.follow("Wijzigen", within=screen.get_by_role("main"))
    screen.get_by_label("Werken en leren").check()
    screen.get_by_label(re.compile("doel in eigen woorden", re.IGNORECASE)).fill(GOAL)
    screen.get_by_label(re.compile("^wensen", re.IGNORECASE)).fill(f"Samen met {ARABIC} en {ETHIOPIC} oefenen.")
    screen.get_by_label(re.compile("bespreken het plan weer op", re.IGNORECASE)).fill(
        (today + timedelta(days=180)).isoformat()
    )
    journey.press("Bewaren")
    expect(screen.get_by_role("status")).to_contain_text("Het plan is bewaard.")
    journey.sees(GOAL)

    # Who does what: one agreement of each party.
    agreements = {
        "Statushouder": "Gaat elke dinsdag naar het taalcafé.",
        "Gemeente (klantmanager)": "Vraagt een vergoeding voor de reis aan.",
        "VluchtelingenWerk": "Helpt met de zorgtoeslag.",
    }
    for party, what in agreements.items():
        journey.follow("Afspraak toevoegen", within=screen.get_by_role("main"))
        journey.choose(party)
        screen.get_by_label("Wat is afgesproken?").fill(what)
        screen.get_by_label("Uiterlijk").fill((today + timedelta(days=30)).isoformat())
        journey.press("Opslaan")
        journey.sees(what)

    # Before it is established the PDF says that it is a concept.
    concept = read_pdf(journey, screen.get_by_role("main").get_by_role("link", name="Concept als PDF"))
    assert "CONCEPT" in texts(concept).upper()

    # Established is frozen.
    journey.follow("Stel het plan vast", within=screen.get_by_role("main"))
    journey.sees(GOAL)
    screen.get_by_label("Wanneer heeft u het plan samen besproken?").fill((today + timedelta(days=1)).isoformat())
    journey.press("Stel het plan vast")
    journey.sees("Deze dag ligt in de toekomst.")
    screen.get_by_label("Wanneer heeft u het plan samen besproken?").fill(today.isoformat())
    expect(screen.get_by_label("Er was een tolk bij")).to_be_checked()
    journey.press("Stel het plan vast")
    expect(screen.get_by_role("status")).to_contain_text("Versie 1 van het plan is vastgesteld.")
    assert PlanVersion.objects.get().plan.case == case

    reader = read_pdf(journey, screen.get_by_role("link", name="PDF openen"))
    text = " ".join(texts(reader).split())
    for words in (GOAL, *agreements.values(), ETHIOPIC, "Werken en leren", date_format(today, "j F Y")):
        assert words in text, words
    for word in ARABIC.split():
        # A reader gives right-to-left words in the order of reading or of drawing.
        assert word in text or word[::-1] in text, word
    assert "CONCEPT" not in text.upper()
    root = reader.trailer["/Root"]
    assert root["/Lang"].startswith("nl")
    assert root["/MarkInfo"]["/Marked"]
    assert tags(reader) >= {"/H1", "/H2", "/P"}

    # The person got word of it, and reads the own plan in easy words.
    assert Notification.objects.filter(user=case.people[Role.STATUSHOUDER], kind="plan_established").count() == 1
    journey.sign_in_with_password(case.people[Role.STATUSHOUDER])
    journey.follow("Mijn plan", within=screen.get_by_role("main"))
    journey.sees("Wat ik doe")
    journey.sees(agreements["Statushouder"])
    journey.sees(GOAL)
    own = read_pdf(journey, screen.get_by_role("link", name="Print of bewaar (PDF)"))
    assert GOAL in " ".join(texts(own).split())
