"""What a page showed about persons: views leave it on the request, and the read log writes it down after the response.

It stands here, at the bottom, because every package has pages about persons; who keeps the log is `privacy`.
"""

from dataclasses import dataclass

from accounts.zones import Zone


@dataclass(frozen=True)
class Reading:
    """What one answer told: about which dossier, or a list of how many, in which zone, and how it was searched."""

    zone: Zone
    case_number: str = ""
    #: Of a list: how many persons stood on this page, and by what they were searched and filtered.
    count: int | None = None
    search: str = ""
    #: What the page was for, when the address does not say it already.
    purpose: str = ""


def note_reading(request, zone, *, case_number="", count=None, search="", purpose=""):
    """Leave on `request` what this answer tells about persons. A page is one line: the last note counts."""
    request.reading = Reading(zone, case_number, count, search, purpose)
