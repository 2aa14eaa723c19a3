"""Close over bookings: which units go with the fewest bookings on them, and what has to be cancelled for it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from uuid import UUID

from asyncpg import Range

from server import audit
from server.bookings.capacity import views
from server.bookings.capacity.resource_snapshot import Bookable
from server.bookings.lifecycle import cancel
from server.bookings.schemas import Booking
from server.claims import door
from server.core import db
from server.core.actor import Actor
from server.core.errors import DomainError, SlotTaken
from server.core.spans import Span

# Everything that stands in the way of a closure, on the resource, its parts and its wholes.
STANDING = """
SELECT CASE c.resource_id WHEN $1 THEN c.unit ELSE 1 END AS unit, taken.resource_id, taken.booking_id, taken.hold_id
FROM claim c
JOIN claim taken ON taken.resource_id = coalesce(c.whole_id, c.resource_id)
                AND taken.id = coalesce(c.whole_claim_id, c.id)
WHERE (c.resource_id = $1 OR c.resource_id IN (SELECT part_id FROM part WHERE whole_id = $1))
  AND c.whole_id IS DISTINCT FROM $1 AND c.released_at IS NULL AND c.during && $2
  AND (c.expires_at IS NULL OR c.expires_at > now())
"""

WAIT_ON = """
UPDATE waiting SET status = 'waiting'
WHERE status = 'offered' AND id IN (SELECT waiting_id FROM hold WHERE resource_id = $1 AND id = $2)
RETURNING id, organization_id
"""

BOOKINGS = f"{views.SELECT} WHERE b.id = ANY($1) ORDER BY b.starts_at, b.id"

Held = tuple[UUID, UUID]  # a resource and a hold on it


async def choose(resource: Bookable, time: Span, count: int) -> tuple[list[int], set[UUID], set[Held]]:
    """Choose the `count` units with the fewest bookings, and tell the bookings and the holds on them.

    Raises SlotTaken where other closures leave too few units. The resource must be locked.
    """
    bookings: dict[int, set[UUID]] = defaultdict(set)
    holds: dict[int, set[Held]] = defaultdict(set)
    closed = set()
    for row in await db.fetch(STANDING, resource.id, Range(*time)):
        if row["booking_id"] is not None:
            bookings[row["unit"]].add(row["booking_id"])
        elif row["hold_id"] is not None:
            holds[row["unit"]].add((row["resource_id"], row["hold_id"]))
        else:
            closed.add(row["unit"])
    units = [unit for unit in range(1, resource.units + 1) if unit not in closed]
    if len(units) < count:
        raise SlotTaken
    units = sorted(units, key=lambda unit: (len(bookings[unit]), len(holds[unit]), unit))[:count]
    return (
        sorted(units),
        set().union(*(bookings[unit] for unit in units)),
        set().union(*(holds[unit] for unit in units)),
    )


async def affected(ids: set[UUID]) -> list[Booking]:
    """Read the bookings that would be cancelled, by start."""
    return [views.booking_of(row) for row in await db.fetch(BOOKINGS, list(ids))]


def refuse_unless_listed(bookings: set[UUID], listed: Collection[UUID] | None) -> None:
    """Raise SlotTaken when others would be cancelled than those that the owner has seen. None: whoever it is."""
    if listed is not None and not bookings <= {*listed}:
        raise SlotTaken


async def clear(
    resource: Bookable, shut: Sequence[Span], bookings: set[UUID], holds: set[Held], by: Actor, reason: str
) -> None:
    """Cancel bookings, each with its notices, and end holds; who was offered something waits on.

    The time is not offered: it is for the closure. Guests are told what is free beside all that is about to be `shut`.
    Raises what cancelling raises, with the `booking_id`.
    """
    for id in sorted(bookings):
        try:
            await cancel.give_up(id, by, reason, shut=shut)
        except DomainError as refusal:
            refusal.members["booking_id"] = id
            raise
    for resource_id, id in sorted(holds):
        for row in await db.fetch(WAIT_ON, resource_id, id):
            was, became = {"status": "offered"}, {"status": "waiting"}
            of, owner = row["organization_id"], resource.owner_id
            await audit.record("interrupted", "waiting", row["id"], by, of=of, owner=owner, was=was, became=became)
        await door.release(resource_id, id)
