"""The mentor's file: registered, states, code of conduct."""

import pytest
from django.test import override_settings

from accounts.models import Invitation
from accounts.rules import RuleBroken
from mentoring import services
from mentoring.models import Mentor, MentorStatus
from tests import factories
from tests.factories import TODAY
from tests.mentoring.matches import NOW, make_match, make_proposal


def register(cast, **fields):
    fields = {
        "email": "anneke@demo.example",
        "name": "Anneke Visser",
        "organisation": cast.vrijwilligers,
        "by": cast.vrijwilligerscoordinator,
        "today": TODAY,
        "now": NOW,
        **fields,
    }
    return services.register_mentor(**fields)


def move(mentor, to, by):
    return services.move_mentor(mentor=mentor, to=to, by=by, today=TODAY)


def test_register_mentor_invites_once_and_makes_one_file(cast, mailoutbox):
    mentors = {register(cast, languages=["ar"]) for _twice in range(2)}
    mentor = mentors.pop()
    assert not mentors
    assert (mentor.status, mentor.max_active, mentor.languages, mentor.organisation) == (
        "aangemeld",
        2,
        ["ar"],
        cast.vrijwilligers,
    )
    assert Invitation.objects.filter(user=mentor.user).count() == 1
    assert [message.to for message in mailoutbox] == [["anneke@demo.example"]]


def test_register_mentor_of_another_organisation_is_refused(cast):
    mentor = register(cast)
    mentor.organisation = cast.outsider.vrijwilligerscoordinator.acting_as.organisation
    mentor.save()
    with pytest.raises(RuleBroken, match="andere organisatie"):
        register(cast)


def test_the_way_of_a_mentor(cast):
    by, mentor = cast.vrijwilligerscoordinator, register(cast)
    with pytest.raises(RuleBroken, match="kan een mentor niet naar"):
        move(mentor, MentorStatus.BESCHIKBAAR, by)
    mentor = move(mentor, MentorStatus.KENNISMAKING, by)
    with pytest.raises(RuleBroken, match="gedragscode"):
        move(mentor, MentorStatus.GEDRAGSCODE_AKKOORD, by)
    for _twice in range(2):
        mentor = services.accept_gedragscode(mentor=mentor, version="1", by=mentor.user, today=TODAY, now=NOW)
    assert (mentor.status, mentor.gedragscode_version, mentor.gedragscode_accepted_at) == (
        "gedragscode_akkoord",
        "1",
        NOW,
    )
    for to in (MentorStatus.BESCHIKBAAR, MentorStatus.PAUZE, MentorStatus.BESCHIKBAAR, MentorStatus.BESCHIKBAAR):
        mentor = move(mentor, to, by)
    assert (mentor.status, mentor.status_since) == ("beschikbaar", TODAY)
    assert move(mentor, MentorStatus.GESTOPT, by).status == "gestopt"


def test_only_the_mentor_agrees_and_only_to_the_current_version(cast):
    mentor = register(cast)
    with pytest.raises(RuleBroken, match="mentor zelf"):
        services.accept_gedragscode(mentor=mentor, version="1", by=cast.vrijwilligerscoordinator, today=TODAY)
    with pytest.raises(RuleBroken, match="nieuwe versie"):
        services.accept_gedragscode(mentor=mentor, version="0", by=mentor.user, today=TODAY)
    assert Mentor.objects.get(pk=mentor.pk).gedragscode_version == ""


def test_a_new_version_asks_again(cast):
    with override_settings(GEDRAGSCODE_VERSION="2"):
        assert not cast.mentor_file.knows_gedragscode
        with pytest.raises(RuleBroken, match="gedragscode"):
            make_proposal(cast)
        mentor = services.accept_gedragscode(
            mentor=cast.mentor_file, version="2", by=cast.mentor, today=TODAY, now=NOW
        )
        assert (mentor.status, mentor.gedragscode_version) == ("beschikbaar", "2")
        assert make_proposal(cast).is_proposed


def test_who_stops_has_no_match_left(cast):
    make_match(cast)
    with pytest.raises(RuleBroken, match="nog een koppeling"):
        move(cast.mentor_file, MentorStatus.GESTOPT, cast.vrijwilligerscoordinator)


def test_a_mentor_does_not_change_what_was_seen(cast):
    with pytest.raises(RuleBroken, match="niet wijzigen"):
        services.change_mentor(mentor=cast.mentor_file, vog_seen_on=TODAY, by=cast.mentor)
    changed = services.change_mentor(mentor=cast.mentor_file, vog_seen_on=TODAY, by=cast.vrijwilligerscoordinator)
    assert changed.vog_seen_on == TODAY
    assert services.change_mentor(mentor=cast.mentor_file, languages=["ar"], by=cast.mentor).languages == ["ar"]


def test_places_count_matches_and_proposals(cast):
    make_match(cast)
    make_proposal(cast, case=factories.make_case())
    mentor = Mentor.objects.with_places().with_role(TODAY).get(pk=cast.mentor_file.pk)
    assert (mentor.active_count, mentor.proposed_count, mentor.free_count, mentor.has_role) == (1, 1, 0, True)
    assert list(Mentor.objects.speaks("ti")) == [cast.mentor_file]
    assert list(Mentor.objects.speaks("t")) == []
