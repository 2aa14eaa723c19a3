"""Tell when each of some resources can next be booked, as the rules are for the one who asks."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from server.bookings.capacity import lock
from server.bookings.capacity.occupancy_read import surroundings
from server.bookings.capacity.resource_snapshot import Bookable, Surroundings
from server.core import db
from server.core.actor import Actor
from server.core.spans import Span

AHEAD = timedelta(days=14)

READ = f"""
SELECT {lock.COLUMNS} FROM resource r JOIN organization o ON o.id = r.owner_id WHERE r.id = ANY($1) ORDER BY r.id
"""


class NextFree(msgspec.Struct, frozen=True):
    """When a resource is free next, in its own zone, and for how long; never within AHEAD without a start."""

    __schema_name__ = "NextFreeTime"
    starts_at: datetime | None
    minutes: int = 0


async def next_free(ids: list[UUID], viewer: Actor | None = None) -> dict[UUID, NextFree]:
    """Look at all of these resources in two statements."""
    rows = await db.fetch(READ, ids)
    if not rows:
        return {}
    window = Span(rows[0]["now"], rows[0]["now"] + AHEAD)
    resources = [Bookable.from_row(row) for row in rows]
    return {one.id: _first(one, seen) for one, seen in await surroundings(window, resources, viewer)}


def _first(resource: Bookable, seen: Surroundings) -> NextFree:
    first = next(iter(seen.free(resource)), None)
    if first is None:
        return NextFree(None)
    return NextFree(first.starts_at, first.span.length // timedelta(minutes=1))
