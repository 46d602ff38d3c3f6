"""The privacy officer's home: what waits for oversight. Which role sees what has a page of its own."""

from dataclasses import dataclass

from accounts import access_review
from cases.models import BreakGlass, RequestStatus, RightsRequest
from privacy.models import RetentionRun
from privacy.overviews.log import LogState, log_state
from privacy.overviews.retention import waiting_for


@dataclass(frozen=True, slots=True)
class PrivacyHome:
    """What waits for the privacy officer."""

    log: LogState
    break_glasses: int
    review_due: bool
    #: Copies of data that were prepared and wait for approval.
    copies: int
    #: The list of what is too old that this person may approve.
    to_approve: RetentionRun | None = None
    today_count: int = 0


def today_for(user, today, now):
    """What the privacy officer's home shows."""
    log, to_approve = log_state(now), waiting_for(user)
    glasses = BreakGlass.objects.visible_to(user).to_review().count()
    review_due = access_review.is_due(today)
    copies = RightsRequest.objects.visible_to(user).filter(status=RequestStatus.KLAARGEZET).count()
    return PrivacyHome(
        log=log,
        break_glasses=glasses,
        review_due=review_due,
        copies=copies,
        to_approve=to_approve,
        today_count=sum(map(bool, (log.needs_attention, glasses, copies, review_due, to_approve))),
    )
