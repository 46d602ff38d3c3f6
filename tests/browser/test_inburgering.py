"""Journeys of inburgering on a phone and on a desktop: a fourth absence to its follow-up, a roll call, an enrolment."""

import re
from datetime import time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts.roles import Role
from inburgering import services
from inburgering.models import Enrolment, EnrolmentStatus, SessionAttendance
from tests import factories
from tests.browser.axe import assert_accessible

PASSWORD = "welkom-in-leiden"


def sign_in(page, user):
    """Sign in by e-mail and password."""
    page.context.clear_cookies()
    page.goto(reverse("account_login"))
    page.get_by_label("E-mailadres").fill(user.email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name=re.compile("Inloggen|Log in")).first.click()
    page.wait_for_url(lambda url: "login" not in url)


def choose(page, label):
    """Tap one of the big choice buttons."""
    page.get_by_role("radio", name=re.compile(f"^{label}")).check()


@pytest.fixture
def people(transactional_db):
    """Klantmanager, docent and institute around one person, as of today."""
    today = timezone.localdate()
    institute = factories.make_institute("Instituut Rijnland")
    gemeente = factories.make_organisation("Gemeente Leiden")
    klantmanager = factories.make_user(Role.KLANTMANAGER, name="Karim Bakker", organisation=gemeente)
    docent = factories.make_user(Role.DOCENT, name="Nadia El Amrani", organisation=gemeente)
    contact = factories.make_user(Role.INSTITUUT, name="Els Kramer", organisation=institute.organisation)
    case = factories.make_case(klantmanager=klantmanager, today=today, full_name="Selam Tekle ሰላም ተክለ")
    return type(
        "People",
        (),
        {
            "today": today, "institute": institute, "klantmanager": klantmanager, "docent": docent,
            "contact": contact, "case": case,
        },
    )  # fmt: skip


def test_a_docent_plans_a_group_and_calls_the_roll(people, screen):
    today = people.today
    sign_in(screen, people.docent)
    screen.goto(reverse("inburgering:plan_startgroep"))
    assert_accessible(screen)
    screen.locator("#id_code").fill("Startgroep 8")
    screen.get_by_label("Groepsintake op").fill((today + timedelta(days=4)).isoformat())
    screen.get_by_label("Eerste week begint op").fill((today + timedelta(days=7)).isoformat())
    screen.get_by_role("button", name="Startgroep plannen").click()
    expect(screen.get_by_text("Startgroep 8 is gepland.")).to_be_visible()
    assert_accessible(screen)

    group = services.plan_startgroep(
        code="Startgroep 7", docent=people.docent, start_on=today, intake_on=today - timedelta(days=4),
        pattern="1_per_2_weeks", weekdays=[today.weekday()], starts_at=time(9, 30), ends_at=time(12), capacity=14,
        by=people.docent, today=today,
    )  # fmt: skip
    for number in range(3):
        case = people.case if not number else factories.make_case(klantmanager=people.klantmanager, today=today)
        services.add_participant(
            startgroep=group, case=case, joined_on=today - timedelta(days=5), by=people.klantmanager, today=today
        )
    screen.goto(reverse("home"))
    assert_accessible(screen)
    screen.goto(reverse("inburgering:startgroepen"))
    assert_accessible(screen)
    screen.get_by_role("link", name="Startgroep 7").click()
    assert_accessible(screen)
    screen.get_by_role("link", name=re.compile("^Aanwezigheid ?:")).last.click()
    assert_accessible(screen)
    screen.get_by_role("button", name="Aanwezigheid opslaan").click()
    expect(screen.get_by_text("Kies of deze persoon er was.").first).to_be_visible()
    assert_accessible(screen)
    screen.goto(reverse("inburgering:call_roll", args=[group.sessions.get(on=today).pk]))
    screen.get_by_role("link", name="Vul in: allen aanwezig").click()
    expect(screen.get_by_text("nog niet opgeslagen")).to_be_visible()
    # By keyboard: from present to late is one arrow.
    screen.locator("input[type=radio]:checked").first.focus()
    screen.keyboard.press("ArrowRight")
    screen.get_by_role("button", name="Aanwezigheid opslaan").click()
    expect(screen.get_by_text("De aanwezigheid is opgenomen.")).to_be_visible()
    assert sorted(SessionAttendance.objects.values_list("status", flat=True)) == ["aanwezig", "aanwezig", "te_laat"]
    assert_accessible(screen)
    screen.get_by_role("link", name=re.compile("^Deelname stoppen ?:")).first.click()
    assert_accessible(screen)


def test_from_enrolling_to_a_place(people, screen):
    sign_in(screen, people.klantmanager)
    screen.goto(reverse("inburgering:case_learning", args=[people.case.number]))
    assert_accessible(screen)
    screen.locator("main").get_by_role("link", name="Inschrijven bij een instituut").last.click()
    assert_accessible(screen)
    choose(screen, "Instituut Rijnland")
    screen.get_by_role("button", name="Inschrijven").click()
    screen.get_by_role("link", name="Resultaat verzonden").first.click()
    assert_accessible(screen)
    screen.get_by_role("button", name="Vastleggen").click()
    expect(screen.get_by_text("Vastgelegd: resultaat verzonden.")).to_be_visible()
    screen.goto(reverse("inburgering:institutes"))
    assert_accessible(screen)
    screen.get_by_role("link", name="Instituut Rijnland").click()
    assert_accessible(screen)

    sign_in(screen, people.contact)
    expect(screen.get_by_text("Wacht op plaats").first).to_be_visible()
    assert_accessible(screen)
    enrolment = Enrolment.objects.get()
    screen.goto(enrolment.get_absolute_url())
    screen.get_by_role("link", name="Plaatsen").first.click()
    screen.get_by_label("Lessen per week").fill("2")
    screen.get_by_role("button", name="Vastleggen").click()
    expect(screen.get_by_text("2 lessen per week").first).to_be_visible()
    assert_accessible(screen)
    enrolment.refresh_from_db()
    assert enrolment.status == EnrolmentStatus.GEPLAATST
    screen.goto(reverse("inburgering:edit_institute", args=[people.institute.pk]))
    assert_accessible(screen)
