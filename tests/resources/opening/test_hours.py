"""Opening hours across the changes of the clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from server.core.spans import Span
from server.resources.opening.opening_hours import DAY, open_spans

EVERY_DAY = tuple((day * DAY + 8 * 60, day * DAY + 18 * 60) for day in range(7))
NIGHTS = tuple((day * DAY + 22 * 60, (day + 1) * DAY + 4 * 60) for day in range(7))


def day(zone: str, year: int, month: int, number: int) -> Span:
    start = datetime(year, month, number, tzinfo=ZoneInfo(zone))
    return Span(start.astimezone(UTC), (start + timedelta(days=1)).astimezone(UTC))


@pytest.mark.parametrize(
    ("zone", "month", "number"),
    [
        ("America/New_York", 3, 8),
        ("America/New_York", 11, 1),
        ("Europe/Berlin", 3, 29),
        ("Europe/Berlin", 10, 25),
        ("Australia/Lord_Howe", 4, 5),
        ("Australia/Lord_Howe", 10, 4),
        ("Africa/Casablanca", 2, 15),
        ("Asia/Shanghai", 6, 1),
        ("Asia/Kathmandu", 6, 1),
    ],
)
def test_it_opens_at_the_local_hour_on_the_day_of_the_change(zone: str, month: int, number: int) -> None:
    (span,) = open_spans(EVERY_DAY, {}, zone, day(zone, 2026, month, number))
    assert span.starts_at.astimezone(ZoneInfo(zone)).strftime("%d %H:%M") == f"{number:02} 08:00"
    assert span.ends_at.astimezone(ZoneInfo(zone)).strftime("%d %H:%M") == f"{number:02} 18:00"


@pytest.mark.parametrize(("month", "number", "hours"), [(3, 29, 5), (10, 25, 7), (6, 1, 6)])
def test_a_night_shift_is_as_long_as_the_night(month: int, number: int, hours: int) -> None:
    window = day("Europe/Berlin", 2026, month, number)
    around = Span(window.starts_at - timedelta(hours=6), window.ends_at)
    first = open_spans(NIGHTS, {}, "Europe/Berlin", around)[0]
    assert first.length == timedelta(hours=hours)


def test_bounds_that_the_clock_skips_or_shows_twice_lose_no_time() -> None:
    week = ((6 * DAY + 2 * 60 + 30, 6 * DAY + 5 * 60),)  # Sundays 02:30 to 05:00
    (spring,) = open_spans(week, {}, "Europe/Berlin", day("Europe/Berlin", 2026, 3, 29))
    assert spring.starts_at == datetime(2026, 3, 29, 1, tzinfo=UTC)
    (autumn,) = open_spans(week, {}, "Europe/Berlin", day("Europe/Berlin", 2026, 10, 25))
    assert autumn.starts_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    closing = ((6 * DAY, 6 * DAY + 2 * 60 + 30),)
    (autumn,) = open_spans(closing, {}, "Europe/Berlin", day("Europe/Berlin", 2026, 10, 25))
    assert autumn.ends_at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_always_open_is_one_span_however_it_is_asked() -> None:
    window = day("Europe/Berlin", 2026, 3, 29)
    assert open_spans(((0, 7 * DAY),), {}, "Europe/Berlin", window) == [window]
    halves = tuple((half * DAY // 2, (half + 1) * DAY // 2) for half in range(14))
    assert open_spans(halves, {}, "Europe/Berlin", window) == [window]


def test_an_exception_replaces_its_day_only() -> None:
    window = Span(datetime(2026, 12, 23, 16, tzinfo=UTC), datetime(2026, 12, 26, 16, tzinfo=UTC))
    exceptions = {date(2026, 12, 24): ((9 * 60, 12 * 60),), date(2026, 12, 25): ()}
    spans = open_spans(EVERY_DAY, exceptions, "Asia/Shanghai", window)
    local = [
        (s.starts_at + timedelta(hours=8)).strftime("%d %H") + (s.ends_at + timedelta(hours=8)).strftime("-%H")
        for s in spans
    ]
    assert local == ["24 09-12", "26 08-18"]


def test_the_window_cuts() -> None:
    window = Span(datetime(2026, 6, 1, 2, tzinfo=UTC), datetime(2026, 6, 1, 3, tzinfo=UTC))
    assert open_spans(EVERY_DAY, {}, "Asia/Shanghai", window) == [window]
