"""The home of the maatschappelijk begeleider: what waits or is late, agreements made with VluchtelingenWerk, meetings."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.roles import Role
from cases.models import Agreement, AgreementParty, Case, Phase, Task
from cases.models.case import CLOSED_PHASES
from cases.models.task import OPEN_STATES
from cases.overviews.work import Work
from jas_portal.homes.shared import MOST_WORK, ComingMeeting, asks_now, coming_meetings, days, look_again

AGREEMENT_DAYS = 28


@dataclass(frozen=True, slots=True)
class BegeleiderHome:
    """Everything on the begeleider's home, in a fixed number of queries."""

    work: list[Work]
    work_total: int
    dossiers: int
    parts: list[tuple]
    open_tasks: list[tuple]
    meetings: list[ComingMeeting]
    today_count: int


def today_for(user, today, now):
    """What the begeleider's home shows on `today`."""
    held = Case.objects.held_by(user, today).open()
    work = [*_agreements(held, today), *_tasks(user, held, today)]
    phases = dict(Case.objects.held_by(user, today).values_list("phase").annotate(number=Count("pk")).order_by())
    tasks = (
        Task.objects.visible_to(user, today)
        .filter(case__in=held.values("pk"), owner_role=Role.MAATSCHAPPELIJK_BEGELEIDER, status__in=OPEN_STATES)
        .values_list("title")
        .annotate(number=Count("pk"))
        .order_by("-number", "title")
    )
    return BegeleiderHome(
        work=work[:MOST_WORK],
        work_total=len(work),
        dossiers=sum(number for phase, number in phases.items() if phase not in CLOSED_PHASES),
        parts=[
            (phase.label, phases[phase], f"{reverse('cases:list')}?phase={phase}")
            for phase in Phase
            if phase in phases
        ],
        open_tasks=list(tasks),
        meetings=coming_meetings(user, now),
        today_count=len(work),
    )


def _agreements(held, today):
    rows = (
        Agreement.objects.filter(
            plan__case__in=held.values("pk"),
            party=AgreementParty.MAATSCHAPPELIJK_BEGELEIDER,
            done_on=None,
            by_when__lte=today + timedelta(days=AGREEMENT_DAYS),
        )
        .order_by("by_when", "pk")
        .values_list("what", "by_when", "plan__case__number", "plan__case__statushouder__full_name")[:50]
    )
    for what, by_when, number, name in rows:
        yield _work(what, by_when, number, name, today, _("Plan bekijken"), reverse("cases:plan", args=[number]))


def _tasks(user, held, today):
    until = today + timedelta(days=AGREEMENT_DAYS)
    rows = (
        Task.objects.visible_to(user, today)
        .filter(case__in=held.values("pk"))
        .owned_by_role(Role.MAATSCHAPPELIJK_BEGELEIDER)
        .asking_by(until)
        .order_by("turn_on", "pk")
        .values_list("title", "due_on", "turn_on", "waits_for", "case__number", "case__statushouder__full_name")[:50]
    )
    for title, due_on, turn_on, waits_for, number, name in rows:
        if not asks_now(due_on, turn_on, today, until):
            continue
        if turn_on != due_on and turn_on <= today:
            yield look_again(today, title, turn_on, waits_for, number, name)
            continue
        yield _work(title, due_on, number, name, today, _("Taak bekijken"), reverse("cases:case", args=[number]))


def _work(what, day, number, name, today, action, action_url):
    late = day < today
    return Work(
        kind="urgent" if late else "soon",
        status=_("Over tijd") if late else _("Vandaag") if day == today else _("Over %s") % days((day - today).days),
        when=date_format(day, "j F"),
        title=name,
        number=number,
        url=reverse("cases:case", args=[number]),
        why=what,
        action=action,
        action_url=action_url,
    )
