"""Free windows, and that booking accepts exactly what they offer."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.bookings.capacity import lock
from server.bookings.capacity.availability import bookable, free_pieces, nearest, windows
from server.bookings.capacity.availability_read import availability
from server.bookings.capacity.units import TakenSpan, best_fit, busy_by_unit
from server.bookings.rules.blocks import last_on_grid, next_on_grid
from server.core.spans import Span, ticks
from server.resources.rules.schemas import Block, Rules
from tests import factories
from tests.bookings.lifecycle.test_book import book
from tests.times import at, monday_weeks_ahead

MIDNIGHT = datetime(2026, 12, 1, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")


def hours(start: float, end: float) -> Span:
    return Span(MIDNIGHT + timedelta(hours=start), MIDNIGHT + timedelta(hours=end))


def free_on(taken: list[tuple[int, float, float]], total: int, units: int = 1) -> list[tuple[float, float, int]]:
    occupied = [TakenSpan(unit, hours(start, end), True) for unit, start, end in taken]
    found = free_pieces([hours(8, 18)], busy_by_unit(occupied, 0), total, units)
    hour = timedelta(hours=1)
    return [((start - MIDNIGHT) / hour, (end - MIDNIGHT) / hour, count) for start, end, count in found]


def test_free_is_open_minus_taken() -> None:
    assert free_on([], 1) == [(8, 18, 1)]
    assert free_on([(1, 9, 10), (1, 12, 13)], 1) == [(8, 9, 1), (10, 12, 1), (13, 18, 1)]
    assert free_on([(1, 7, 19)], 1) == []


def test_windows_of_several_units_overlap_where_no_unit_is_free_all_along() -> None:
    assert free_on([(1, 12, 18), (2, 8, 10)], 2) == [(8, 12, 1), (10, 18, 1)]
    assert free_on([(1, 12, 18), (2, 8, 10)], 2, units=2) == [(10, 12, 2)]
    assert free_on([(1, 12, 18)], 30, units=30) == [(8, 12, 30)]
    assert free_on([(1, 12, 18)], 30, units=31) == []


def test_other_bookings_are_kept_at_a_distance_but_closures_are_not() -> None:
    taken = [TakenSpan(1, hours(10, 11), True), TakenSpan(1, hours(14, 15), False)]
    free = free_pieces([hours(8, 18)], busy_by_unit(taken, 30), 1, 1)
    assert [Span(start, end) for start, end, _ in free] == [hours(8, 9.5), hours(11.5, 14), hours(15, 18)]


@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(0, 30), st.integers(1, 12)), max_size=12),
    st.integers(1, 4),
    st.integers(0, 39),
    st.integers(1, 20),
)
def test_a_time_lies_in_a_window_exactly_when_units_can_be_chosen_for_it(
    taken: list[tuple[int, int, int]], units: int, start: int, length: int
) -> None:
    occupied = [TakenSpan(unit, hours(8 + s / 4, 8 + (s + n) / 4), True) for unit, s, n in taken]
    busy = busy_by_unit(occupied, 0)
    wanted = hours(8 + start / 4, 8 + (start + length) / 4)
    free = free_pieces([hours(8, 18)], busy, 4, units)
    offered = any(Span(start, end).holds(wanted) for start, end, _ in free)
    chosen = best_fit(4, busy, wanted, units) if hours(8, 18).holds(wanted) else None
    assert offered == (chosen is not None)
    assert all(count >= units for _, _, count in free)


def test_windows_are_cut_to_lead_time_horizon_and_grid() -> None:
    rules = Rules(step_minutes=30, lead_minutes=60, horizon_days=1, min_minutes=60)
    free = free_pieces(ticks([hours(8, 18), hours(32, 42)]), {}, 1, 1)
    cut = bookable(free, rules, "UTC", MIDNIGHT + timedelta(hours=10, minutes=10), None)
    assert [w.span for w in windows(cut, rules, UTC_ZONE)] == [hours(11.5, 18), hours(32, 34)]


EVERY_DAY: Any = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def test_a_block_that_is_longer_than_bookings_may_be_is_not_offered() -> None:
    blocks = (
        Block(days=EVERY_DAY, opens="08:00", closes="12:00"),
        Block(days=EVERY_DAY, opens="12:00", closes="18:00"),
    )
    free = free_pieces(ticks([hours(8, 18)]), {}, 1, 1)
    for most, offered in ((600, [hours(8, 18)]), (240, [hours(8, 18)]), (239, []), (None, [hours(8, 18)])):
        rules = Rules(blocks=blocks, max_minutes=most, min_minutes=60)
        cut = bookable(free, rules, "UTC", MIDNIGHT - timedelta(days=1), None)
        assert [w.span for w in windows(cut, rules, UTC_ZONE)] == offered


@given(
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    st.datetimes(datetime(2026, 3, 20), datetime(2026, 4, 10), timezones=st.just(UTC)),  # noqa: DTZ001
    st.timedeltas(timedelta(minutes=1), timedelta(days=20)),
    st.sampled_from([1, 15, 50, 60, 120, 420, 1440]),
)
def test_what_is_free_is_cut_to_the_grid_of_the_wall_clock(
    zone: str, start: datetime, length: timedelta, step: int
) -> None:
    rules, local, free = Rules(step_minutes=step, min_minutes=1), ZoneInfo(zone), Span(start, start + length)
    cut = bookable([(*ticks([free])[0], 1)], rules, zone, start - timedelta(days=1), None)
    first, last = next_on_grid(free.starts_at, local, step), last_on_grid(free.ends_at, local, step)
    # As instants of UTC: in an hour that comes twice no time of one zone equals any of another (PEP 495).
    found = [Span(w.span.starts_at.astimezone(UTC), w.span.ends_at.astimezone(UTC)) for w in windows(cut, rules, local)]
    assert found == ([Span(first.astimezone(UTC), last.astimezone(UTC))] if first < last else [])


def test_the_nearest_times_do_not_meet_each_other() -> None:
    pieces = free_pieces(ticks([hours(8, 18)]), {1: ticks([hours(10, 12)])}, 1, 1)
    free = windows(bookable(pieces, Rules(), "UTC", MIDNIGHT, None), Rules(), UTC_ZONE)
    assert nearest(free, hours(10, 12), "UTC") == [hours(8, 10), hours(12, 14), hours(14, 16)]


async def test_what_availability_offers_booking_accepts(client: httpx.AsyncClient) -> None:
    sme = await factories.person()
    owner = await factories.person(kind="university")
    resource = await factories.resource(
        owner, units=2, hours=factories.WORKING_HOURS, lead_minutes=26 * 60, step_minutes=20, min_minutes=40,
        buffer_after_minutes=10,
    )  # fmt: skip
    query: dict[str, Any] = {"from": at(0, days=0), "to": at(0, days=9)}
    path = f"/api/v1/resources/{resource}/availability"
    for units in (1, 2, 1, 1, 2):
        seen = (await client.get(path, params=query | {"units": units})).json()
        assert seen["time_zone"] == "Asia/Shanghai"
        offer = seen["free"][len(seen["free"]) // 2]
        answer = await book(client, sme, resource, starts_at=offer["starts_at"], ends_at=offer["ends_at"], units=units)
        assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("buffer", [0, 40])
@pytest.mark.parametrize("units", [1, 2])
async def test_one_statement_tells_what_the_lock_would_see(client: httpx.AsyncClient, units: int, buffer: int) -> None:
    """Ticks, buffers and closures in SQL are what booking reads row by row."""
    sme, owner = await factories.person(), await factories.person(kind="university")
    resource = await factories.resource(
        owner, units=units, hours=factories.WORKING_HOURS, buffer_before_minutes=buffer, step_minutes=1, min_minutes=1,
    )  # fmt: skip
    day = datetime.fromisoformat(at(0, days=monday_weeks_ahead())).astimezone(UTC)
    window = Span(day + timedelta(hours=10), day + timedelta(days=3))
    odd = timedelta(seconds=33, microseconds=999_999)
    await factories.booking(resource, sme, window.starts_at - timedelta(minutes=60), 60)
    await factories.booking(resource, sme, window.starts_at + timedelta(minutes=90) + odd, 45)
    await factories.claim(resource, window.starts_at + timedelta(hours=5), window.starts_at + timedelta(hours=6))
    await factories.claim(
        resource,
        day + timedelta(hours=34),
        day + timedelta(hours=35),
        reason="hold",
        expires_at=day - timedelta(days=90),
    )
    await factories.claim(resource, day + timedelta(hours=58), day + timedelta(hours=59), reason="closure")
    read = await lock.read(resource, None)
    seen = await lock.look_around(read, window, guest=None)
    told = await availability(resource, window, None)
    assert [(one.starts_at, one.ends_at, one.units) for one in told.free] == [
        (one.starts_at, one.ends_at, one.units) for one in seen.free(read)
    ]
    first = told.free[0].starts_at - window.starts_at
    assert first == (timedelta(minutes=buffer) if units == 1 else timedelta(0)), "what ends before the window counts"


async def test_the_window_must_make_sense(client: httpx.AsyncClient) -> None:
    resource = await factories.resource(await factories.person(kind="university"))
    path = f"/api/v1/resources/{resource}/availability"
    queries: list[dict[str, Any]] = [
        {},
        {"from": at(0)},
        {"from": at(5), "to": at(4)},
        {"from": at(0), "to": at(0, days=900)},
        {"from": "2026-12-01", "to": "2026-12-02"},
        {"from": at(0), "to": at(9), "minutes": 0},
        {"from": at(0), "to": at(9), "units": "x"},
    ]
    for query in queries:
        answer = await client.get(path, params=query)
        assert answer.status_code == 400, (query, answer.text)
    assert (await client.get(f"{path}?from={at(0)}&to={at(9)}")).status_code == 200, "an unescaped + is understood"


async def test_only_gaps_that_long_are_told(client: httpx.AsyncClient) -> None:
    sme = await factories.person()
    resource = await factories.resource(await factories.person(kind="university"))
    await book(client, sme, resource, starts_at=at(1), ends_at=at(23))
    query: dict[str, Any] = {"from": at(0), "to": at(24), "minutes": 90}
    answer = await client.get(f"/api/v1/resources/{resource}/availability", params=query)
    assert answer.json()["free"] == []
