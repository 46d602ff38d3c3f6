"""Every write of the dossier. These names are the doors for the apps above."""

from cases.services.alerts import raise_alert, record_follow_up, see_alert, withdraw_alert
from cases.services.dossier import assign, hand_over, move_phase, open_case, release, take_case
from cases.services.journal import record

__all__ = [
    "assign",
    "hand_over",
    "move_phase",
    "open_case",
    "raise_alert",
    "record",
    "record_follow_up",
    "release",
    "see_alert",
    "take_case",
    "withdraw_alert",
]
