"""Read the occupancy of many resources at once, around a window; and so when each of them is next free."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from asyncpg import Range

from server.bookings.capacity import lock
from server.bookings.capacity.guest_context_read import guest_contexts, with_allowance
from server.bookings.capacity.occupancy import Occupancy, around
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.rules.context import STRANGER, also_allowed
from server.claims import parts
from server.core import db
from server.core.actor import Actor
from server.core.spans import Span

OCCUPANCIES = f"""
SELECT r.id, seen.taken_units, seen.taken_from, seen.taken_until, seen.taken_reasons, seen.taken_wholes,
       seen.exception_days, seen.exception_hours, seen.nailed_units, seen.holidays, seen.work_days
FROM unnest($1::uuid[]) AS r (id), LATERAL ({lock.AROUND.replace("$1", "r.id")}) seen
"""

AHEAD = timedelta(days=14)  # that next_free looks
READ = f"""
SELECT {lock.COLUMNS} FROM resource r JOIN organization o ON o.id = r.owner_id WHERE r.id = ANY($1) ORDER BY r.id
"""


async def occupancies(
    window: Span, resources: list[ResourceSnapshot], viewer: Actor | None
) -> list[tuple[ResourceSnapshot, Occupancy]]:
    """Read for all the resources at once what claims.look_around() reads for one."""
    if not resources:
        return []
    near = Range(*around(window, max(resource.seen_around for resource in resources)))
    rows = {row["id"]: row for row in await db.fetch(OCCUPANCIES, [one.id for one in resources], near, None)}
    below = await parts.taken([one.id for one in resources if one.parts], near)
    asking = [one for one in resources if one.asks_who]
    since = min(window.starts_at, resources[0].now)
    known = await guest_contexts(asking, viewer, since) if viewer and asking else {}
    stranger = await with_allowance(STRANGER, viewer, since) if viewer else STRANGER
    return [
        (
            one,
            Occupancy.from_row(
                one, window, rows[one.id], also_allowed(known.get(one.id, STRANGER), stranger), below.get(one.id, ())
            ),
        )
        for one in resources
    ]


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
    resources = [ResourceSnapshot.from_row(row) for row in rows]
    return {one.id: _first(one, seen) for one, seen in await occupancies(window, resources, viewer)}


def _first(resource: ResourceSnapshot, seen: Occupancy) -> NextFree:
    first = next(iter(seen.free(resource)), None)
    if first is None:
        return NextFree(None)
    return NextFree(first.starts_at, first.span.length // timedelta(minutes=1))
