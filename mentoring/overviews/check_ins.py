"""The 3- and 6-month talks: the list per role, and one talk for who takes part."""

from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import F
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.roles import Role
from cases import words
from mentoring.models import CheckIn, CheckInKind, CheckInStatus, Mentorship

PER_PAGE = 25
ORDERS = {
    "wanneer": ("planned_on", "pk"),
    "naam": ("mentorship__case__statushouder__full_name", "pk"),
    "mentor": ("mentorship__mentor__user__name", "pk"),
    "streefdatum": ("target_on", "pk"),
}


@dataclass(frozen=True, slots=True)
class TalkRow:
    """One talk in a list."""

    pk: int
    kind: str
    name: str
    number: str
    mentor: str
    when: str
    target: str
    status: str
    status_kind: str
    can_be_recorded: bool


@dataclass(frozen=True, slots=True)
class TalkList:
    """A page of talks."""

    rows: tuple[TalkRow, ...]
    page: Page


@dataclass(frozen=True, slots=True)
class TalkPage:
    """One talk, as far as this reader may know."""

    check_in: CheckIn
    name: str
    facts: tuple[tuple[str, str], ...]
    participants: tuple[tuple[str, str, bool], ...]
    summary: str
    status_kind: str
    can_be_moved: bool
    can_be_recorded: bool


def check_in_list(user, today, *, search="", status="", kind="", sort="", page=1):
    """The talks of this role: the klantmanager's first talks, the coordinator's and the mentor's all. Two queries."""
    is_mentor = user.role == Role.MENTOR
    found = Mentorship.objects.search(search, by_full_name=not is_mentor).begun()
    talks = (
        CheckIn.objects.visible_to(user, today)
        .listed_for(user.role)
        .filter(mentorship__in=found.values("pk"))
        .select_related("meeting", "mentorship__mentor__user", "mentorship__case__statushouder")
        .annotate(planned_on=Coalesce(TruncDate("meeting__starts_at"), "target_on"))
    )
    if status == "te_laat":
        talks = talks.overdue(today)
    elif status in CheckInStatus.values:
        talks = talks.filter(status=status)
    elif status != "alles":
        talks = talks.open()
    if kind in CheckInKind.values:
        talks = talks.filter(kind=kind)
    first, *rest = ORDERS.get(sort.lstrip("-"), ORDERS["wanneer"])
    if is_mentor:  # in the order of what stands there
        first = first.replace("full_name", "preferred_name")
    talks = talks.order_by(F(first).desc() if sort.startswith("-") else F(first).asc(), *rest)
    page = Paginator(talks, PER_PAGE).get_page(page)
    return TalkList(tuple(talk_row(talk, user.role, today) for talk in page.object_list), page)


def talk_row(check_in, role, today):
    """A talk as a row of a list; fetched with meeting, mentor and statushouder."""
    case = check_in.mentorship.case
    person = case.statushouder
    status, status_kind = status_words(check_in, today)
    is_mentor = role == Role.MENTOR
    return TalkRow(
        pk=check_in.pk,
        kind=check_in.get_kind_display(),
        name=person.preferred_name if is_mentor else person.full_name,
        number="" if is_mentor else case.number,
        mentor=str(check_in.mentorship.mentor),
        when=when_words(check_in),
        target=words.written(check_in.target_on),
        status=status,
        status_kind=status_kind,
        can_be_recorded=_has_come(check_in, today) and _can_be_recorded(check_in, role, today),
    )


def _has_come(check_in, today):
    """Whether the day of the talk is here: a list offers to record it only then."""
    if check_in.status != CheckInStatus.GEPLAND or check_in.meeting is None:
        return False
    return timezone.localdate(check_in.meeting.starts_at) <= today


def when_words(check_in):
    """ "30 november 2026, 10:00", the day it was held, or "" when there is no appointment."""
    if check_in.held_on:
        return words.written(check_in.held_on)
    if check_in.status != CheckInStatus.GEPLAND or check_in.meeting is None:
        return ""
    return date_format(timezone.localtime(check_in.meeting.starts_at), "j F Y, H:i")


def status_words(check_in, today):
    """(words, colour) of where a talk stands today."""
    if check_in.is_open and check_in.due_on <= today:
        is_planned = check_in.status == CheckInStatus.GEPLAND
        return (_("nog vast te leggen") if is_planned else _("nog te plannen, te laat")), "urgent"
    kinds = {CheckInStatus.VASTGELEGD: "done", CheckInStatus.TE_PLANNEN: "soon", CheckInStatus.GEPLAND: "info"}
    return check_in.get_status_display().lower(), kinds.get(check_in.status, "")


def talk_page(check_in, user, today):
    """One visible talk for this reader: who takes part, when and where; content only for who may read it. One query."""
    role, case = user.role, check_in.mentorship.case
    person = case.statushouder
    is_mentor = role == Role.MENTOR
    status, status_kind = status_words(check_in, today)
    facts = [
        (_("Stand"), status),
        (_("Wanneer"), when_words(check_in)),
        (_("Waar"), check_in.meeting.place if check_in.meeting and check_in.status == CheckInStatus.GEPLAND else ""),
        (_("Streefdatum"), words.written(check_in.target_on)),
        (_("Mentor"), str(check_in.mentorship.mentor)),
    ]
    if check_in.outcome:
        facts.append((_("Uitkomst"), check_in.get_outcome_display()))
    return TalkPage(
        check_in=check_in,
        name=person.preferred_name if is_mentor else person.full_name,
        facts=tuple(facts),
        participants=_participants(check_in, person),
        summary=check_in.summary if reads_summary(check_in, role) else "",
        status_kind=status_kind,
        can_be_moved=check_in.is_open and may_plan(check_in, role),
        can_be_recorded=_can_be_recorded(check_in, role, today),
    )


def reads_summary(check_in, role):
    """Who reads what was written: who led the talk, and the statushouder (model §5.7)."""
    return role in (check_in.leading_role, Role.STATUSHOUDER)


def may_plan(check_in, role):
    """Who gives a talk another date: who leads it, and the coordinator who planned it."""
    return role in (check_in.leading_role, Role.VRIJWILLIGERSCOORDINATOR)


def _can_be_recorded(check_in, role, today):
    return check_in.is_open and role == check_in.leading_role and check_in.mentorship.start_date <= today


def _participants(check_in, person):
    """(role, name, can be reached) of each; without an appointment the roles alone."""
    if check_in.meeting is None:
        return tuple((str(Role(role).label), "", True) for role in check_in.roles)
    rows = check_in.meeting.participants.select_related("user")
    return tuple(
        (
            str(row.role_label),
            person.preferred_name if row.role == Role.STATUSHOUDER else str(row.user or ""),
            row.can_be_reached,
        )
        for row in rows
    )
