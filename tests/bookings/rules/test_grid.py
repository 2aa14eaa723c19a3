"""The grid and blocks around a change of clocks, and the lengths between which all that is offered is taken."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from server.bookings.rules import lengths
from server.bookings.rules.blocks import last_on_grid, next_on_grid, on_grid, one_by_one
from server.bookings.rules.daily import Run
from server.core.spans import Span, tick
from server.resources.opening.week import WEEK_DAYS, WeekSpan
from server.resources.rules.schemas import DEFAULTS, Block, Rules, laid_over
from tests.times import BERLIN, SHANGHAI

SPRING = date(2027, 3, 28)
HALVES = (Block(WEEK_DAYS, "08:00", "12:00"), Block(WEEK_DAYS, "12:00", "16:00", needs_previous=True))


def utc(hour: int, minute: int = 0, day: int = 28) -> datetime:
    return datetime(2027, 3, day, hour, minute, tzinfo=UTC)


def shanghai(hour: int) -> datetime:
    return datetime(2027, 3, 1, hour, tzinfo=SHANGHAI).astimezone(UTC)


def rules(**said: Any) -> Rules:
    return laid_over(DEFAULTS, said)


@pytest.mark.parametrize(
    ("moment", "step", "last", "following"),
    [
        (utc(1, 10), 100, utc(0, 40), utc(1, 20)),  # 3:10 after a jump from 2:00: from 1:40 to 3:20
        (utc(1, 30), 120, utc(23, day=27), utc(2)),  # 2:00 is skipped
        (utc(0, 50), 120, utc(23, day=27), utc(2)),
        (utc(1), 180, utc(1), utc(1)),
        (utc(0, 59), 180, utc(23, day=27), utc(1)),
    ],
)
def test_the_grid_goes_on_where_clocks_jump(moment: datetime, step: int, last: datetime, following: datetime) -> None:
    assert (last_on_grid(moment, BERLIN, step), next_on_grid(moment, BERLIN, step)) == (last, following)
    assert on_grid(last, BERLIN, step)
    assert not on_grid(last + timedelta(microseconds=1), BERLIN, step)


def test_a_day_ends_at_midnight_of_its_own_clock() -> None:
    days = rules(step_minutes=1440, min_minutes=1440)
    assert lengths.end_after(utc(23, day=27), 1440, BERLIN, days) == utc(22)
    assert lengths.end_after(utc(23, day=27), 1441, BERLIN, days) == utc(22, day=29)
    assert lengths.end_after(utc(8), 90, BERLIN, rules(step_minutes=60)) == utc(10)


def test_a_grid_that_is_not_the_same_each_day_is_counted_in_minutes_that_pass() -> None:
    night = Span(utc(21, day=27), utc(4))
    assert lengths.counted(night, BERLIN, rules(step_minutes=50)) == 420


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        ({"step_minutes": 1440, "min_minutes": 1440, "max_minutes": 1440}, 1380, 1500),
        ({"step_minutes": 90, "min_minutes": 180, "max_minutes": 360}, 151, 389),
        ({"step_minutes": 90, "min_minutes": 90}, 30, None),
    ],
)
def test_over_both_changes_what_lies_between_the_limits_counts_right(
    said: dict[str, Any], least: int, most: int | None
) -> None:
    year = (tick(utc(0, day=1)), tick(utc(0, day=1) + timedelta(days=280)), 1)
    ((told, pieces),) = lengths.by_length(rules(**said), BERLIN, [year])
    assert (told.min_minutes, told.max_minutes, pieces) == (least, most, [year])


def test_where_no_clock_changes_lengths_are_whole_steps() -> None:
    week, year = ((tick(utc(0, day=1)), tick(utc(0, day=1) + timedelta(days=days)), 1) for days in (7, 280))
    told = lengths.by_length(rules(step_minutes=180, min_minutes=60, max_minutes=840), BERLIN, [week, year])
    assert [(one.min_minutes, one.max_minutes) for one, _ in told] == [(180, 720), (120, 780)]
    assert [pieces for _, pieces in told] == [[week], [year]]
    even = rules(step_minutes=60, min_minutes=60)
    assert lengths.by_length(even, BERLIN, [week, year]) == [(even, [week, year])]


def test_blocks_are_offered_one_by_one_where_some_need_the_one_before() -> None:
    day = (tick(shanghai(7)), tick(shanghai(17)), 2)
    found = one_by_one(rules(blocks=HALVES), SHANGHAI, [day], lambda _: False, 0)
    assert [(one.min_minutes, one.max_minutes, pieces) for one, pieces in found] == [
        (240, 240, [(tick(shanghai(8)), tick(shanghai(12)), 2)]),
        (480, 480, [(tick(shanghai(8)), tick(shanghai(16)), 2)]),
    ]
    for said, minutes, expected in (
        ({}, 241, [480]),
        ({"max_minutes": 479}, 0, [240]),
        ({"min_minutes": 480}, 0, [480]),
    ):
        found = one_by_one(rules(blocks=HALVES, **said), SHANGHAI, [day], lambda _: False, minutes)
        assert [one.min_minutes for one, _ in found] == expected
    follows = one_by_one(rules(blocks=HALVES), SHANGHAI, [day], lambda at: at == shanghai(12), 0)
    assert [one.min_minutes for one, _ in follows] == [240, 480, 240]


def test_of_blocks_the_shortest_that_is_long_enough_is_a_time() -> None:
    halves = rules(blocks=[Block(one.days, one.opens, one.closes) for one in HALVES])
    day = Span(shanghai(7), shanghai(17))
    found = {minutes: [*lengths.times(day, minutes, SHANGHAI, halves)] for minutes in (240, 241, 481)}
    morning, noon = Span(shanghai(8), shanghai(12)), Span(shanghai(12), shanghai(16))
    assert found == {240: [morning, noon], 241: [Span(shanghai(8), shanghai(16))], 481: []}


def test_hours_that_are_used_up_are_left_out() -> None:
    span, hours = Span(shanghai(0), shanghai(23)), [(tick(shanghai(8)), tick(shanghai(16)))]
    assert Run(span, DEFAULTS, SHANGHAI.key).outside_used_up(hours) == hours
    run = Run(span, DEFAULTS, SHANGHAI.key, (WeekSpan(("mon",), "09:00", "12:00"),))
    assert run.outside_used_up(hours) == [
        (tick(shanghai(8)), tick(shanghai(9))), (tick(shanghai(12)), tick(shanghai(16)))
    ]  # fmt: skip
