"""Dates and deadlines of a dossier, as pure functions of plain values."""

from datetime import date, timedelta

import holidays
from dateutil.relativedelta import relativedelta

from accounts.zones import reads

_HOLIDAYS = holidays.country_holidays("NL")


def add_months(day: date, months: int) -> date:
    """`day` plus calendar months, clamped to the end of the month (31 August + 3 → 30 November). Amb-2."""
    return day + relativedelta(months=months)


def is_working_day(day: date) -> bool:
    """Whether `day` is no Saturday, Sunday or Dutch public holiday."""
    return day.weekday() < 5 and day not in _HOLIDAYS


def suggested_working_day(day: date) -> date:
    """`day`, or the first working day after it: a suggestion, the target itself stays as it is (Amb-2)."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def goal_deadline(anchor: date, months: int) -> date:
    """Last day, inclusive, on which the goal counts as reached in time (R44, Amb-6)."""
    return add_months(anchor, months)


def plan_due(accepted: date, days: int) -> date:
    """Day by which the Plan van Aanpak should stand (R17, model §5.8)."""
    return accepted + timedelta(days=days)


def legal_term(pip_date: date | None) -> tuple[date | None, date | None]:
    """First and last day of the term of the Wi2021: from the day after the PIP, three years (Wi2021 art. 11).

    Computed only; the dates that DUO gives take their place.
    """
    if pip_date is None:
        return None, None
    start = pip_date + timedelta(days=1)
    return start, start + relativedelta(years=3) - timedelta(days=1)


def case_number(year: int, sequence: int) -> str:
    """The dossier number JAS-YYYY-NNNN; more digits when a year needs them."""
    return f"JAS-{year}-{sequence:04d}"


def loan_applies(legal_regime: str, group: str) -> bool:
    """Whether a DUO loan can be had: under the Wi2013, or under the Wi2021 outside the asylum group (R54, law §2.6)."""
    return legal_regime == "wi2013" or (legal_regime == "wi2021" and group != "asielstatushouder")


#: The phases one after the other (model §5.2); pause and end stand beside the line.
PHASE_ORDER = ("aangemeld", "intake", "startgroep", "plaatsing", "inburgering", "afgerond")


def phase_needs_reason(now: str, to: str) -> bool:
    """Whether going from phase `now` to phase `to` asks for a reason: a pause, an end, a step back or reopening."""
    if to not in PHASE_ORDER or to == "afgerond":
        return True
    if now == "pauze":
        return False
    return now not in PHASE_ORDER or PHASE_ORDER.index(to) < PHASE_ORDER.index(now)


def plan_gaps(*, has_goal: bool, agreements: int, evaluate_on: date | None) -> list[str]:
    """What a Plan van Aanpak still lacks before it can be established: "goal", "agreements", "evaluate_on" (R17)."""
    gaps = []
    if not has_goal:
        gaps.append("goal")
    if not agreements:
        gaps.append("agreements")
    if evaluate_on is None:
        gaps.append("evaluate_on")
    return gaps


def may_own_task(role: str, zone: str) -> bool:
    """Whether a task in `zone` can be one of `role`: what a role does not read, it cannot do (R1, model §5.6)."""
    return reads(role, zone)


#: A stand-in for longer than this is no stand-in: then the dossiers are handed over.
MOST_DEPUTY_DAYS = 184
#: Fewer signs than this are no reason for emergency access.
LEAST_REASON = 20


def deputy_days_wrong(starts_on: date, last_day: date, today: date) -> str:
    """What is wrong with the days of a deputy: "past", "order", "long", or "" when they can stand."""
    if starts_on < today:
        return "past"
    if last_day < starts_on:
        return "order"
    return "long" if (last_day - starts_on).days >= MOST_DEPUTY_DAYS else ""


def working_days_after(day: date, count: int) -> date:
    """The `count`th working day after `day`; `day` itself for none."""
    for _working_day in range(count):
        day = suggested_working_day(day + timedelta(days=1))
    return day


# --- Requests about one's own data (AVG art. 12 lid 3) ---------------------------------------------

#: Months in which somebody has an answer, and by how many more this can be extended.
ANSWER_MONTHS = 1
EXTENSION_MONTHS = 2
#: Days before the last one on which those who must act are reminded.
REMIND_DAYS = 7
#: Days for which a copy that was approved can be fetched.
FETCH_DAYS = 30


def answer_due(requested_on: date, *, is_extended: bool = False) -> date:
    """The last day for an answer: a month after the request, three when it was extended. Both count from the request, so
    that 31 January gives 28 February and 30 April."""
    return add_months(requested_on, ANSWER_MONTHS + (EXTENSION_MONTHS if is_extended else 0))
