"""The case page: its header, who does what, and what happened. Everything is asked for one reader and one dossier."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import RoleAssignment
from accounts.roles import Role
from accounts.zones import Zone, reads
from cases import words
from cases.models import (
    HISTORY_ROLES,
    Alert,
    Assignment,
    Channel,
    ChecklistItem,
    HomeAddress,
    JournalEntry,
    JournalKind,
    Phase,
    PhaseChange,
    Task,
    TaskKind,
    TaskStatus,
    TermSource,
)
from cases.models.case import PHASE_LINE
from cases.models.task import ENDED_STATES
from cases.overviews.tasks import standing
from cases.paging import CappedPaginator
from cases.reach import Reader, reader_of
from cases.services.deputies import DEPUTY_ROLES
from cases.task_templates import BY_CODE, PLAN_TEMPLATE
from notifications.overviews import takes_mail

#: How many lines of the timeline stand on the case page.
SHORT_TIMELINE = 6


# --- The header ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PhaseStep:
    """One phase on the line: `state` is done, now or todo."""

    label: str
    when: str
    state: str


@dataclass(frozen=True)
class CaseHeader:
    """The head of every page of a dossier. What the reader may not read is not in it."""

    number: str
    name: str
    url: str
    role: str
    badge: str
    badge_kind: str
    alert_title: str
    alert_url: str
    alert_count: int
    write_yourself: bool
    waits_since: str
    stand_ins: list[str]
    phases: list[PhaseStep]
    facts: list[tuple[str, str]]
    shows_plan: bool
    shows_learning: bool
    shows_mentor: bool
    reader: Reader

    @property
    def is_own(self):
        """Whether the reader is the person whose file it is."""
        return self.role == Role.STATUSHOUDER

    @property
    def shows_changes(self):
        """Whether this role reads the change history."""
        return self.role in HISTORY_ROLES

    @property
    def can_manage(self):
        """Whether the reader is the klantmanager of this dossier."""
        return self.role == Role.KLANTMANAGER and not self.reader.is_narrow

    @property
    def can_take(self):
        return bool(self.waits_since) and self.role == Role.KLANTMANAGER


def case_header(case, user, today):
    """The `CaseHeader` of a visible dossier for this reader. At most five queries; fetch the case with its statushouder."""
    person = case.statushouder
    reader = reader_of(case, user, today)
    alerts = list(Alert.objects.filter(case=case, for_role=user.role).open().values_list("pk", "title"))
    badge, badge_kind = "", ""
    if case.phase in (Phase.PAUZE, Phase.BEEINDIGD):
        badge = words.phase_since(case.phase, case.phase_since)
        badge_kind = "soon" if case.phase == Phase.PAUZE else ""
    return CaseHeader(
        number=case.number,
        name=_name(person, user),
        url=case.get_absolute_url(),
        role=user.role,
        badge=badge,
        badge_kind=badge_kind,
        alert_title=alerts[0][1] if alerts else "",
        alert_url=reverse("cases:alert", args=[alerts[0][0]]) if alerts else "",
        alert_count=len(alerts),
        write_yourself=user.role != Role.STATUSHOUDER
        and not (person.can_be_mailed and takes_mail(person.user_id, person.email)),
        waits_since=words.waiting((today - case.without_klantmanager_since).days)
        if case.waits_for_klantmanager
        else "",
        stand_ins=_stand_ins(case, user, today) if user.role in DEPUTY_ROLES else [],
        phases=_phase_line(case),
        facts=_facts(case, reader),
        shows_plan=reader.sees(Zone.BENEFIT),
        shows_learning=reader.sees(Zone.LEARNING) or reader.sees(Zone.ATTENDANCE),
        shows_mentor=reader.sees(Zone.MENTORING),
        reader=reader,
    )


def _stand_ins(case, user, today):
    """Who stands in for whom around this dossier in the reader's role, a sentence each, the reader's own first."""
    rows = (
        Assignment.objects.current(today)
        .filter(case=case, role=user.role, deputy_for__isnull=False)
        .select_related("user", "deputy_for")
        .order_by("pk")
    )
    lines = []
    for row in sorted(rows, key=lambda row: row.user_id != user.pk):
        words_ = {"who": row.user, "whom": row.deputy_for, "day": words.written(row.ends_on - timedelta(days=1))}
        if row.deputyship_id is None:
            mine, other = (
                _("U heeft noodtoegang tot en met %(day)s."),
                _("%(who)s heeft noodtoegang tot en met %(day)s."),
            )
        elif row.deputy_for_id == user.pk:
            mine, other = "", _("%(who)s vervangt u tot en met %(day)s.")
        else:
            mine, other = (
                _("U vervangt %(whom)s tot en met %(day)s."),
                _("%(who)s vervangt %(whom)s tot en met %(day)s."),
            )
        lines.append((mine if row.user_id == user.pk else other) % words_)
    return lines


def _phase_line(case):
    since = dict(PhaseChange.objects.filter(case=case).order_by("since", "pk").values_list("phase", "since"))
    since[case.phase] = case.phase_since
    stands = case.phase_before_pause or case.phase
    reached = PHASE_LINE.index(stands) if stands in PHASE_LINE else -1
    if reached < 0:  # ended: the line goes as far as it came
        reached = max((PHASE_LINE.index(phase) for phase in since if phase in PHASE_LINE), default=0)
    steps = []
    for index, phase in enumerate(PHASE_LINE):
        day = since.get(phase) if index <= reached else None
        is_now = index == reached and case.phase == phase
        when = words.short(day)
        steps.append(
            PhaseStep(
                label=str(phase.label),
                when=_("sinds %s") % when if is_now and when else when,
                state="now" if is_now else "done" if index <= reached else "todo",
            )
        )
    return steps


def _facts(case, reader):
    person = case.statushouder
    facts = []
    if reader.reads(Zone.PROGRAMME):
        goal = words.written(case.goal_deadline)
        if case.deadline_was_moved:
            goal = _("%(now)s (eerst %(first)s)") % {"now": goal, "first": words.written(case.goal_deadline_original)}
        facts += [(_("Doeldatum"), goal), (_("Wet, leerroute"), words.legal(case.legal_regime, case.leerroute))]
        if case.legal_term_end:
            source = _("DUO") if case.legal_term_source == TermSource.DUO else _("berekend")
            term = _("t/m %(day)s (%(source)s)") % {"day": words.written(case.legal_term_end), "source": source}
            facts.append((_("Inburgeringstermijn"), term))
    facts.append((_("Taal"), words.language_and_interpreter(person.language, person.needs_interpreter)))
    facts.append((_("Woont in"), person.neighbourhood or case.municipality))
    return facts


# --- Who does what -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Helper:
    """Somebody who stands around the dossier."""

    name: str
    organisation: str
    since: str
    phone: str
    email: str
    deputy: str
    is_emergency: bool = False


@dataclass(frozen=True)
class Point:
    """A point of a task's list."""

    pk: int
    label: str
    done: bool


@dataclass(frozen=True)
class TaskLine:
    """One task in words. `state` is open, done, ongoing, or title: only that somebody does this."""

    pk: int | None
    title: str
    own_words: str
    state: str
    badge: str
    badge_kind: str
    note: str
    points: list[Point]
    is_mine: bool
    is_plan: bool
    is_list: bool

    @property
    def can_tick(self):
        return self.is_mine and self.state == "open" and not self.is_plan and not self.is_list

    @property
    def can_reopen(self):
        return self.is_mine and self.state == "done" and not self.is_plan and not self.is_list

    @property
    def can_wait(self):
        return self.is_mine and self.state == "open" and not self.is_plan

    @property
    def points_done(self):
        return sum(1 for point in self.points if point.done)


@dataclass(frozen=True)
class Column:
    """One role around the dossier: its people, and its tasks as far as the reader reads them."""

    role: str
    title: str
    people: list[Helper]
    tasks: list[TaskLine]
    nobody: str
    note: str
    is_mine: bool
    can_add: bool

    @property
    def open_tasks(self):
        return [task for task in self.tasks if task.state != "done"]

    @property
    def done_tasks(self):
        return [task for task in self.tasks if task.state == "done"]


@dataclass(frozen=True)
class TimelineLine:
    """One journal line (components/timeline.html)."""

    when: str
    text: str
    by: str
    kind: str


@dataclass(frozen=True)
class Contact:
    """How to reach the person, as far as the reader may know."""

    facts: list[tuple[str, str]]
    has_account: bool
    can_edit: bool
    can_invite: bool


@dataclass(frozen=True)
class WhoDoesWhat:
    """The case page below its header."""

    columns: list[Column]
    others: list[tuple[str, Helper]]
    contact: Contact
    timeline: list[TimelineLine]
    reason: str


#: The three columns in their order, with what stands there when nobody does.
COLUMNS = (
    (Role.KLANTMANAGER, gettext_lazy("Klantmanager"), gettext_lazy("Er is nog geen klantmanager.")),
    (
        Role.MAATSCHAPPELIJK_BEGELEIDER,
        gettext_lazy("VluchtelingenWerk"),
        gettext_lazy("Er is nog geen maatschappelijk begeleider."),
    ),
    (Role.MENTOR, gettext_lazy("Mentor"), gettext_lazy("Er is nog geen mentor.")),
)
#: Roles that may add a task of their own.
ADDS_TASKS = (Role.KLANTMANAGER, Role.MAATSCHAPPELIJK_BEGELEIDER, Role.DOCENT)


def who_does_what(case, header, user, today):
    """The `WhoDoesWhat` of a visible dossier for this reader: who, their tasks, contact, short timeline. Eight queries."""
    reader = header.reader
    people = _people(case, today, user.role)
    tasks = _tasks(case, user, reader, today)
    last_contact = (
        JournalEntry.objects.visible_to(user, today)
        .filter(case=case, kind=JournalKind.CONTACT)
        .aggregate(last=Max("at"))["last"]
    )
    columns = []
    for role, title, nobody in COLUMNS:
        note = ""
        if role == Role.MENTOR and last_contact:
            note = _("Laatste contact: %s") % words.days_ago(timezone.localdate(last_contact), today)
        columns.append(
            Column(
                role=role.value,
                title=str(title),
                people=people.get(role, []),
                tasks=tasks.get(role, []),
                nobody=str(nobody),
                note=note,
                is_mine=role == user.role,
                can_add=role == user.role and role in ADDS_TASKS and not reader.is_narrow,
            )
        )
    known = {role for role, _title, _nobody in COLUMNS}
    others = [
        (str(Role(role).label), helper) for role, found in people.items() if role not in known for helper in found
    ]
    if user.role in ADDS_TASKS and user.role not in known:  # the docent has tasks too, and nobody else reads them here
        title, mine = str(Role(user.role).label), tasks.get(user.role, [])
        columns.append(Column(user.role, title, people.get(user.role, []), mine, "", "", True, True))
        others = [(label, helper) for label, helper in others if label != title]
    return WhoDoesWhat(
        columns=columns,
        others=others,
        contact=_contact(case, reader),
        timeline=[_line(entry, known_as(case, user)) for entry in _journal(case, user, today)[:SHORT_TIMELINE]],
        reason=case.phase_reason if user.role == Role.KLANTMANAGER and not reader.is_narrow else "",
    )


#: Who reads that somebody has emergency access; the others would take it for a change of klantmanager.
READS_EMERGENCY = (Role.KLANTMANAGER, Role.STATUSHOUDER)


def _people(case, today, role):
    """Role → helpers as `role` reads them, the one before the deputy. Two queries."""
    rows = Assignment.objects.filter(case=case).current(today).select_related("user", "organisation", "deputy_for")
    if role not in READS_EMERGENCY:
        rows = rows.exclude(deputy_for__isnull=False, deputyship=None)
    rows = list(rows)
    rows.sort(key=lambda row: (row.deputy_for_id is not None, row.starts_on, row.pk))
    works_for = {
        (user, role): name
        for user, role, name in RoleAssignment.objects.current(today)
        .filter(user__in=[row.user_id for row in rows if row.user_id])
        .values_list("user", "role", "organisation__name")
    }
    people = {}
    for row in rows:
        person = row.user
        people.setdefault(row.role, []).append(
            Helper(
                name=str(person or row.organisation),
                organisation=(works_for.get((row.user_id, row.role)) or "") if person else "",
                since=words.written(row.starts_on),
                phone=person.phone if person else row.organisation.phone,
                email=(person.email if person else row.organisation.email)
                if row.role in (Role.KLANTMANAGER, Role.MAATSCHAPPELIJK_BEGELEIDER, Role.DOCENT, Role.INSTITUUT)
                else "",
                deputy=str(row.deputy_for) if row.deputy_for_id else "",
                is_emergency=row.deputy_for_id is not None and row.deputyship_id is None,
            )
        )
    return people


def _titles(case, known, reader):
    """The standard tasks in zones that the reader reads in summary: that somebody does this, never how it stands.

    Their titles belong to the programme (model §5.6), so they show only to who reads all of that.
    """
    if not reader.reads(Zone.PROGRAMME):
        return []
    zones = [zone for zone in Zone if reader.sees(zone) and not reader.reads(zone)]
    others = Task.objects.filter(case=case, zone__in=zones, template__in=BY_CODE).exclude(pk__in=known)
    return [
        Task(template=title, title=words_, owner_role=role, kind=TaskKind.ONGOING, status=TaskStatus.LOPEND, zone=zone)
        for title, words_, role, zone in others.order_by("pk").values_list("template", "title", "owner_role", "zone")
    ]


def _tasks(case, user, reader, today):
    """Role → task lines that this reader may read, what asks most first. Three queries."""
    tasks = list(Task.objects.visible_to(user, today).filter(case=case))
    tasks += _titles(case, {task.pk for task in tasks}, reader)
    points = {}
    zones = {task.pk: task for task in tasks}
    for item in ChecklistItem.objects.filter(task__in=[task.pk for task in tasks if task.kind == TaskKind.CHECKLIST]):
        task = zones[item.task_id]
        # A point in a closed zone does not show, though its task does.
        if item.zone == task.zone or reads(user.role, item.zone) or task.owner_role == user.role:
            points.setdefault(item.task_id, []).append(Point(item.pk, item.label, item.done_at is not None))
    found = {}
    for task in sorted(tasks, key=_urgency):
        line = _task_line(task, points.get(task.pk, []), user.role, today)
        found.setdefault(task.owner_role, []).append(line)
    return found


def _urgency(task):
    order = 0 if task.is_open else 1 if task.status == TaskStatus.LOPEND else 2
    return (order, task.due_on or date.max, task.pk or 0)


def _task_line(task, points, role, today):
    state = "done" if task.status in ENDED_STATES else "ongoing" if task.kind == TaskKind.ONGOING else "open"
    if task.pk is None:
        state = "title"
    stands = standing(
        status=task.status,
        due_on=task.due_on,
        waits_for=task.waits_for,
        follow_up_on=task.follow_up_on,
        completed_at=task.completed_at,
        today=today,
    )
    template = BY_CODE.get(task.template)
    return TaskLine(
        pk=task.pk,
        title=task.title,
        own_words=str(template.own_words) if template else task.title,
        state=state,
        badge=stands.badge,
        badge_kind=stands.kind,
        note=stands.note,
        points=points,
        is_mine=task.owner_role == role,
        is_plan=task.template == PLAN_TEMPLATE,
        is_list=task.kind == TaskKind.CHECKLIST,
    )


def _contact(case, reader):
    person = case.statushouder
    channel = Channel(person.channel).label if person.channel else ""
    facts = [(_("Roepnaam"), person.preferred_name), (_("Liefst via"), str(channel) if channel else _("niet gekozen"))]
    # A mentor gets the chosen way alone (model §5.7, Z0).
    chosen = {Channel.TELEFOON: "phone", Channel.APP: "phone", Channel.EMAIL: "email", Channel.BRIEF: ""}
    ways = [chosen.get(person.channel, "phone")] if reader.role == Role.MENTOR else ["phone", "email"]
    if "phone" in ways:
        facts.append((_("Telefoon"), person.phone))
    if "email" in ways:
        facts.append((_("E-mail"), person.email))
    if reader.reads(Zone.PROGRAMME) and not reader.is_narrow and reader.role != Role.INSTITUUT:
        address = HomeAddress.objects.filter(statushouder=case.statushouder_id).first()
        facts.append((_("Adres"), str(address) if address else ""))
    return Contact(
        facts=facts,
        has_account=bool(person.user_id),
        can_edit=reader.writes(Zone.CONTACT),
        can_invite=reader.role == Role.KLANTMANAGER and not reader.is_narrow and not person.user_id,
    )


# --- What happened -----------------------------------------------------------------------------------


def _journal(case, user, today):
    return JournalEntry.objects.visible_to(user, today).filter(case=case).select_related("by").order_by("-at", "-pk")


def crumb(case, user):
    """A dossier as a step of a breadcrumb: (name and number, address), so that nobody fills in a form of the wrong person."""
    return format_html("<bdi>{}</bdi> ({})", _name(case.statushouder, user), case.number), case.get_absolute_url()


def _name(person, user):
    # A mentor knows somebody by the name of every day (zone contact).
    return person.preferred_name if user.role == Role.MENTOR else person.full_name


def known_as(case, user):
    """{account of the person: the name this reader knows}. A mentor knows the name of every day alone (model §5.7, Z0);
    for everybody else it is empty: the name is that of the account."""
    person = case.statushouder
    return {person.user_id: person.preferred_name} if user.role == Role.MENTOR and person.user_id else {}


def _line(entry, known):
    who = known.get(entry.by_id) or str(entry.by or "")
    return TimelineLine(
        when=words.written(timezone.localdate(entry.at)),
        text=entry.text,
        by=", ".join(part for part in (who, entry.get_role_display().lower()) if part),
        kind=entry.get_kind_display(),
    )


@dataclass(frozen=True)
class Timeline:
    """A page of what happened, and the kinds there are to choose from."""

    lines: list[TimelineLine]
    page: object
    kinds: list[tuple[str, str]]
    kind: str


def timeline(case, user, params, today):
    """What happened around a visible dossier, newest first, of one kind when asked. Three queries."""
    lines = _journal(case, user, today)
    there = set(lines.order_by().values_list("kind", flat=True).distinct())
    kind = params.get("kind", "")
    if kind in there:
        lines = lines.filter(kind=kind)
    page = CappedPaginator(lines, params.get("page")).here()
    page.object_list = [_line(entry, known_as(case, user)) for entry in page.object_list]
    return Timeline(
        lines=page.object_list,
        page=page,
        kinds=[(value, str(label)) for value, label in JournalKind.choices if value in there],
        kind=kind if kind in there else "",
    )
