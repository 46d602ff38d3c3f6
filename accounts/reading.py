"""What a page showed about persons: views leave it on the request, and the read log writes it down after the response.

It stands here, at the bottom, because every package has pages about persons; who keeps the log is `privacy`.
"""

from dataclasses import dataclass

from accounts.secret_numbers import without_secret_number
from accounts.zones import Zone

#: Parameters of an address that choose no rows: they are left out of what the log says about a list.
NOT_A_FILTER = frozenset({"page", "sort", "mentoren"})


@dataclass(frozen=True)
class Reading:
    """What one answer told: about which dossier, or a list of how many, in which zone, and how it was searched."""

    zone: Zone
    case_number: str = ""
    #: Of a list: how many rows about persons stood on this page, and by what they were searched and filtered.
    count: int | None = None
    search: str = ""
    #: Whether words were searched for.
    is_search: bool = False
    #: What the page was for, when the address does not say it already.
    purpose: str = ""
    #: Of a file that holds a whole document of each of these dossiers: the person of each may know that it was taken along.
    each: tuple[str, ...] = ()


def note_reading(request, zone, *, case_number="", count=None, search=None, purpose="", each=()):
    """Leave on `request` what this answer tells about persons. A page is one line: the last note counts.

    A list gives `count`; its filter is read from the address unless `search` says it otherwise. A file with a document of
    each of several dossiers names their numbers in `each`, and is a line for each of them besides.
    """
    if search is None:
        search = "" if count is None else asked_for(request.GET)
    is_search = count is not None and bool(request.GET.get("q", "").strip())
    request.reading = Reading(zone, case_number, count, search, is_search, purpose, tuple(each))


def asked_for(params):
    """Search and filters of a list as its address names them: "q: Selam; phase: intake"."""
    return "; ".join(
        f"{name}: {', '.join(without_secret_number(value) for value in values if value)}"
        for name, values in params.lists()
        if name not in NOT_A_FILTER and any(values)
    )
