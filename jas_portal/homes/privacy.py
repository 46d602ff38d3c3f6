"""The privacy officer's home: what waits for oversight. Which role sees what has a page of its own."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PrivacyHome:
    """What waits for the privacy officer."""

    today_count: int = 0


def today_for(user, today, now):
    """What the privacy officer's home shows."""
    return PrivacyHome()
