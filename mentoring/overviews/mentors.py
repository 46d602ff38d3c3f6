"""The list of mentors and one mentor's file."""

from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import F

from accounts.models import Invitation
from cases import words
from cases.models import Language
from mentoring import rules
from mentoring.models import Mentor, Mentorship, MentorStatus

PER_PAGE = 25
#: Name in the address → order of the list.
ORDERS = {
    "naam": ("user__name", "pk"),
    "stand": ("status", "user__name"),
    "wijk": ("neighbourhood", "user__name"),
    "vrij": ("free_count", "user__name"),
    "sinds": ("status_since", "user__name"),
}
#: States as words with their colour.
STATUS_KIND = {
    MentorStatus.BESCHIKBAAR: "done",
    MentorStatus.PAUZE: "soon",
    MentorStatus.AANGEMELD: "info",
    MentorStatus.KENNISMAKING: "info",
    MentorStatus.GEDRAGSCODE_AKKOORD: "info",
}


@dataclass(frozen=True, slots=True)
class MentorRow:
    """One mentor in the list."""

    pk: int
    name: str
    status: str
    kind: str
    languages: str
    neighbourhood: str
    places: str
    active: int
    asks_gedragscode: bool


@dataclass(frozen=True, slots=True)
class MentorList:
    """A page of mentors."""

    rows: tuple[MentorRow, ...]
    page: Page


@dataclass(frozen=True, slots=True)
class MatchLine:
    """One match in a mentor's file. Of a dossier the reader may not see, the name is empty."""

    pk: int
    name: str
    status: str
    when: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class MentorFile:
    """A mentor's file for the coordinator."""

    mentor: Mentor
    facts: tuple[tuple[str, str], ...]
    kind: str
    free: int
    blocks: tuple[str, ...]
    matches: tuple[MatchLine, ...]
    steps: tuple[str, ...]
    waits_for_password: bool


def mentor_list(
    user, today, *, search="", status="", language="", neighbourhood="", with_place=False, sort="", page=1
):
    """The mentors of the coordinator's organisation, searched, filtered, ordered and paged. Two queries."""
    mentors = Mentor.objects.visible_to(user).search(search).with_places().select_related("user")
    if status in MentorStatus.values:
        mentors = mentors.filter(status=status)
    if language in Language.values:
        mentors = mentors.speaks(language)
    if neighbourhood:
        mentors = mentors.filter(neighbourhood__iexact=neighbourhood)
    if with_place:
        mentors = mentors.available().filter(free_count__gt=0)
    first, *rest = ORDERS.get(sort.lstrip("-"), ORDERS["naam"])
    mentors = mentors.order_by(F(first).desc() if sort.startswith("-") else F(first).asc(), *rest)
    page = Paginator(mentors, PER_PAGE).get_page(page)
    return MentorList(tuple(_row(mentor) for mentor in page.object_list), page)


def _row(mentor):
    free = max(0, mentor.free_count)
    return MentorRow(
        pk=mentor.pk,
        name=str(mentor.user),
        status=mentor.get_status_display(),
        kind=STATUS_KIND.get(mentor.status, ""),
        languages=", ".join(mentor.language_labels()),
        neighbourhood=mentor.neighbourhood,
        places=f"{free} / {mentor.max_active}",
        active=mentor.active_count,
        asks_gedragscode=mentor.status == MentorStatus.BESCHIKBAAR and not mentor.knows_gedragscode,
    )


def mentor_file(mentor, user, today):
    """One mentor's file with the matches. `mentor` comes from `with_places().with_role()`. Three queries."""
    matches = list(
        Mentorship.objects.filter(mentor=mentor)
        .select_related("case__statushouder")
        .order_by(F("start_date").desc(nulls_first=True), "-pk")[:30]
    )
    visible = set(
        Mentorship.objects.visible_to(user, today).filter(pk__in=[m.pk for m in matches]).values_list("pk", flat=True)
    )
    blocks = rules.blocks(
        is_available=mentor.status == MentorStatus.BESCHIKBAAR,
        has_role=mentor.has_role,
        knows_gedragscode=mentor.knows_gedragscode,
        places_free=mentor.free_count,
    )
    return MentorFile(
        mentor=mentor,
        facts=_facts(mentor),
        kind=STATUS_KIND.get(mentor.status, ""),
        free=max(0, mentor.free_count),
        blocks=tuple(str(rules.BLOCK_WORDS[block]) for block in blocks),
        matches=tuple(_match_line(match, match.pk in visible) for match in matches),
        steps=rules.MENTOR_STEPS[mentor.status],
        waits_for_password=Invitation.objects.filter(user=mentor.user_id, accepted_at=None).exists(),
    )


def _facts(mentor):
    code = words.written(mentor.gedragscode_accepted_at.date()) if mentor.gedragscode_accepted_at else ""
    return (
        (Mentor._meta.get_field("languages").verbose_name.capitalize(), ", ".join(mentor.language_labels())),
        (Mentor._meta.get_field("neighbourhood").verbose_name.capitalize(), mentor.neighbourhood),
        (Mentor._meta.get_field("availability").verbose_name.capitalize(), ", ".join(mentor.day_part_labels())),
        (Mentor._meta.get_field("interests").verbose_name.capitalize(), ", ".join(mentor.interest_labels())),
        (
            Mentor._meta.get_field("gender").verbose_name.capitalize(),
            mentor.get_gender_display() if mentor.gender else "",
        ),
        (Mentor._meta.get_field("motivation").verbose_name.capitalize(), mentor.motivation),
        (Mentor._meta.get_field("vog_seen_on").verbose_name, words.written(mentor.vog_seen_on)),
        (Mentor._meta.get_field("gedragscode_accepted_at").verbose_name.capitalize(), code),
    )


def _match_line(match, is_visible):
    if match.is_proposed:
        when = words.written(match.proposed_at.date())
    else:
        when = " – ".join(filter(None, (words.written(match.start_date), words.written(match.ended_on))))
    return MatchLine(
        pk=match.pk,
        name=match.case.statushouder.full_name if is_visible else "",
        status=match.get_status_display(),
        when=when,
        is_open=is_visible and match.is_active,
    )
