"""On the way to the door: lock the resources, look at what is taken around a time, choose the units.

The lock makes everything that no pairwise constraint can say (buffers, the choice of units, quotas) safe to count.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from asyncpg import Range, Record, SerializationError

from server.bookings.capacity.guest_context_read import guest_contexts, with_allowance
from server.bookings.capacity.make_room import make_room
from server.bookings.capacity.occupancy import Occupancy, around
from server.bookings.capacity.quota_reach import lock_organization, lock_organization_of
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.capacity.units import best_fit, chosen, refuse_unless_numbers
from server.bookings.rules.context import STRANGER, Booker, GuestContext
from server.claims import door, parts
from server.claims.door import NewClaim
from server.core import db
from server.core.errors import NotFound, SlotTaken
from server.core.spans import Span
from server.prices.views import OF_RESOURCE

# How far around a wanted time its neighbours are looked at, to fit bookings close to each other.
MARGIN = timedelta(days=1)

COLUMNS = f"""
r.id, r.owner_id, o.name AS owner_name, r.name, r.name_en, r.country, r.city, r.time_zone, r.units, r.week_hours,
r.week_shifts, o.rules || r.rules AS rules, now() AS now,
(SELECT jsonb_agg(jsonb_build_array(v.first_day, v.last_day, v.rules) ORDER BY v.id) FROM rule_override v
 WHERE v.resource_id = r.id AND v.last_day > current_date - 3) AS overrides,
(SELECT max(t.version) FROM terms t WHERE t.resource_id = r.id) AS terms_version,
o.suspended_at IS NOT NULL AS withheld, r.price_per_hour, r.currency, {OF_RESOURCE} AS prices,
EXISTS (SELECT FROM needed_qualification n WHERE n.resource_id = r.id) AS qualified_only,
(SELECT jsonb_agg(jsonb_build_array(q.id, p.whole_id = r.id,
            coalesce(((o.rules || q.rules) ->> 'buffer_before_minutes')::int, 0)
          + coalesce(((o.rules || q.rules) ->> 'buffer_after_minutes')::int, 0)) ORDER BY q.id)
 FROM part p JOIN resource q ON q.id = CASE p.whole_id WHEN r.id THEN p.part_id ELSE p.whole_id END
 WHERE p.whole_id = r.id OR p.part_id = r.id) AS relatives
"""

# Whether the resource was changed while its lock was waited for: then only its own row is read as it is now, and
# everything else as it was before.
CHANGED = "r.version <> (SELECT before.version FROM resource before WHERE before.id = r.id) AS changed"

# Begins every transaction that takes or frees time. One row at a time: for ANY($1) no plan would be kept.
LOCK = f"""
SELECT {COLUMNS}, {CHANGED} FROM resource r JOIN organization o ON o.id = r.owner_id
WHERE r.id = $1 AND (r.listed OR r.owner_id = $2)
FOR NO KEY UPDATE OF r
"""

LOCK_OF_BOOKING = f"""
SELECT {COLUMNS}, {CHANGED} FROM resource r JOIN organization o ON o.id = r.owner_id
WHERE r.id = (SELECT b.resource_id FROM booking b WHERE b.id = $1)
FOR NO KEY UPDATE OF r
"""

# For what the right was asked before, or what the program does by itself.
LOCK_ANY = f"""
SELECT {COLUMNS}, {CHANGED} FROM resource r JOIN organization o ON o.id = r.owner_id
WHERE r.id = $1
FOR NO KEY UPDATE OF r
"""

READ = f"""
SELECT {COLUMNS} FROM resource r JOIN organization o ON o.id = r.owner_id
WHERE r.id = $1 AND (r.listed OR r.owner_id = $2)
"""

# A hold whose time is up takes nothing, though its row may still be live. Units are nailed (units.py) by what is pinned
# and by closures and foreign busy times that leave other units free; on a resource of one unit nothing could move.
AROUND = """
SELECT c.taken_units, c.taken_from, c.taken_until, c.taken_reasons, c.taken_wholes, e.exception_days, e.exception_hours,
       n.nailed_units, h.holidays, h.work_days
FROM (
    SELECT array_agg(unit) AS taken_units, array_agg(lower(during)) AS taken_from,
           array_agg(upper(during)) AS taken_until, array_agg(reason) AS taken_reasons,
           array_agg(whole_id) AS taken_wholes
    FROM claim
    WHERE resource_id = $1 AND released_at IS NULL AND during && $2 AND (expires_at IS NULL OR expires_at > now())
      AND ($3::uuid IS NULL OR booking_id IS DISTINCT FROM $3)
) c, (
    SELECT array_agg(day) AS exception_days, array_agg(hours) AS exception_hours
    FROM opening_exception
    WHERE resource_id = $1
      AND day BETWEEN (lower($2) - interval '2 days')::date AND (upper($2) + interval '2 days')::date
) e, (
    SELECT array_agg(unit) AS nailed_units FROM (
        SELECT unnest(array_agg(unit)) AS unit FROM claim
        WHERE resource_id = $1 AND released_at IS NULL AND (pinned OR reason IN ('closure', 'busy'))
          AND upper(during) > now() AND ($3::uuid IS NULL OR booking_id IS DISTINCT FROM $3)
          AND (SELECT units FROM resource WHERE id = $1) > 1
        GROUP BY during, pinned HAVING pinned OR count(*) < (SELECT units FROM resource WHERE id = $1)
    ) one
) n, (
    SELECT array_agg(day) AS holidays, array_agg(works_like) AS work_days
    FROM holiday
    WHERE country = (SELECT country FROM resource WHERE id = $1)
      AND day BETWEEN (lower($2) - interval '2 days')::date AND (upper($2) + interval '2 days')::date
) h
"""

PINNED = (
    "SELECT unit FROM claim WHERE resource_id = $1 AND booking_id = $2 AND released_at IS NULL AND pinned ORDER BY 1"
)


async def lock(resource_ids: set[UUID], organization_id: UUID, *, family: bool = False) -> dict[UUID, ResourceSnapshot]:
    """Lock resources with their parts, wholes first, then in id order, so that no two transactions wait for each other.

    Before them the organization, where a quota of theirs spans resources, and with `family` all that may have to be
    cleared with them. Raises NotFound for one that the organization may not see.
    """
    await lock_organization(organization_id, resource_ids)
    families = {id: await parts.lock_family(id) for id in sorted(resource_ids)} if family else {}
    found = await _in_order(resource_ids, lambda id: _one(LOCK, id, organization_id))
    for id, locked in families.items():
        if await parts.family(id) != locked:
            raise SerializationError("a resource became a part of another meanwhile")
    return found


async def lock_all(resource_ids: set[UUID]) -> dict[UUID, ResourceSnapshot]:
    """Lock resources as lock() does, whoever may see them."""
    return await _in_order(resource_ids, lambda id: _one(LOCK_ANY, id))


async def _in_order(
    ids: set[UUID], lock_one: Callable[[UUID], Awaitable[ResourceSnapshot]]
) -> dict[UUID, ResourceSnapshot]:
    found: dict[UUID, ResourceSnapshot] = {}
    wholes = ids if len(ids) == 1 else await parts.wholes_among(ids)
    for id in sorted(wholes):
        found[id] = await lock_one(id)
    if below := [part for one in found.values() for part in one.parts]:
        await parts.lock(below, and_also=ids - wholes)
    for id in sorted(ids - wholes):
        found[id] = await lock_one(id)
        if found[id].parts:  # only now: they would be locked too late
            raise SerializationError("a resource became a whole meanwhile")
    return found


async def lock_of_booking(booking_id: UUID) -> ResourceSnapshot:
    """Lock the resource of a booking, and its organization where a quota needs it. Raises NotFound for no booking."""
    await lock_organization_of(booking_id)
    row = await _read(LOCK_OF_BOOKING, booking_id)
    if row is None:
        raise NotFound("there is no such booking")
    resource = ResourceSnapshot.from_row(row)
    await parts.lock(resource.parts)
    return resource


async def lock_any(resource_id: UUID) -> ResourceSnapshot:
    """Lock a resource, whoever may see it. Raises NotFound when there is none."""
    return (await lock_all({resource_id}))[resource_id]


async def read(resource_id: UUID, organization_id: UUID | None) -> ResourceSnapshot:
    """Read a resource without locking it. Raises NotFound for one that the organization may not see."""
    return await _one(READ, resource_id, organization_id)


async def _one(sql: str, *args: UUID | None) -> ResourceSnapshot:
    row = await _read(sql, *args)
    if row is None:
        raise NotFound("there is no such resource")
    return ResourceSnapshot.from_row(row)


async def _read(sql: str, *args: UUID | None) -> Record | None:
    row = await db.fetchrow(sql, *args)
    if row is not None and row.get("changed"):
        row = await db.fetchrow(sql, *args)
    return row


async def look_around(
    resource: ResourceSnapshot, window: Span, *, guest: Booker | None, apart_from: UUID | None = None,
    holding: bool = False,
) -> Occupancy:  # fmt: skip
    """Read what is taken in `window`, leaving out the booking `apart_from`, and how the guest stands with the owner.

    Proves something only under the lock. `holding`: what the guest holds counts as booked.
    """
    near = Range(*around(window, resource.seen_around))
    (row,) = await db.fetch(AROUND, resource.id, near, apart_from)
    below = await parts.taken([resource.id], near) if resource.parts else {}
    standing = await stands(resource, guest, window, apart_from=apart_from, holding=holding)
    return Occupancy.from_row(resource, window, row, standing, below.get(resource.id, ()))


async def stands(
    resource: ResourceSnapshot, guest: Booker | None, window: Span, *, apart_from: UUID | None = None,
    holding: bool = False,
) -> GuestContext:  # fmt: skip
    """Read how someone stands with the owner of a resource, if that matters."""
    if guest is None:
        return STRANGER
    since, standing = min(window.starts_at, resource.now), STRANGER
    if resource.asks_who:
        standing = (await guest_contexts([resource], guest, since, apart_from=apart_from, holding=holding))[resource.id]
    return await with_allowance(standing, guest, since, apart_from=apart_from, holding=holding)


async def choose_and_take(
    resource: ResourceSnapshot, seen: Occupancy, span: Span, count: int, reason: str, *, booking_id: UUID | None = None,
    hold_id: UUID | None = None, expires_at: datetime | None = None, asked: Sequence[int] = (),
) -> list[int]:  # fmt: skip
    """Take units for `span` and return them: those `asked` for by number, else the `count` that fit best.

    When `count` units are free only if others move, they move. Raises SlotTaken, RuleRefused for a number there is not.
    """
    refuse_unless_numbers(resource.units, asked)
    busy = seen.busy(resource)
    units = chosen(resource.units, busy, span, asked) if asked else best_fit(resource.units, busy, span, count)
    if units is None and not asked:
        units = await make_room(resource, seen, span, count)
    if units is None:
        raise SlotTaken
    wanted = [
        NewClaim(
            unit=unit, span=span, reason=reason, booking_id=booking_id, hold_id=hold_id, expires_at=expires_at,
            pinned=bool(asked),
        )
        for unit in units
    ]  # fmt: skip
    await door.take(resource.id, wanted)
    return units


async def pinned(resource: ResourceSnapshot, booking_id: UUID) -> list[int]:
    """The units that a booking has and keeps: those it asked for by number, or on which someone has checked in."""
    rows = await db.fetch(PINNED, resource.id, booking_id) if resource.units > 1 else []
    return [row["unit"] for row in rows]


async def pin(resource: ResourceSnapshot, booking_id: UUID) -> None:
    """Let a booking keep its units, whoever else needs room. The resource must be locked."""
    if resource.units > 1:
        await door.pin(resource.id, booking_id)
