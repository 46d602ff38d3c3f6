"""The privacy officer's home: which role reads and writes which zone, straight from the data that decides it."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from accounts.zones import Reach, Zone, reach, writes

ZONES = {
    Zone.CONTACT: _("Contact"),
    Zone.PROGRAMME: _("Programma"),
    Zone.BENEFIT: _("Uitkering en plan"),
    Zone.MONEY: _("Ander geld"),
    Zone.LEGAL: _("Juridisch"),
    Zone.HEALTH: _("Gezondheid"),
    Zone.LEARNING: _("Leren"),
    Zone.ATTENDANCE: _("Aanwezigheid"),
    Zone.MENTORING: _("Mentor"),
    Zone.WORK: _("Werk"),
    Zone.AUDIT: _("Wie keek"),
    Zone.VOLUNTEER: _("Vrijwilliger"),
}
REACH = {Reach.FULL: _("leest"), Reach.SUMMARY: _("leest dat en wanneer"), None: ""}


@dataclass(frozen=True, slots=True)
class PrivacyHome:
    """The matrix: a heading per zone, a row per role with (zone, what it may there)."""

    zones: list[str]
    rows: list[tuple[str, list[tuple[str, str]]]]
    today_count: int = 0


def today_for(user, today, now):
    """What the privacy officer's home shows. No queries."""
    return PrivacyHome(
        zones=list(ZONES.values()),
        rows=[(role.label, [(words, _cell(role, zone)) for zone, words in ZONES.items()]) for role in Role],
    )


def _cell(role, zone):
    words = [str(REACH[reach(role, zone)])] if reach(role, zone) else []
    if writes(role, zone):
        words.append(str(_("schrijft")))
    return ", ".join(words)
