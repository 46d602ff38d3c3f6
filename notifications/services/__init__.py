"""Every write of messages and meetings. A message is a row of the caller's transaction; delivery comes later."""

from notifications.services.delivery import deliver_due
from notifications.services.meetings import cancel, join, leave, move, replace_participant, schedule, vacate
from notifications.services.messages import Receiver, mark_all_read, mark_read, notify, retry, retry_all

__all__ = [
    "Receiver",
    "cancel",
    "deliver_due",
    "join",
    "leave",
    "mark_all_read",
    "mark_read",
    "move",
    "notify",
    "replace_participant",
    "retry",
    "retry_all",
    "schedule",
    "vacate",
]
