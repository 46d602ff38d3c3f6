"""Every write of messages and meetings. A message is a row of the caller's transaction; delivery comes later."""

from notifications.services.answers import answer_meeting
from notifications.services.delivery import deliver_due
from notifications.services.digests import send_digests
from notifications.services.feeds import feed_of, make_feed, revoke_feed
from notifications.services.meetings import (
    cancel,
    join,
    leave,
    move,
    readdress,
    replace_participant,
    schedule,
    vacate,
)
from notifications.services.messages import Receiver, mark_all_read, mark_read, notify, retry, retry_all
from notifications.services.preferences import (
    choose_ways,
    resume_mail,
    revoke_stop_links,
    set_quiet_hours,
    stop_mail,
    way_of,
)
from notifications.services.refused import trust_address

__all__ = [
    "Receiver",
    "answer_meeting",
    "cancel",
    "choose_ways",
    "deliver_due",
    "feed_of",
    "join",
    "leave",
    "make_feed",
    "mark_all_read",
    "mark_read",
    "move",
    "notify",
    "readdress",
    "replace_participant",
    "resume_mail",
    "retry",
    "retry_all",
    "revoke_feed",
    "revoke_stop_links",
    "schedule",
    "send_digests",
    "set_quiet_hours",
    "stop_mail",
    "trust_address",
    "vacate",
    "way_of",
]
