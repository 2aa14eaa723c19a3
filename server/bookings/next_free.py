"""Tell when each of some resources can next be booked, as the rules are for the one who asks."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from server import db
from server.bookings import claims
from server.bookings.bookable import Bookable, Surroundings
from server.bookings.surroundings import surroundings
from server.organizations.actor import Actor
from server.spans import Span

AHEAD = timedelta(days=14)

READ = f"""
SELECT {claims.COLUMNS} FROM resource r JOIN organization o ON o.id = r.owner_id WHERE r.id = ANY($1) ORDER BY r.id
"""  # noqa: S608 - only constants are put in


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
