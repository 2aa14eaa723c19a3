import datetime as dt

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.errors import Invalid
from server.core.spans import Minutes
from server.resources.opening.opening_hours import DAY, WEEK, is_always, minutes_open, week_of
from server.resources.opening.week import (
    WEEK_DAYS,
    DaySpan,
    ExceptionalDay,
    OpeningHours,
    WeekSpan,
    day_minutes,
    day_spans,
    refuse_repeated_days,
    week_minutes,
    week_spans,
)

clocks = st.integers(0, DAY - 1).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
spans = st.builds(
    WeekSpan,
    st.lists(st.sampled_from(WEEK_DAYS), min_size=1, max_size=7, unique=True).map(tuple),
    clocks,
    clocks | st.just("24:00"),
)


def said(*days: str, opens: str, closes: str) -> WeekSpan:
    return msgspec.convert({"days": days, "opens": opens, "closes": closes}, WeekSpan)


def test_working_days_are_minutes_from_monday_midnight() -> None:
    week = week_minutes([said("mon", "fri", opens="09:00", closes="17:00")])
    assert week == ((540, 1020), (4 * DAY + 540, 4 * DAY + 1020))


def test_a_night_lies_on_two_days_and_sunday_night_wraps_to_monday() -> None:
    assert week_minutes([said("sat", opens="21:00", closes="09:00")]) == ((5 * DAY + 1260, 6 * DAY + 540),)
    sunday = week_minutes([said("sun", opens="21:00", closes="09:00")])
    assert sunday == ((6 * DAY + 1260, WEEK + 540),)
    assert minutes_open(sunday) == ((0, 540), (6 * DAY + 1260, WEEK))
    assert week_of(minutes_open(sunday)) == sunday
    assert week_spans(sunday) == (said("sun", opens="21:00", closes="09:00"),)


def test_the_same_time_twice_is_a_whole_day_and_every_day_is_always() -> None:
    assert week_minutes([said("tue", opens="09:00", closes="09:00")]) == ((DAY + 540, 2 * DAY + 540),)
    always = [said(*WEEK_DAYS, opens="00:00", closes="24:00")]
    assert week_minutes(always) == ((0, WEEK),)
    round_the_clock = week_minutes([said(*WEEK_DAYS, opens="07:00", closes="07:00")])
    assert minutes_open(round_the_clock) == ((0, WEEK),)
    assert is_always(round_the_clock)
    assert list(week_spans(((0, WEEK),))) == always


def test_spans_of_a_day_that_overlap_or_touch_are_one() -> None:
    given = [said("mon", opens="09:00", closes="12:00"), said("mon", opens="11:00", closes="13:00")]
    assert week_minutes([*given, said("mon", opens="13:00", closes="14:00")]) == ((540, 840),)


def test_shifts_of_two_days_stay_two_where_they_touch() -> None:
    halves = [said("mon", "tue", opens="09:00", closes="21:00"), said("mon", "tue", opens="21:00", closes="09:00")]
    assert week_minutes(halves) == ((540, 540 + DAY), (540 + DAY, 540 + 2 * DAY))
    evening = [said("sat", opens="22:00", closes="24:00"), said("sun", opens="00:00", closes="06:00")]
    assert len(week_minutes(evening)) == 2, "who says two shifts has two"
    assert len(week_of(minutes_open(week_minutes(evening)))) == 1, "of which the minutes tell nothing"


def test_no_spans_are_never_open() -> None:
    assert week_minutes([]) == ()
    assert week_spans(()) == ()


@given(st.lists(spans, max_size=12))
def test_what_is_said_of_minutes_means_the_same_minutes(weekly: list[WeekSpan]) -> None:
    minutes = week_minutes(weekly)
    again = week_spans(minutes)
    assert week_minutes(again) == minutes
    assert msgspec.json.decode(msgspec.json.encode(again), type=tuple[WeekSpan, ...]) == again


@given(st.lists(spans, max_size=12))
def test_minutes_that_are_open_are_sorted_disjoint_and_within_the_week(weekly: list[WeekSpan]) -> None:
    minutes = minutes_open(week_minutes(weekly))
    bounds = [bound for pair in minutes for bound in pair]
    assert bounds == sorted(set(bounds))
    assert all(0 <= bound <= WEEK for bound in bounds)


@given(st.lists(spans, max_size=12))
def test_a_week_read_off_its_minutes_is_open_at_the_same_minutes(weekly: list[WeekSpan]) -> None:
    minutes = minutes_open(week_minutes(weekly))
    assert minutes_open(week_of(minutes)) == minutes
    assert all(end - start <= DAY for start, end in week_of(minutes)) or minutes == ((0, WEEK),)


def test_a_day_has_its_own_hours_or_is_closed() -> None:
    christmas = dt.date(2026, 12, 25)
    assert day_minutes(ExceptionalDay(christmas)) == ()
    morning, evening = DaySpan("08:00", "12:00"), DaySpan("18:00", "24:00")
    minutes: Minutes = ((480, 720), (1080, 1440))
    assert day_minutes(ExceptionalDay(christmas, (evening, morning))) == minutes
    assert day_spans(minutes) == (morning, evening)


def test_a_night_of_an_exceptional_day_reaches_into_the_next() -> None:
    night = DaySpan("21:00", "09:00")
    assert day_minutes(ExceptionalDay(dt.date(2026, 12, 31), (night,))) == ((1260, 1440 + 540),)
    assert day_spans(((1260, 1440 + 540),)) == (night,)


def test_the_hours_of_a_day_come_to_a_day_at_most() -> None:
    with pytest.raises(Invalid, match="overlap"):
        day_minutes(ExceptionalDay(dt.date(2026, 12, 31), (DaySpan("00:00", "24:00"), DaySpan("21:00", "09:00"))))


def test_a_day_is_an_exception_once() -> None:
    day = ExceptionalDay(dt.date(2026, 12, 25))
    refuse_repeated_days([day])
    with pytest.raises(Invalid, match="twice"):
        refuse_repeated_days([day, day])


@pytest.mark.parametrize("clock", ["9:00", "24:00", "25:00", "09:60", "٠٩:٠٠", "09:00\n", "", "-1:00"])
def test_a_clock_time_has_two_digits_each(clock: str) -> None:
    body = {"weekly": [{"days": ["mon"], "opens": clock, "closes": "17:00"}]}
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(body, OpeningHours)
