"""What somebody does about mail: choose at Meldingen, look at the agenda, answer by the link in an invitation, signed out."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import expect

from accounts.roles import Role
from notifications import links, services
from notifications.kinds import Way
from notifications.models import CalendarFeed, MailSettings, MeetingParticipant, Preference
from notifications.services import Receiver
from tests.browser.journey import Journey


@pytest.fixture
def talk(cast):
    """A talk tomorrow at ten, with klantmanager and mentor."""
    now = timezone.now()
    start = timezone.localtime(now).replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return services.schedule(
        kind="check_in", title="3-maandengesprek", starts_at=start, ends_at=start + timedelta(hours=1), now=now,
        place="Stadskantoor", case_number=cast.case.number, by=cast.klantmanager,
        participants=[Receiver(user=user, role=user.role) for user in (cast.klantmanager, cast.mentor)],
    )  # fmt: skip


def test_choose_what_is_mailed_look_at_the_agenda_and_answer(cast, talk, screen):
    journey, page = Journey(screen), screen
    journey.sign_in(cast.klantmanager, then="notifications:preferences")
    page.get_by_label("Overdracht van een dossier").select_option(Way.DAILY.value)
    page.get_by_label("Geen mail vanaf").fill("21:00")
    page.get_by_label("Weer mail vanaf").fill("07:00")
    journey.press("Opslaan")
    expect(page.get_by_text("Uw keuzes zijn opgeslagen.")).to_be_visible()
    assert Preference.objects.get(kind="hand_over").way == Way.DAILY
    assert MailSettings.objects.get().quiet_days == "0123456"

    journey.open("/berichten/agenda/")
    for name in ("Week", "Dag", "Lijst"):
        journey.follow(name)
    journey.follow("3-maandengesprek")
    expect(page.get_by_text("Nog geen antwoord")).to_have_count(2)
    journey.press("Ik kom")
    expect(page.get_by_text("Uw antwoord is opgeslagen.")).to_be_visible()

    journey.open("/berichten/agenda/koppelen/")
    journey.press("Maak een link")
    expect(page.get_by_label("Link", exact=True)).to_have_value(re.compile(r"/agenda/[\w-]{43}\.ics$"))
    assert CalendarFeed.objects.count() == 1
    assert journey.problems == []


def test_answer_by_the_link_in_the_mail_signed_out(cast, talk, screen):
    journey, page = Journey(screen), screen
    place = talk.participants.get(role=Role.MENTOR)
    page.goto("/accounts/login/")
    journey.open(links.answer_url(place).removeprefix(settings.BASE_URL))
    expect(page.get_by_role("heading", name="Komt u?")).to_be_visible()
    journey.press("Ik kom niet")
    expect(page.get_by_text("U hebt geantwoord dat u niet komt.")).to_be_visible()
    assert MeetingParticipant.objects.get(pk=place.pk).answer == "nee"
    assert journey.problems == []
