"""Free windows, and that booking accepts exactly what they offer."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from hypothesis import given
from hypothesis import strategies as st

from server.bookings.availability import bookable, free_windows, nearest
from server.bookings.units import Occupation, best_fit, busy_by_unit
from server.resources.rules import Rules
from server.spans import Span
from tests import factories
from tests.bookings.test_book import book
from tests.bookings.times import at

MIDNIGHT = datetime(2026, 12, 1, tzinfo=UTC)


def hours(start: float, end: float) -> Span:
    return Span(MIDNIGHT + timedelta(hours=start), MIDNIGHT + timedelta(hours=end))


def windows(taken: list[tuple[int, float, float]], total: int, units: int = 1) -> list[tuple[float, float, int]]:
    occupied = [Occupation(unit, hours(start, end), True) for unit, start, end in taken]
    found = free_windows([hours(8, 18)], busy_by_unit(occupied, 0), total, units)
    return [
        ((w.starts_at - MIDNIGHT) / timedelta(hours=1), (w.ends_at - MIDNIGHT) / timedelta(hours=1), w.units)
        for w in found
    ]


def test_free_is_open_minus_taken() -> None:
    assert windows([], 1) == [(8, 18, 1)]
    assert windows([(1, 9, 10), (1, 12, 13)], 1) == [(8, 9, 1), (10, 12, 1), (13, 18, 1)]
    assert windows([(1, 7, 19)], 1) == []


def test_windows_of_several_units_overlap_where_no_unit_is_free_all_along() -> None:
    assert windows([(1, 12, 18), (2, 8, 10)], 2) == [(8, 12, 1), (10, 18, 1)]
    assert windows([(1, 12, 18), (2, 8, 10)], 2, units=2) == [(10, 12, 2)]
    assert windows([(1, 12, 18)], 30, units=30) == [(8, 12, 30)]
    assert windows([(1, 12, 18)], 30, units=31) == []


def test_other_bookings_are_kept_at_a_distance_but_closures_are_not() -> None:
    taken = [Occupation(1, hours(10, 11), True), Occupation(1, hours(14, 15), False)]
    free = free_windows([hours(8, 18)], busy_by_unit(taken, 30), 1, 1)
    assert [w.span for w in free] == [hours(8, 9.5), hours(11.5, 14), hours(15, 18)]


@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(0, 30), st.integers(1, 12)), max_size=12),
    st.integers(1, 4),
    st.integers(0, 39),
    st.integers(1, 20),
)
def test_a_time_lies_in_a_window_exactly_when_units_can_be_chosen_for_it(
    taken: list[tuple[int, int, int]], units: int, start: int, length: int
) -> None:
    occupied = [Occupation(unit, hours(8 + s / 4, 8 + (s + n) / 4), True) for unit, s, n in taken]
    busy = busy_by_unit(occupied, 0)
    wanted = hours(8 + start / 4, 8 + (start + length) / 4)
    free = free_windows([hours(8, 18)], busy, 4, units)
    offered = any(window.span.holds(wanted) for window in free)
    chosen = best_fit(4, busy, wanted, units) if hours(8, 18).holds(wanted) else None
    assert offered == (chosen is not None)
    assert all(window.units >= units for window in free)


def test_windows_are_cut_to_lead_time_horizon_and_grid() -> None:
    rules = Rules(step_minutes=30, lead_minutes=60, horizon_days=1, min_minutes=60)
    free = free_windows([hours(8, 18), hours(32, 42)], {}, 1, 1)
    cut = bookable(free, rules, "UTC", MIDNIGHT + timedelta(hours=10, minutes=10), None)
    assert [w.span for w in cut] == [hours(11.5, 18), hours(32, 34)]


def test_the_nearest_times_do_not_meet_each_other() -> None:
    free = bookable(free_windows([hours(8, 18)], {1: [hours(10, 12)]}, 1, 1), Rules(), "UTC", MIDNIGHT, None)
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
