"""Make room on a resource of several units: move what lies ahead to other units, so that a wanted time fits."""

from uuid import UUID

import msgspec
from asyncpg import Record

from server.bookings.capacity.history import RECORD_REARRANGED
from server.bookings.capacity.rearrange import Arrangement, rearrange
from server.bookings.capacity.relatives import occupation
from server.bookings.capacity.resource_snapshot import Bookable, Surroundings
from server.bookings.capacity.unit_names import names_of
from server.claims import door
from server.claims.door import NewClaim
from server.core import db
from server.core.ids import new_id
from server.core.spans import Span

# All that is not over.
AHEAD = """
SELECT id, unit, lower(during) AS starts_at, upper(during) AS ends_at, reason, booking_id, hold_id,
       expires_at, whole_id
FROM claim
WHERE resource_id = $1 AND released_at IS NULL AND upper(during) > $2 AND during && tstzrange($2, NULL)
  AND (expires_at IS NULL OR expires_at > now())
"""

# First all that move give up their units, then they take the new ones: at no moment do two claims meet.
LEAVE = "UPDATE claim SET released_at = now() WHERE resource_id = $1 AND id = ANY($2)"


async def make_room(resource: Bookable, seen: Surroundings, wanted: Span, count: int) -> list[int] | None:
    """Move others so that `count` units are free for `wanted`, and return these; None when there is no room.

    Only for what lies ahead. The resource must be locked.
    """
    if resource.units == 1 or count > resource.units or wanted.starts_at < resource.now:
        return None
    distance = resource.rules.distance
    rows = await db.fetch(AHEAD, resource.id, resource.now - resource.farthest)
    taken = [
        occupation(resource, *(row[name] for name in ("unit", "starts_at", "ends_at", "reason", "whole_id", "id")))
        for row in rows
    ]
    found = rearrange(resource.units, seen.nailed, taken, wanted, count, distance)
    if found is None:
        return None
    if found.moves:
        await _move(resource, rows, found)
    return found.units


async def _move(resource: Bookable, rows: list[Record], found: Arrangement) -> None:
    moved = list(found.moves)
    await db.execute(LEAVE, resource.id, moved)
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
            from server.bookings.capacity.tell_moved import tell_moved  # it imports claims, as claims does this

            await tell_moved(resource, id)


def _numbers(units: list[int]) -> str:
    return msgspec.json.encode({"unit_numbers": sorted(units)}).decode()
