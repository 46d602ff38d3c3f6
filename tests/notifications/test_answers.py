"""Answers to invitations: by the link in the mail or on the page, who hears of a refusal, and when a link is over."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import RoleAssignment, User
from accounts.roles import Role
from accounts.rules import RuleBroken
from notifications import kinds, links, mail, services
from notifications.models import Answer, MeetingParticipant, Notification
from notifications.services import Receiver

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=AMSTERDAM)
START = NOW + timedelta(days=7)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _monday_morning():
    with time_machine.travel(NOW, tick=False):
        yield


def plan(cast, *extra, by=None, **fields):
    people = [Receiver(user=user, role=user.role) for user in (cast.klantmanager, cast.mentor)]
    fields = {"case_number": cast.case.number, "link": "/mentoren/", "place": "Stadskantoor", **fields}
    return services.schedule(
        kind="check_in", title="3-maandengesprek", starts_at=START, ends_at=START + HOUR,
        participants=[*people, *extra], by=by or cast.klantmanager, now=NOW, **fields,
    )  # fmt: skip


def place_of(meeting, user):
    return meeting.participants.get(user=user)


def path(place, settings):
    return links.answer_url(place).removeprefix(settings.BASE_URL)


def answers(meeting):
    return {row.user_id: row.answer for row in meeting.participants.all()}


def refusals():
    return list(Notification.objects.filter(kind=kinds.ANSWER).order_by("pk"))


def test_the_mail_leads_to_three_buttons_that_work_signed_out(cast, post, settings):
    meeting = plan(cast, Receiver(address="amina@demo.example", role=Role.STATUSHOUDER))
    services.deliver_due(now=NOW)
    [message] = [m for m in post.messages if m["To"] == "amina@demo.example"]
    place = meeting.participants.get(address="amina@demo.example")
    text = message.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert f"Laat weten of u komt:\n{links.answer_url(place)}" in text
    assert text.count("http://") == 1

    browser = Client(enforce_csrf_checks=True)
    page = browser.get(path(place, settings))
    # No more than the mail told.
    for shown in ("3-maandengesprek", "maandag 30 november 2026", "Stadskantoor"):
        assert shown in page.text
        assert shown in text
    for hidden in (cast.mentor.name, cast.klantmanager.name, cast.case.number, "amina"):
        assert hidden not in page.text
    assert page["X-Robots-Tag"] == "noindex"
    place.refresh_from_db()
    assert place.answer == ""

    token = page.context["csrf_token"]
    done = browser.post(path(place, settings), {"answer": "ja", "csrfmiddlewaretoken": str(token)})
    assert "U hebt geantwoord dat u komt." in done.text
    place.refresh_from_db()
    assert (place.answer, place.answered_at) == (Answer.YES, NOW)
    assert refusals() == []


def test_who_planned_it_hears_of_a_refusal_once(cast, client, settings):
    meeting = plan(cast)
    place = place_of(meeting, cast.mentor)
    for answer in ("nee", "nee", "misschien", "nee"):
        assert client.post(path(place, settings), {"answer": answer}).status_code == 200
    [told] = refusals()
    assert (told.user, told.role, told.link) == (cast.klantmanager, Role.KLANTMANAGER, meeting.get_absolute_url())
    assert "Mentor komt niet." in told.body
    assert cast.mentor.name not in told.subject + told.body
    assert answers(meeting) == {cast.klantmanager.pk: "", cast.mentor.pk: Answer.NO}


def test_a_planner_who_does_not_take_part_sees_the_answers_and_is_told(cast, sign_in):
    meeting = plan(cast, by=cast.vrijwilligerscoordinator)
    services.answer_meeting(participant=place_of(meeting, cast.mentor), answer="nee", now=NOW)
    [told] = refusals()
    assert (told.user, told.link) == (cast.vrijwilligerscoordinator, "/mentoren/")
    page = sign_in(cast.vrijwilligerscoordinator).get(meeting.get_absolute_url())
    assert [(p.role, p.answer_label) for p in page.context["participants"]] == [
        ("Klantmanager", "Nog geen antwoord"),
        ("Mentor", "Komt niet"),
    ]
    assert not page.context["may_answer"]
    # It stands in the agenda of who takes part alone.
    assert page.client.get(reverse("notifications:agenda")).context["agenda"].count == 0


def test_when_the_planner_is_gone_the_professionals_who_take_part_hear(cast):
    meeting = plan(cast, by=cast.vrijwilligerscoordinator)
    RoleAssignment.objects.filter(user=cast.vrijwilligerscoordinator).update(ends_on=NOW.date())
    services.answer_meeting(participant=place_of(meeting, cast.mentor), answer="nee", now=NOW)
    assert [told.user for told in refusals()] == [cast.klantmanager]


def test_a_planner_whose_access_to_the_dossier_ended_sees_the_meeting_no_more(cast, sign_in):
    meeting = plan(cast, by=cast.vrijwilligerscoordinator)
    services.vacate(
        case_number=cast.case.number,
        role=Role.VRIJWILLIGERSCOORDINATOR,
        users=[cast.vrijwilligerscoordinator],
        now=NOW,
    )
    assert sign_in(cast.vrijwilligerscoordinator).get(meeting.get_absolute_url()).status_code == 404


def test_a_changed_meeting_asks_again_and_the_old_link_says_so(cast, client, settings):
    meeting = plan(cast)
    place = place_of(meeting, cast.mentor)
    old = path(place, settings)
    client.post(old, {"answer": "ja"})
    services.move(meeting=meeting, starts_at=START + HOUR, ends_at=START + 2 * HOUR, now=NOW)
    place.refresh_from_db()
    assert (place.answer, place.answered_at, place.asked) == ("", None, 1)
    page = client.post(old, {"answer": "nee"})
    assert page.status_code == 410
    assert "Deze afspraak is gewijzigd." in page.text
    assert "Stadskantoor" not in page.text
    assert client.post(path(place, settings), {"answer": "nee"}).status_code == 200
    invitation = Notification.objects.filter(user=cast.mentor, kind=kinds.INVITATION).order_by("-pk").first()
    assert links.answer_url(place) in mail.as_text(invitation)


@pytest.mark.parametrize("ended", ["over", "cancelled", "vacated", "left", "role", "account"])
def test_a_link_ends_with_the_meeting_and_with_the_place_in_it(cast, client, settings, ended):
    meeting = plan(cast)
    place = place_of(meeting, cast.mentor)
    old = path(place, settings)
    now, status = NOW, 410
    if ended == "over":
        now = START + HOUR
    elif ended == "cancelled":
        services.cancel(meeting=meeting, now=NOW)
    elif ended == "vacated":
        services.vacate(case_number=cast.case.number, role=Role.MENTOR, users=[cast.mentor], now=NOW)
        status = 404
    elif ended == "role":
        RoleAssignment.objects.filter(user=cast.mentor).update(ends_on=NOW.date())
        status = 404
    elif ended == "account":
        User.objects.filter(pk=cast.mentor.pk).update(is_active=False)
        status = 404
    else:
        services.leave(meetings=[meeting], receiver=Receiver(user=cast.mentor, role=Role.MENTOR), now=NOW)
        status = 404
    with time_machine.travel(now, tick=False):
        assert client.get(old).status_code == status
        assert client.post(old, {"answer": "ja"}).status_code == status
    assert not MeetingParticipant.objects.exclude(answer="").exists()


def test_the_successor_in_a_place_has_a_link_of_their_own(cast, client, settings):
    meeting = plan(cast)
    old = path(place_of(meeting, cast.klantmanager), settings)
    services.replace_participant(
        case_number=cast.case.number, role=Role.KLANTMANAGER,
        receiver=Receiver(user=cast.outsider.klantmanager, role=Role.KLANTMANAGER), now=NOW,
    )  # fmt: skip
    assert client.get(old).status_code == 404
    assert client.get(path(place_of(meeting, cast.outsider.klantmanager), settings)).status_code == 200
    # The predecessor's mail, shown again, does not hand out the successor's link.
    kept = Notification.objects.filter(user=cast.klantmanager, calendar_method="REQUEST").get()
    assert "/afspraak/" not in mail.as_text(kept)


@pytest.mark.parametrize("token", ["1-0-" + "0" * 40, "x", "1-0-", "99999999999999999999-0-a", "1--a"])
def test_a_made_up_link_is_none(cast, client, token):
    plan(cast)
    assert client.get(f"/berichten/afspraak/{token}/").status_code == 404
    assert client.post(f"/berichten/afspraak/{token}/", {"answer": "ja"}).status_code == 404


def test_an_unknown_answer_is_none(cast, client, settings):
    place = place_of(plan(cast), cast.mentor)
    assert client.post(path(place, settings), {"answer": "ja-nee"}).status_code == 404


def test_one_answers_on_the_page_too_but_not_for_another(cast, sign_in):
    meeting = plan(cast)
    client = sign_in(cast.mentor)
    assert client.get(meeting.get_absolute_url()).context["may_answer"]
    client.post(reverse("notifications:answer_meeting", args=[meeting.pk]), {"answer": "misschien"})
    assert answers(meeting) == {cast.klantmanager.pk: "", cast.mentor.pk: Answer.MAYBE}
    assert "U weet het nog niet" in client.get(reverse("notifications:agenda") + "?van=2026-11-30").text
    outsider = sign_in(cast.outsider.mentor)
    answer = outsider.post(reverse("notifications:answer_meeting", args=[meeting.pk]), {"answer": "ja"})
    assert answer.status_code == 404


def test_an_answer_after_the_end_is_refused(cast):
    place = place_of(plan(cast), cast.mentor)
    with pytest.raises(RuleBroken):
        services.answer_meeting(participant=place, answer="ja", now=START + HOUR)
    with pytest.raises(RuleBroken):
        services.answer_meeting(participant=place, answer="ja", asked=3, now=NOW)
