from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given
from hypothesis import strategies as st

from server.core.spans import Minutes, Span, tick
from server.resources.opening.opening_hours import WEEK, fits, minutes_open, open_spans
from server.resources.opening.wall_clock import WEEK_LONG, shown, steady, week_minutes_of
from server.resources.opening.week import WEEK_DAYS, WeekSpan, week_minutes

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
    inside = all(any(a <= start and end <= b for a, b in minutes_open(week)) for start, end in needed)
    around = Span(wanted.starts_at - timedelta(days=2), wanted.ends_at + timedelta(days=2))
    assert inside == fits(open_spans(week, {}, zone, around), wanted)


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(zone=st.sampled_from(ZONES), start=moments, hours=st.integers(0, 40 * 24))
def test_an_offset_is_steady_exactly_when_no_hour_has_another(zone: str, start: datetime, hours: int) -> None:
    local, step = ZoneInfo(zone), timedelta(hours=1)
    offsets = {(start + n * step).astimezone(local).utcoffset() for n in range(hours + 1)}
    found = steady(local, Span(start, start + hours * step))
    assert (found is not None) == (len(offsets) == 1)
    assert found is None or found.utcoffset(None) in offsets


def test_no_zone_changes_its_clocks_twice_within_a_week() -> None:
    """So that a look every week misses no change."""
    days = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=n) for n in range(4 * 365)]
    for name in available_timezones():
        zone = ZoneInfo(name)
        offsets = [day.astimezone(zone).utcoffset() for day in days]
        changes = [day for day, (before, after) in zip(days[1:], pairwise(offsets), strict=True) if before != after]
        assert all(b - a > WEEK_LONG for a, b in pairwise(changes)), name


@given(zone=st.sampled_from(ZONES), start=moments, length=st.timedeltas(timedelta(0), timedelta(days=60)))
def test_ticks_are_shown_as_the_zone_shows_the_instant(zone: str, start: datetime, length: timedelta) -> None:
    local, end = ZoneInfo(zone), start + length
    show = shown(local, Span(start, end))
    assert [show(tick(one)).isoformat() for one in (start, end)] == [
        one.astimezone(local).isoformat() for one in (start, end)
    ]
