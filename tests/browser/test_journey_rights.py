"""A copy of one's own data: asked on a phone, prepared, approved by another person, fetched; every page looked at."""

import io
import json

import pytest
from django.utils import timezone
from pypdf import PdfReader

from accounts.roles import Role
from cases.models import Disclosure, RequestStatus, RightsRequest
from cases.services import rights
from tests import factories
from tests.browser.journey import Journey
from tests.cases.test_plan_pdf import texts


@pytest.fixture
def people(transactional_db):
    """A dossier with its klantmanager, its person, and a privacy officer; a notice is in force."""
    today = timezone.localdate()
    gemeente = factories.make_organisation("Gemeente Leiden")
    person = factories.make_user(Role.STATUSHOUDER, name="Selam Tekle")
    klantmanager = factories.make_user(Role.KLANTMANAGER, name="Karim Bakker", organisation=gemeente)
    officer = factories.make_user(Role.PRIVACY_OFFICER, name="Hanna Vos", organisation=gemeente)
    factories.make_case(klantmanager=klantmanager, today=today, user=person, full_name="Selam Tekle ሰላም ተክለ")
    rights.add_notice(version="1", valid_from=today, text="Wij bewaren gegevens over u.", by=officer)
    return {"person": person, "klantmanager": klantmanager, "officer": officer}


def fetched(screen, button):
    """The bytes that a button brings."""
    with screen.expect_download() as waiting:
        screen.get_by_role("button", name=button).click()
    return waiting.value.path().read_bytes()


def test_from_the_question_to_the_copy(people, screen):
    journey = Journey(screen)

    journey.sign_in(people["person"], then="cases:my_data")
    journey.sees("U heeft nog niets gevraagd")
    journey.follow("Vraag een kopie")
    journey.press("Vraag een kopie")
    journey.sees("Wij zijn bezig")
    journey.follow("Wat is er veranderd?")
    journey.open("/dossiers/mijn-gegevens/verbetering-vragen/")

    request = RightsRequest.objects.get()
    journey.sign_in(people["klantmanager"], then="cases:rights_requests")
    journey.follow("Kopie van gegevens", within=screen.get_by_role("main"))
    journey.sees("Wat de kopie bevat")
    journey.follow("Kopie klaarzetten")
    screen.get_by_label("Ik weet zeker dat deze persoon het zelf heeft gevraagd").check()
    screen.get_by_label("Ik heb de teksten nagelezen die ik mag lezen").check()
    journey.press("Zet klaar")
    journey.sees("Wacht op goedkeuring")

    journey.sign_in(people["officer"], then="cases:rights_requests")
    journey.follow("Kopie van gegevens", within=screen.get_by_role("main"))
    journey.press("Keur de kopie goed")
    journey.sees("Klaar om op te halen")
    journey.open("/dossiers/privacyuitleg/")
    journey.open("/dossiers/verstrekkingen/")

    journey.sign_in(people["person"], then="cases:my_data")
    pdf = fetched(screen, "Bewaar als PDF")
    assert "Selam Tekle" in texts(PdfReader(io.BytesIO(pdf)))
    plain = fetched(screen, "Bestand voor de computer (JSON)")
    assert json.loads(plain)["dossiernummer"] == request.case.number
    request.refresh_from_db()
    assert request.status == RequestStatus.GEGEVEN
    assert Disclosure.objects.count() == 1
    journey.open("/dossiers/mijn-gegevens/")
    journey.sees("De persoon zelf")
    assert journey.problems == []
