"""The privacy officer's home: what waits for oversight. Which role sees what has a page of its own."""

from dataclasses import dataclass

from privacy.overviews.log import LogState, log_state


@dataclass(frozen=True, slots=True)
class PrivacyHome:
    """What waits for the privacy officer."""

    log: LogState
    today_count: int = 0


def today_for(user, today, now):
    """What the privacy officer's home shows."""
    log = log_state(now)
    return PrivacyHome(log=log, today_count=int(log.needs_attention))
