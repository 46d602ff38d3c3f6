"""The demo as its visitors meet it: every persona, the home and each place of the menu, on a phone and on a desk."""

import pytest
from django.urls import reverse
from django.utils import timezone

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
