"""Golden dates, how well a mentor fits, and what blocks."""

from datetime import date, datetime

import pytest

from cases.models import ProgrammeSettings
from mentoring import rules
from mentoring.models import MentorStatus
from mentoring.overviews.matching import WORDS
from mentoring.rules import Block, Offer, Wishes


@pytest.mark.parametrize(
    ("start", "first", "second"),
    [
        (date(2026, 8, 31), date(2026, 11, 30), date(2027, 2, 28)),
        (date(2026, 11, 30), date(2027, 2, 28), date(2027, 5, 30)),
        (date(2026, 11, 23), date(2027, 2, 23), date(2027, 5, 23)),
        (date(2027, 11, 29), date(2028, 2, 29), date(2028, 5, 29)),
    ],
)
def test_talks_are_calendar_months_from_the_start_clamped_to_the_month(start, first, second):
    assert rules.check_in_targets(start, ProgrammeSettings()) == (first, second)


def test_the_number_of_months_is_a_setting():
    settings = ProgrammeSettings(first_check_in_months=2, second_check_in_months=5)
    assert rules.check_in_targets(date(2026, 12, 31), settings) == (date(2027, 2, 28), date(2027, 5, 31))


@pytest.mark.parametrize(
    ("target", "suggestion"),
    [
        (date(2027, 2, 28), datetime(2027, 3, 1, 10, 0)),  # a Sunday
        (date(2026, 11, 30), datetime(2026, 11, 30, 10, 0)),  # a Monday
        (date(2027, 3, 28), datetime(2027, 3, 30, 10, 0)),  # Easter
    ],
)
def test_the_suggestion_is_the_target_or_the_first_working_day_after_it(target, suggestion):
    assert rules.suggested_talk(target, date(2026, 8, 31)) == suggestion


def test_a_target_that_has_passed_suggests_a_day_to_come():
    assert rules.suggested_talk(date(2026, 11, 1), date(2026, 11, 27)) == datetime(2026, 11, 30, 10, 0)


@pytest.mark.parametrize(
    ("planned", "today", "due"),
    [
        (date(2026, 11, 30), date(2026, 9, 1), date(2026, 12, 1)),
        (None, date(2026, 9, 1), date(2026, 12, 15)),
        (None, date(2027, 1, 4), date(2027, 1, 11)),
    ],
)
def test_a_talk_asks_for_attention_after_its_day_or_after_the_window(planned, today, due):
    assert rules.check_in_due(date(2026, 11, 30), planned, 14, today) == due


WISHES = Wishes(
    language="ar",
    neighbourhood="Stevenshof",
    day_parts=frozenset({"di_avond", "za"}),
    interests=frozenset({"koken", "sport"}),
    gender_wish="vrouw",
)
BEST = Offer(
    languages=frozenset({"ar", "nl"}),
    neighbourhood="stevenshof",
    day_parts=frozenset({"za", "di_avond", "zo"}),
    interests=frozenset({"sport", "koken"}),
    gender="vrouw",
)


def test_who_shares_everything_fits_very_well_and_every_reason_is_said():
    found = rules.fit(WISHES, BEST, WORDS)
    assert (found.number, found.label, found.minus) == (100, "Past heel goed", ())
    assert found.plus == (
        "spreekt Arabisch",
        "woont ook in stevenshof",
        "dinsdagavond en zaterdag vrij",
        "houdt ook van koken en sport",
        "vrouw, zoals gewenst",
    )


def test_who_shares_nothing_fits_least_and_every_reason_is_said():
    other = Offer(
        frozenset({"nl"}), "Mors", frozenset({"ma_avond"}), frozenset({"muziek"}), gender="man", matched_before=True
    )
    found = rules.fit(WISHES, other, WORDS)
    assert (found.number, found.label, found.plus) == (0, "Weinig overeenkomsten", ())
    assert found.minus == (
        "geen gedeelde taal (Arabisch)",
        "woont in Mors",
        "geen gedeeld dagdeel",
        "geen gedeelde interesses",
        "wens is: vrouw",
        "waren al eerder gekoppeld",
    )


def test_what_the_mentor_left_open_is_said_as_such():
    found = rules.fit(WISHES, Offer(), WORDS)
    assert {"wijk niet ingevuld", "tijden niet ingevuld"} < set(found.minus)


def test_what_the_statushouder_left_open_counts_neither_way():
    found = rules.fit(Wishes(language="ar"), Offer(languages=frozenset({"ar"})), WORDS)
    assert (found.number, found.plus, found.minus) == (100, ("spreekt Arabisch",), ())
    assert rules.fit(Wishes(), BEST, WORDS).number == 0


def test_a_strong_criterion_weighs_more_than_a_normal_one():
    wishes = Wishes(language="ar", neighbourhood="Mors")
    by_language = rules.fit(wishes, Offer(languages=frozenset({"ar"})), WORDS)
    by_place = rules.fit(wishes, Offer(neighbourhood="Mors"), WORDS)
    assert by_language.number > by_place.number
    assert [by_language.label, by_place.label] == ["Past goed", "Past redelijk"]


FREE = {"is_available": True, "has_role": True, "knows_gedragscode": True, "places_free": 1}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, ()),
        ({"is_available": False}, (Block.NIET_BESCHIKBAAR,)),
        ({"has_role": False}, (Block.GEEN_ROL,)),
        ({"knows_gedragscode": False}, (Block.GEDRAGSCODE,)),
        ({"places_free": 0}, (Block.VOL,)),
        ({"places_free": -1, "declined_before": True}, (Block.VOL, Block.AFGESLAGEN)),
    ],
)
def test_what_blocks_is_named(change, found):
    assert rules.blocks(**{**FREE, **change}) == found


def test_the_steps_of_a_mentor_name_every_state():
    assert set(rules.MENTOR_STEPS) == set(MentorStatus.values)
    assert {to for steps in rules.MENTOR_STEPS.values() for to in steps} <= set(MentorStatus.values)
