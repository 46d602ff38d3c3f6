"""The pages: who gets in, what they show and hide, one query count with one row and with many."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from cases.models import Case
from mentoring import services
from mentoring.models import ContactMoment, EndReason, GenderWish, MatchRequest, Mentor, Mentorship, MentorStatus
from mentoring.overviews import coordinator_home, mentor_home
from notifications.models import Meeting, Notification
from tests import factories
from tests.factories import TODAY
from tests.mentoring.matches import NOW, make_accepted, make_match, make_proposal

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def frozen(time_machine):
    """The pages ask the clock: it stands still at the moment of the tests."""
    time_machine.move_to(NOW, tick=False)


def log(match, by, on=TODAY, **fields):
    fields = {"channel": "thuis", "minutes": 90, "note": "Samen gekookt", **fields}
    return services.log_contact(mentorship=match, on=on, key=uuid.uuid4(), by=by, today=TODAY, now=NOW, **fields)


def pages(match, talks):
    """Every page around a match: URL → roles around the dossier that get in."""
    coordinator, km, mentor, person = (
        Role.VRIJWILLIGERSCOORDINATOR,
        Role.KLANTMANAGER,
        Role.MENTOR,
        Role.STATUSHOUDER,
    )
    number = match.case.number
    return {
        ("mentors",): {coordinator},
        ("register_mentor",): {coordinator},
        ("mentor", match.mentor_id): {coordinator},
        ("change_mentor", match.mentor_id): {coordinator},
        ("move_mentor", match.mentor_id): {coordinator},
        ("match_requests",): {coordinator},
        ("match_request", match.request_id): {coordinator},
        ("mentorships",): {coordinator},
        ("mentorship", match.pk): {coordinator, mentor},
        ("end_mentorship", match.pk): {coordinator},
        ("log_contact", match.pk): {mentor},
        ("contacts",): {mentor},
        ("my_profile",): {mentor},
        ("accept_gedragscode",): {mentor},
        ("check_ins",): {coordinator, km, mentor},
        ("check_in", talks.first.pk): {coordinator, km, mentor, person},
        ("check_in", talks.second.pk): {coordinator, km, mentor, person},
        ("move_check_in", talks.first.pk): {coordinator, km},
        ("move_check_in", talks.second.pk): {coordinator},
        ("miss_check_in", talks.first.pk): {coordinator, km},
        ("record_check_in", talks.first.pk): {km},
        ("record_check_in", talks.second.pk): {coordinator},
        ("case_mentor", number): {coordinator, km, person},
        ("open_match_request", number): {coordinator, km, person},
    }


def test_every_page_opens_for_its_roles_and_for_nobody_else(cast, match, talks, sign_in):
    wrong = {}
    for (name, *args), roles in pages(match, talks).items():
        url = reverse(f"mentoring:{name}", args=args)
        for role in Role:
            got = sign_in(getattr(cast, role.value)).get(url).status_code
            is_redirect = (name, role) == ("case_mentor", Role.MENTOR)
            expected = 302 if is_redirect else 200 if role in roles else 404 if args else 403
            if got != expected:
                wrong[name, role.value] = got
            if args:
                got = sign_in(getattr(cast.outsider, role.value)).get(url).status_code
                # Mentors' files are the organisation's; the outsider coordinator is of another one.
                if got != 404:
                    wrong[name, "outsider " + role.value] = got
    assert wrong == {}


def test_pages_of_a_proposal_open_for_their_roles(cast, sign_in):
    proposal = make_proposal(cast)
    answer = reverse("mentoring:answer_proposal", args=[proposal.pk])
    assert sign_in(cast.mentor).get(answer).status_code == 200
    assert sign_in(cast.statushouder).get(answer).status_code == 200
    client = sign_in(cast.vrijwilligerscoordinator)
    assert [client.get(answer).status_code, client.get(f"{answer}?wie=mentor").status_code] == [404, 200]
    for name, pk in (("withdraw_proposal", proposal.pk), ("withdraw_match_request", proposal.request_id)):
        assert client.get(reverse(f"mentoring:{name}", args=[pk])).status_code == 200
    assert client.get(reverse("mentoring:change_match_request", args=[proposal.request_id])).status_code == 200
    assert client.get(reverse("mentoring:confirm_match", args=[proposal.pk])).status_code == 404
    for user in (cast.outsider.mentor, cast.outsider.vrijwilligerscoordinator, cast.klantmanager, cast.docent):
        assert sign_in(user).get(answer).status_code == 404


def test_the_mentor_sees_no_name_before_the_match_is_made(cast, sign_in):
    proposal = make_proposal(cast)
    page = sign_in(cast.mentor).get(reverse("mentoring:answer_proposal", args=[proposal.pk])).content.decode()
    assert "Tigrinya" in page
    assert "Wil Nederlands oefenen en koken." in page
    for hidden in ("Selam", "Tekle", cast.case.number):
        assert hidden not in page


def test_an_ex_mentor_gets_404_at_once(cast, match, talks, sign_in):
    moment = log(match, cast.mentor)
    services.end_mentorship(
        mentorship=match, reason="afgerond", by=cast.vrijwilligerscoordinator, today=TODAY, now=NOW
    )
    client = sign_in(cast.mentor)
    for name, *args in (
        ("mentorship", match.pk),
        ("log_contact", match.pk),
        ("change_contact", moment.pk),
        ("remove_contact", moment.pk),
        ("check_in", talks.first.pk),
        ("case_mentor", cast.case.number),
    ):
        assert client.get(reverse(f"mentoring:{name}", args=args)).status_code == 404, name
    page = client.get(reverse("mentoring:contacts")).content.decode()
    assert "1½ uur" in page  # the own hours stay, the text does not
    assert "Samen gekookt" not in page
    assert "Selam" not in page


def test_the_klantmanager_reads_that_and_when_never_what(cast, match, sign_in):
    log(match, cast.mentor)
    url = reverse("mentoring:case_mentor", args=[cast.case.number])
    seen = {
        role: sign_in(getattr(cast, role)).get(url).content.decode()
        for role in ("klantmanager", "statushouder", "vrijwilligerscoordinator")
    }
    assert {role: "Samen gekookt" in page for role, page in seen.items()} == {
        "klantmanager": False,
        "statushouder": True,
        "vrijwilligerscoordinator": True,
    }
    assert "23 november 2026" in seen["klantmanager"]


def test_what_was_said_in_the_first_talk_is_for_klantmanager_and_statushouder(cast, match, talks, sign_in):
    services.record_check_in(
        check_in=talks.first,
        held_on=TODAY,
        summary="Gaat goed met de cursus",
        by=cast.klantmanager,
        today=TODAY,
        now=NOW,
    )
    url = reverse("mentoring:check_in", args=[talks.first.pk])
    readers = {
        role: "Gaat goed met de cursus" in sign_in(getattr(cast, role)).get(url).content.decode()
        for role in ("klantmanager", "statushouder", "mentor", "vrijwilligerscoordinator")
    }
    assert readers == {"klantmanager": True, "statushouder": True, "mentor": False, "vrijwilligerscoordinator": False}


# --- Journeys by form -------------------------------------------------------------------------------------------


def test_from_request_to_talks_by_the_pages(cast, sign_in):
    number = cast.case.number
    client = sign_in(cast.klantmanager)
    url = reverse("mentoring:open_match_request", args=[number])
    assert client.post(url, {"wishes": "Wil koken", "availability": ["za"], "interests": ["koken"]}).status_code == 200
    answer = client.post(url, {"organisation": cast.vrijwilligers.pk, "wishes": "Wil koken", "availability": ["za"]})
    assert answer.url == reverse("mentoring:case_mentor", args=[number])
    request = MatchRequest.objects.get()

    client = sign_in(cast.vrijwilligerscoordinator)
    page = client.get(reverse("mentoring:match_requests"))
    assert "Selam Tekle" in page.content.decode()
    assert "spreekt Tigrinya" in page.content.decode()
    client.post(reverse("mentoring:propose_match", args=[request.pk, cast.mentor_file.pk]))
    proposal = Mentorship.objects.get()

    sign_in(cast.mentor).post(reverse("mentoring:answer_proposal", args=[proposal.pk]), {"answer": "ja"})
    answered = reverse("mentoring:answer_proposal", args=[proposal.pk])
    page = sign_in(cast.mentor).get(answered)
    assert page.context["form"]["answer"].value() == "ja"
    assert "Je hebt ja gezegd" in page.content.decode()
    client = sign_in(cast.vrijwilligerscoordinator)
    client.post(f"{answered}?wie=statushouder", {"answer": "ja"})

    url = reverse("mentoring:confirm_match", args=[proposal.pk])
    initial = client.get(url).context["form"].initial
    assert [str(initial[name]) for name in ("start_date", "first_on", "first_time", "second_on")] == [
        "2026-11-23",
        "2027-02-23",
        "10:00:00",
        "2027-05-24",  # 23 May is a Sunday
    ]
    later = client.get(f"{url}?start_date=2026-11-30&first_place=Stadhuis").context["form"].initial
    assert [str(later["first_on"]), later["first_place"]] == ["2027-03-01", "Stadhuis"]
    data = {name: str(value) for name, value in initial.items()}
    assert client.post(url, data).url == reverse("mentoring:mentorship", args=[proposal.pk])
    assert client.get(url).status_code == 302
    assert proposal.check_ins.count() == 2


def test_a_confirmation_that_is_refused_keeps_what_was_typed(cast, sign_in):
    proposal = make_accepted(cast)
    Mentor.objects.update(max_active=0)
    url = reverse("mentoring:confirm_match", args=[proposal.pk])
    client = sign_in(cast.vrijwilligerscoordinator)
    initial = client.get(url).context["form"].initial
    page = client.post(url, {**{k: str(v) for k, v in initial.items()}, "first_place": "Bibliotheek Nieuwstraat"})
    assert "geen plaats meer vrij" in page.content.decode()
    assert "Bibliotheek Nieuwstraat" in page.content.decode()


def test_the_second_talk_ends_the_match_by_the_page(cast, match, talks, sign_in):
    url = reverse("mentoring:record_check_in", args=[talks.second.pk])
    client = sign_in(cast.vrijwilligerscoordinator)
    data = {"held_on": TODAY, "outcome": "afronden", "summary": "Beiden tevreden"}
    page = client.post(url, data)
    assert "waarom de koppeling wordt afgerond" in page.content.decode()
    assert client.post(url, {**data, "end_note": "Doel bereikt"}).url == reverse("mentoring:check_ins")
    match.refresh_from_db()
    assert (match.status, match.end_note) == ("beeindigd", "Doel bereikt")


def test_a_mentor_agrees_and_becomes_available(cast, sign_in):
    coordinator = sign_in(cast.vrijwilligerscoordinator)
    coordinator.post(
        reverse("mentoring:register_mentor"),
        {"name": "Anneke Visser", "email": "anneke@demo.example", "languages": ["ar"], "max_active": 2},
    )
    mentor = Mentor.objects.get(user__email="anneke@demo.example")
    assert (mentor.organisation, mentor.status, mentor.languages) == (
        cast.vrijwilligers,
        MentorStatus.AANGEMELD,
        ["ar"],
    )
    move = reverse("mentoring:move_mentor", args=[mentor.pk])
    coordinator.post(move, {"to": "kennismaking"})
    assert "gedragscode" in coordinator.post(move, {"to": "gedragscode_akkoord"}).content.decode()
    own = sign_in(mentor.user)
    own.post(reverse("mentoring:accept_gedragscode"), {"version": "1", "agrees": "on"})
    own.post(reverse("mentoring:my_profile"), {"languages": ["ar", "nl"], "max_active": 1, "neighbourhood": "Mors"})
    sign_in(cast.vrijwilligerscoordinator).post(move, {"to": "beschikbaar"})
    mentor.refresh_from_db()
    assert (mentor.status, mentor.gedragscode_version, mentor.languages, mentor.neighbourhood) == (
        MentorStatus.BESCHIKBAAR,
        "1",
        ["ar", "nl"],
        "Mors",
    )


def test_compare_two_candidates(cast, sign_in):
    other = factories.make_mentor(neighbourhood="Mors")
    request = make_proposal(cast).request
    services.withdraw_proposal(
        mentorship=Mentorship.objects.get(), by=cast.vrijwilligerscoordinator, today=TODAY, now=NOW
    )
    url = reverse("mentoring:compare_candidates", args=[request.pk])
    page = sign_in(cast.vrijwilligerscoordinator).get(f"{url}?a={other.pk}&b={cast.mentor_file.pk}")
    assert "geen gedeelde taal (Tigrinya)" in page.content.decode()
    assert "spreekt Tigrinya" in page.content.decode()
    assert sign_in(cast.vrijwilligerscoordinator).get(f"{url}?a=999&b=1").status_code == 404


# --- Lists --------------------------------------------------------------------------------------------------------


def test_mentors_are_searched_filtered_and_sorted(cast, sign_in):
    factories.make_mentor(
        factories.make_user(Role.MENTOR, name="Anneke Visser"), languages=["ar"], neighbourhood="Mors", max_active=3
    )
    factories.make_mentor(
        factories.make_user(Role.MENTOR, name="Zoë Bakker"), languages=["prs"], status=MentorStatus.PAUZE
    )
    client, url = sign_in(cast.vrijwilligerscoordinator), reverse("mentoring:mentors")

    def names(query):
        return [row.name for row in client.get(f"{url}?{query}").context["found"].rows]

    assert names("q=visser") == ["Anneke Visser"]
    assert names("taal=ar") == ["Anneke Visser"]
    assert names("wijk=Mors") == ["Anneke Visser"]
    assert names("stand=pauze") == ["Zoë Bakker"]
    assert "Zoë Bakker" not in names("plaats=vrij")
    assert names("sort=-naam")[0] == "Zoë Bakker"
    assert names("sort=-vrij")[0] == "Anneke Visser"


def test_matches_without_any_contact_come_first_and_silent_ones_are_found(cast, match, sign_in):
    other = make_match(cast, case=factories.make_case(full_name="Hala Ibrahim"))
    log(other, cast.mentor)
    Mentorship.objects.filter(pk=match.pk).update(start_date=TODAY - timedelta(days=20))
    client, url = sign_in(cast.vrijwilligerscoordinator), reverse("mentoring:mentorships")
    rows = client.get(url).context["found"].rows
    assert [(row.name, row.last_contact, row.contact_kind, row.hours) for row in rows] == [
        ("Selam Tekle", "nog geen contact", "urgent", "geen uren"),
        ("Hala Ibrahim", "vandaag", "", "1½ uur"),
    ]
    assert [row.name for row in client.get(f"{url}?stand=stil").context["found"].rows] == ["Selam Tekle"]
    assert [row.name for row in client.get(f"{url}?q=ibrahim").context["found"].rows] == ["Hala Ibrahim"]


def make_many(cast, number):
    """So many waiting requests, mentors, matches with contact, and proposals."""
    for index in range(number):
        mentor = factories.make_mentor(max_active=3, languages=["ti"], interests=["koken"])
        waiting = factories.make_case(klantmanager=cast.klantmanager)
        services.open_match_request(
            case=waiting,
            organisation=cast.vrijwilligers,
            gender_wish=GenderWish.VROUW,
            by=cast.klantmanager,
            today=TODAY,
            now=NOW,
        )
        match = make_match(cast, case=factories.make_case(klantmanager=cast.klantmanager), mentor=mentor)
        log(match, mentor.user, note=f"Keer {index}")
        Mentor.objects.filter(pk=cast.mentor_file.pk).update(max_active=200)
        own = make_match(cast, case=factories.make_case(klantmanager=cast.klantmanager))
        log(own, cast.mentor, on=TODAY)
        Mentorship.objects.filter(pk=match.pk).update(start_date=TODAY - timedelta(days=30))
        make_proposal(cast, case=factories.make_case())


def queries(cast):
    """How many queries each list and each home takes, by its name and role."""
    found = {}
    for name, role in (
        ("match_requests", Role.VRIJWILLIGERSCOORDINATOR),
        ("mentors", Role.VRIJWILLIGERSCOORDINATOR),
        ("mentorships", Role.VRIJWILLIGERSCOORDINATOR),
        ("check_ins", Role.VRIJWILLIGERSCOORDINATOR),
        ("check_ins", Role.KLANTMANAGER),
        ("check_ins", Role.MENTOR),
        ("contacts", Role.MENTOR),
    ):
        client = Client()
        client.force_login(getattr(cast, role.value), backend="django.contrib.auth.backends.ModelBackend")
        url = reverse(f"mentoring:{name}")
        client.get(url)
        with CaptureQueriesContext(connection) as asked:
            client.get(url)
        found[name, role] = len(asked)
    with CaptureQueriesContext(connection) as asked:
        coordinator_home(cast.vrijwilligerscoordinator, TODAY)
    found["home", Role.VRIJWILLIGERSCOORDINATOR] = len(asked)
    with CaptureQueriesContext(connection) as asked:
        mentor_home(cast.mentor, TODAY)
    found["home", Role.MENTOR] = len(asked)
    return found


def test_lists_and_homes_cost_the_same_with_one_row_and_with_many(cast):
    make_many(cast, 1)
    few = queries(cast)
    assert max(few.values()) <= 50
    make_many(cast, 29)
    assert queries(cast) == few

    home, own = coordinator_home(cast.vrijwilligerscoordinator, TODAY), mentor_home(cast.mentor, TODAY)
    assert (home.waiting_count, home.proposal_count, len(home.waiting)) == (60, 30, 5)
    assert (len(own.matches), len(own.proposals)) == (30, 30)
    assert own.matches[0].log_url == reverse("mentoring:log_contact", args=[own.matches[0].pk])


def test_the_coordinator_of_another_organisation_sees_nothing(cast, sign_in):
    make_many(cast, 1)
    stranger = cast.outsider.vrijwilligerscoordinator
    client = sign_in(stranger)
    assert client.get(reverse("mentoring:match_requests")).context["screen"].rows == ()
    for name in ("mentors", "mentorships", "check_ins"):
        assert client.get(reverse(f"mentoring:{name}")).context["found"].rows == ()
    home = coordinator_home(stranger, TODAY)
    assert (home.waiting_count, home.proposal_count, home.silent_count, home.talk_count, home.concern_count) == (
        0,
    ) * 5
    assert not Case.objects.visible_to(stranger, TODAY).exists()
    assert ContactMoment.objects.visible_to(stranger, TODAY).count() == 0
    assert timezone.localdate() == TODAY


@pytest.mark.parametrize("name", ["mentors", "match_requests", "mentorships", "check_ins"])
@pytest.mark.parametrize("field", ["q", "stand", "taal", "wijk", "soort", "sort", "page", "mentoren"])
def test_nul_in_the_address_of_a_list_is_passed_over(cast, sign_in, name, field):
    client = sign_in(cast.vrijwilligerscoordinator)

    assert client.get(reverse(f"mentoring:{name}"), {field: "a\x00b"}).status_code == 200


@pytest.mark.parametrize("value", ["\x00", "²", "٣", "-1", "9" * 30, "9" * 5000])
@pytest.mark.parametrize("field", ["koppeling", "hoe", "page"])
def test_an_odd_choice_of_own_contacts_is_answered(cast, sign_in, value, field):
    assert sign_in(cast.mentor).get(reverse("mentoring:contacts"), {field: value}).status_code == 200


@pytest.mark.parametrize("day", ["2026-02-30", "9999-12-31", "0001-01-01", "morgen", "\x00"])
def test_no_day_at_all_suggests_from_today(cast, sign_in, day):
    proposal = make_accepted(cast)
    client = sign_in(cast.vrijwilligerscoordinator)
    page = client.get(reverse("mentoring:confirm_match", args=[proposal.pk]), {"start_date": day})

    assert f'value="{TODAY.isoformat()}"' in page.content.decode()


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_talk_is_not_planned_outside_this_century(cast, sign_in, day):
    talk = make_match(cast).check_ins.first()
    url = reverse("mentoring:move_check_in", args=[talk.pk])
    answer = sign_in(cast.klantmanager).post(url, {"on": day, "time": "10:00", "place": ""})

    assert answer.status_code == 200
    assert "Klopt het jaar?" in answer.content.decode()


def test_with_the_match_ends_every_door_that_stood_in_messages_and_agenda(cast, sign_in):
    match = make_match(cast)
    meetings = list(Meeting.objects.filter(participants__user=cast.mentor))
    invitations = list(Notification.objects.filter(user=cast.mentor, calendar_method="REQUEST"))
    client = sign_in(cast.mentor)
    doors = [reverse("notifications:meeting", args=[meeting.pk]) for meeting in meetings]
    doors += [reverse("notifications:meeting_calendar", args=[meeting.pk]) for meeting in meetings]
    doors += [reverse("notifications:message_calendar", args=[row.pk]) for row in invitations]
    assert {client.get(door).status_code for door in doors} == {200}
    assert len(doors) == 6

    services.end_mentorship(
        mentorship=match, reason=EndReason.MENTOR_STOPT, by=cast.vrijwilligerscoordinator, today=TODAY, now=NOW
    )

    assert {client.get(door).status_code for door in doors} == {404}
    old = client.get(reverse("notifications:message", args=[invitations[0].pk]))
    assert not any(door in old.content.decode() for door in doors)
    agenda = client.get(reverse("notifications:agenda"), {"q": "gesprek"}).content.decode()
    assert match.case.number not in agenda
    called_off = Notification.objects.filter(user=cast.mentor, calendar_method="CANCEL").first()
    assert client.get(reverse("notifications:message_calendar", args=[called_off.pk])).status_code == 200
