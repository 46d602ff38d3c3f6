"""A line of work, as every home draws it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Work:
    """One line of work: who or what, why and how urgent, the next step (components/work_row.html)."""

    title: str
    url: str
    why: str
    status: str = ""
    #: How urgent: "urgent", "soon" or "info".
    kind: str = ""
    when: str = ""
    number: str = ""
    action: str = ""
    action_url: str = ""
