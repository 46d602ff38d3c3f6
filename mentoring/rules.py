"""Dates of a mentorship, how well a mentor fits a request, and what blocks: pure functions of plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import IntEnum, StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.rules import add_months, suggested_working_day

#: A talk takes an hour; the suggestion is ten in the morning (model §5.3).
TALK_MINUTES = 60
SUGGESTED_TIME = time(10, 0)
#: Days in which a mentor answers a proposal; then both are free again.
ANSWER_DAYS = 14
#: Days in which a mentor corrects or removes an own contact moment.
CORRECTION_DAYS = 14
#: Days to find a new date for a talk that did not take place.
REPLAN_DAYS = 7
#: How far ahead a match may begin.
START_AHEAD_DAYS = 31


# --- Dates ---------------------------------------------------------------------------------------------


def check_in_targets(start: date, settings) -> tuple[date, date]:
    """Target dates of the 3- and the 6-month talk: calendar months from the start, clamped (R29, R30, Amb-2).

    `settings` has `first_check_in_months` and `second_check_in_months`. Each is counted from the start, never from the
    other: 31 August → 30 November and 28 February.
    """
    return add_months(start, settings.first_check_in_months), add_months(start, settings.second_check_in_months)


def suggested_talk(target: date, today: date) -> datetime:
    """The moment to suggest for a talk, naive, in the portal's time zone: the target, or the first working day after it,
    at ten. A target that has passed suggests the first working day after today. The target itself stays."""
    day = target if target > today else today + timedelta(days=1)
    return datetime.combine(suggested_working_day(day), SUGGESTED_TIME)


def check_in_due(target: date, planned: date | None, window_days: int, today: date) -> date:
    """The day from which an open talk asks for attention (Amb-2).

    With an appointment the day after it. Without one the day after the planning window around the target, and there is
    always some time to find a new date.
    """
    if planned:
        return planned + timedelta(days=1)
    return max(target + timedelta(days=window_days + 1), today + timedelta(days=REPLAN_DAYS))


def answer_by(proposed: date) -> date:
    """The last day on which a proposal may be answered."""
    return proposed + timedelta(days=ANSWER_DAYS)


# --- How well a mentor fits: it orders proposals, it never judges people ---------------------------------------


class Criterion(StrEnum):
    LANGUAGE = "language"
    NEIGHBOURHOOD = "neighbourhood"
    TIME = "time"
    INTERESTS = "interests"
    GENDER = "gender"


class Weight(IntEnum):
    """How much a criterion counts."""

    GEWOON = 2
    STERK = 4


#: The one place that says what counts and how much.
WEIGHTS = {
    Criterion.LANGUAGE: Weight.STERK,
    Criterion.NEIGHBOURHOOD: Weight.GEWOON,
    Criterion.TIME: Weight.STERK,
    Criterion.INTERESTS: Weight.GEWOON,
    Criterion.GENDER: Weight.STERK,
}
CRITERION_WORDS = {
    Criterion.LANGUAGE: gettext_lazy("taal"),
    Criterion.NEIGHBOURHOOD: gettext_lazy("wijk"),
    Criterion.TIME: gettext_lazy("tijd"),
    Criterion.INTERESTS: gettext_lazy("interesses"),
    Criterion.GENDER: gettext_lazy("voorkeur man of vrouw"),
}
WEIGHT_WORDS = {Weight.GEWOON: gettext_lazy("gewoon"), Weight.STERK: gettext_lazy("sterk")}

#: From which number which words are used, best first.
FIT_LABELS = (
    (80, gettext_lazy("Past heel goed")),
    (55, gettext_lazy("Past goed")),
    (30, gettext_lazy("Past redelijk")),
    (0, gettext_lazy("Weinig overeenkomsten")),
)
#: So many shared day parts or interests count in full.
ENOUGH_SHARED = 2


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is known of the statushouder's side: codes, and words that name no person."""

    language: str = ""
    neighbourhood: str = ""
    day_parts: frozenset[str] = frozenset()
    interests: frozenset[str] = frozenset()
    gender_wish: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """What is known of a mentor, in the same codes."""

    languages: frozenset[str] = frozenset()
    neighbourhood: str = ""
    day_parts: frozenset[str] = frozenset()
    interests: frozenset[str] = frozenset()
    gender: str = ""
    matched_before: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """The Dutch words of the codes, in the order in which people list them."""

    languages: Mapping[str, str]
    day_parts: Mapping[str, str]
    interests: Mapping[str, str]
    genders: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a mentor fits a request: words for people, a number (0–100) for ordering and drawing only."""

    number: int
    label: str
    plus: tuple[str, ...]
    minus: tuple[str, ...]
    by_criterion: Mapping[str, str]


def fit(wishes: Wishes, offer: Offer, words: Words) -> Fit:
    """Compare a mentor with a request. What the statushouder's side left open does not count, either way."""
    plus, minus, said = [], [], {}
    total = reached = 0
    for criterion, judge in _JUDGES.items():
        judged = judge(wishes, offer, words)
        if judged is None:
            continue
        share, text = judged
        weight = WEIGHTS[criterion]
        total += weight
        reached += weight * share
        said[criterion] = text
        (plus if share > 0 else minus).append(text)
    if offer.matched_before:
        minus.append(_("waren al eerder gekoppeld"))
    number = round(100 * reached / total) if total else 0
    return Fit(number, _label(number), tuple(plus), tuple(minus), said)


def _label(number):
    return next(str(words) for least, words in FIT_LABELS if number >= least)


def _language(wishes, offer, words):
    if not wishes.language or wishes.language not in words.languages:
        return None
    name = words.languages[wishes.language]
    if wishes.language in offer.languages:
        return 1, _("spreekt %s") % name
    return 0, _("geen gedeelde taal (%s)") % name


def _neighbourhood(wishes, offer, words):
    if not wishes.neighbourhood:
        return None
    if not offer.neighbourhood:
        return 0, _("wijk niet ingevuld")
    if offer.neighbourhood.casefold() == wishes.neighbourhood.casefold():
        return 1, _("woont ook in %s") % offer.neighbourhood
    return 0, _("woont in %s") % offer.neighbourhood


def _time(wishes, offer, words):
    if not wishes.day_parts:
        return None
    if not offer.day_parts:
        return 0, _("tijden niet ingevuld")
    shared = [word for code, word in words.day_parts.items() if code in wishes.day_parts & offer.day_parts]
    if not shared:
        return 0, _("geen gedeeld dagdeel")
    return min(1, len(shared) / ENOUGH_SHARED), _("%s vrij") % _listed(shared)


def _interests(wishes, offer, words):
    if not wishes.interests:
        return None
    shared = [word for code, word in words.interests.items() if code in wishes.interests & offer.interests]
    if not shared:
        return 0, _("geen gedeelde interesses")
    return min(1, len(shared) / ENOUGH_SHARED), _("houdt ook van %s") % _listed(shared)


def _gender(wishes, offer, words):
    if not wishes.gender_wish:
        return None
    wished = words.genders.get(wishes.gender_wish, wishes.gender_wish)
    if offer.gender == wishes.gender_wish:
        return 1, _("%s, zoals gewenst") % wished
    return 0, _("wens is: %s") % wished


_JUDGES = {
    Criterion.LANGUAGE: _language,
    Criterion.NEIGHBOURHOOD: _neighbourhood,
    Criterion.TIME: _time,
    Criterion.INTERESTS: _interests,
    Criterion.GENDER: _gender,
}


def _listed(words):
    """ "a", "a en b", "a, b en c"."""
    words = [str(word) for word in words]
    if len(words) < 2:
        return "".join(words)
    return _("%(many)s en %(last)s") % {"many": ", ".join(words[:-1]), "last": words[-1]}


# --- What blocks -------------------------------------------------------------------------------------------


class Block(StrEnum):
    """Why a mentor cannot be proposed now."""

    NIET_BESCHIKBAAR = "niet_beschikbaar"
    GEEN_ROL = "geen_rol"
    GEDRAGSCODE = "gedragscode"
    VOL = "vol"
    AFGESLAGEN = "afgeslagen"


BLOCK_WORDS = {
    Block.NIET_BESCHIKBAAR: gettext_lazy("niet beschikbaar"),
    Block.GEEN_ROL: gettext_lazy("account niet actief als mentor"),
    Block.GEDRAGSCODE: gettext_lazy("gedragscode nog niet akkoord"),
    Block.VOL: gettext_lazy("vol"),
    Block.AFGESLAGEN: gettext_lazy("voorstel al afgeslagen"),
}


def blocks(
    *, is_available: bool, has_role: bool, knows_gedragscode: bool, places_free: int, declined_before: bool = False
) -> tuple[Block, ...]:
    """What stands in the way of proposing a mentor; empty when nothing does (R34, Amb-17)."""
    return tuple(
        block
        for block, holds in (
            (Block.NIET_BESCHIKBAAR, not is_available),
            (Block.GEEN_ROL, not has_role),
            (Block.GEDRAGSCODE, not knows_gedragscode),
            (Block.VOL, places_free < 1),
            (Block.AFGESLAGEN, declined_before),
        )
        if holds
    )


# --- Mentors -----------------------------------------------------------------------------------------------

#: From which state a mentor may come into which (model §5.3). Agreeing to the code of conduct is the mentor's own step.
MENTOR_STEPS = {
    "aangemeld": ("kennismaking", "afgewezen", "gestopt"),
    "kennismaking": ("gedragscode_akkoord", "afgewezen", "gestopt"),
    "gedragscode_akkoord": ("beschikbaar", "gestopt"),
    "beschikbaar": ("pauze", "gestopt"),
    "pauze": ("beschikbaar", "gestopt"),
    "gestopt": ("kennismaking",),
    "afgewezen": (),
}
#: States that need the current code of conduct (R34).
NEEDS_GEDRAGSCODE = ("gedragscode_akkoord", "beschikbaar")
