"""Dates of the Startgroep and the counting of absence, as pure functions of plain values."""

from dataclasses import dataclass
from datetime import date, timedelta

from cases.rules import is_working_day

TWO_PER_WEEK = "2_per_week"
ONE_PER_TWO_WEEKS = "1_per_2_weeks"
#: Lesson days that each rhythm needs in a week.
WEEKDAYS_OF = {TWO_PER_WEEK: 2, ONE_PER_TWO_WEEKS: 1}

EXCUSED = "geoorloofd"

ENROLMENT = "enrolment"
QUARTER = "quarter"
ROLLING_DAYS = "rolling_days"


# --- Startgroep (R36–R39, Amb-5) ---


def last_day(start: date, weeks: int) -> date:
    """Last day of a Startgroep, inclusive: six weeks from Monday 7 September end on Sunday 18 October."""
    return start + timedelta(weeks=weeks) - timedelta(days=1)


def assessment_from(start: date, weeks: int) -> date:
    """Day from which the docent can form a picture: `weeks` weeks after the start (R39)."""
    return start + timedelta(weeks=weeks)


def session_dates(start: date, weeks: int, pattern: str, weekdays) -> list[date]:
    """The regular sessions between `start` and the last day, in order (R37). `weekdays`: 0 is Monday.

    Twice a week: each of the two weekdays, every week. Once per two weeks: the first such weekday from the start, and
    every fourteen days after it. Holidays are not skipped: `not_a_working_day` points them out and people decide.
    """
    days = [start + timedelta(days=n) for n in range(weeks * 7)]
    lesson_days = [day for day in days if day.weekday() in set(weekdays)]
    if pattern == TWO_PER_WEEK or not lesson_days:
        return lesson_days
    return [day for day in lesson_days if (day - lesson_days[0]).days % 14 == 0]


def not_a_working_day(days) -> list[date]:
    """Which of these days are a holiday or in a weekend, to be pointed out; nothing moves by itself."""
    return [day for day in days if not is_working_day(day)]


# --- Absence (R57, Amb-11a–e) ---


@dataclass(frozen=True)
class Missed:
    """One standing absence: the lesson's day, its kind, and the number of its window."""

    lesson_on: date
    kind: str
    window: int = 1


def quarter(day: date) -> str:
    """The calendar quarter of `day`: "2026-Q4" (Amb-10)."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


def window_key(enrolment_id: int, kind: str, number: int, lesson_on: date) -> str:
    """The key of the one alert of a window (Amb-11d). Per quarter, the quarter is part of it."""
    if kind == QUARTER:
        return f"absence:{enrolment_id}:{quarter(lesson_on)}:{number}"
    return f"absence:{enrolment_id}:{number}"


def in_window(missed, kind: str, number: int, lesson_on: date, days: int) -> list[Missed]:
    """The absences that count together with one on `lesson_on`, by lesson date (Amb-11a).

    ENROLMENT: all of window `number`. QUARTER: of those, the ones in the same calendar quarter. ROLLING_DAYS: of those,
    the fullest stretch of `days` days; of equally full ones the latest.
    """
    rows = sorted((m for m in missed if m.window == number), key=lambda m: m.lesson_on)
    if kind == QUARTER:
        return [m for m in rows if quarter(m.lesson_on) == quarter(lesson_on)]
    if kind == ROLLING_DAYS:
        fullest: list[Missed] = []
        for last in rows:
            stretch = [m for m in rows if last.lesson_on - timedelta(days=days) < m.lesson_on <= last.lesson_on]
            if len(stretch) >= len(fullest):
                fullest = stretch
        return fullest
    return rows


def counted(missed, count_excused: bool) -> list[Missed]:
    """Those that count for the alert; excused ones count too unless the programme says otherwise (Amb-11b)."""
    return [m for m in missed if count_excused or m.kind != EXCUSED]


def asks_for_contact(count: int, threshold: int) -> bool:
    """Strictly more than the threshold: with three, the fourth absence alerts and the third does not (R57)."""
    return count > threshold
