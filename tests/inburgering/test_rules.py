"""Golden dates of the Startgroep and the counting of absence, without a database."""

from datetime import date

import pytest

from inburgering import rules
from inburgering.rules import Missed

START = date(2026, 9, 7)  # a Monday


def test_twice_a_week_gives_twelve_sessions_in_six_weeks():
    days = rules.session_dates(START, 6, "2_per_week", [0, 3])
    assert len(days) == 12
    assert (days[0], days[-1]) == (date(2026, 9, 7), date(2026, 10, 15))
    assert {day.weekday() for day in days} == {0, 3}


def test_once_per_two_weeks_gives_three_sessions():
    assert rules.session_dates(START, 6, "1_per_2_weeks", [0]) == [
        date(2026, 9, 7),
        date(2026, 9, 21),
        date(2026, 10, 5),
    ]


def test_once_per_two_weeks_begins_at_the_first_lesson_day():
    assert rules.session_dates(START, 6, "1_per_2_weeks", [3]) == [
        date(2026, 9, 10),
        date(2026, 9, 24),
        date(2026, 10, 8),
    ]


def test_last_day_and_the_day_the_picture_can_be_formed():
    assert rules.last_day(START, 6) == date(2026, 10, 18)
    assert rules.assessment_from(START, 3) == date(2026, 9, 28)


def test_all_sessions_lie_within_the_weeks():
    for pattern, weekdays in (("2_per_week", [1, 4]), ("1_per_2_weeks", [6])):
        days = rules.session_dates(START, 6, pattern, weekdays)
        assert all(START <= day <= rules.last_day(START, 6) for day in days)


def test_holidays_are_pointed_out_and_stay():
    start = date(2027, 3, 22)  # Easter Monday is 29 March 2027
    days = rules.session_dates(start, 6, "2_per_week", [0, 3])
    assert date(2027, 3, 29) in days
    assert date(2027, 3, 29) in rules.not_a_working_day(days)


@pytest.mark.parametrize(("count", "asks"), [(0, False), (3, False), (4, True), (5, True)])
def test_more_than_three_is_four(count, asks):
    assert rules.asks_for_contact(count, 3) is asks


def test_excused_counts_unless_the_programme_says_otherwise():
    missed = [Missed(START, "ongeoorloofd"), Missed(START, "geoorloofd"), Missed(START, "onbekend")]
    assert rules.counted(missed, True) == missed
    assert [m.kind for m in rules.counted(missed, False)] == ["ongeoorloofd", "onbekend"]


def test_a_quarter_is_a_calendar_quarter():
    days = [date(2026, 1, 1), date(2026, 3, 31), date(2026, 4, 1), date(2026, 12, 31)]
    assert [rules.quarter(day) for day in days] == ["2026-Q1", "2026-Q1", "2026-Q2", "2026-Q4"]


def test_the_window_since_the_last_handled_alert_is_a_number():
    missed = [Missed(date(2026, 9, 8), "onbekend", 1), Missed(date(2026, 12, 8), "onbekend", 2)]
    assert rules.in_window(missed, "enrolment", 2, date(2026, 12, 8), 90) == missed[1:]


def test_the_window_per_quarter_looks_at_the_lesson():
    missed = [Missed(date(2026, 9, 30), "onbekend"), Missed(date(2026, 10, 1), "onbekend")]
    assert rules.in_window(missed, "quarter", 1, date(2026, 10, 8), 90) == missed[1:]


def test_the_rolling_window_finds_the_fullest_stretch_whatever_came_last():
    days = [date(2026, 1, 5), date(2026, 1, 12), date(2026, 1, 19), date(2026, 6, 1)]
    missed = [Missed(day, "onbekend") for day in days]
    assert rules.in_window(missed, "rolling_days", 1, days[-1], 30) == missed[:3]
    # Exactly 14 days apart is not within 14 days; 13 is.
    assert len(rules.in_window(missed, "rolling_days", 1, days[0], 14)) == 2
    assert len(rules.in_window(missed, "rolling_days", 1, days[0], 15)) == 3


def test_the_key_of_a_window():
    assert rules.window_key(7, "enrolment", 2, START) == "absence:7:2"
    assert rules.window_key(7, "rolling_days", 1, START) == "absence:7:1"
    assert rules.window_key(7, "quarter", 1, START) == "absence:7:2026-Q3:1"
