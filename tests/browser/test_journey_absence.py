"""A fourth absence: the institute reports it, the klantmanager follows it up, the institute learns that much and no more."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts.roles import Role
from cases.models import Alert, AlertStatus, Task
from inburgering import services
from inburgering.models import Absence, Enrolment
from tests import factories
from tests.browser.journey import Journey

AGREED = "Selam belt zelf af als de bus niet rijdt. Wij vragen een fiets aan."


@pytest.fixture
def course(transactional_db):
    """A course with three missed lessons, of somebody whose klantmanager has other work that is late."""
    today = timezone.localdate()
    gemeente = factories.make_organisation("Gemeente Leiden")
    klantmanager = factories.make_user(Role.KLANTMANAGER, name="Karim Bakker", organisation=gemeente)
    institute = factories.make_institute("Instituut Rijnland")
    contact = factories.make_user(Role.INSTITUUT, name="Els Kramer", organisation=institute.organisation)
    other = factories.make_case(klantmanager=klantmanager, today=today, full_name="Yousef Haddad")
    Task.objects.filter(case=other, template="r17").update(due_on=today - timedelta(days=40))
    case = factories.make_case(klantmanager=klantmanager, today=today, full_name="Selam Tekle ሰላም ተክለ")
    course = factories.make_enrolment(case=case, institute=institute, today=today)
    Enrolment.objects.update(started_on=today - timedelta(days=60))
    course.refresh_from_db()
    for days in (20, 13, 6):
        services.report_absence(
            enrolment=course,
            lesson_on=today - timedelta(days=days),
            lesson_part="ochtend",
            kind="ongeoorloofd",
            by=contact,
            today=today,
        )
    course.contact, course.klantmanager = contact, klantmanager
    return course


def test_from_the_fourth_absence_to_its_follow_up(course, screen):
    today = timezone.localdate()
    journey = Journey(screen)

    # The institute reports the fourth missed lesson, and reads that the klantmanager knows.
    journey.sign_in_with_password(course.contact)
    journey.follow("Verzuim melden")
    journey.follow(re.compile("Verzuim melden.*Selam"), within=screen.get_by_role("main"))
    journey.choose("Geoorloofd")
    journey.press("Verzuim melden")
    expect(screen.get_by_role("status")).to_contain_text("Verzuim gemeld: 1 les.")
    journey.sees("nog niet opgepakt")
    assert Absence.objects.count() == 4
    # The same lesson once more is the same lesson.
    journey.follow("Verzuim melden")
    journey.choose("Geoorloofd")
    journey.press("Verzuim melden")
    expect(screen.get_by_role("status")).to_contain_text("al gemeld")
    assert Absence.objects.count() == 4
    alert = Alert.objects.get()

    # It is the first thing on the klantmanager's home, before what is late much longer.
    journey.sign_in_with_password(course.klantmanager)
    first = screen.locator(".work-row").first
    expect(first).to_contain_text("Vierde verzuim")
    expect(first).to_contain_text("Selam Tekle ሰላም ተክለ")
    expect(screen.locator(".work-row").nth(1)).to_contain_text("Yousef Haddad")
    journey.follow("Contact vastleggen", within=first)

    # Nothing agreed is asked for; a day to come is refused; what was typed stays.
    journey.choose("Gesproken")
    journey.press(re.compile("Opslaan|Vastleggen"))
    journey.sees("Schrijf in een zin op wat u heeft afgesproken.")
    expect(screen.get_by_role("radio", name="Gesproken")).to_be_checked()
    screen.get_by_label("Wat heeft u afgesproken?").fill(AGREED)
    screen.get_by_label("Wanneer was het contact?").fill((today + timedelta(days=1)).isoformat())
    journey.press(re.compile("Opslaan|Vastleggen"))
    journey.sees("Deze dag ligt in de toekomst.")
    expect(screen.get_by_label("Wat heeft u afgesproken?")).to_have_value(AGREED)
    assert not alert.follow_ups.exists()
    screen.get_by_label("Wanneer was het contact?").fill(today.isoformat())
    journey.press(re.compile("Opslaan|Vastleggen"))
    expect(screen.get_by_role("status")).to_contain_text("Het signaal is afgehandeld.")
    journey.sees(AGREED)
    alert.refresh_from_db()
    assert alert.status == AlertStatus.AFGEHANDELD
    assert alert.follow_ups.get().agreed == AGREED
    journey.open(reverse("home"))
    expect(screen.locator(".work-row").filter(has_text="Vierde verzuim")).to_have_count(0)
    journey.place("Signalen")
    journey.nowhere("Vierde verzuim")

    # The institute sees that somebody took it up, and nothing else.
    journey.sign_in_with_password(course.contact)
    journey.place("Cursisten")
    journey.follow("Selam Tekle")
    expect(screen.get_by_text("opgepakt", exact=True)).to_be_visible()
    journey.nowhere("bus niet rijdt", "fiets", "Gesproken", "afgehandeld")


def test_a_correction_takes_the_signal_back(course, screen):
    today = timezone.localdate()
    services.report_absence(
        enrolment=course, lesson_on=today, lesson_part="middag", kind="onbekend", by=course.contact, today=today
    )
    journey = Journey(screen)
    journey.sign_in(course.contact)
    journey.place("Cursisten")
    journey.follow("Selam Tekle")
    journey.follow("Corrigeren")
    # Nothing chosen yet: the page says so.
    journey.press("Corrigeren")
    journey.sees("Dit moet nog anders")
    # Taking it back asks why; then the signal is gone from the klantmanager's home.
    journey.choose("Dit was geen verzuim: intrekken")
    journey.press("Corrigeren")
    journey.sees("Schrijf in een zin op waarom dit geen verzuim was.")
    screen.get_by_label("Waarom was dit geen verzuim?").fill("De les viel uit.")
    journey.press("Corrigeren")
    expect(screen.get_by_role("status")).to_contain_text("gecorrigeerd")
    assert Alert.objects.get().status == AlertStatus.VERVALLEN
    journey.sign_in(course.klantmanager)
    journey.nowhere("Vierde verzuim")
