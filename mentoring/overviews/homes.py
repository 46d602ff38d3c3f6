"""What the homes of mentor and coordinator draw: from the same querysets as the lists."""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from cases import words
from cases.models import Alert, ProgrammeSettings
from mentoring.models import CheckIn, CheckInStatus, MatchRequest, Mentor, Mentorship, MentorshipStatus
from mentoring.overviews.check_ins import TalkRow, talk_row
from mentoring.overviews.matching import WaitingRequest, waiting_request

#: How many lines of each sort a home shows; the lists show the rest.
MOST = 5


@dataclass(frozen=True, slots=True)
class MatchCard:
    """One match on the mentor's home. `last_contact` in words, "" when there was none yet."""

    pk: int
    name: str
    since: str
    last_contact: str
    is_silent: bool
    next_talk: str
    next_talk_on: str
    next_talk_url: str
    log_url: str
    url: str


@dataclass(frozen=True, slots=True)
class ProposalCard:
    """A proposal that the mentor answers; it names nobody."""

    pk: int
    language: str
    neighbourhood: str
    answer_by: date | None
    is_answered: bool
    url: str


@dataclass(frozen=True, slots=True)
class MentorHome:
    """The mentor's home: matches, proposals to answer, and whether the code of conduct waits."""

    matches: tuple[MatchCard, ...]
    proposals: tuple[ProposalCard, ...]
    asks_gedragscode: bool
    has_profile: bool

    @property
    def today_count(self):
        """What waits for the mentor today."""
        waiting = sum(1 for proposal in self.proposals if not proposal.is_answered)
        return waiting + self.asks_gedragscode + sum(1 for match in self.matches if match.is_silent)


@dataclass(frozen=True, slots=True)
class ProposalLine:
    """A proposal on the coordinator's home: what is the next step?"""

    request_pk: int
    name: str
    number: str
    mentor: str
    mentor_agrees: bool
    statushouder_agrees: bool
    can_be_confirmed: bool
    answer_by: date | None
    url: str


@dataclass(frozen=True, slots=True)
class SilentMatch:
    """A match without contact for too long."""

    pk: int
    name: str
    number: str
    mentor: str
    days: int
    never: bool
    url: str


@dataclass(frozen=True, slots=True)
class Concern:
    """An open alert for the coordinator: a mentor worries, a talk is late."""

    pk: int
    title: str
    detail: str
    name: str
    number: str
    raised_on: date
    url: str


@dataclass(frozen=True, slots=True)
class CoordinatorHome:
    """The coordinator's home. Each list holds the first few; the numbers count all."""

    concerns: tuple[Concern, ...]
    concern_count: int
    proposals: tuple[ProposalLine, ...]
    proposal_count: int
    waiting: tuple[WaitingRequest, ...]
    waiting_count: int
    talks: tuple[TalkRow, ...]
    talk_count: int
    silent: tuple[SilentMatch, ...]
    silent_count: int
    rhythm_days: int

    @property
    def today_count(self):
        """What asks for the coordinator today: alerts, matches to confirm, talks that are late."""
        return self.concern_count + sum(1 for p in self.proposals if p.can_be_confirmed) + self.silent_count


def mentor_home(user, today, now=None):
    """What a mentor's home shows. Five queries, with one match or many."""
    now = now or timezone.now()
    days = ProgrammeSettings.objects.on(today).contact_rhythm_days
    profile = Mentor.objects.visible_to(user).first()
    matches = list(
        Mentorship.objects.visible_to(user, today)
        .with_contact()
        .select_related("case__statushouder", "request")
        .order_by("start_date", "pk")
    )
    active = [match for match in matches if match.is_active]
    talks = {}
    for talk in (
        CheckIn.objects.filter(mentorship__in=active, status=CheckInStatus.GEPLAND, meeting__ends_at__gt=now)
        .select_related("meeting")
        .order_by("meeting__starts_at")
    ):
        talks.setdefault(talk.mentorship_id, talk)
    return MentorHome(
        matches=tuple(_match_card(match, talks.get(match.pk), today, days) for match in active),
        proposals=tuple(_proposal_card(match) for match in matches if match.is_proposed),
        asks_gedragscode=profile is not None and not profile.knows_gedragscode,
        has_profile=profile is not None,
    )


def _match_card(match, talk, today, days):
    last = match.last_contact_on
    return MatchCard(
        pk=match.pk,
        name=match.case.statushouder.preferred_name,
        since=words.written(match.start_date),
        last_contact=words.days_ago(last, today) if last else "",
        is_silent=(today - match.quiet_since).days >= days,
        next_talk=talk.get_kind_display() if talk else "",
        next_talk_on=date_format(timezone.localtime(talk.meeting.starts_at), "j F Y, H:i") if talk else "",
        next_talk_url=reverse("mentoring:check_in", args=[talk.pk]) if talk else "",
        log_url=reverse("mentoring:log_contact", args=[match.pk]),
        url=reverse("mentoring:mentorship", args=[match.pk]),
    )


def _proposal_card(match):
    person = match.case.statushouder
    return ProposalCard(
        pk=match.pk,
        language=words.language_label(person.language),
        neighbourhood=person.neighbourhood,
        answer_by=match.answer_by,
        is_answered=match.mentor_agrees,
        url=reverse("mentoring:answer_proposal", args=[match.pk]),
    )


def coordinator_home(user, today):
    """What a coordinator's home shows. Eleven queries, with one match or hundreds."""
    days = ProgrammeSettings.objects.on(today).contact_rhythm_days
    alerts = Alert.objects.visible_to(user, today).open()
    proposals = Mentorship.objects.visible_to(user, today).proposed()
    waiting = MatchRequest.objects.visible_to(user, today).open()
    talks = CheckIn.objects.visible_to(user, today).overdue(today)
    silent = Mentorship.objects.visible_to(user, today).with_contact().silent(today, days)
    return CoordinatorHome(
        concerns=tuple(
            _concern(alert) for alert in alerts.select_related("case__statushouder").order_by("raised_at", "pk")[:MOST]
        ),
        concern_count=alerts.count(),
        proposals=tuple(
            _proposal_line(match)
            for match in proposals.select_related("case__statushouder", "mentor__user").order_by(
                "-status", "proposed_at", "pk"
            )[:MOST]
        ),
        proposal_count=proposals.count(),
        waiting=tuple(
            waiting_request(request, today)
            for request in waiting.select_related("case__statushouder").order_by("opened_on", "pk")[:MOST]
        ),
        waiting_count=waiting.count(),
        talks=tuple(
            talk_row(talk, user.role, today)
            for talk in talks.select_related(
                "meeting", "mentorship__mentor__user", "mentorship__case__statushouder"
            ).order_by("due_on", "pk")[:MOST]
        ),
        talk_count=talks.count(),
        silent=tuple(
            _silent(match, today)
            for match in silent.select_related("case__statushouder", "mentor__user").order_by("quiet_since", "pk")[
                :MOST
            ]
        ),
        silent_count=silent.count(),
        rhythm_days=days,
    )


def _concern(alert):
    return Concern(
        pk=alert.pk,
        title=alert.title,
        detail=alert.detail,
        name=alert.case.statushouder.full_name,
        number=alert.case.number,
        raised_on=timezone.localdate(alert.raised_at),
        url=reverse("cases:alert", args=[alert.pk]),
    )


def _proposal_line(match):
    confirm = match.can_be_confirmed
    return ProposalLine(
        request_pk=match.request_id,
        name=match.case.statushouder.full_name,
        number=match.case.number,
        mentor=str(match.mentor),
        mentor_agrees=match.status == MentorshipStatus.GEACCEPTEERD,
        statushouder_agrees=bool(match.statushouder_agrees),
        can_be_confirmed=confirm,
        answer_by=match.answer_by,
        url=reverse(
            "mentoring:confirm_match" if confirm else "mentoring:match_request",
            args=[match.pk if confirm else match.request_id],
        ),
    )


def _silent(match, today):
    return SilentMatch(
        pk=match.pk,
        name=match.case.statushouder.full_name,
        number=match.case.number,
        mentor=str(match.mentor),
        days=(today - match.quiet_since).days,
        never=match.last_contact_on is None,
        url=reverse("mentoring:mentorship", args=[match.pk]),
    )
