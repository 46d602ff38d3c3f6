"""The long lists: dates and labels are put into words here, so that a template only prints."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from django.core.paginator import Page
from django.db.models import Case as Switch
from django.db.models import F, Min, OuterRef, Subquery, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.prepared import Prepared, counted
from accounts.roles import Role
from cases import filters, words
from cases.models import Alert, Assignment, Case, Task
from cases.models.case import CLOSED_PHASES, OPEN_PHASES
from cases.paging import PER_PAGE, CappedPaginator


class CaseRow(NamedTuple):
    """One dossier in the list, every cell in words."""

    number: str
    url: str
    name: str
    phase: str
    next_date: str
    legal: str
    language: str
    neighbourhood: str
    colleague: str
    alert: str
    stands_in: str


class Heading(NamedTuple):
    """A heading that orders the list; `order` is the value of aria-sort, "" when the list is in another order."""

    label: str
    url: str
    order: str


@dataclass(frozen=True)
class CaseList:
    """A page of dossiers with its bar of filters."""

    rows: list[CaseRow]
    page: Page
    headings: list[Heading]
    fields: list[filters.Field]
    active: int
    found: str


#: Heading → what the list is ordered by. The list begins with the newest dossier: that order comes from the index of
#: the person's relations, so fifty rows cost fifty rows, however many dossiers somebody has.
CASE_ORDERS = {
    "number": "number",
    "name": "statushouder__full_name",
    "phase": "phase",
    "date": "next_on",
    "legal": "legal_regime",
    "language": "statushouder__language",
    "neighbourhood": "statushouder__neighbourhood",
    "colleague": "colleague",
}
_CASE_HEADINGS = (
    ("number", gettext_lazy("Dossier")),
    ("name", gettext_lazy("Naam")),
    ("phase", gettext_lazy("Fase")),
    ("date", gettext_lazy("Volgende datum")),
    ("legal", gettext_lazy("Wet en leerroute")),
    ("language", gettext_lazy("Taal")),
    ("neighbourhood", gettext_lazy("Wijk")),
)


def case_list(user, params, today):
    """The dossiers around which this person stands, searched, filtered, ordered and paged. Two queries.

    `params` are those of the address: the names of `CaseFilters`, `sort` and `page`.
    """
    is_plain = not any(params.get(name) for name in ("sort", "page", *filters.CaseFilters.base_filters))
    if is_plain:
        paginator = CappedPaginator([], 1)
        paginator.count = _COUNTING.number(user, today=today)
        page, cells = paginator.here(), _FIRST_PAGE(user, today=today)
    else:
        found = filters.narrow(filters.CaseFilters, params, Case.objects.held_by(user, today))
        rows = _with_neighbours(found, user.role, today)
        if params.get("sort", "").lstrip("-") == "date":
            rows = rows.annotate(next_on=_NEXT_ON)
        rows = ordered(rows, params, CASE_ORDERS, _NEWEST_FIRST)
        paginator = CappedPaginator(rows, params.get("page"), found)
        page = paginator.here()
        cells = page.object_list.values_list(*_CASE_COLUMNS)
    prefix, spoken = reverse("cases:case", args=["-"])[:-2], get_language()
    page.object_list = [
        CaseRow(
            number,
            f"{prefix}{number}/",
            name,
            *_case_words(phase, since, next_due, goal, regime, leerroute, language, needs_interpreter, spoken),
            neighbourhood,
            colleague or "",
            alert or "",
            words.stands_in(holder, ends_on, is_emergency=deputyship is None) if holder else "",
        )
        for (
            number, name, phase, since, next_due, goal, regime, leerroute, language, needs_interpreter, neighbourhood,
            colleague, alert, holder, deputyship, ends_on,
        ) in cells
    ]  # fmt: skip
    colleague_heading = _("Klantmanager") if user.role != Role.KLANTMANAGER else _("Begeleider")
    headings = [(key, label) for key, label in _CASE_HEADINGS] + [("colleague", colleague_heading)]
    return CaseList(
        rows=page.object_list,
        page=page,
        headings=[heading(key, label, params) for key, label in headings],
        fields=filters.bar(filters.CaseFilters, params),
        active=filters.active(filters.CaseFilters, params),
        found=_("%s dossiers") % paginator.count_words if paginator.count != 1 else _("1 dossier"),
    )


@lru_cache(maxsize=8192)
def _case_words(phase, since, next_due, goal, regime, leerroute, language, needs_interpreter, spoken):
    """The four cells that are put into words, in the language `spoken` on the page; escaped here, once for all pages."""
    if phase in CLOSED_PHASES:
        day = ""
    else:
        day = words.dated(next_due, _("taak")) if next_due else words.dated(goal, _("doel"))
    return (
        escape(words.phase_since(phase, since)),
        escape(day),
        escape(words.legal(regime, leerroute)),
        escape(words.language_and_interpreter(language, needs_interpreter)),
    )


def _with_neighbours(cases, role, today):
    """With the first open task of this role, the colleague on the other side, and the oldest open alert for this role."""
    task = Task.objects.open().filter(case=OuterRef("pk"), owner_role=role, due_on__isnull=False).order_by()
    other = Role.MAATSCHAPPELIJK_BEGELEIDER if role == Role.KLANTMANAGER else Role.KLANTMANAGER
    colleague = Assignment.objects.current(today).filter(case=OuterRef("pk"), role=other, deputy_for=None)
    alert = Alert.objects.open().filter(case=OuterRef("pk"), for_role=role)
    return cases.annotate(
        next_due=Subquery(task.values("case").annotate(first=Min("due_on")).values("first")),
        colleague=Subquery(colleague.order_by("pk").values("user__name")[:1]),
        alert=Subquery(alert.order_by("raised_at").values("title")[:1]),
    )


_NEWEST_FIRST = ("-assignments__case_id",)
#: What "Volgende datum" orders by: the same day as in the cell, and none for a closed dossier.
_NEXT_ON = Switch(When(phase__in=OPEN_PHASES, then=Coalesce("next_due", "goal_deadline")))
_CASE_COLUMNS = (
    "number", "statushouder__full_name", "phase", "phase_since", "next_due", "goal_deadline", "legal_regime", "leerroute",
    "statushouder__language", "statushouder__needs_interpreter", "statushouder__neighbourhood", "colleague", "alert",
    "assignments__deputy_for__name", "assignments__deputyship", "assignments__ends_on",
)  # fmt: skip
# The list as everybody opens it every day: no filter, the first page.
_FIRST_PAGE = Prepared(
    lambda user, today: (
        _with_neighbours(Case.objects.held_by(user, today), user.role, today)
        .order_by(*_NEWEST_FIRST)
        .values_list(*_CASE_COLUMNS)[:PER_PAGE]
    ),
    today=date,
)
_COUNTING = Prepared(
    lambda user, today: counted(
        Assignment.objects.filter(
            pk__in=Assignment.objects.current(today)
            .held_by(user)
            .order_by()
            .values("pk")[: CappedPaginator.most_counted(1) + 1]
        )
    ),
    today=date,
)


def ordered(rows, params, orders, default):
    """In the order asked for ("name", "-name"), the key as the last word; `default` when nothing known was asked."""
    asked = params.get("sort", "")
    field = orders.get(asked.lstrip("-"))
    if field is None:
        return rows.order_by(*default)
    column = F(field)
    return rows.order_by(column.desc(nulls_last=True) if asked.startswith("-") else column.asc(nulls_last=True), "pk")


def heading(key, label, params):
    """The heading of a column that orders the list."""
    now = params.get("sort", "")
    order = {key: "ascending", f"-{key}": "descending"}.get(now, "")
    asked = params.copy()
    asked["sort"] = f"-{key}" if order == "ascending" else key
    asked.pop("page", None)
    return Heading(label, f"?{asked.urlencode()}", order)


class UnassignedRow(NamedTuple):
    """One dossier that waits for a klantmanager. Without a name for who may not read names."""

    number: str
    url: str
    name: str
    waits: str
    phase: str
    municipality: str
    language: str
    alert: str


@dataclass(frozen=True)
class UnassignedList:
    """A page of waiting dossiers."""

    rows: list[UnassignedRow]
    page: Page
    headings: list[Heading]
    fields: list[filters.Field]
    active: int
    total: int


_UNASSIGNED_ORDERS = {
    "number": "number",
    "name": "statushouder__full_name",
    "since": "without_klantmanager_since",
    "phase": "phase",
    "municipality": "municipality",
}


def unassigned_list(user, params, today):
    """Dossiers without klantmanager, the longest waiting first; closed ones when asked. Two queries.

    A klantmanager sees who waits; the beheerder assigns by number and reads no more than number and days.
    """
    names = user.role == Role.KLANTMANAGER
    filterset = filters.UnassignedFilters if names else filters.UnassignedNumberFilters
    found = filters.narrow(filterset, params, Case.objects.unheld())
    if params.get("status") != "closed":
        found = found.open()
    alert = Alert.objects.open().filter(case=OuterRef("pk"), for_role=Role.KLANTMANAGER).order_by("raised_at")
    orders = _UNASSIGNED_ORDERS if names else {key: _UNASSIGNED_ORDERS[key] for key in ("number", "since")}
    rows = ordered(
        found.annotate(alert=Subquery(alert.values("title")[:1])), params, orders, ("without_klantmanager_since", "pk")
    )
    paginator = CappedPaginator(rows, params.get("page"), found)
    page = paginator.here()
    page.object_list = [
        UnassignedRow(
            number,
            reverse("cases:case", args=[number]) if names else "",
            name if names else "",
            words.days((today - since).days) if since < today else _("sinds vandaag"),
            words.phase_since(phase, phase_since) if names else "",
            municipality if names else "",
            words.language_and_interpreter(language, needs_interpreter) if names else "",
            alert or "" if names else "",
        )
        for (
            number, name, since, phase, phase_since, municipality, language, needs_interpreter, alert,
        ) in page.object_list.values_list(
            "number", "statushouder__full_name", "without_klantmanager_since", "phase", "phase_since", "municipality",
            "statushouder__language", "statushouder__needs_interpreter", "alert",
        )
    ]  # fmt: skip
    shown = [("number", _("Dossier"))]
    if names:
        shown += [("name", _("Naam")), ("since", _("Wacht")), ("phase", _("Fase")), ("municipality", _("Gemeente"))]
    else:
        shown += [("since", _("Wacht"))]
    return UnassignedList(
        rows=page.object_list,
        page=page,
        headings=[heading(key, label, params) for key, label in shown],
        fields=filters.bar(filterset, params),
        active=filters.active(filterset, params),
        total=paginator.count,
    )
