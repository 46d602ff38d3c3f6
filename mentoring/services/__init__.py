"""Every write of mentoring."""

from mentoring.services.contacts import change_contact, log_contact, remove_contact
from mentoring.services.lapsed import end_without_mentor, raise_without_mentor, without_mentor
from mentoring.services.matching import (
    answer_proposal,
    change_match_request,
    confirm_match,
    end_for_closed_cases,
    end_mentorship,
    expire_proposals,
    open_match_request,
    propose_match,
    withdraw_match_request,
    withdraw_proposal,
)
from mentoring.services.mentors import accept_gedragscode, change_mentor, move_mentor, register_mentor
from mentoring.services.outcomes import record_check_in
from mentoring.services.talks import miss_check_in, move_check_in, raise_overdue_check_ins

__all__ = [
    "accept_gedragscode",
    "answer_proposal",
    "change_contact",
    "change_match_request",
    "change_mentor",
    "confirm_match",
    "end_for_closed_cases",
    "end_mentorship",
    "end_without_mentor",
    "expire_proposals",
    "log_contact",
    "miss_check_in",
    "move_check_in",
    "move_mentor",
    "open_match_request",
    "propose_match",
    "raise_overdue_check_ins",
    "raise_without_mentor",
    "record_check_in",
    "register_mentor",
    "remove_contact",
    "withdraw_match_request",
    "withdraw_proposal",
    "without_mentor",
]
