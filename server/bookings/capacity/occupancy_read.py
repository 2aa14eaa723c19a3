"""Look around a window of many resources at once."""

from asyncpg import Range

from server.bookings.capacity import lock
from server.bookings.capacity.guest_context_read import standings, with_allowance
from server.bookings.capacity.resource_snapshot import Bookable, Surroundings, around
from server.bookings.rules.guest_context import STRANGER, also_allowed
from server.claims import parts
from server.core import db
from server.core.actor import Actor
from server.core.spans import Span

SURROUNDINGS = f"""
SELECT r.id, seen.taken_units, seen.taken_from, seen.taken_until, seen.taken_reasons, seen.taken_wholes,
       seen.exception_days, seen.exception_hours, seen.nailed_units, seen.holidays, seen.work_days
FROM unnest($1::uuid[]) AS r (id), LATERAL ({lock.AROUND.replace("$1", "r.id")}) seen
"""


async def surroundings(
    window: Span, resources: list[Bookable], viewer: Actor | None
) -> list[tuple[Bookable, Surroundings]]:
    """Read for all the resources at once what claims.look_around() reads for one."""
    if not resources:
        return []
    near = Range(*around(window, max(resource.seen_around for resource in resources)))
    rows = {row["id"]: row for row in await db.fetch(SURROUNDINGS, [one.id for one in resources], near, None)}
    below = await parts.taken([one.id for one in resources if one.parts], near)
    asking = [one for one in resources if one.asks_who]
    since = min(window.starts_at, resources[0].now)
    known = await standings(asking, viewer, since) if viewer and asking else {}
    stranger = await with_allowance(STRANGER, viewer, since) if viewer else STRANGER
    return [
        (
            one,
            Surroundings.from_row(
                one, window, rows[one.id], also_allowed(known.get(one.id, STRANGER), stranger), below.get(one.id, ())
            ),
        )
        for one in resources
    ]
