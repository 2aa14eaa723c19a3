"""Make room on a resource of several units: move what lies ahead to others, so that a time fits, and tell of it."""

from uuid import UUID

import msgspec
from asyncpg import Record

from server.bookings.capacity import booking_rows, views
from server.bookings.capacity.history import RECORD_REARRANGED
from server.bookings.capacity.notify import Guest, invited, tell
from server.bookings.capacity.occupancy import Occupancy
from server.bookings.capacity.rearrange import Arrangement, rearrange
from server.bookings.capacity.resource_snapshot import ResourceSnapshot, taken_span
from server.bookings.capacity.unit_names import names_of
from server.claims import door
from server.claims.door import NewClaim
from server.core import db
from server.core.ids import new_id
from server.core.spans import Span
from server.outbox.notices import Kind

# All that is not over.
AHEAD = """
SELECT id, unit, lower(during) AS starts_at, upper(during) AS ends_at, reason, booking_id, hold_id,
       expires_at, whole_id
FROM claim
WHERE resource_id = $1 AND released_at IS NULL AND upper(during) > $2 AND during && tstzrange($2, NULL)
  AND (expires_at IS NULL OR expires_at > now())
"""

READ = f"{views.SELECT} WHERE b.resource_id = $1 AND b.id = $2"


async def make_room(resource: ResourceSnapshot, seen: Occupancy, wanted: Span, count: int) -> list[int] | None:
    """Move others so that `count` units are free for `wanted`, and return these; None when there is no room.

    Only for what lies ahead. The resource must be locked.
    """
    if resource.units == 1 or count > resource.units or wanted.starts_at < resource.now:
        return None
    distance = resource.rules.distance
    rows = await db.fetch(AHEAD, resource.id, resource.now - resource.farthest)
    taken = [
        taken_span(resource, *(row[name] for name in ("unit", "starts_at", "ends_at", "reason", "whole_id", "id")))
        for row in rows
    ]
    found = rearrange(resource.units, seen.nailed, taken, wanted, count, distance)
    if found is None:
        return None
    if found.moves:
        await _move(resource, rows, found)
    return found.units


async def _move(resource: ResourceSnapshot, rows: list[Record], found: Arrangement) -> None:
    moved = list(found.moves)
    await door.leave(resource.id, moved)
    await door.take(
        resource.id,
        [
            NewClaim(
                unit=found.moves[row["id"]],
                span=Span(row["starts_at"], row["ends_at"]),
                reason=row["reason"],
                booking_id=row["booking_id"],
                hold_id=row["hold_id"],
                expires_at=row["expires_at"],
            )
            for row in rows
            if row["id"] in found.moves
        ],
    )
    before: dict[UUID, list[int]] = {}
    after: dict[UUID, list[int]] = {}
    for row in rows:
        if row["booking_id"] is not None:
            before.setdefault(row["booking_id"], []).append(row["unit"])
            after.setdefault(row["booking_id"], []).append(found.moves.get(row["id"], row["unit"]))
    changed = [id for id in before if sorted(before[id]) != sorted(after[id])]
    await db.execute(
        RECORD_REARRANGED, resource.id, [new_id() for _ in changed], changed, [_numbers(before[id]) for id in changed],
        [_numbers(after[id]) for id in changed], resource.owner_id,
    )  # fmt: skip
    for id in changed:
        was, now = await names_of(resource, before[id]), await names_of(resource, after[id])
        if was != now:
            await tell_moved(resource, id)


async def tell_moved(resource: ResourceSnapshot, booking_id: UUID) -> None:
    """Write the next revision of a booking whose claims have moved, and owe its guests a notice."""
    row = await db.fetchrow(READ, resource.id, booking_id)
    if row is None:
        return
    booking = await booking_rows.touch(views.booking_of(row))
    told: dict[str, tuple[Guest, Kind]] = {email: (guest, "changed") for email, guest in invited(booking).items()}
    await tell(booking, resource, None, guests=told, owner=None)


def _numbers(units: list[int]) -> str:
    return msgspec.json.encode({"unit_numbers": sorted(units)}).decode()
