"""Every write of the dossier. These names are the doors for the apps above."""

from cases.services.alerts import raise_alert, record_follow_up, see_alert, withdraw_alert
from cases.services.break_glass import break_glass, has_emergency_access, review_break_glass
from cases.services.deputies import end_deputyship, let_deputies_in, name_deputy, settle_deputyships
from cases.services.dossier import (
    assign,
    assign_begeleider,
    change_route,
    hand_over,
    hand_over_several,
    move_phase,
    open_case,
    register_term,
    release,
    release_lapsed,
    take_case,
)
from cases.services.history import delete_row, update_rows
from cases.services.journal import record
from cases.services.person import edit_address, edit_household, edit_person, invite_statushouder
from cases.services.plan import (
    PlanChanged,
    add_agreement,
    change_agreement,
    delete_agreement,
    edit_plan,
    establish_plan,
    tick_agreement,
)
from cases.services.programme import change_settings
from cases.services.rights import disclose
from cases.services.tasks import add_item, add_task, assign_task, reopen_task, tick_item, tick_task, wait_for

__all__ = [
    "PlanChanged",
    "add_agreement",
    "add_item",
    "add_task",
    "assign",
    "assign_begeleider",
    "assign_task",
    "break_glass",
    "change_agreement",
    "change_route",
    "change_settings",
    "delete_agreement",
    "delete_row",
    "disclose",
    "edit_address",
    "edit_household",
    "edit_person",
    "edit_plan",
    "end_deputyship",
    "establish_plan",
    "hand_over",
    "hand_over_several",
    "has_emergency_access",
    "invite_statushouder",
    "let_deputies_in",
    "move_phase",
    "name_deputy",
    "open_case",
    "raise_alert",
    "record",
    "record_follow_up",
    "register_term",
    "release",
    "release_lapsed",
    "reopen_task",
    "review_break_glass",
    "see_alert",
    "settle_deputyships",
    "take_case",
    "tick_agreement",
    "tick_item",
    "tick_task",
    "update_rows",
    "wait_for",
    "withdraw_alert",
]
