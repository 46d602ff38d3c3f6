"""Every write of the Startgroep, the institutes, the enrolments and the absence."""

from inburgering.services.absence import correct_absence, report_absence, report_absences
from inburgering.services.enrolment import (
    advance_enrolment,
    enrol,
    raise_missing_start,
    release_docents,
)
from inburgering.services.institute import add_institute, edit_institute
from inburgering.services.startgroep import (
    add_participant,
    call_roll,
    cancel_session,
    end_for_closed_cases,
    finish_startgroep,
    move_session,
    plan_startgroep,
    remove_participant,
)

__all__ = [
    "add_institute",
    "add_participant",
    "advance_enrolment",
    "call_roll",
    "cancel_session",
    "correct_absence",
    "edit_institute",
    "end_for_closed_cases",
    "enrol",
    "finish_startgroep",
    "move_session",
    "plan_startgroep",
    "raise_missing_start",
    "release_docents",
    "remove_participant",
    "report_absence",
    "report_absences",
]
