"""Messages, agenda and the Demo-postvak in a browser, on a phone and on a desktop: axe, width, and one walk through."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from accounts.roles import Role
from notifications import services
from notifications.models import Notification, NotificationStatus
from notifications.services import Receiver
from tests.browser.axe import assert_accessible


@pytest.fixture
def planned(cast, settings):
    """A few meetings and the mail about them, one of it failed; returns the first meeting."""
    settings.DEMO, settings.MAIL_DELIVERY = True, "keep"
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    participants = [
        Receiver(user=cast.klantmanager, role=Role.KLANTMANAGER),
        Receiver(user=cast.mentor, role=Role.MENTOR),
        Receiver(role=Role.STATUSHOUDER),
    ]
    meetings = [
        services.schedule(
            kind="check_in",
            title=title,
            starts_at=now + after,
            ends_at=now + after + timedelta(hours=1),
            participants=participants,
            place="Stadskantoor Leiden, kamer 2.14",
            case_number=cast.case.number,
            now=now,
        )
        for title, after in (
            ("3-maandengesprek", timedelta(hours=2)),
            ("Voortgangsgesprek", timedelta(days=1)),
            ("6-maandengesprek", timedelta(days=6, hours=3)),
        )
    ]
    services.cancel(meeting=meetings[1], now=now)
    for number in range(30):
        services.notify(
            key=f"more:{number}",
            kind="hand_over",
            receiver=Receiver(user=cast.klantmanager, role=Role.KLANTMANAGER),
            subject="Er is een dossier aan u overgedragen",
            body="U bent nu klantmanager van een dossier. Bekijk het in het portaal.",
            link="/",
            now=now - timedelta(days=number),
        )
    services.deliver_due(now=timezone.now())
    Notification.objects.filter(user=cast.mentor).update(
        status=NotificationStatus.FAILED, error="550 5.1.1 Deze gebruiker bestaat niet", attempts=1
    )
    return meetings[0]


def sign_in(page, live_server, user):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )


def look(page):
    """axe finds nothing, and the page is no wider than its screen."""
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), page.url


def test_from_an_invitation_to_the_meeting(screen, live_server, cast, planned):
    sign_in(screen, live_server, cast.klantmanager)
    screen.goto("/berichten/")
    look(screen)
    screen.get_by_role("link", name="Uitnodiging: 3-maandengesprek").click()
    look(screen)
    screen.get_by_role("link", name="Bekijk de afspraak").click()
    expect(screen.get_by_role("heading", level=1)).to_have_text("3-maandengesprek")
    look(screen)
    with screen.expect_download() as download:
        screen.get_by_role("link", name="Download voor de agenda").click()
    assert download.value.suggested_filename == "afspraak.ics"
    screen.goto("/berichten/?q=niets")
    look(screen)


@pytest.mark.parametrize(
    "address", ["", "?weergave=week", "?q=gesprek", "?van=2040-01-01", "?weergave=week&van=2040-01-01"]
)
def test_the_agenda(screen, live_server, cast, planned, address):
    sign_in(screen, live_server, cast.klantmanager)
    screen.goto(f"/berichten/agenda/{address}")
    look(screen)


def test_the_agenda_of_a_statushouder(screen, live_server, cast):
    sign_in(screen, live_server, cast.statushouder)
    screen.goto("/berichten/agenda/")
    look(screen)


def test_mail_that_did_not_arrive(screen, live_server, cast, planned):
    sign_in(screen, live_server, cast.functioneel_beheerder)
    screen.goto("/berichten/niet-aangekomen/")
    look(screen)
    screen.get_by_role("button", name="Alles opnieuw versturen").click()
    expect(screen.get_by_role("status").first).to_contain_text("opnieuw verstuurd")
    look(screen)


@pytest.mark.parametrize("signed_in", [True, False])
def test_the_mailbox_of_the_demo(screen, live_server, cast, planned, signed_in):
    if signed_in:
        sign_in(screen, live_server, cast.klantmanager)
    screen.goto("/berichten/demo-postvak/")
    look(screen)
    screen.get_by_role("link", name="Uitnodiging: 3-maandengesprek").first.click()
    look(screen)
    screen.get_by_text("Toon het bestand zoals het is").click()
    look(screen)
