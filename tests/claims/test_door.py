"""The door itself: all or nothing, what is over is no obstacle, and what is given back is what was named."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from asyncpg import Range

from server.claims import door, parts
from server.claims.busy import keep_busy
from server.claims.door import NewClaim
from server.claims.keep_closed import keep_closed
from server.core import db
from server.core.errors import SlotTaken
from server.core.ids import new_id
from server.core.spans import Span
from tests import factories
from tests.claims.conftest import Calendars, at, busy

OVER = datetime.now(UTC) - timedelta(minutes=1)


def wanted(start: int, end: int, unit: int = 1, **more: Any) -> NewClaim:
    return NewClaim(unit=unit, span=Span(at(start), at(end)), reason=more.pop("reason", "booking"), **more)


async def live(resource_id: UUID) -> list[tuple[int, int, int, str]]:
    sql = """
    SELECT unit, extract(epoch FROM lower(during) - $2)::int / 3600 AS s,
           extract(epoch FROM upper(during) - $2)::int / 3600 AS e, reason
    FROM claim WHERE resource_id = $1 AND released_at IS NULL ORDER BY 1, 2
    """
    return [tuple(row.values()) for row in await db.fetch(sql, resource_id, at(0))]


async def closure(calendars: Calendars, start: int, end: int, units: int | None = None) -> UUID:
    id = new_id()
    sql = "INSERT INTO closure (resource_id, id, during, units, member_id) VALUES ($1, $2, $3, $4, $5)"
    during, by = Range(at(start), at(end)), calendars.owner.actor.member_id
    await db.execute(sql, calendars.resource, id, during, units, by)
    return id


async def test_a_claim_is_written_as_it_was_wanted(calendars: Calendars) -> None:
    resource, guest = calendars.resource, await factories.person()
    booking = await factories.booking(resource, guest, at(10), status="cancelled")
    until = datetime.now(UTC) + timedelta(minutes=5)
    held = wanted(3, 4, reason="hold", expires_at=until)
    await door.take(resource, [wanted(1, 2, 2, booking_id=booking, pinned=True), held])
    sql = "SELECT unit, reason, booking_id, expires_at, pinned FROM claim WHERE resource_id = $1 ORDER BY during"
    assert [tuple(row.values()) for row in await db.fetch(sql, resource)] == [
        (2, "booking", booking, None, True),
        (1, "hold", None, until, False),
    ]


async def test_nothing_is_taken_of_nothing(calendars: Calendars) -> None:
    await door.take(calendars.resource, [])
    assert await live(calendars.resource) == []


async def test_one_in_the_way_is_enough(calendars: Calendars) -> None:
    await door.take(calendars.resource, [wanted(2, 3)])
    with pytest.raises(SlotTaken):
        await door.take(calendars.resource, [wanted(2, 3, 2), wanted(2, 3, 1)])


@pytest.mark.parametrize("place", ["itself", "its part"])
async def test_holds_that_are_over_are_not_in_the_way_at_either_end(calendars: Calendars, place: str) -> None:
    """Of what is wanted the earliest and the latest each meet one, and only they."""
    resource = calendars.resource
    there = await calendars.part() if place == "its part" else resource
    for start in (1, 8):
        await factories.claim(there, at(start), at(start + 1), reason="hold", expires_at=OVER)
    await door.take(resource, [wanted(8, 9), wanted(1, 2), wanted(4, 5)])
    assert [one[1] for one in await live(there)] == [1, 4, 8]


async def test_a_hold_that_lasts_is_in_the_way_of_a_whole_too(calendars: Calendars) -> None:
    part = await calendars.part()
    lasting = datetime.now(UTC) + timedelta(minutes=5)
    await factories.claim(part, at(1), at(2), reason="hold", expires_at=lasting)
    with pytest.raises(SlotTaken):
        await door.take(calendars.resource, [wanted(1, 2)])


async def test_busy_time_takes_what_a_hold_left_before_anybody_else(calendars: Calendars) -> None:
    """A closure is no such other: busy time has given way to it."""
    resource = calendars.resource
    await factories.claim(resource, at(1), at(2), reason="hold", expires_at=OVER)
    await calendars.say(1, 2)
    closed = await closure(calendars, 1, 2)
    async with db.transaction():
        await door.take(resource, [wanted(1, 2, reason="closure", closure_id=closed)])
        await door.release(resource, closed)
        await db.execute("UPDATE claim SET released_at = NULL WHERE reason = 'hold'")
    with pytest.raises(SlotTaken):
        await door.take(resource, [wanted(1, 2)])
    assert await busy(resource) == [(1, 1, 2), (2, 1, 2)]


async def test_units_are_left_and_pinned_one_by_one(calendars: Calendars) -> None:
    resource, guest = calendars.resource, await factories.person()
    first, second = [await factories.booking(resource, guest, at(hour)) for hour in (1, 3)]
    rows = {row["booking_id"]: row["id"] for row in await db.fetch("SELECT id, booking_id FROM claim")}
    other = await calendars.made()
    third = await factories.booking(other, guest, at(1))
    await door.pin(resource, second)
    assert [row["booking_id"] for row in await db.fetch("SELECT booking_id FROM claim WHERE pinned")] == [second]
    await door.leave(resource, [rows[first]])
    assert await live(resource) == [(1, 3, 4, "booking")]
    assert await live(other) == [(1, 1, 2, "booking")]
    await door.release(resource, second, third)  # the other is another resource's
    assert (await live(resource), len(await live(other))) == ([], 1)


async def test_closures_that_overlap_hold_each_time_once_on_every_unit(calendars: Calendars) -> None:
    resource = calendars.resource
    await calendars.say(2, 6)
    await keep_busy(resource)
    first, second = await closure(calendars, 1, 4), await closure(calendars, 3, 5)
    await closure(calendars, 7, 8, units=1)  # of some units only: no matter here
    await keep_closed(resource)
    sql = """
    SELECT unit, extract(epoch FROM lower(during) - $2)::int / 3600 AS s,
           extract(epoch FROM upper(during) - $2)::int / 3600 AS e, closure_id
    FROM claim WHERE resource_id = $1 AND reason = 'closure' AND released_at IS NULL ORDER BY 1, 2
    """
    held = [tuple(row.values()) for row in await db.fetch(sql, resource, at(0))]
    assert held == [(unit, *one) for unit in (1, 2) for one in ((1, 4, first), (4, 5, second))]
    assert await busy(resource) == [(1, 5, 6), (2, 5, 6)]
    await keep_closed(resource)
    assert len(await live(resource)) == 6


async def test_when_one_is_lifted_the_other_takes_over_what_it_held(calendars: Calendars) -> None:
    resource = calendars.resource
    first = await closure(calendars, 1, 4)
    await closure(calendars, 3, 5)
    await keep_closed(resource)
    await db.execute("UPDATE closure SET lifted_at = now() WHERE id = $1", first)
    await door.release(resource, first)
    await keep_closed(resource)
    assert [one[:3] for one in await live(resource)] == [(1, 3, 4), (1, 4, 5), (2, 3, 4), (2, 4, 5)]


async def test_a_part_is_taken_wherever_its_wholes_are(calendars: Calendars) -> None:
    part = await calendars.part(units=2)
    await door.take(calendars.resource, [wanted(1, 2)])
    await factories.claim(part, at(3), at(4), reason="hold", expires_at=OVER)
    await factories.claim(calendars.resource, at(3), at(4))
    await door.take_for_wholes(part, 2)
    assert await live(part) == [(unit, hour, hour + 1, "booking") for unit in (1, 2) for hour in (1, 3)]
    await db.execute("UPDATE resource SET units = 1 WHERE id = $1", part)
    await door.take_for_wholes(part, 1)
    assert await live(part) == [(1, 1, 2, "booking"), (1, 3, 4, "booking")]


async def test_a_part_that_is_taken_otherwise_cannot_be_taken_for_its_whole(calendars: Calendars) -> None:
    part = await calendars.part()
    await factories.claim(part, at(1), at(2))
    await factories.claim(calendars.resource, at(1), at(2))
    with pytest.raises(SlotTaken):
        await door.take_for_wholes(part, 1)


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """What is locked, in this order."""
    found: list[UUID] = []
    execute = db.execute

    async def watched(sql: str, *arguments: Any) -> Any:
        if sql == parts.LOCK:
            found.append(arguments[0])
        return await execute(sql, *arguments)

    monkeypatch.setattr(db, "execute", watched)
    return found


async def test_locks_are_taken_in_one_order(calendars: Calendars, locked: list[UUID]) -> None:
    ids = sorted([await calendars.made() for _ in range(4)])
    await parts.lock([ids[2], ids[0], ids[2]], and_also={ids[3], ids[1]})
    assert locked == ids
    await parts.lock([], and_also={ids[1]})
    assert locked == ids  # without parts there is nothing to be before


async def test_a_family_is_its_wholes_and_then_all_their_parts(calendars: Calendars, locked: list[UUID]) -> None:
    whole, second = calendars.resource, await calendars.made()
    found = [await calendars.part() for _ in range(2)]
    await db.execute("INSERT INTO part (whole_id, part_id) VALUES ($1, $2)", second, found[0])
    expected = [*sorted([whole, second]), *sorted(found)]
    for one in (whole, second, found[0]):
        assert await parts.family(one) == expected
    assert await parts.family(await calendars.made()) == []
    assert await parts.lock_family(found[0]) == expected == locked
