"""The matrix of roles and zones in words: what `accounts.zones` decides, for the page "Wie mag wat zien"."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from accounts.roles import DESCRIPTIONS, Role
from accounts.zones import (
    EXPLANATIONS,
    LABELS,
    SCOPES,
    WITHOUT_KLANTMANAGER,
    Reach,
    Zone,
    reach,
    writes,
)

REACH = {Reach.FULL: _("leest alles"), Reach.SUMMARY: _("leest dat en wanneer, niet wat"), None: _("leest niets")}


@dataclass(frozen=True)
class Cell:
    """What one role may in one zone. `is_open` when it may anything at all."""

    name: str
    reads: str
    writes: bool
    is_open: bool
    is_full: bool


@dataclass(frozen=True)
class Part:
    """One zone with the roles it is open to, or one role with the zones open to it; `closed` names the rest."""

    name: str
    explanation: str
    cells: list[Cell]
    closed: list[str]
    note: str = ""


def cell(role, zone, name):
    """The `Cell` of a role and a zone under this name."""
    how = reach(role, zone)
    may_write = writes(role, zone)
    return Cell(str(name), str(REACH[how]), may_write, how is not None or may_write, how is Reach.FULL)


def by_zone():
    """A `Part` for each zone: which roles come into it."""
    waiting = _("Ook open voor elke klantmanager zolang een dossier geen klantmanager heeft.")
    return [
        _part(
            LABELS[zone],
            EXPLANATIONS[zone],
            [cell(role, zone, role.label) for role in Role],
            str(waiting) if zone in WITHOUT_KLANTMANAGER else "",
        )
        for zone in Zone
    ]


def by_role():
    """A `Part` for each role: into which zones it comes, and of whom."""
    return [
        _part(role.label, DESCRIPTIONS[role], [cell(role, zone, LABELS[zone]) for zone in Zone], str(SCOPES[role]))
        for role in Role
    ]


def _part(name, explanation, cells, note):
    return Part(
        name=str(name),
        explanation=str(explanation),
        cells=[found for found in cells if found.is_open],
        closed=[found.name for found in cells if not found.is_open],
        note=note,
    )
