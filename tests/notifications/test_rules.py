"""Quiet hours, the hour of a digest and which refusals mark an address: plain values, the nights of the clock too."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from notifications.rules import ALL_DAYS, after_quiet_hours, codes, marks_address, next_digest

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def local(*parts, fold=0):
    return datetime(*parts, tzinfo=AMSTERDAM, fold=fold)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (local(2026, 11, 23, 20, 59), local(2026, 11, 23, 20, 59)),
        (local(2026, 11, 23, 21, 0), local(2026, 11, 24, 7, 0)),
        (local(2026, 11, 24, 6, 59), local(2026, 11, 24, 7, 0)),
        (local(2026, 11, 24, 7, 0), local(2026, 11, 24, 7, 0)),
        # Clocks forward at two, and back at three: seven o'clock is seven o'clock.
        (local(2027, 3, 27, 23, 0), local(2027, 3, 28, 7, 0)),
        (local(2027, 3, 28, 3, 30), local(2027, 3, 28, 7, 0)),
        (local(2027, 10, 31, 2, 30, fold=0), local(2027, 10, 31, 7, 0)),
        (local(2027, 10, 31, 2, 30, fold=1), local(2027, 10, 31, 7, 0)),
    ],
)
def test_quiet_hours_over_midnight(moment, expected):
    found = after_quiet_hours(moment.astimezone(UTC), time(21), time(7), ALL_DAYS, AMSTERDAM)
    assert found.timestamp() == expected.timestamp()


def test_quiet_hours_begin_on_the_chosen_days_alone():
    weekdays = "01234"
    saturday_night = local(2026, 11, 28, 23, 0)
    friday_night = local(2026, 11, 28, 2, 0)
    assert after_quiet_hours(saturday_night, time(21), time(7), weekdays, AMSTERDAM) == saturday_night
    assert after_quiet_hours(friday_night, time(21), time(7), weekdays, AMSTERDAM) == local(2026, 11, 28, 7, 0)


def test_quiet_hours_within_a_day_and_a_hole_between_two_stretches():
    lunch = (time(12), time(13), ALL_DAYS, AMSTERDAM)
    assert after_quiet_hours(local(2026, 11, 23, 12, 30), *lunch) == local(2026, 11, 23, 13, 0)
    assert after_quiet_hours(local(2026, 11, 23, 13, 0), *lunch) == local(2026, 11, 23, 13, 0)


@pytest.mark.parametrize(
    ("moment", "weekly", "expected"),
    [
        (local(2026, 11, 23, 6, 59), False, local(2026, 11, 23, 7)),
        (local(2026, 11, 23, 7, 0), False, local(2026, 11, 24, 7)),
        (local(2026, 11, 23, 7, 0), True, local(2026, 11, 30, 7)),
        (local(2026, 11, 23, 6, 0), True, local(2026, 11, 23, 7)),
        (local(2027, 3, 27, 12, 0), False, local(2027, 3, 28, 7)),
        (local(2027, 10, 30, 12, 0), False, local(2027, 10, 31, 7)),
    ],
)
def test_a_digest_is_due_at_seven_by_the_clock(moment, weekly, expected):
    assert next_digest(moment.astimezone(UTC), weekly, AMSTERDAM).timestamp() == expected.timestamp()


@pytest.mark.parametrize(
    ("code", "answer", "marks"),
    [
        (550, b"5.1.1 no such user", True),
        (553, "no", True),
        (550, "5.7.1 relaying denied", False),
        (554, "Relay access denied", False),
        (450, "4.2.0 later", False),
    ],
)
def test_only_a_refusal_of_the_receiver_marks_the_address(code, answer, marks):
    assert marks_address(code, answer) is marks


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("550 5.1.1 <amina@demo.example>: User unknown", "550 5.1.1"),
        ("550 5.1.1: amina", "550"),
        ("550 amina... User unknown", "550"),
        ("451 4.3.2", "451 4.3.2"),
        ("421", "421"),
        ("-1 amina", "-1"),
        ("550amina", ""),
        ("timed out", ""),
    ],
)
def test_of_an_answer_the_codes_hold_no_words(answer, expected):
    assert codes(answer) == expected
