"""The klantmanager's home: alerts first, then requests about own data, what is late, and what comes near."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Min, Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.prepared import Prepared
from accounts.roles import Role
from cases.models import Alert, Case, Phase, RequestKind, RequestStatus, RightsRequest, Task
from cases.overviews.rights import days_left_in_words
from cases.overviews.work import Work
from cases.rules import REMIND_DAYS
from cases.task_templates import PLAN_TEMPLATE
from inburgering.services.absence import ABSENCE_ALERT
from jas_portal.homes.shared import MOST_WORK, ComingMeeting, asks_now, coming_meetings, days, look_again

#: Tasks and goal dates within these days stand on the home.
NEAR_DAYS, GOAL_DAYS = 14, 60
#: Lines of one sort that are read for the home; more are counted no further.
MOST_READ = 50
#: The bar of the own dossiers: the phases in which a dossier runs. A part opens the list of exactly those dossiers.
BAR = (Phase.AANGEMELD, Phase.INTAKE, Phase.STARTGROEP, Phase.PLAATSING, Phase.INBURGERING, Phase.PAUZE)


@dataclass(frozen=True, slots=True)
class KlantmanagerHome:
    """Everything on the klantmanager's home, in a fixed number of queries."""

    work: list[Work]
    work_total: int
    dossiers: int
    parts: list[tuple]
    without_klantmanager: int
    longest_wait: str
    meetings: list[ComingMeeting]
    today_count: int


def today_for(user, today: date, now):
    """What the klantmanager's home shows on `today`."""
    work = [*_alerts(user, today), *_requests(user, today), *_tasks(user, today), *_goals(user, today)]
    phases = dict(_PHASES(user, today=today))
    waiting = _WAITING(user)
    number, since = waiting[0] if waiting else (0, None)
    list_url = reverse("cases:list")
    return KlantmanagerHome(
        work=work[:MOST_WORK],
        work_total=len(work),
        dossiers=sum(phases.get(phase, 0) for phase in BAR),
        parts=[(phase.label, phases[phase], f"{list_url}?phase={phase}") for phase in BAR if phases.get(phase)],
        without_klantmanager=number,
        longest_wait=days((today - since).days) if since and since < today else "",
        meetings=coming_meetings(user, now),
        today_count=len(work),
    )


_PHASES = Prepared(
    # The empty text keeps a database from walking through the index of phases, which holds every dossier.
    lambda user, today: (
        Case.objects.held_by(user, today)
        .order_by()
        .annotate(in_phase=Concat("phase", Value("")))
        .values("in_phase")
        .annotate(number=Count("pk"))
        .values_list("in_phase", "number")
    ),
    today=date,
)
_WAITING = Prepared(
    lambda user: (
        Case.objects.without_klantmanager()
        .order_by()
        .annotate(everything=Value(1))
        .values("everything")
        .annotate(number=Count("pk"), since=Min("without_klantmanager_since"))
        .values_list("number", "since")
    )
)
_ALERTS = Prepared(
    lambda user, today: (
        Alert.objects.visible_to(user, today)
        .open()
        .order_by("raised_at", "pk")
        .values_list("pk", "kind", "title", "detail", "raised_at", "case__number", "case__statushouder__full_name")[
            :MOST_READ
        ]
    ),
    today=date,
)
_REQUESTS = Prepared(
    lambda user, today: (
        RightsRequest.objects.visible_to(user, today)
        # Named once more, so that a database begins with the own dossiers and not with all.
        .filter(status=RequestStatus.GEVRAAGD, case__in=Case.objects.held_by(user, today).values("pk"))
        .order_by("due_on", "pk")
        .values_list("pk", "kind", "due_on", "case__number", "case__statushouder__full_name")[:MOST_READ]
    ),
    today=date,
)
_TASKS = Prepared(
    lambda user, today, until: (
        Task.objects.filter(case__in=Case.objects.held_by(user, today).open().values("pk"))
        .owned_by_role(Role.KLANTMANAGER)
        .asking_by(until)
        .order_by("turn_on", "pk")
        .values_list(
            "title", "template", "due_on", "turn_on", "waits_for", "case__number", "case__statushouder__full_name"
        )[:MOST_READ]
    ),
    today=date,
    until=date,
)
_GOALS = Prepared(
    lambda user, today, until: (
        Case.objects.held_by(user, today)
        .open()
        .filter(goal_deadline__lte=until)
        .order_by("goal_deadline", "pk")
        .values_list("number", "goal_deadline", "statushouder__full_name")[:MOST_READ]
    ),
    today=date,
    until=date,
)


def _alerts(user, today):
    # Absence first: there a person waits for a call. The rest as it came in.
    rows = sorted(_ALERTS(user, today=today), key=lambda row: row[1] != ABSENCE_ALERT)
    return [
        Work(
            kind="urgent",
            status=title,
            when=_("%s open") % days(max(0, (today - timezone.localdate(raised_at)).days))
            if timezone.localdate(raised_at) < today
            else _("vandaag"),
            title=name,
            number=number,
            url=reverse("cases:case", args=[number]),
            why=detail,
            action=_("Contact vastleggen") if kind == ABSENCE_ALERT else _("Bekijken"),
            action_url=reverse("cases:record_follow_up" if kind == ABSENCE_ALERT else "cases:alert", args=[pk]),
        )
        for pk, kind, title, detail, raised_at, number, name in rows
    ]


def _requests(user, today):
    return [
        Work(
            kind="urgent" if (due_on - today).days <= REMIND_DAYS else "soon",
            status=RequestKind(kind).label,
            when=days_left_in_words((due_on - today).days),
            title=name,
            number=number,
            url=reverse("cases:case", args=[number]),
            why=_("Het antwoord moet er uiterlijk op %s zijn.") % date_format(due_on, "j F Y"),
            action=_("Verzoek bekijken"),
            action_url=reverse("cases:rights_request", args=[pk]),
        )
        for pk, kind, due_on, number, name in _REQUESTS(user, today=today)
    ]


def _tasks(user, today):
    until = today + timedelta(days=NEAR_DAYS)
    rows = _TASKS(user, today=today, until=until)
    return [_task(today, *row) for row in rows if asks_now(row[2], row[3], today, until)]


def _task(today, title, template, due_on, turn_on, waits_for, number, name):
    if turn_on != due_on and turn_on <= today:
        return look_again(today, title, turn_on, waits_for, number, name)
    late = due_on < today
    is_plan = template == PLAN_TEMPLATE
    return Work(
        kind="urgent" if late else "soon",
        status=_("Over tijd")
        if late
        else _("Over %s") % days((due_on - today).days)
        if due_on > today
        else _("Vandaag"),
        when=_("sinds %s") % date_format(due_on, "j F" if due_on.year == today.year else "j F Y")
        if late
        else date_format(due_on, "j F"),
        title=name,
        number=number,
        url=reverse("cases:case", args=[number]),
        why=_("Plan van Aanpak is nog niet vastgesteld.") if is_plan else title,
        action=_("Plan openen") if is_plan else _("Taak bekijken"),
        action_url=reverse("cases:plan" if is_plan else "cases:case", args=[number]),
    )


def _goals(user, today):
    rows = _GOALS(user, today=today, until=today + timedelta(days=GOAL_DAYS))
    return [
        Work(
            kind="urgent" if deadline < today else "soon",
            status=_("Doeldatum voorbij") if deadline < today else _("Over %s") % days((deadline - today).days),
            when=date_format(deadline, "j F Y"),
            title=name,
            number=number,
            url=reverse("cases:case", args=[number]),
            why=_("De doeldatum van het programma is voorbij.") if deadline < today else _("Doeldatum nadert."),
            action=_("Bekijken"),
            action_url=reverse("cases:case", args=[number]),
        )
        for number, deadline, name in rows
    ]
