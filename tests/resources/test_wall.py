from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from server.resources.hours import WEEK, Minutes, fits, open_spans
from server.resources.wall import week_minutes_of
from server.resources.week import WEEK_DAYS, WeekSpan, week_minutes
from server.spans import Span

ZONES = (
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Kathmandu",
)


def window(start: str, end: str) -> Span:
    return Span(datetime.fromisoformat(start), datetime.fromisoformat(end))


def test_a_window_is_the_local_minutes_it_touches() -> None:
    monday = window("2026-11-23T09:00:00+08:00", "2026-11-23T13:00:00+08:00")
    assert week_minutes_of(monday, "Asia/Shanghai") == ((540, 780),)
    assert week_minutes_of(monday, "Europe/Berlin") == ((120, 360),)
    assert week_minutes_of(monday, "America/New_York") == ((WEEK - 240, WEEK),)


def test_a_window_over_sunday_midnight_wraps() -> None:
    night = window("2026-11-22T22:00:00+08:00", "2026-11-23T02:00:00+08:00")
    assert week_minutes_of(night, "Asia/Shanghai") == ((0, 120), (WEEK - 120, WEEK))


def test_seconds_count_as_the_minute_they_lie_in() -> None:
    odd = window("2026-11-23T09:00:30+08:00", "2026-11-23T10:00:01+08:00")
    assert week_minutes_of(odd, "Asia/Shanghai") == ((540, 601),)


def test_a_week_or_more_is_the_whole_week() -> None:
    long = window("2026-11-23T09:00:00+08:00", "2026-11-30T09:00:00+08:00")
    assert week_minutes_of(long, "Asia/Shanghai") == ((0, WEEK),)


def test_where_clocks_are_changed_nearby_minutes_cannot_tell() -> None:
    spring = window("2027-03-28T08:00:00+02:00", "2027-03-28T10:00:00+02:00")
    assert week_minutes_of(spring, "Europe/Berlin") is None
    assert week_minutes_of(spring, "Asia/Shanghai") is not None


@given(
    zone=st.sampled_from(ZONES),
    start=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    length=st.integers(1, 10 * 1440).map(lambda minutes: timedelta(minutes=minutes)),
    days=st.lists(st.sampled_from(WEEK_DAYS), min_size=1, unique=True).map(tuple),
    hours=st.sampled_from([("00:00", "24:00"), ("09:00", "17:00"), ("21:00", "09:00"), ("00:00", "12:30")]),
)
def test_a_window_lies_in_the_weekly_minutes_exactly_when_it_is_open(
    zone: str, start: datetime, length: timedelta, days: tuple[str, ...], hours: tuple[str, str]
) -> None:
    wanted = Span(start, start + length)
    needed = week_minutes_of(wanted, zone)
    if needed is None:
        return
    week: Minutes = week_minutes([WeekSpan(days, *hours)])  # type: ignore[arg-type]
    inside = all(any(a <= start and end <= b for a, b in week) for start, end in needed)
    around = Span(wanted.starts_at - timedelta(days=2), wanted.ends_at + timedelta(days=2))
    assert inside == fits(open_spans(week, {}, zone, around), wanted)
