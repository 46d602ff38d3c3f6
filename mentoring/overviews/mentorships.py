"""Matches: the coordinator's list, one match, and the tab on the case page."""

from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.roles import Role
from cases import words
from cases.models import Channel, ProgrammeSettings, Task
from mentoring.models import CheckIn, ContactChannel, ContactMoment, MatchRequest, Mentorship, MentorshipStatus
from mentoring.overviews.check_ins import TalkRow, reads_summary, talk_row
from mentoring.overviews.contacts import MomentRow, MonthHours, duration, moment_row, months_of

PER_PAGE = 25
MOMENTS_PER_PAGE = 20
ORDERS = {
    "naam": ("case__statushouder__full_name", "pk"),
    "mentor": ("mentor__user__name", "pk"),
    "start": ("start_date", "pk"),
    "contact": ("last_contact_on", "start_date", "pk"),
    "uren": ("minutes", "pk"),
}


@dataclass(frozen=True, slots=True)
class MatchRow:
    """One match in the list."""

    pk: int
    name: str
    number: str
    mentor: str
    since: str
    last_contact: str
    contact_kind: str
    minutes: int
    hours: str
    status: str


@dataclass(frozen=True, slots=True)
class MatchList:
    """A page of matches; `most_minutes` is the longest on this page, to draw the others beside it."""

    rows: tuple[MatchRow, ...]
    page: Page
    most_minutes: int
    rhythm_days: int


@dataclass(frozen=True, slots=True)
class MatchPage:
    """One match for the coordinator or the mentor."""

    match: Mentorship
    name: str
    facts: tuple[tuple[str, str], ...]
    talks: tuple[TalkRow, ...]
    moments: tuple[MomentRow, ...]
    moments_page: Page
    months: tuple[MonthHours, ...]
    tasks: tuple[str, ...]
    is_mentor: bool


@dataclass(frozen=True, slots=True)
class CaseMatch:
    """One match on the case page. `dates` are days of contact, newest first; `moments` for who reads what was done."""

    pk: int
    mentor: str
    when: str
    is_active: bool
    end: str
    talks: tuple[TalkRow, ...]
    summaries: tuple[tuple[str, str, str], ...]
    dates: tuple[str, ...]
    moments: tuple[MomentRow, ...]
    contacts: int


@dataclass(frozen=True, slots=True)
class CaseMentor:
    """The tab "Mentor" of the case page."""

    matches: tuple[CaseMatch, ...]
    request: MatchRequest | None
    proposal: Mentorship | None
    days_waiting: int
    can_ask: bool
    reads_content: bool

    @property
    def has_mentor(self):
        return any(match.is_active for match in self.matches)


def mentorship_list(user, today, *, search="", status="", sort="", page=1):
    """The coordinator's matches with last contact, also those without any. Three queries."""
    days = ProgrammeSettings.objects.on(today).contact_rhythm_days
    matches = (
        Mentorship.objects.visible_to(user, today)
        .begun()
        .search(search)
        .with_contact()
        .select_related("mentor__user", "case__statushouder")
    )
    if status == "stil":
        matches = matches.silent(today, days)
    elif status == "beeindigd":
        matches = matches.filter(status=MentorshipStatus.BEEINDIGD)
    elif status != "alles":
        matches = matches.active()
    first, *rest = ORDERS.get(sort.lstrip("-"), ORDERS["contact"])
    # Who was never spoken comes before who was spoken long ago: zero is the most interesting value.
    order = F(first).desc(nulls_last=True) if sort.startswith("-") else F(first).asc(nulls_first=True)
    page = Paginator(matches.order_by(order, *rest), PER_PAGE).get_page(page)
    rows = tuple(_row(match, today, days) for match in page.object_list)
    return MatchList(rows, page, max([60, *(row.minutes for row in rows)]), days)


def _row(match, today, days):
    last = match.last_contact_on
    is_silent = match.is_active and (today - match.quiet_since).days >= days
    return MatchRow(
        pk=match.pk,
        name=match.case.statushouder.full_name,
        number=match.case.number,
        mentor=str(match.mentor),
        since=words.written(match.start_date),
        last_contact=words.days_ago(last, today) if last else _("nog geen contact"),
        contact_kind="urgent" if is_silent and last is None else "soon" if is_silent else "",
        minutes=match.minutes,
        hours=duration(match.minutes) or _("geen uren"),
        status=match.get_status_display(),
    )


def mentorship_page(match, user, today, now, *, page=1):
    """One visible match with talks, contact and hours. Six queries."""
    person = match.case.statushouder
    is_mentor = user.role == Role.MENTOR
    talks = (
        CheckIn.objects.filter(mentorship=match)
        .select_related("meeting", "mentorship__mentor__user", "mentorship__case__statushouder")
        .order_by("target_on")
    )
    moments = ContactMoment.objects.visible_to(user, today).filter(mentorship=match)
    moments_page = Paginator(moments, MOMENTS_PER_PAGE).get_page(page)
    return MatchPage(
        match=match,
        name=person.preferred_name if is_mentor else person.full_name,
        facts=tuple(_mentor_facts(match) if is_mentor else _coordinator_facts(match)),
        talks=tuple(talk_row(talk, user.role, today) for talk in talks),
        moments=tuple(moment_row(moment, now, today, for_mentor=is_mentor) for moment in moments_page.object_list),
        moments_page=moments_page,
        months=months_of(moments, today),
        tasks=tuple(_mentor_tasks(match, user, today)) if is_mentor else (),
        is_mentor=is_mentor,
    )


def _mentor_facts(match):
    """What a mentor needs to help: name, chosen way of contact, language, neighbourhood, phase (model §5.7)."""
    person = match.case.statushouder
    way = {Channel.TELEFOON: person.phone, Channel.APP: person.phone, Channel.EMAIL: person.email}
    return [
        (_("Taal"), words.language_and_interpreter(person.language, person.needs_interpreter)),
        (_("Wijk"), person.neighbourhood),
        (_("Liefst bereikbaar via"), person.get_channel_display() if person.channel else ""),
        (_("Contact"), way.get(person.channel, person.phone)),
        (_("Fase van het programma"), match.case.get_phase_display()),
        (_("Samen sinds"), words.written(match.start_date)),
    ]


def _coordinator_facts(match):
    person = match.case.statushouder
    facts = [
        (_("Mentor"), str(match.mentor)),
        (_("Dossier"), match.case.number),
        (_("Taal"), words.language_and_interpreter(person.language, person.needs_interpreter)),
        (_("Wijk"), person.neighbourhood),
        (_("Telefoon"), person.phone),
        (_("Sinds"), words.written(match.start_date)),
    ]
    if match.ended_on:
        facts += [(_("Beëindigd"), words.written(match.ended_on)), (_("Reden"), match.get_end_reason_display())]
    return facts


def _mentor_tasks(match, user, today):
    return (
        Task.objects.visible_to(user, today)
        .filter(case=match.case_id)
        .owned_by_role(Role.MENTOR)
        .order_by("template", "pk")
        .values_list("title", flat=True)
    )


def case_mentor(case, user, today, now):
    """The tab "Mentor" of a dossier in reach. The klantmanager reads that and when there was contact, never what.

    Five queries.
    """
    role = user.role
    reads_content = role in (Role.STATUSHOUDER, Role.VRIJWILLIGERSCOORDINATOR)
    matches = list(
        Mentorship.objects.visible_to(user, today)
        .filter(case=case)
        .select_related("mentor__user", "request")
        .order_by(F("start_date").desc(nulls_first=True), "-pk")
    )
    begun = [match for match in matches if match.status in (MentorshipStatus.ACTIEF, MentorshipStatus.BEEINDIGD)]
    talks, moments = {}, {}
    for talk in CheckIn.objects.filter(mentorship__in=begun).select_related(
        "meeting", "mentorship__mentor__user", "mentorship__case__statushouder"
    ):
        talks.setdefault(talk.mentorship_id, []).append(talk)
    for moment in ContactMoment.objects.filter(mentorship__in=begun).order_by("-on", "-pk"):
        moments.setdefault(moment.mentorship_id, []).append(moment)
    request = MatchRequest.objects.visible_to(user, today).open().filter(case=case).first()
    return CaseMentor(
        matches=tuple(
            _case_match(match, talks.get(match.pk, []), moments.get(match.pk, []), role, today, now, reads_content)
            for match in begun
        ),
        request=request,
        proposal=next((match for match in matches if match.is_proposed), None),
        days_waiting=request.days_waiting(today) if request else 0,
        can_ask=request is None and not case.is_closed and not any(match.is_active for match in begun),
        reads_content=reads_content,
    )


def _case_match(match, talks, moments, role, today, now, reads_content):
    reached = [moment for moment in moments if moment.channel != ContactChannel.NIET_BEREIKT]
    return CaseMatch(
        pk=match.pk,
        mentor=str(match.mentor),
        when=_("sinds %s") % words.written(match.start_date)
        if match.is_active
        else f"{words.written(match.start_date)} – {words.written(match.ended_on)}",
        is_active=match.is_active,
        end=match.get_end_reason_display() if match.end_reason else "",
        talks=tuple(talk_row(talk, role, today) for talk in talks),
        summaries=tuple(
            (
                talk.get_kind_display(),
                talk.get_outcome_display() if talk.outcome else "",
                talk.summary if reads_summary(talk, role) else "",
            )
            for talk in talks
            if talk.outcome or (talk.summary and reads_summary(talk, role))
        ),
        dates=tuple(words.written(moment.on) for moment in reached[:12]),
        moments=tuple(moment_row(moment, now, today) for moment in moments[:30]) if reads_content else (),
        contacts=len(reached),
    )
