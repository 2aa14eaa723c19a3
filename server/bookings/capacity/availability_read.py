"""Read when a resource can be booked: one statement, for this is asked more often than anything else."""

from collections.abc import Callable
from datetime import datetime
from operator import itemgetter
from uuid import UUID

from asyncpg import Range, Record

from server.bookings.capacity import lock
from server.bookings.capacity.occupancy import Occupancy
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.rules.audience import suspended_until
from server.bookings.rules.context import GuestContext
from server.bookings.schemas import Availability, Closed, Free
from server.core import db
from server.core.actor import Actor
from server.core.errors import NotFound, NotOffered
from server.core.spans import MINUTE, Span, Ticks, merged, tick, ticks, within, without
from server.qualifications.schemas import Need
from server.qualifications.views import needs
from server.resources.opening.wall_clock import shown

# What claims.READ and claims.AROUND tell, and closures of all units that are not over. $3 is the window; other bookings
# are kept at a distance (Rules.distance), so that what stands so near around it matters too. What is taken on a single
# unit comes in ticks: half the time would go into making datetimes of them.
AVAILABILITY = f"""
SELECT {lock.COLUMNS}, seen.exception_days, seen.exception_hours, seen.nailed_units, seen.holidays, seen.work_days,
       CASE WHEN r.units > 1 THEN seen.taken_units END AS taken_units,
       CASE WHEN r.units > 1 THEN seen.taken_from END AS taken_from,
       CASE WHEN r.units > 1 THEN seen.taken_until END AS taken_until,
       CASE WHEN r.units > 1 THEN seen.taken_reasons END AS taken_reasons,
       CASE WHEN r.units > 1 THEN seen.taken_wholes END AS taken_wholes,
       busy.starts, busy.ends, busy.aparts, shut.closures, shut.closure_reasons
FROM resource r JOIN organization o ON o.id = r.owner_id
CROSS JOIN LATERAL (
    SELECT make_interval(mins => coalesce((rules ->> 'buffer_before_minutes')::int, 0)
                               + coalesce((rules ->> 'buffer_after_minutes')::int, 0)) AS distance
    FROM (SELECT o.rules || r.rules AS rules) said
) apart
CROSS JOIN LATERAL (
    SELECT tstzrange(lower($3::tstzrange) - apart.distance, upper($3) + apart.distance) AS during
) around
CROSS JOIN LATERAL ({lock.AROUND.replace("$1", "r.id").replace("$2", "around.during").replace("$3", "NULL")}) seen
CROSS JOIN LATERAL (
    SELECT array_agg((extract(epoch FROM starts_at) * 1000000)::bigint) AS starts,
           array_agg((extract(epoch FROM ends_at) * 1000000)::bigint) AS ends,
           array_agg(reason IN ('booking', 'hold')) AS aparts
    FROM unnest(seen.taken_from, seen.taken_until, seen.taken_reasons) AS taken (starts_at, ends_at, reason)
    WHERE r.units = 1
) busy
CROSS JOIN LATERAL (
    SELECT array_agg(during ORDER BY during) AS closures, array_agg(reason ORDER BY during) AS closure_reasons
    FROM closure
    WHERE resource_id = ANY (ARRAY(SELECT r.id UNION ALL SELECT whole_id FROM part WHERE part_id = r.id))
      AND lifted_at IS NULL AND units IS NULL AND upper(during) > lower($3) AND during && $3
) shut
WHERE r.id = $1 AND (r.listed OR r.owner_id = $2)
"""


async def availability(
    resource_id: UUID, window: Span, viewer: Actor | None, *, minutes: int | None = None, units: int = 1
) -> Availability:
    """Tell when a resource can be booked within `window`. Raises NotFound, NotOffered."""
    row = await db.fetchrow(AVAILABILITY, resource_id, viewer and viewer.organization_id, Range(*window))
    if row is None:
        raise NotFound("there is no such resource")
    resource = ResourceSnapshot.from_row(row)
    if resource.withheld:
        raise NotOffered("the operator has suspended its owner; look for another resource")
    if resource.relatives or _in_blocks(resource):  # it matters what is taken, and not only when
        seen, busy = await lock.look_around(resource, window, guest=viewer), None
    else:
        seen = Occupancy.from_row(resource, window, row, await lock.stands(resource, viewer, window))
        busy = _busy(row, resource) if resource.units == 1 else None
    opening = seen.opening_ticks(resource)
    until = suspended_until(seen.guest.strikes, seen.rules(resource, resource.now), resource.now)
    local = shown(resource.zone, window)
    return Availability(
        resource.time_zone,
        [
            Free(local(start), local(end), count, rules.min_minutes, rules.max_minutes)
            for rules, pieces in seen.free_by_rules(resource, units, minutes, opening=opening, busy=busy)
            for start, end, count in pieces
        ],
        _closed(row, window, opening, local),
        await _lacking(resource, seen.guest, viewer, window),
        until and until.astimezone(resource.zone),
    )


def _in_blocks(resource: ResourceSnapshot) -> bool:
    """Whether some bookings consist of blocks, of which one may need that another is taken."""
    said = [*(one.rules for one in resource.overrides), *resource.rules.for_audience.values()]
    return bool(resource.rules.blocks) or any({"blocks", "for_audience"} & one.keys() for one in said)


def _busy(row: Record, resource: ResourceSnapshot) -> dict[int, list[Ticks]]:
    """What units.busy_by_unit() makes of the claims on a single unit."""
    if not row["starts"]:
        return {}
    distance = resource.rules.distance * MINUTE
    if not distance:
        return {1: merged(zip(row["starts"], row["ends"], strict=True))}
    taken = zip(row["starts"], row["ends"], row["aparts"], strict=True)
    return {1: merged((a - distance, b + distance) if apart else (a, b) for a, b, apart in taken)}


def _closed(row: Record, window: Span, opening: list[Ticks], local: Callable[[int], datetime]) -> list[Closed]:
    """When it is not open, and what the owner has closed, by start."""
    bounds = (tick(window.starts_at), tick(window.ends_at))
    shut = [(start, end, "outside opening hours") for start, end in without([bounds], opening)]
    for during, reason in zip(row["closures"] or (), row["closure_reasons"] or (), strict=True):
        for start, end in within(ticks([(during.lower, during.upper)]), bounds):
            shut.append((start, end, reason or "closed by the owner"))
    shut.sort(key=itemgetter(0))
    return [Closed(local(start), local(end), reason) for start, end, reason in shut]


async def _lacking(resource: ResourceSnapshot, guest: GuestContext, viewer: Actor | None, window: Span) -> list[Need]:
    """What the viewer has to have for all of `window` and has not. Strangers are told all, and shown the times too."""
    if viewer is None and resource.qualified_only:
        return await needs(resource.id)
    return [need for need in guest.needs if not need.held or (need.until and need.until < window.ends_at)]
