"""Two at once: places are never given twice, a match never made twice. On PostgreSQL by locks, on SQLite by turns."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from accounts.roles import Role
from accounts.rules import RuleBroken
from cases.models import Assignment, JournalEntry
from mentoring import services
from mentoring.models import CheckIn, ContactMoment, Mentor, Mentorship
from notifications.models import Notification
from tests import factories
from tests.factories import TODAY
from tests.mentoring.matches import NOW, confirm, make_accepted, make_match, make_proposal

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls):
    """Run the calls at the same moment, each on a connection of its own. Returns results, refusals as `RuleBroken`."""
    barrier = Barrier(len(calls))

    def run(call):
        try:
            barrier.wait(timeout=10)
            return call()
        except RuleBroken as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_the_last_place_of_a_mentor_is_given_once(cast):
    first = make_accepted(cast)
    second = make_accepted(cast, case=factories.make_case())
    Mentor.objects.filter(pk=cast.mentor_file.pk).update(max_active=1)
    by = cast.vrijwilligerscoordinator
    results = at_once(lambda: confirm(first, by), lambda: confirm(second, by))
    refused = [result.message for result in results if isinstance(result, RuleBroken)]
    assert refused == ["Deze mentor heeft geen plaats meer vrij. Kies een andere mentor."]
    assert Mentorship.objects.active().count() == 1
    assert CheckIn.objects.count() == 2
    assert Assignment.objects.filter(role=Role.MENTOR).count() == 1


def test_confirming_one_proposal_twice_at_once_is_one_match(cast):
    proposal = make_accepted(cast)
    by = cast.vrijwilligerscoordinator
    assert at_once(lambda: confirm(proposal, by), lambda: confirm(proposal, by)) == [proposal, proposal]
    assert CheckIn.objects.count() == 2
    assert Notification.objects.exclude(calendar="").count() == 6


def test_two_coordinators_propose_two_mentors_at_once(cast):
    request = make_proposal(cast).request
    by = cast.vrijwilligerscoordinator
    services.withdraw_proposal(mentorship=Mentorship.objects.get(), by=by, today=TODAY, now=NOW)
    other = factories.make_mentor()
    results = at_once(
        *(
            lambda mentor=mentor: services.propose_match(request=request, mentor=mentor, by=by, today=TODAY, now=NOW)
            for mentor in (cast.mentor_file, other)
        )
    )
    assert sum(isinstance(result, RuleBroken) for result in results) == 1
    assert Mentorship.objects.proposed().count() == 1


def test_the_last_place_is_proposed_once(cast):
    by = cast.vrijwilligerscoordinator
    Mentor.objects.filter(pk=cast.mentor_file.pk).update(max_active=1)
    requests = [
        services.open_match_request(case=case, organisation=cast.vrijwilligers, by=by, today=TODAY, now=NOW)
        for case in (cast.case, factories.make_case())
    ]
    results = at_once(
        *(
            lambda request=request: services.propose_match(
                request=request, mentor=cast.mentor_file, by=by, today=TODAY, now=NOW
            )
            for request in requests
        )
    )
    assert sum(isinstance(result, RuleBroken) for result in results) == 1
    assert Mentorship.objects.proposed().count() == 1


def test_a_double_click_at_once_is_one_moment(cast):
    match, key = make_match(cast), uuid.uuid4()

    def log():
        return services.log_contact(
            mentorship=match, on=TODAY, channel="thuis", minutes=60, key=key, by=cast.mentor, today=TODAY, now=NOW
        )

    assert len(set(at_once(log, log, log))) == 1
    assert ContactMoment.objects.count() == 1
    assert JournalEntry.objects.filter(kind="contact").count() == 1


def test_ending_twice_at_once_ends_once(cast):
    match, by = make_match(cast), cast.vrijwilligerscoordinator

    def end():
        return services.end_mentorship(mentorship=match, reason="nieuwe_match", by=by, today=TODAY, now=NOW)

    at_once(end, end)
    assert JournalEntry.objects.filter(text="Koppeling met een mentor beëindigd").count() == 1
    assert Notification.objects.filter(calendar_method="CANCEL").count() == 6
