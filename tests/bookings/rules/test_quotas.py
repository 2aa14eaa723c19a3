"""What counts against a quota, and from when on a refused booking would pass."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from server.bookings.rules.context import Counted, GuestContext
from server.bookings.rules.quotas import left, period, refusal, used
from server.resources.opening.week import WEEK_DAYS, WeekSpan
from server.resources.rules.schemas import DEFAULTS, Quota, Rules, laid_over

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
WEDNESDAY = date(2026, 3, 4)


def at(day: int, hour: float, length: float = 1, **more: Any) -> Counted:
    """A booking in March at local hours."""
    start = datetime(2026, 3, 1, tzinfo=ZONE) + timedelta(days=day - 1, hours=hour)
    given = {"units": 1, "here": True, "mine": True} | more
    return Counted(start.astimezone(UTC), (start + timedelta(hours=length)).astimezone(UTC), **given)


def guest(*booked: Counted) -> GuestContext:
    return GuestContext(booked=booked)


@pytest.mark.parametrize(
    ("name", "first", "after"),
    [
        ("day", date(2026, 3, 4), date(2026, 3, 5)),
        ("week", date(2026, 3, 2), date(2026, 3, 9)),
        ("month", date(2026, 3, 1), date(2026, 4, 1)),
    ],
)
def test_periods_are_local_days_weeks_from_monday_and_months(name: Any, first: date, after: date) -> None:
    assert period(Quota(period=name, bookings=1), WEDNESDAY) == (first, after)


def test_the_last_day_of_december_ends_the_year() -> None:
    assert period(Quota(period="month", bookings=1), date(2026, 12, 31)) == (date(2026, 12, 1), date(2027, 1, 1))


def test_a_booking_counts_where_it_starts() -> None:
    late = guest(at(4, 23.5, 2))
    quota = Quota(period="day", minutes=60)
    assert [used(quota, late, date(2026, 3, day), ZONE, NOW) for day in (3, 4, 5)] == [0, 120, 0]


def test_units_count_each() -> None:
    assert used(Quota(period="day", minutes=60), guest(at(4, 9, units=3)), WEDNESDAY, ZONE, NOW) == 180


def test_of_whom_and_where() -> None:
    booked = guest(at(4, 9), at(4, 10, mine=False), at(4, 11, here=False), at(4, 12, mine=False, here=False))
    counts = {
        (per, across): used(
            Quota(per=per, across=across, period="day", bookings=9), booked, WEDNESDAY, ZONE, NOW
        )
        for per in ("member", "organization")
        for across in ("resource", "owner")
    }  # fmt: skip
    assert list(counts.values()) == [1, 2, 2, 4]


def test_without_a_period_what_is_over_does_not_count() -> None:
    booked = guest(at(1, 9), at(4, 9), at(20, 9))
    assert used(Quota(bookings=9), booked, WEDNESDAY, ZONE, NOW) == 2


def test_a_refusal_says_from_when_on_it_would_pass() -> None:
    quota = Quota(period="week", bookings=1)
    full = guest(at(4, 9), at(9, 9))
    members = refusal(quota, full, at(5, 9), ZONE, NOW)
    assert members is not None
    assert (members["limit"], members["actual"]) == (1, 2)
    assert members["earliest"] == "2026-03-16T00:00:00+08:00"
    assert refusal(quota, full, at(17, 9), ZONE, NOW) is None


def test_what_never_passes_has_no_earliest() -> None:
    members = refusal(Quota(period="day", minutes=60), guest(), at(4, 9, 2), ZONE, NOW)
    assert members is not None
    assert "earliest" not in members
    assert "book less" in members["remedy"]


def test_hours_outside_those_of_a_quota_do_not_count() -> None:
    peak = Quota(period="week", bookings=1, during=(WeekSpan(WEEK_DAYS[:5], "09:00", "18:00"),))
    booked = guest(at(4, 9), at(4, 19))
    assert used(peak, booked, WEDNESDAY, ZONE, NOW) == 1
    assert refusal(peak, booked, at(5, 18), ZONE, NOW) is None
    assert refusal(peak, booked, at(5, 17.5), ZONE, NOW) is not None


def rules(*quotas: Quota, **more: Any) -> Rules:
    return laid_over(DEFAULTS, {"quotas": quotas, **more})


def test_what_is_left_of_a_day_is_its_longest_time() -> None:
    hours = rules(Quota(period="day", minutes=180))
    remaining, _ = left(hours, guest(at(4, 9)), WEDNESDAY, 1, ZONE, NOW)
    assert remaining is not None
    assert remaining.max_minutes == 120
    for_two, _ = left(hours, guest(at(4, 9)), WEDNESDAY, 2, ZONE, NOW)
    assert for_two is not None
    assert for_two.max_minutes == 60
    assert left(hours, guest(at(4, 9, 3)), WEDNESDAY, 1, ZONE, NOW) == (None, ())


def test_less_than_the_shortest_booking_is_nothing() -> None:
    hours = rules(Quota(period="day", minutes=180), min_minutes=120)
    assert left(hours, guest(at(4, 9, 1.5)), WEDNESDAY, 1, ZONE, NOW) == (None, ())
