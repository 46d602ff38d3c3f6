"""The matching screen: who waits, which mentors fit and why, and who can't now."""

from collections import Counter
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from cases import words
from cases.models import Language
from mentoring import rules
from mentoring.models import (
    DayPart,
    Gender,
    Interest,
    MatchRequest,
    Mentor,
    Mentorship,
    MentorshipStatus,
    MentorStatus,
)
from mentoring.people import klantmanager_of
from mentoring.rules import Fit, Offer, Wishes, Words

#: How many requests and candidates stand on one page.
REQUESTS_PER_PAGE, CANDIDATES_PER_PAGE = 15, 15
#: From how many days waiting a request is shown as urgent, and as soon.
URGENT_DAYS, SOON_DAYS = 42, 21

#: The Dutch words of the codes that a fit speaks of.
WORDS = Words(
    languages={choice.value: choice.label for choice in Language},
    day_parts={choice.value: choice.label for choice in DayPart},
    interests={choice.value: choice.label for choice in Interest},
    genders={choice.value: choice.label for choice in Gender if choice.value},
)


@dataclass(frozen=True, slots=True)
class WaitingRequest:
    """One request in the list: who, how long, and the wishes in a line."""

    pk: int
    name: str
    number: str
    days: int
    kind: str
    facts: str
    is_proposed: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """One mentor beside a request."""

    pk: int
    name: str
    fit: Fit
    free: int
    max_active: int
    proposed: int
    blocks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidates:
    """All mentors beside one request: who fits, best first, and who can't now and why."""

    fitting: tuple[Candidate, ...]
    blocked: tuple[Candidate, ...]
    block_counts: tuple[tuple[str, int], ...]
    free_places: int
    free_mentors: int


@dataclass(frozen=True, slots=True)
class ChosenRequest:
    """The request that is looked at, with its wishes in words."""

    request: MatchRequest
    name: str
    number: str
    days: int
    facts: tuple[tuple[str, str], ...]
    proposal: Mentorship | None
    earlier: tuple[Mentorship, ...] = ()


@dataclass(frozen=True, slots=True)
class MatchingScreen:
    """The whole screen."""

    waiting: Page
    rows: tuple[WaitingRequest, ...]
    chosen: ChosenRequest | None
    candidates: Candidates | None
    page: Page | None


def weight_words():
    """What counts and how much, for the reader: (criterion, weight) in words."""
    return [(rules.CRITERION_WORDS[c], rules.WEIGHT_WORDS[w]) for c, w in rules.WEIGHTS.items()]


def matching_screen(user, today, *, chosen=None, search="", page=1, candidate_page=1):
    """The requests that wait longest and the candidates for the chosen one (a `MatchRequest`), or for the first.

    Eight queries, whether one mentor or hundreds.
    """
    requests = (
        MatchRequest.objects.visible_to(user, today)
        .open()
        .search(search)
        .select_related("case__statushouder")
        .order_by("opened_on", "pk")
    )
    waiting = Paginator(requests, REQUESTS_PER_PAGE).get_page(page)
    listed = list(waiting.object_list)
    if chosen is None and listed:
        chosen = listed[0]
    rows = tuple(waiting_request(request, today) for request in listed)
    if chosen is None:
        return MatchingScreen(waiting, rows, None, None, None)
    matches = list(
        Mentorship.objects.filter(case=chosen.case_id).select_related("mentor__user").order_by("-proposed_at", "-pk")
    )
    candidates = candidates_for(chosen, user, today, matches=matches)
    return MatchingScreen(
        waiting=waiting,
        rows=rows,
        chosen=chosen_request(chosen, today, matches),
        candidates=candidates,
        page=Paginator(candidates.fitting, CANDIDATES_PER_PAGE).get_page(candidate_page),
    )


def candidates_for(request, user, today, *, matches=None):
    """Every mentor of the organisation beside a request, in one query (two without `matches`, those of the dossier)."""
    if matches is None:
        matches = list(Mentorship.objects.filter(case=request.case_id))
    declined = {m.mentor_id for m in matches if m.request_id == request.pk and m.status == MentorshipStatus.AFGESLAGEN}
    before = {m.mentor_id for m in matches if m.status == MentorshipStatus.BEEINDIGD}
    wishes = wishes_of(request)
    mentors = (
        Mentor.objects.visible_to(user)
        .exclude(status__in=(MentorStatus.GESTOPT, MentorStatus.AFGEWEZEN))
        .with_places()
        .with_role(today)
        .select_related("user")
    )
    found = [_candidate(mentor, wishes, mentor.pk in declined, mentor.pk in before) for mentor in mentors]
    fitting = sorted((c for c in found if not c.blocks), key=lambda c: (-c.fit.number, -c.free, c.name, c.pk))
    blocked = tuple(c for c in found if c.blocks)
    counts = Counter(block for c in blocked for block in c.blocks[:1])
    return Candidates(
        fitting=tuple(fitting),
        blocked=blocked,
        block_counts=tuple((capfirst(why), number) for why, number in counts.most_common()),
        free_places=sum(c.free for c in fitting),
        free_mentors=len(fitting),
    )


def _candidate(mentor, wishes, declined, before):
    found = rules.blocks(
        is_available=mentor.status == MentorStatus.BESCHIKBAAR,
        has_role=mentor.has_role,
        knows_gedragscode=mentor.knows_gedragscode,
        places_free=mentor.free_count,
        declined_before=declined,
    )
    return Candidate(
        pk=mentor.pk,
        name=str(mentor.user),
        fit=rules.fit(wishes, offer_of(mentor, before), WORDS),
        free=max(0, mentor.free_count),
        max_active=mentor.max_active,
        proposed=mentor.proposed_count,
        blocks=tuple(str(rules.BLOCK_WORDS[block]) for block in found),
    )


def wishes_of(request):
    """The statushouder's side of a request as plain values."""
    person = request.case.statushouder
    return Wishes(
        language=person.language,
        neighbourhood=person.neighbourhood,
        day_parts=frozenset(request.availability),
        interests=frozenset(request.interests),
        gender_wish=request.gender_wish,
    )


def offer_of(mentor, matched_before=False):
    """The mentor's side as plain values."""
    return Offer(
        languages=frozenset(mentor.languages),
        neighbourhood=mentor.neighbourhood,
        day_parts=frozenset(mentor.availability),
        interests=frozenset(mentor.interests),
        gender=mentor.gender,
        matched_before=matched_before,
    )


def waiting_request(request, today):
    """A row of the list of requests."""
    person, days = request.case.statushouder, request.days_waiting(today)
    facts = [person.get_language_display(), person.neighbourhood, *request.interest_labels()[:2]]
    if request.gender_wish:
        facts.append(request.get_gender_wish_display())
    return WaitingRequest(
        pk=request.pk,
        name=person.full_name,
        number=request.case.number,
        days=days,
        kind="urgent" if days >= URGENT_DAYS else "soon" if days >= SOON_DAYS else "",
        facts=", ".join(str(fact) for fact in facts if fact),
        is_proposed=request.status == "voorgesteld",
    )


def chosen_request(request, today, matches):
    """The request in full; `matches` are the dossier's matches and proposals, newest first."""
    person = request.case.statushouder
    return ChosenRequest(
        request=request,
        name=person.full_name,
        number=request.case.number,
        days=request.days_waiting(today),
        facts=wish_facts(request),
        proposal=next((m for m in matches if m.request_id == request.pk and m.is_proposed), None),
        earlier=tuple(m for m in matches if not m.is_proposed),
    )


def wish_facts(request):
    """The wishes in words: what the mentor may read before saying yes. No name, no number."""
    person = request.case.statushouder
    return (
        (_("Taal"), words.language_and_interpreter(person.language, person.needs_interpreter)),
        (_("Wijk"), person.neighbourhood),
        (_("Kan op"), ", ".join(request.day_part_labels())),
        (_("Houdt van"), ", ".join(request.interest_labels())),
        (_("Voorkeur"), request.get_gender_wish_display() if request.gender_wish else _("geen voorkeur")),
    )


def proposal_for_mentor(proposal):
    """What a mentor knows of a proposal before the match is made: language, neighbourhood and wishes, never a name."""
    return wish_facts(proposal.request)[:-1]


def request_facts(case, today):
    """Who will be invited to the talks and who must be told by phone, for the page that confirms. One query."""
    klantmanager = klantmanager_of(case, today)
    person = case.statushouder
    return [
        (
            _("Klantmanager"),
            str(klantmanager) if klantmanager else _("nog geen; wie het wordt, krijgt de uitnodiging dan"),
        ),
        (
            _("Statushouder"),
            _("krijgt een uitnodiging") if person.can_be_mailed else _("heeft geen e-mailadres: bel of schrijf zelf"),
        ),
    ]


def comparison(first: Candidate, second: Candidate):
    """What was found on each criterion for two candidates: (criterion, first, second) in words."""
    rows = [
        (str(rules.CRITERION_WORDS[c]), first.fit.by_criterion.get(c, ""), second.fit.by_criterion.get(c, ""))
        for c in rules.WEIGHTS
    ]
    return [(capfirst(label), a, b) for label, a, b in rows if a or b]
