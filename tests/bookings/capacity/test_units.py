"""Which units a booking gets, and that others make room for it whenever there is room."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.bookings.capacity import lock
from server.bookings.capacity.availability import free_pieces
from server.bookings.capacity.rearrange import rearrange
from server.bookings.capacity.units import TakenSpan, best_fit, busy_by_unit, levelled
from server.core import db
from server.core.ids import new_id
from server.core.spans import Span
from tests import factories
from tests.bookings.lifecycle.test_book import book
from tests.times import at

MIDNIGHT = datetime(2026, 12, 1, tzinfo=UTC)
UNITS = 4


def hours(start: float, end: float) -> Span:
    return Span(MIDNIGHT + timedelta(hours=start), MIDNIGHT + timedelta(hours=end))


def standing(taken: list[tuple[int, int, int]], distance: int) -> list[TakenSpan]:
    """What can stand together: each is put on its unit unless something is in the way there."""
    kept: list[TakenSpan] = []
    for unit, start, length in taken:
        span = hours(start / 4, (start + length) / 4)
        busy = busy_by_unit(kept, distance).get(unit, [])
        if not any(other.meets(span) for other in busy):
            kept.append(TakenSpan(unit, span, True, new_id()))
    return kept


Taken = st.lists(st.tuples(st.integers(1, UNITS), st.integers(0, 40), st.integers(1, 12)), max_size=30)


@given(Taken, st.integers(1, UNITS), st.integers(0, 39), st.integers(1, 20), st.sampled_from([0, 15, 30]),
       st.frozensets(st.integers(1, UNITS), max_size=2))  # fmt: skip
def test_there_is_room_exactly_when_windows_say_so_and_nothing_meets_afterwards(
    taken: list[tuple[int, int, int]], count: int, start: int, length: int, distance: int, nailed: frozenset[int]
) -> None:
    before = standing(taken, distance)
    wanted = hours(start / 4, (start + length) / 4)
    opening = hours(0, 24)
    free = free_pieces([opening], levelled(before, distance, UNITS, nailed), UNITS, count)
    found = rearrange(UNITS, nailed, before, wanted, count, distance)
    assert (found is not None) == (opening.holds(wanted) and any(Span(a, b).holds(wanted) for a, b, _ in free))
    if found is None:
        return
    after = [TakenSpan(found.moves.get(one.id, one.unit), one.span, True) for one in before if one.id is not None]
    after += [TakenSpan(unit, wanted, True) for unit in found.units]
    assert len(set(found.units)) == count
    assert len(standing_together(after, distance)) == len(after)
    for one in before:
        if one.id in found.moves:
            assert one.unit not in nailed
            assert found.moves[one.id] not in nailed
            assert one.span.starts_at >= wanted.starts_at, "what has started stays"


def standing_together(taken: list[TakenSpan], distance: int) -> list[TakenSpan]:
    return [
        one
        for one in taken
        if not any(
            busy.meets(one.span)
            for busy in busy_by_unit([o for o in taken if o is not one and o.unit == one.unit], distance).get(
                one.unit, []
            )
        )
    ]


@given(Taken, st.integers(1, UNITS), st.integers(0, 39), st.integers(1, 20))
def test_what_fits_without_moves_moves_nobody_out_of_the_windows(
    taken: list[tuple[int, int, int]], count: int, start: int, length: int
) -> None:
    before, wanted = standing(taken, 0), hours(start / 4, (start + length) / 4)
    if best_fit(UNITS, busy_by_unit(before, 0), wanted, count) is not None:
        assert best_fit(UNITS, levelled(before, 0, UNITS, frozenset()), wanted, count) is not None


def test_bookings_that_came_too_close_when_buffers_grew_move_together() -> None:
    ids = [new_id() for _ in range(3)]
    taken = [
        TakenSpan(1, hours(9, 10), True, ids[0]),
        TakenSpan(1, hours(10, 11), True, ids[1]),
        TakenSpan(2, hours(12, 13), True, ids[2]),
    ]
    found = rearrange(2, frozenset(), taken, hours(8, 8.5), 2, 30)
    assert found is not None
    assert found.moves == {}
    found = rearrange(2, frozenset(), taken, hours(8, 11.5), 1, 30)
    assert found is not None
    assert (found.units, found.moves) == ([2], {})


def test_what_is_closed_on_every_unit_leaves_no_room() -> None:
    shut = [TakenSpan(unit, hours(9, 10), False, new_id()) for unit in (1, 2)]
    assert rearrange(2, frozenset(), shut, hours(9.5, 12), 1, 0) is None
    assert rearrange(2, frozenset(), shut, hours(10, 12), 2, 0) is not None


class Base:
    """Two units, 9–10 taken on one and 10–11 on the other; so no unit is free 9–11, but one is at each moment."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def begin(self) -> "Base":
        self.owner, self.sme = await factories.person(kind="university"), await factories.person()
        self.resource = await factories.resource(self.owner, units=2)
        self.early = await self.book(9, 10)
        filler = await self.book(10, 11)
        self.late = await self.book(10, 11)
        assert (self.early["unit_numbers"], filler["unit_numbers"], self.late["unit_numbers"]) == ([1], [1], [2])
        await self.client.post(f"/api/v1/bookings/{filler['id']}/cancel", headers=self.sme.bearer)
        return self

    async def book(self, start: int, end: int, status: int = 201, **more: Any) -> dict[str, Any]:
        answer = await book(self.client, self.sme, self.resource, starts_at=at(start), ends_at=at(end), **more)
        assert answer.status_code == status, answer.text
        return dict(answer.json())

    async def units_of(self, booking: dict[str, Any]) -> list[int]:
        answer = await self.client.get(f"/api/v1/bookings/{booking['id']}", headers=self.sme.bearer)
        return list(answer.json()["unit_numbers"])

    async def free(self, **query: Any) -> list[tuple[str, str, int]]:
        path = f"/api/v1/resources/{self.resource}/availability"
        answer = await self.client.get(path, params={"from": at(8), "to": at(12)} | query)
        return [(free["starts_at"], free["ends_at"], free["units"]) for free in answer.json()["free"]]


@pytest.fixture
async def base(client: httpx.AsyncClient) -> Base:
    return await Base(client).begin()


async def test_others_move_to_another_unit_when_that_makes_room(base: Base) -> None:
    assert await base.free() == [(at(8), at(12), 1)]
    made = await base.book(9, 11)
    assert sorted(made["unit_numbers"] + await base.units_of(base.late)) == [1, 2]
    assert await base.units_of(base.early) != made["unit_numbers"]
    path = f"/api/v1/bookings/{base.late['id']}/history"
    entry = (await base.client.get(path, headers=base.owner.bearer)).json()[-1]
    assert (entry["verb"], entry["by"], entry["organization"]) == ("rearranged", None, None)
    assert (entry["was"], entry["became"]) == ({"unit_numbers": [2]}, {"unit_numbers": [1]})
    assert await db.fetchval("SELECT count(*) FROM live_claims WHERE resource_id = $1", base.resource) == 3
    await base.book(9, 10, 409)


async def test_without_making_room_the_offered_time_is_refused(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control."""

    async def nobody_moves(*_: object) -> None:
        return None

    monkeypatch.setattr(lock, "make_room", nobody_moves)
    assert await base.free() == [(at(8), at(12), 1)]
    await base.book(9, 11, 409)


async def test_a_move_makes_room_too(base: Base) -> None:
    other = await base.book(14, 16)
    change = {"starts_at": at(9), "ends_at": at(11)}
    headers = base.sme.bearer | {"If-Match": "*"}
    answer = await base.client.patch(f"/api/v1/bookings/{other['id']}", json=change, headers=headers)
    assert answer.status_code == 200, answer.text


async def test_what_is_nailed_to_its_unit_stays_there(base: Base) -> None:
    await db.execute("UPDATE claim SET pinned = true WHERE unit = 2 AND resource_id = $1", base.resource)
    assert await base.free() == [(at(8), at(10), 1), (at(10), at(12), 1)]
    refused = await base.book(9, 11, 409)
    for offer in refused["alternatives"]:
        again = {"starts_at": offer["starts_at"], "ends_at": offer["ends_at"]}
        answer = await book(base.client, base.sme, base.resource, **again)
        assert answer.status_code == 201


async def test_who_has_checked_in_stays(base: Base) -> None:
    early = '{"check_in_from_minutes": 20160}'
    await db.execute("UPDATE resource SET rules = rules || $2::jsonb WHERE id = $1", base.resource, early)
    answer = await base.client.post(f"/api/v1/bookings/{base.late['id']}/check-in", json={}, headers=base.sme.bearer)
    assert answer.status_code == 200, answer.text
    assert await base.free() == [(at(8), at(10), 1), (at(10), at(12), 1)]
    await base.book(9, 11, 409)


async def test_the_closure_of_all_units_nails_nothing_that_of_some_does(base: Base) -> None:
    path = f"/api/v1/resources/{base.resource}/closures"
    for units, windows in ((None, 1), (1, 2)):
        closure = {"starts_at": at(20), "ends_at": at(22), "units": units}
        made = await base.client.post(path, json=closure, headers=base.owner.bearer)
        assert made.status_code == 201
        assert len(await base.free()) == windows
        await base.client.delete(f"{path}/{made.json()['id']}", headers=base.owner.bearer)


async def test_search_finds_what_others_make_room_for(base: Base) -> None:
    async def found(**query: Any) -> list[UUID]:
        answer = await base.client.get("/api/v1/resources", params=query)
        return [UUID(one["id"]) for one in answer.json()["items"]]

    assert base.resource in await found(free_from=at(9), free_to=at(11))
    assert base.resource in await found(**{"from": at(9), "to": at(11), "minutes": 120})
    assert base.resource not in await found(free_from=at(9), free_to=at(11), units=2)
    await base.book(9, 11)
    assert base.resource not in await found(free_from=at(9), free_to=at(11))


class Seats:
    """Three seats with names."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def begin(self) -> "Seats":
        self.owner, self.sme = await factories.person(kind="university"), await factories.person()
        self.resource = await factories.resource(self.owner, kind="training_base", units=3)
        answer = await self.name(self.owner, *((number, f"座位{number}") for number in (1, 2, 3)))
        assert answer.status_code == 200, answer.text
        return self

    async def name(self, by: factories.Person, *names: tuple[int, str]) -> httpx.Response:
        body = [{"number": number, "name": name} for number, name in names]
        return await self.client.put(f"/api/v1/resources/{self.resource}/units", json=body, headers=by.bearer)

    async def book(self, start: int, end: int, **more: Any) -> httpx.Response:
        return await book(self.client, self.sme, self.resource, starts_at=at(start), ends_at=at(end), **more)

    async def patch(self, id: str, **change: Any) -> httpx.Response:
        headers = self.sme.bearer | {"If-Match": "*"}
        return await self.client.patch(f"/api/v1/bookings/{id}", json=change, headers=headers)


@pytest.fixture
async def seats(client: httpx.AsyncClient) -> Seats:
    return await Seats(client).begin()


async def test_owners_name_units_and_everybody_reads_the_names(seats: Seats) -> None:
    names = await seats.client.get(f"/api/v1/resources/{seats.resource}/units")
    assert [one["name"] for one in names.json()] == ["座位1", "座位2", "座位3"]
    assert (await seats.name(seats.owner, (2, "窗边"))).json() == [{"number": 2, "name": "窗边"}]
    assert (await seats.name(seats.owner, (4, "不存在"))).status_code == 400
    assert (await seats.name(seats.owner, (1, "甲"), (1, "乙"))).status_code == 400
    assert (await seats.name(seats.owner, (1, "甲"), (2, "甲"))).status_code == 400
    assert (await seats.name(seats.sme, (1, "甲"))).status_code == 404


async def test_a_unit_that_is_asked_for_is_given_or_refused_with_those_that_are_free(seats: Seats) -> None:
    made = (await seats.book(9, 11, unit_numbers=[3])).json()
    assert (made["units"], made["unit_numbers"], made["unit_names"]) == (1, [3], ["座位3"])
    lost = await seats.book(10, 12, unit_numbers=[3, 1])
    assert lost.status_code == 409
    assert lost.json()["free_unit_numbers"] == [1, 2]
    for offer in lost.json()["alternatives"]:
        again = {"starts_at": offer["starts_at"], "ends_at": offer["ends_at"], "unit_numbers": [1, 3]}
        answer = await book(seats.client, seats.sme, seats.resource, **again)
        assert (answer.status_code, answer.json()["unit_numbers"]) == (201, [1, 3])
    assert (await seats.book(14, 15, unit_numbers=[4])).json()["rule"] == "unit_numbers"
    for wrong in ({"unit_numbers": [1, 1]}, {"unit_numbers": [1, 2], "units": 3}, {"unit_numbers": [0]}):
        assert (await seats.book(16, 17, **wrong)).status_code == 400


async def test_a_booking_keeps_the_unit_it_asked_for_when_it_moves_and_when_others_need_room(seats: Seats) -> None:
    made = (await seats.book(9, 10, unit_numbers=[2])).json()
    moved = await seats.patch(made["id"], starts_at=at(13), ends_at=at(15))
    assert moved.json()["unit_numbers"] == [2]
    assert (await seats.book(13, 14, units=2)).json()["unit_numbers"] == [1, 3]
    other = await seats.patch(made["id"], starts_at=at(14), ends_at=at(16), unit_numbers=[3])
    assert other.json()["unit_names"] == ["座位3"]
    assert (await seats.book(15, 16, unit_numbers=[3])).status_code == 409


async def test_who_moves_to_a_unit_with_another_name_is_told(seats: Seats) -> None:
    await seats.book(8, 16, units=1)
    early, filler = (await seats.book(9, 10)).json(), (await seats.book(10, 11)).json()
    late = (await seats.book(10, 11)).json()
    assert (early["unit_numbers"], filler["unit_numbers"], late["unit_numbers"]) == ([2], [2], [3])
    await seats.client.post(f"/api/v1/bookings/{filler['id']}/cancel", headers=seats.sme.bearer)
    await db.execute("DELETE FROM notice")
    assert (await seats.book(9, 11)).json()["unit_names"] == ["座位3"]
    told = await db.fetch("SELECT kind, facts -> 'unit_names' ->> 0 AS name, booking_id FROM notice ORDER BY position")
    assert ("changed", "座位2", UUID(late["id"])) == tuple(told[0])
    now = (await seats.client.get(f"/api/v1/bookings/{late['id']}", headers=seats.sme.bearer)).json()
    assert (now["version"], now["sequence"], now["unit_names"]) == (2, 0, ["座位2"])
    assert now["revised_at"] > late["revised_at"]


async def test_a_hold_that_is_over_does_not_keep_others_from_moving(base: Base) -> None:
    await db.execute("UPDATE claim SET expires_at = now() + interval '9 days' WHERE booking_id = $1",
                     UUID(base.early["id"]))  # fmt: skip
    await factories.claim(base.resource, datetime.fromisoformat(at(10)), datetime.fromisoformat(at(11)), unit=1,
                          reason="hold", expires_at=datetime.now(UTC) - timedelta(minutes=1))  # fmt: skip
    await base.book(9, 11)


async def test_without_nails_a_booking_would_lose_the_unit_it_asked_for(
    seats: Seats, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: pinned claims are what keeps a named unit."""
    await seats.book(8, 16, unit_numbers=[1])
    early = (await seats.book(9, 10, unit_numbers=[2])).json()
    late = (await seats.book(10, 11, unit_numbers=[3])).json()
    assert (await seats.book(9, 11)).status_code == 409
    monkeypatch.setattr(lock, "AROUND", lock.AROUND.replace("pinned OR ", ""))
    assert (await seats.book(9, 11)).status_code == 201
    read = [
        (await seats.client.get(f"/api/v1/bookings/{one['id']}", headers=seats.sme.bearer)).json()["unit_numbers"]
        for one in (early, late)
    ]
    assert read != [[2], [3]]  # the harm
