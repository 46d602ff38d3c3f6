"""Where a task stands, in words, and the list of one's own tasks over all dossiers."""

from dataclasses import dataclass
from typing import NamedTuple

from django.core.paginator import Page
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.zones import Zone
from cases import filters, words
from cases.models import Case, Task, TaskStatus
from cases.models.task import ENDED_STATES, OPEN_STATES
from cases.overviews.lists import Heading, heading, ordered
from cases.paging import CappedPaginator
from cases.task_templates import PLAN_TEMPLATE

#: Days before the last day of a task from which the pages point at it.
SOON_DAYS = 14


class Standing(NamedTuple):
    """Where a task stands: the badge with its tone ("urgent", "soon" or ""), and a line below it."""

    badge: str
    kind: str
    note: str


def standing(*, status, due_on, waits_for, follow_up_on, completed_at, today):
    """The `Standing` of a task with these fields."""
    badge, kind, note = "", "", ""
    if status in OPEN_STATES and due_on:
        left = (due_on - today).days
        if left < 0:
            badge, kind = _("over tijd sinds %s") % words.written(due_on), "urgent"
        elif left == 0:
            badge, kind = _("vandaag"), "urgent"
        else:
            badge = _("uiterlijk %s") % words.written(due_on)
            kind = "soon" if left <= SOON_DAYS else ""
    if status == TaskStatus.WACHT_OP:
        note = _("Wacht op %(who)s, opnieuw kijken op %(day)s") % {
            "who": waits_for,
            "day": words.written(follow_up_on),
        }
        if follow_up_on and follow_up_on <= today:
            badge, kind = badge or _("opnieuw kijken"), kind or "soon"
    elif status in ENDED_STATES and completed_at:
        note = _("klaar op %s") % words.written(timezone.localdate(completed_at))
    return Standing(badge, kind, note)


class TaskRow(NamedTuple):
    """One task in the list, in words."""

    title: str
    url: str
    name: str
    number: str
    case_url: str
    status: str
    standing: Standing


@dataclass(frozen=True)
class TaskList:
    """A page of tasks with its bar."""

    rows: list[TaskRow]
    page: Page
    headings: list[Heading]
    fields: list[filters.Field]
    active: int
    late: int
    #: What this page tells that fewest may read: the zone its line in the read log names.
    zone: Zone


_ORDERS = {"due": "turn_on", "name": "case__statushouder__full_name", "title": "title", "status": "status"}
_FIRST_ITS_TURN = (F("turn_on").asc(nulls_last=True), "pk")
_COLUMNS = (
    "pk", "title", "template", "case__number", "case__statushouder__full_name",
    "status", "due_on", "waits_for", "follow_up_on", "completed_at", "zone",
)  # fmt: skip


def task_list(user, params, today):
    """The tasks of this person's role in their running dossiers, what asks first; open ones unless asked otherwise.

    `params` are those of the address: the names of `TaskFilters`, `sort` and `page`. Three queries.
    """
    mine = (
        Task.objects.filter(case__in=Case.objects.held_by(user, today).open().values("pk"))
        .owned_by_role(user.role)
        .with_turn()
    )
    found = filters.narrow(filters.TaskFilters, params, mine, today=today)
    if not params.get("status"):
        found = found.open()
    page = CappedPaginator(ordered(found, params, _ORDERS, _FIRST_ITS_TURN), params.get("page"), found).here()
    found = list(page.object_list.values_list(*_COLUMNS))
    page.object_list = [_row(today, *cells) for *cells, _zone in found]
    shown = [("title", _("Taak")), ("name", _("Naam")), ("due", _("Uiterlijk")), ("status", _("Stand"))]
    return TaskList(
        rows=page.object_list,
        page=page,
        headings=[heading(key, label, params) for key, label in shown],
        fields=filters.bar(filters.TaskFilters, params),
        active=filters.active(filters.TaskFilters, params),
        late=mine.overdue(today).count(),
        zone=max((Zone(zone) for *_cells, zone in found), key=list(Zone).index, default=Zone.PROGRAMME),
    )


def _row(today, pk, title, template, number, name, status, due_on, waits_for, follow_up_on, completed_at):
    case_url = reverse("cases:case", args=[number])
    return TaskRow(
        title=title,
        # The plan is made where the plan is.
        url=reverse("cases:plan", args=[number]) if template == PLAN_TEMPLATE else f"{case_url}#taak-{pk}",
        name=name,
        number=number,
        case_url=case_url,
        status=str(TaskStatus(status).label),
        standing=standing(
            status=status,
            due_on=due_on,
            waits_for=waits_for,
            follow_up_on=follow_up_on,
            completed_at=completed_at,
            today=today,
        ),
    )
