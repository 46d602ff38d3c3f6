"""When a message goes out: quiet hours, the hour of the digest; and what a refusal says. Pure functions."""

import re
from datetime import datetime, time, timedelta

#: The hour at which a digest is due, in the portal's time zone, and the weekday of a weekly one (0 is Monday).
DIGEST_HOUR = time(7)
DIGEST_WEEKDAY = 0

ALL_DAYS = "0123456"


def after_quiet_hours(moment, starts, ends, days, zone):
    """The moment itself, or the end of the quiet hours it falls in.

    `starts` and `ends` are hours of the clock in `zone`; when `ends` is not later than `starts` it lies on the next day.
    `days` holds the numbers of the weekdays on which quiet hours begin ("0" is Monday). They end by the clock, so the
    night of a change of the clock is an hour shorter or longer.
    """
    local = moment.astimezone(zone)
    for back in (1, 0):
        day = local.date() - timedelta(days=back)
        if str(day.weekday()) not in days:
            continue
        begin = datetime.combine(day, starts, tzinfo=zone)
        end = datetime.combine(day if ends > starts else day + timedelta(days=1), ends, tzinfo=zone)
        # Compared as moments: within one zone Python compares hours of the clock, wrong on the night that has one twice.
        if begin.timestamp() <= moment.timestamp() < end.timestamp():
            # Quiet hours may follow one upon another (the whole weekend).
            return (
                after_quiet_hours(end.astimezone(moment.tzinfo), starts, ends, days, zone) if ends != starts else end
            )
    return moment


def next_digest(moment, weekly, zone):
    """The first moment after `moment` at which a digest is due: tomorrow or later today at seven; weekly on Monday."""
    day = moment.astimezone(zone).date()
    while True:
        due = datetime.combine(day, DIGEST_HOUR, tzinfo=zone)
        if due.timestamp() > moment.timestamp() and (not weekly or day.weekday() == DIGEST_WEEKDAY):
            return due
        day += timedelta(days=1)


def codes(answer):
    """Of what a mail server said, as it is stored, the code and the enhanced code (RFC 3463): "550 5.1.1". Its words may
    quote the address, whole or in part. "" for what no server said.
    """
    found = re.match(r"-?\d{1,3}(?: \d\.\d{1,3}\.\d{1,3})?(?!\S)", answer)
    return found[0] if found else ""


def marks_address(code, answer):
    """Whether what a mail server said of a receiver means that this address takes no mail for good.

    A permanent refusal (5xx) does, save where the server refuses us: its enhanced code is then 5.7.x (RFC 3463), or it
    speaks of relaying. Those are matters of settings, and would mark every address at once.
    """
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else str(answer)
    if not 500 <= code < 600:
        return False
    return not (re.search(r"\b5\.7\.\d+", text) or "relay" in text.lower())
