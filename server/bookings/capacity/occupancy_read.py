"""Read the occupancy of many resources at once, around a window."""

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
