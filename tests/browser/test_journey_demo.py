"""The demo as its visitors meet it: every persona, the home and each place of the menu, on a phone and on a desk."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import TimeoutError

from accounts.models import User
from accounts.personas import PERSONAS
from jas_portal.demo.load import load
from tests.browser.journey import Journey


@pytest.fixture
def demo(transactional_db, settings):
    """The demo municipality, as of today."""
    settings.DEMO, settings.MAIL_DELIVERY = True, "keep"
    load(timezone.localdate())


def test_every_place_of_every_persona(demo, screen):
    journey = Journey(screen)
    found = []
    # Pages that are the same for everybody are looked at once.
    seen = {reverse("home")}
    for persona in PERSONAS:
        journey.sign_in(User.objects.get(email=persona.email))
        menu = screen.get_by_role("navigation", name="Hoofdmenu")
        places = menu.get_by_role("link", include_hidden=True)
        addresses = [place.get_attribute("href") for place in places.all()]
        assert addresses[0] == reverse("home")
        for address in [*addresses, reverse("notifications:inbox"), reverse("accounts:my_account")]:
            if address in seen:
                continue
            if address in (reverse("notifications:demo_mailbox"), reverse("accounts:my_account")):
                seen.add(address)
            try:
                journey.open(address)
            except AssertionError as problem:
                # All of them in one run: a page that is wrong hides no other.
                found.append(f"{persona.email} {problem}")
                journey.problems.clear()
    assert not found, "\n\n".join(found)


#: Persona, what one chooses from the home on (each a click), and what stands there then.
SCENARIOS = {
    "a fourth absence saved today": (
        "klantmanager",
        ["Contact vastleggen in Vierde verzuim"],
        "Vierde verzuim, Selam",
    ),
    "five, two of them excused": ("klantmanager", ["Contact vastleggen in Vijfde verzuim"], "2 geoorloofd"),
    "four corrected to three": ("klantmanager", ["Signalen", "Stand: Vervallen", "Toon"], "Vervallen"),
    "exactly three": ("instituut", ["Cursisten"], re.compile(r"^\s*3\s*$")),
    "a match that began on a 31st": ("coordinator", ["Koppelingen"], re.compile("^31 ")),
    "a talk after three months that is late": ("coordinator", ["Naar gesprekken"], "nog vast te leggen"),
    "the old law": ("klantmanager", ["Dossiers", "Wet: Wi2013", "Toon"], re.compile("Wi2013")),
    "somebody who lives in Oegstgeest": ("klantmanager", ["Dossiers", "Gemeente: Oegstgeest", "Toon"], "1 dossier"),
    "a match that ended yesterday, for the mentor": ("mentor2", ["Contact"], "Hier komen je contactmomenten"),
    "the plan of Selam": ("statushouder", ["Mijn plan"], "Wat ik doe"),
}


def take(journey, step):
    """One click: a place, a link, a link within the row that holds some words, a button, or a choice in a list."""
    main = journey.page.get_by_role("main")
    if ": " in step:
        label, choice = step.split(": ")
        main.get_by_label(label, exact=True).select_option(label=choice)
    elif " in " in step:
        name, row = step.split(" in ")
        journey.follow(name, within=main.locator(".work-row").filter(has_text=row).first)
    elif step == "Toon":
        journey.press(step)
    elif main.get_by_role("link", name=step, exact=True).count():
        journey.follow(step, within=main)
    else:
        journey.place(step)


def test_the_scenarios_are_three_clicks_from_a_home(demo, desktop):
    journey = Journey(desktop)
    missed = []
    for name, (persona, steps, found) in SCENARIOS.items():
        journey.sign_in(User.objects.get(email=f"{persona}@demo.example"))
        assert len(steps) <= 3
        try:
            for step in steps:
                take(journey, step)
            journey.sees(found)
        except (AssertionError, TimeoutError) as problem:
            missed.append(f"{name}: {str(problem)[:300]}")
    assert not missed, "\n\n".join(missed)
