"""Matches in each stage, made through the services."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from accounts.roles import Role
from mentoring import services
from tests.factories import TODAY


def at(day, hour=10, minute=0):
    """A moment on `day` in the portal's time zone."""
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


#: The moment at which tests act.
NOW = at(TODAY, 9)


def make_proposal(cast, *, case=None, mentor=None, by=None):
    """A proposal that waits for both answers."""
    case = case or cast.case
    coordinator = by or cast.vrijwilligerscoordinator
    request = services.open_match_request(
        case=case,
        organisation=coordinator.acting_as.organisation,
        wishes="Wil Nederlands oefenen en koken.",
        availability=["di_avond", "za"],
        interests=["koken"],
        by=coordinator,
        today=TODAY,
        now=NOW,
    )
    return services.propose_match(
        request=request, mentor=mentor or cast.mentor_file, by=coordinator, today=TODAY, now=NOW
    )


def make_accepted(cast, **kwargs):
    """A proposal to which both sides said yes."""
    proposal = make_proposal(cast, **kwargs)
    for side in (Role.MENTOR, Role.STATUSHOUDER):
        proposal = services.answer_proposal(
            mentorship=proposal, side=side, agrees=True, by=cast.vrijwilligerscoordinator, today=TODAY, now=NOW
        )
    return proposal


def confirm(proposal, by, *, start_date=TODAY, today=TODAY, now=NOW, first_on=None, second_on=None):
    """Confirm with the talks about three and six months later."""
    return services.confirm_match(
        mentorship=proposal,
        start_date=start_date,
        first_at=at(first_on or start_date + timedelta(days=92)),
        first_place="Stadhuis",
        second_at=at(second_on or start_date + timedelta(days=183)),
        second_place="Buurthuis",
        by=by,
        today=today,
        now=now,
    )


def make_match(cast, **kwargs):
    """An active match since today, through all its steps."""
    return confirm(make_accepted(cast, **kwargs), cast.vrijwilligerscoordinator)
