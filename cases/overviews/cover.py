"""Deputies and emergency access as the screens show them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from django.core.paginator import Page
from django.db.models import Count, F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cases import filters, words
from cases.models import BreakGlass, Deputyship
from cases.overviews.lists import Heading, heading, ordered
from cases.paging import CappedPaginator

#: Days over which the privacy officer sees how often somebody took emergency access.
COUNTED_DAYS = 30
#: Deputyships that are over, on the page of one's own.
EARLIER = 10


class DeputyRow(NamedTuple):
    """One deputyship in words, as one of the two reads it."""

    pk: int
    who: str
    days: str
    dossiers: int
    state: str
    kind: str
    can_end: bool


@dataclass(frozen=True)
class DeputiesPage:
    """Who stands in for the reader, for whom the reader stands in, and what is over."""

    mine: list[DeputyRow]
    for_others: list[DeputyRow]
    earlier: list[DeputyRow]


def deputies_page(user, today):
    """The `DeputiesPage` of this person in the role worked in now. Two queries."""
    rows = (
        Deputyship.objects.visible_to(user)
        .select_related("holder", "deputy")
        .annotate(dossiers=Count("assignments", filter=Q(assignments__ends_on__gt=F("assignments__starts_on"))))
        .order_by("starts_on", "pk")
    )
    current = [row for row in rows.filter(ends_on__gt=today) if row.ends_on > row.starts_on]
    return DeputiesPage(
        mine=[_deputy_row(row, user, today) for row in current if row.holder_id == user.pk],
        for_others=[_deputy_row(row, user, today) for row in current if row.deputy_id == user.pk],
        earlier=[
            _deputy_row(row, user, today)
            for row in rows.filter(ends_on__lte=today, ends_on__gt=F("starts_on")).order_by("-ends_on", "-pk")[
                :EARLIER
            ]
        ],
    )


def _deputy_row(row, user, today):
    is_mine = row.holder_id == user.pk
    if row.ends_on <= today:
        state, kind = _("Voorbij"), ""
    elif row.starts_on <= today:
        state, kind = _("Nu"), "info"
    else:
        state, kind = _("Komt"), "soon"
    who = _("%s vervangt u") % row.deputy if is_mine else _("U vervangt %s") % row.holder
    days = _("%(first)s tot en met %(last)s") % {
        "first": words.written(row.starts_on),
        "last": words.written(row.last_day),
    }
    return DeputyRow(row.pk, who, days, row.dossiers, state, kind, row.ends_on > today)


class BreakGlassRow(NamedTuple):
    """One emergency access in the list of the privacy officer, in words. No name of a statushouder."""

    url: str
    number: str
    when: str
    by: str
    holder: str
    until: str
    recent: int
    status: str
    kind: str


@dataclass(frozen=True)
class BreakGlassList:
    """A page of emergency accesses with its bar."""

    rows: list[BreakGlassRow]
    page: Page
    headings: list[Heading]
    fields: list[filters.Field]
    active: int
    waiting: int
    most: int


_ORDERS = {
    "when": "opened_at",
    "number": "case__number",
    "by": "by__name",
    "holder": "holder__name",
    "recent": "recent",
}


def break_glass_list(user, params, now):
    """Emergency accesses that this person watches over; those that wait unless asked otherwise. Three queries."""
    mine = BreakGlass.objects.visible_to(user)
    found = filters.narrow(filters.BreakGlassFilters, params, mine)
    if not params.get("status"):
        found = found.to_review()
    rows = found.select_related("case", "by", "holder").with_counts(now - timedelta(days=COUNTED_DAYS))
    page = CappedPaginator(ordered(rows, params, _ORDERS, ("-opened_at", "-pk")), params.get("page"), found).here()
    glasses = list(page.object_list)
    page.object_list = [
        BreakGlassRow(
            url=reverse("cases:review_break_glass", args=[glass.pk]),
            number=glass.case.number,
            when=words.written(timezone.localdate(glass.opened_at)),
            by=str(glass.by),
            holder=str(glass.holder),
            until=words.written(glass.last_day),
            recent=glass.recent,
            status=_("Te beoordelen") if glass.reviewed_at is None else glass.get_verdict_display(),
            kind="soon" if glass.reviewed_at is None else "done" if glass.verdict == "terecht" else "urgent",
        )
        for glass in glasses
    ]
    shown = [
        ("when", _("Wanneer")),
        ("number", _("Dossier")),
        ("by", _("Wie")),
        ("holder", _("Klantmanager")),
        ("recent", _("In %d dagen") % COUNTED_DAYS),
    ]
    return BreakGlassList(
        rows=page.object_list,
        page=page,
        headings=[heading(key, label, params) for key, label in shown],
        fields=filters.bar(filters.BreakGlassFilters, params),
        active=filters.active(filters.BreakGlassFilters, params),
        waiting=mine.to_review().count(),
        most=max([5, *(glass.recent for glass in glasses)]),
    )
