"""From request to match and its end: done, refused, twice; state, journal and outbox."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.models import OrganisationKind
from accounts.roles import Role
from accounts.rules import RuleBroken
from cases.models import Alert, Assignment, Case, JournalEntry, JournalKind, Phase
from cases.services import assign, move_phase, release
from mentoring import services
from mentoring.models import (
    CheckIn,
    CheckInKind,
    CheckInStatus,
    ContactMoment,
    EndReason,
    MatchRequest,
    MatchRequestStatus,
    Mentor,
    Mentorship,
    MentorshipStatus,
    MentorStatus,
)
from notifications.models import Meeting, MeetingState, Notification
from tests import factories
from tests.factories import TODAY
from tests.mentoring.matches import NOW, at, confirm, make_accepted, make_match, make_proposal


def lines(case, kind=JournalKind.MENTORING):
    """Texts of the journal, oldest first."""
    return list(JournalEntry.objects.filter(case=case, kind=kind).order_by("pk").values_list("text", flat=True))


def subjects(user):
    """What this account was sent, oldest first."""
    return list(Notification.objects.filter(user=user).order_by("pk").values_list("subject", flat=True))


def open_request(cast, **fields):
    fields = {
        "case": cast.case,
        "organisation": cast.vrijwilligers,
        "by": cast.klantmanager,
        "today": TODAY,
        "now": NOW,
        **fields,
    }
    return services.open_match_request(**fields)


# --- The request --------------------------------------------------------------------------------------------


def test_open_match_request_brings_the_coordinators_to_the_dossier(cast):
    assert not Case.objects.visible_to(cast.vrijwilligerscoordinator, TODAY).exists()
    request = open_request(cast, wishes="  Wil koken. ", availability=["za"])
    assert (request.status, request.wishes, request.availability) == ("open", "Wil koken.", ["za"])
    assert list(Case.objects.visible_to(cast.vrijwilligerscoordinator, TODAY)) == [cast.case]
    assert not Case.objects.visible_to(cast.outsider.vrijwilligerscoordinator, TODAY).exists()
    assert lines(cast.case) == ["Mentor gevraagd"]
    assert subjects(cast.vrijwilligerscoordinator) == ["Er is een nieuw koppelverzoek"]
    assert subjects(cast.outsider.vrijwilligerscoordinator) == []


def test_open_match_request_twice_is_one_request(cast):
    assert open_request(cast) == open_request(cast)
    assert lines(cast.case) == ["Mentor gevraagd"]
    assert len(subjects(cast.vrijwilligerscoordinator)) == 1


def test_open_match_request_goes_to_the_only_organisation_or_asks_for_a_choice(cast):
    with pytest.raises(RuleBroken, match="Kies bij welke organisatie"):
        open_request(cast, organisation=None)
    cast.outsider.vrijwilligerscoordinator.role_assignments.update(ends_on=TODAY)
    assert open_request(cast, organisation=None).organisation == cast.vrijwilligers


def test_open_match_request_without_any_coordinator_is_refused(cast):
    for user in (cast.vrijwilligerscoordinator, cast.outsider.vrijwilligerscoordinator):
        user.role_assignments.update(ends_on=TODAY)
    with pytest.raises(RuleBroken, match="geen vrijwilligersorganisatie"):
        open_request(cast, organisation=None)


def test_open_match_request_is_refused_with_a_mentor_and_for_a_closed_dossier(cast, match):
    with pytest.raises(RuleBroken, match="heeft al een mentor"):
        open_request(cast)
    other = factories.make_case(klantmanager=cast.klantmanager)
    move_phase(case=other, to=Phase.AFGEROND, reason="Doel bereikt", by=cast.klantmanager, today=TODAY)
    with pytest.raises(RuleBroken, match="gesloten"):
        open_request(cast, case=other)


def test_change_match_request_writes_once(cast):
    request = open_request(cast)
    new = {"wishes": "Wil fietsen.", "gender_wish": "vrouw", "availability": ["za"], "interests": ["sport"]}
    for _twice in range(2):
        request = services.change_match_request(request=request, **new, by=cast.klantmanager)
    assert (request.wishes, request.gender_wish) == ("Wil fietsen.", "vrouw")
    assert lines(cast.case) == ["Mentor gevraagd", "Wensen voor een mentor gewijzigd"]


def test_withdraw_match_request_takes_the_proposal_and_the_coordinators_along(cast):
    proposal = make_proposal(cast)
    for _twice in range(2):
        request = services.withdraw_match_request(
            request=proposal.request, reason="Wil nu niet", by=cast.klantmanager, today=TODAY, now=NOW
        )
    proposal.refresh_from_db()
    assert (request.status, request.closed_on, request.closed_reason) == ("ingetrokken", TODAY, "Wil nu niet")
    assert proposal.status == MentorshipStatus.INGETROKKEN
    assert not Case.objects.visible_to(cast.vrijwilligerscoordinator, TODAY).exists()
    assert lines(cast.case) == [
        "Mentor gevraagd",
        "Mentor voorgesteld",
        "Voorstel voor een mentor ingetrokken",
        "Koppelverzoek ingetrokken",
    ]
    assert subjects(cast.mentor) == [
        "Er is een voorstel voor een koppeling",
        "Een voorstel voor een koppeling gaat niet door",
    ]


def test_withdraw_a_fulfilled_request_is_refused(cast, match):
    with pytest.raises(RuleBroken, match="vervuld"):
        services.withdraw_match_request(request=match.request, by=cast.klantmanager, today=TODAY)


# --- The proposal ---------------------------------------------------------------------------------------------


def test_propose_match_asks_the_mentor_without_naming_anyone(cast):
    proposal = make_proposal(cast)
    assert (proposal.status, proposal.answer_by) == ("voorgesteld", TODAY + timedelta(days=14))
    assert proposal.request.status == MatchRequestStatus.VOORGESTELD
    message = Notification.objects.get(user=cast.mentor)
    for name in ("Selam", "Tekle", cast.case.number):
        assert name not in f"{message.subject}{message.body}{message.link}{message.case_number}"
    assert not Case.objects.visible_to(cast.mentor, TODAY).exists()


def test_propose_match_twice_is_one_proposal_and_another_mentor_waits(cast):
    proposal = make_proposal(cast)
    again = services.propose_match(
        request=proposal.request, mentor=cast.mentor_file, by=cast.vrijwilligerscoordinator, today=TODAY, now=NOW
    )
    assert again == proposal
    with pytest.raises(RuleBroken, match="loopt al een voorstel"):
        services.propose_match(
            request=proposal.request, mentor=cast.outsider.mentor_file, by=cast.vrijwilligerscoordinator, today=TODAY
        )
    assert subjects(cast.mentor) == ["Er is een voorstel voor een koppeling"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": MentorStatus.PAUZE}, "niet beschikbaar"),
        ({"gedragscode_version": "0"}, "gedragscode"),
        ({"gedragscode_version": ""}, "gedragscode"),
        ({"max_active": 0}, "vol"),
    ],
)
def test_propose_match_is_refused_when_something_blocks(cast, change, reason):
    Mentor.objects.filter(pk=cast.mentor_file.pk).update(**change)
    with pytest.raises(RuleBroken, match=reason):
        make_proposal(cast)
    assert not Mentorship.objects.exists()


def test_propose_match_is_refused_to_a_mentor_whose_role_ended_or_of_elsewhere(cast):
    elsewhere = factories.make_mentor(
        organisation=factories.make_organisation("Elders", OrganisationKind.VRIJWILLIGERS)
    )
    with pytest.raises(RuleBroken, match="andere organisatie"):
        make_proposal(cast, mentor=elsewhere)
    cast.mentor.role_assignments.update(ends_on=TODAY)
    with pytest.raises(RuleBroken, match="account"):
        make_proposal(cast)


def test_a_proposal_holds_a_place_until_it_is_answered(cast):
    Mentor.objects.filter(pk=cast.mentor_file.pk).update(max_active=1)
    proposal = make_proposal(cast)
    other = factories.make_case()
    with pytest.raises(RuleBroken, match="vol"):
        make_proposal(cast, case=other)
    services.withdraw_proposal(mentorship=proposal, by=cast.vrijwilligerscoordinator, today=TODAY, now=NOW)
    assert make_proposal(cast, case=other).is_proposed


def test_answer_proposal_yes_by_both_sides(cast):
    proposal = make_proposal(cast)
    for _twice in range(2):
        proposal = services.answer_proposal(
            mentorship=proposal, side=Role.MENTOR, agrees=True, by=cast.mentor, today=TODAY, now=NOW
        )
    assert (proposal.status, proposal.can_be_confirmed) == (MentorshipStatus.GEACCEPTEERD, False)
    for _twice in range(2):
        proposal = services.answer_proposal(
            mentorship=proposal,
            side=Role.STATUSHOUDER,
            agrees=True,
            by=cast.vrijwilligerscoordinator,
            today=TODAY,
            now=NOW,
        )
    assert proposal.can_be_confirmed
    assert subjects(cast.vrijwilligerscoordinator) == ["Er is een antwoord op een voorstel"]
    assert lines(cast.case)[2:] == [
        "De voorgestelde mentor zegt ja",
        "De statushouder zegt ja tegen de voorgestelde mentor",
    ]


@pytest.mark.parametrize("side", [Role.MENTOR, Role.STATUSHOUDER])
def test_answer_proposal_no_returns_both_to_the_pool(cast, side):
    proposal = make_proposal(cast)
    for _twice in range(2):
        proposal = services.answer_proposal(
            mentorship=proposal,
            side=side,
            agrees=False,
            reason="Geen tijd",
            by=cast.vrijwilligerscoordinator,
            today=TODAY,
            now=NOW,
        )
    assert (proposal.status, proposal.declined_by, proposal.end_note) == ("afgeslagen", side, "Geen tijd")
    assert MatchRequest.objects.get().status == MatchRequestStatus.OPEN
    with pytest.raises(RuleBroken, match="afgeslagen"):
        services.propose_match(
            request=proposal.request, mentor=cast.mentor_file, by=cast.vrijwilligerscoordinator, today=TODAY
        )
    other = factories.make_case()
    assert make_proposal(cast, case=other).is_proposed
    with pytest.raises(RuleBroken, match="niet meer open"):
        services.answer_proposal(mentorship=proposal, side=side, agrees=True, by=cast.mentor, today=TODAY)


def test_expire_proposals_makes_up_for_a_missed_night_and_does_nothing_twice(cast):
    proposal = make_proposal(cast)
    assert services.expire_proposals(TODAY + timedelta(days=14)) == 0
    late = TODAY + timedelta(days=20)
    assert [services.expire_proposals(late, at(late)), services.expire_proposals(late, at(late))] == [1, 0]
    proposal.refresh_from_db()
    assert proposal.status == MentorshipStatus.VERLOPEN
    assert MatchRequest.objects.get().status == MatchRequestStatus.OPEN
    assert subjects(cast.vrijwilligerscoordinator) == ["Een voorstel is verlopen zonder antwoord"]


def test_expire_proposals_leaves_what_the_mentor_answered(cast):
    make_accepted(cast)
    assert services.expire_proposals(TODAY + timedelta(days=60)) == 0


# --- The match --------------------------------------------------------------------------------------------------


def roles_of(meeting):
    return {row.role: row.user for row in meeting.participants.all()}


def test_confirm_match_plans_both_talks_in_the_same_transaction(cast):
    start = date(2026, 11, 30)
    match = confirm(
        make_accepted(cast),
        cast.vrijwilligerscoordinator,
        start_date=start,
        first_on=date(2027, 3, 1),
        second_on=date(2027, 5, 31),
    )
    assert (match.status, match.start_date, match.confirmed_by) == ("actief", start, cast.vrijwilligerscoordinator)
    assert match.request.status == MatchRequestStatus.VERVULD
    first, second = match.check_ins.order_by("target_on")
    assert (first.kind, first.target_on, first.status) == (CheckInKind.M3, date(2027, 2, 28), CheckInStatus.GEPLAND)
    assert (second.kind, second.target_on, second.status) == (CheckInKind.M6, date(2027, 5, 30), CheckInStatus.GEPLAND)
    assert roles_of(first.meeting) == {
        Role.MENTOR: cast.mentor,
        Role.STATUSHOUDER: cast.statushouder,
        Role.KLANTMANAGER: cast.klantmanager,
    }
    assert roles_of(second.meeting) == {
        Role.MENTOR: cast.mentor,
        Role.STATUSHOUDER: cast.statushouder,
        Role.VRIJWILLIGERSCOORDINATOR: cast.vrijwilligerscoordinator,
    }
    assert (first.meeting.title, first.meeting.starts_at, first.meeting.place) == (
        "3-maandengesprek",
        at(date(2027, 3, 1)),
        "Stadhuis",
    )
    assert first.meeting.ends_at - first.meeting.starts_at == timedelta(minutes=60)
    assert (first.due_on, second.due_on) == (date(2027, 3, 2), date(2027, 6, 1))


def test_confirm_match_opens_the_dossier_to_the_mentor_and_invites_everybody(cast, match):
    assert list(Case.objects.visible_to(cast.mentor, TODAY)) == [cast.case]
    assert list(Mentorship.objects.visible_to(cast.mentor, TODAY)) == [match]
    invitations = Notification.objects.exclude(calendar="")
    assert sorted(invitations.values_list("user__email", flat=True)) == sorted(
        user.email
        for user in (
            *(cast.mentor, cast.statushouder) * 2,
            cast.klantmanager,
            cast.vrijwilligerscoordinator,
        )
    )
    for message in Notification.objects.all():
        assert "Selam" not in message.subject + message.body
        assert cast.mentor.name not in message.subject + message.body
    assert "De koppeling is rond" in subjects(cast.mentor)
    assert lines(cast.case)[-1] == "Koppeling met een mentor begonnen"


def test_confirm_match_twice_is_one_match(cast):
    proposal = make_accepted(cast)
    first = confirm(proposal, cast.vrijwilligerscoordinator)
    assert confirm(proposal, cast.vrijwilligerscoordinator, start_date=TODAY - timedelta(days=3)) == first
    assert Mentorship.objects.get().start_date == TODAY
    assert [CheckIn.objects.count(), Meeting.objects.count(), Notification.objects.exclude(calendar="").count()] == [
        2,
        2,
        6,
    ]


def test_confirm_match_needs_both_answers(cast):
    proposal = make_proposal(cast)
    with pytest.raises(RuleBroken, match="mentor heeft nog geen ja"):
        confirm(proposal, cast.vrijwilligerscoordinator)
    services.answer_proposal(mentorship=proposal, side=Role.MENTOR, agrees=True, by=cast.mentor, today=TODAY)
    with pytest.raises(RuleBroken, match="statushouder heeft nog geen ja"):
        confirm(proposal, cast.vrijwilligerscoordinator)
    assert not CheckIn.objects.exists()


@pytest.mark.parametrize(
    ("dates", "reason"),
    [
        ({"start_date": TODAY + timedelta(days=32)}, "binnen een maand"),
        ({"first_on": TODAY - timedelta(days=1)}, "toekomst"),
        ({"start_date": TODAY + timedelta(days=10), "first_on": TODAY + timedelta(days=9)}, "na de start"),
        (
            {"first_on": TODAY + timedelta(days=200), "second_on": TODAY + timedelta(days=190)},
            "na het 3-maandengesprek",
        ),
    ],
)
def test_confirm_match_refuses_impossible_dates(cast, dates, reason):
    with pytest.raises(RuleBroken, match=reason):
        confirm(make_accepted(cast), cast.vrijwilligerscoordinator, **dates)
    assert not CheckIn.objects.exists()
    assert not Assignment.objects.filter(role=Role.MENTOR).exists()


def test_confirm_match_without_place_is_refused(cast):
    proposal = make_accepted(cast)
    Mentor.objects.filter(pk=cast.mentor_file.pk).update(max_active=0)
    with pytest.raises(RuleBroken, match="geen plaats"):
        confirm(proposal, cast.vrijwilligerscoordinator)


def test_confirm_match_without_klantmanager_keeps_the_place_for_the_one_to_come(cast):
    case = factories.make_case(full_name="Hala Ibrahim", email="hala@demo.example")
    match = make_match(cast, case=case)
    first = match.check_ins.get(kind=CheckInKind.M3)
    rows = {row.role: (row.user, row.address, row.can_be_reached) for row in first.meeting.participants.all()}
    assert rows == {
        Role.MENTOR: (cast.mentor, "", True),
        Role.STATUSHOUDER: (None, "hala@demo.example", True),
        Role.KLANTMANAGER: (None, "", False),
    }
    assign(case=case, role=Role.KLANTMANAGER, user=cast.klantmanager, by=cast.klantmanager, today=TODAY, now=NOW)
    assert roles_of(first.meeting)[Role.KLANTMANAGER] == cast.klantmanager
    assert Notification.objects.filter(user=cast.klantmanager).exclude(calendar="").count() == 1


def test_a_statushouder_without_account_and_address_must_be_phoned(cast):
    match = make_match(cast, case=factories.make_case())
    unreachable = [
        row.role
        for row in match.check_ins.get(kind=CheckInKind.M6).meeting.participants.all()
        if not row.can_be_reached
    ]
    assert unreachable == [Role.STATUSHOUDER]


# --- The end ------------------------------------------------------------------------------------------------------


def end(match, by, reason=EndReason.AFGEROND, **kwargs):
    return services.end_mentorship(mentorship=match, reason=reason, by=by, today=TODAY, now=NOW, **kwargs)


def test_end_mentorship_stops_access_and_calls_off_the_talks(cast, match, talks):
    for _twice in range(2):
        match = end(match, cast.vrijwilligerscoordinator, note="Doel bereikt")
    assert (match.status, match.ended_on, match.end_reason, match.end_note) == (
        "beeindigd",
        TODAY,
        "afgerond",
        "Doel bereikt",
    )
    assert not Case.objects.visible_to(cast.mentor, TODAY).exists()
    assert not Mentorship.objects.visible_to(cast.mentor, TODAY).exists()
    assert not Case.objects.visible_to(cast.vrijwilligerscoordinator, TODAY).exists()
    assert set(CheckIn.objects.values_list("status", flat=True)) == {CheckInStatus.VERVALLEN}
    assert set(Meeting.objects.values_list("state", flat=True)) == {MeetingState.CANCELLED}
    assert Notification.objects.filter(calendar_method="CANCEL").count() == 6
    assert lines(cast.case)[-1] == "Koppeling met een mentor beëindigd"
    assert subjects(cast.mentor)[-1] == "Een koppeling is beëindigd"


def test_end_mentorship_with_a_new_match_keeps_the_coordinators(cast, match):
    end(match, cast.vrijwilligerscoordinator, reason=EndReason.NIEUWE_MATCH)
    request = MatchRequest.objects.open().get()
    assert (request.case, request.wishes, request.availability) == (
        cast.case,
        match.request.wishes,
        ["di_avond", "za"],
    )
    assert list(Case.objects.visible_to(cast.vrijwilligerscoordinator, TODAY)) == [cast.case]
    assert not Case.objects.visible_to(cast.mentor, TODAY).exists()


def test_end_mentorship_may_seek_a_new_mentor_for_any_reason(cast, match):
    end(match, cast.vrijwilligerscoordinator, reason=EndReason.MENTOR_STOPT, seek_new=True)
    assert MatchRequest.objects.open().filter(case=cast.case).exists()


def test_end_mentorship_refuses_what_is_not_active(cast):
    with pytest.raises(RuleBroken, match="niet actief"):
        end(make_proposal(cast), cast.vrijwilligerscoordinator)


def test_end_mentorship_takes_back_what_waited_for_the_coordinator(cast, match):
    services.log_contact(
        mentorship=match,
        on=TODAY,
        channel="thuis",
        minutes=60,
        concern=True,
        key="0" * 32,
        by=cast.mentor,
        today=TODAY,
        now=NOW,
    )
    assert Alert.objects.open().count() == 1
    end(match, cast.vrijwilligerscoordinator)
    assert Alert.objects.open().count() == 0
    assert ContactMoment.objects.count() == 1


def test_a_new_match_has_its_own_talks(cast, match):
    end(match, cast.vrijwilligerscoordinator, reason=EndReason.NIEUWE_MATCH)
    other = factories.make_mentor()
    again = make_match(cast, mentor=other)
    assert again.check_ins.count() == 2
    assert list(Case.objects.visible_to(other.user.act_as(Role.MENTOR, TODAY), TODAY)) == [cast.case]


def test_end_for_closed_cases_ends_what_the_dossier_could_not(cast, match):
    waiting = factories.make_case(klantmanager=cast.klantmanager)
    make_proposal(cast, case=waiting)
    for case in (cast.case, waiting):
        move_phase(case=case, to=Phase.BEEINDIGD, reason="Verhuisd", by=cast.klantmanager, today=TODAY, now=NOW)
    assert [services.end_for_closed_cases(TODAY, NOW), services.end_for_closed_cases(TODAY, NOW)] == [2, 0]
    match.refresh_from_db()
    assert (match.status, match.end_reason) == ("beeindigd", EndReason.DOSSIER_GESLOTEN)
    assert not MatchRequest.objects.open().exists()
    assert not Mentorship.objects.proposed().exists()


# --- Who sees what --------------------------------------------------------------------------------------------------


def test_visible_to_around_a_match(cast, match):
    sees = {
        user.role: (
            Mentorship.objects.visible_to(user, TODAY).count(),
            CheckIn.objects.visible_to(user, TODAY).count(),
            MatchRequest.objects.visible_to(user, TODAY).count(),
        )
        for user in (
            cast.mentor,
            cast.vrijwilligerscoordinator,
            cast.klantmanager,
            cast.statushouder,
            cast.maatschappelijk_begeleider,
            cast.docent,
            cast.functioneel_beheerder,
        )
    }
    assert sees == {
        "mentor": (1, 2, 0),
        "vrijwilligerscoordinator": (1, 2, 1),
        "klantmanager": (1, 2, 1),
        "statushouder": (1, 2, 1),
        "maatschappelijk_begeleider": (0, 0, 0),
        "docent": (0, 0, 0),
        "functioneel_beheerder": (0, 0, 0),
    }
    for outsider in vars(cast.outsider).values():
        if hasattr(outsider, "acting_as"):
            assert not Mentorship.objects.visible_to(outsider, TODAY).exists()
            assert not MatchRequest.objects.visible_to(outsider, TODAY).exists()


def test_the_mentoring_of_a_dossier_without_klantmanager_is_closed_to_other_klantmanagers(cast, match):
    release(case=cast.case, role=Role.KLANTMANAGER, by=None, today=TODAY)
    assert Case.objects.visible_to(cast.outsider.klantmanager, TODAY).filter(pk=cast.case.pk).exists()
    assert not Mentorship.objects.visible_to(cast.outsider.klantmanager, TODAY).exists()
    assert not MatchRequest.objects.visible_to(cast.outsider.klantmanager, TODAY).exists()


def test_a_mentor_whose_role_ended_sees_nothing(cast, match):
    cast.mentor.role_assignments.update(ends_on=timezone.localdate())
    cast.mentor.act_as(Role.MENTOR)
    assert cast.mentor.acting_as is None
    assert not Mentorship.objects.visible_to(cast.mentor).exists()
