"""On the way to the door: lock the resources, look at what is taken around a time, choose the units.

The lock makes everything that no pairwise constraint can say (buffers, the choice of units, quotas) safe to count.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from asyncpg import Range

from server import db
from server.bookings import door
from server.bookings.bookable import Bookable, Surroundings, around
from server.bookings.door import NewClaim
from server.bookings.make_room import make_room
from server.bookings.read_standing import standings, with_allowance
from server.bookings.spanning import lock_organization, lock_organization_of
from server.bookings.standing import STRANGER, Booker, Standing
from server.bookings.units import best_fit, chosen
from server.errors import NotFound, RuleRefused, SlotTaken
from server.spans import Span

# How far around a wanted time its neighbours are looked at, to fit bookings close to each other.
MARGIN = timedelta(days=1)

COLUMNS = """
r.id, r.owner_id, o.name AS owner_name, r.name, r.name_en, r.country, r.city, r.time_zone, r.units, r.week_hours,
o.rules || r.rules AS rules, now() AS now,
(SELECT jsonb_agg(jsonb_build_array(v.first_day, v.last_day, v.rules) ORDER BY v.id) FROM rule_override v
 WHERE v.resource_id = r.id AND v.last_day > current_date - 3) AS overrides,
(SELECT max(t.version) FROM terms t WHERE t.resource_id = r.id) AS terms_version,
o.suspended_at IS NOT NULL AS withheld,
EXISTS (SELECT FROM needed_qualification n WHERE n.resource_id = r.id) AS qualified_only
"""

# Begins every transaction that takes or frees time. One row at a time: for ANY($1) no plan would be kept.
LOCK = f"""
SELECT {COLUMNS} FROM resource r JOIN organization o ON o.id = r.owner_id
WHERE r.id = $1 AND (r.listed OR r.owner_id = $2)
FOR NO KEY UPDATE OF r
"""  # noqa: S608 - only constants are put in

LOCK_OF_BOOKING = f"""
SELECT {COLUMNS} FROM resource r JOIN organization o ON o.id = r.owner_id
WHERE r.id = (SELECT b.resource_id FROM booking b WHERE b.id = $1)
FOR NO KEY UPDATE OF r
"""  # noqa: S608

# For what the right was asked before, or what the program does by itself.
LOCK_ANY = f"""
SELECT {COLUMNS} FROM resource r JOIN organization o ON o.id = r.owner_id
WHERE r.id = $1
FOR NO KEY UPDATE OF r
"""  # noqa: S608

READ = f"""
SELECT {COLUMNS} FROM resource r JOIN organization o ON o.id = r.owner_id
WHERE r.id = $1 AND (r.listed OR r.owner_id = $2)
"""  # noqa: S608

# A hold whose time is up takes nothing, though its row may still be live. Units are nailed (units.py) by what is pinned
# and by closures and foreign busy times that leave other units free; on a resource of one unit nothing could move.
AROUND = """
SELECT c.taken_units, c.taken_from, c.taken_until, c.taken_reasons, e.exception_days, e.exception_hours,
       n.nailed_units, h.holidays, h.work_days
FROM (
    SELECT array_agg(unit) AS taken_units, array_agg(lower(during)) AS taken_from,
           array_agg(upper(during)) AS taken_until, array_agg(reason) AS taken_reasons
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

PIN = "UPDATE claim SET pinned = true WHERE resource_id = $1 AND booking_id = $2 AND released_at IS NULL"
PINNED = (
    "SELECT unit FROM claim WHERE resource_id = $1 AND booking_id = $2 AND released_at IS NULL AND pinned ORDER BY 1"
)


async def lock(resource_ids: set[UUID], organization_id: UUID) -> dict[UUID, Bookable]:
    """Lock resources in id order, so that no two transactions wait for each other.

    Before them the organization, where a quota of theirs spans resources. Raises NotFound for one that the
    organization may not see.
    """
    await lock_organization(organization_id, resource_ids)
    return {id: await _one(LOCK, id, organization_id) for id in sorted(resource_ids)}


async def lock_of_booking(booking_id: UUID) -> Bookable:
    """Lock the resource of a booking, and its organization where a quota needs it. Raises NotFound for no booking."""
    await lock_organization_of(booking_id)
    row = await db.fetchrow(LOCK_OF_BOOKING, booking_id)
    if row is None:
        raise NotFound("there is no such booking")
    return Bookable.from_row(row)


async def lock_any(resource_id: UUID) -> Bookable:
    """Lock a resource, whoever may see it. Raises NotFound when there is none."""
    row = await db.fetchrow(LOCK_ANY, resource_id)
    if row is None:
        raise NotFound("there is no such resource")
    return Bookable.from_row(row)


async def read(resource_id: UUID, organization_id: UUID | None) -> Bookable:
    """Read a resource without locking it. Raises NotFound for one that the organization may not see."""
    return await _one(READ, resource_id, organization_id)


async def _one(sql: str, resource_id: UUID, organization_id: UUID | None) -> Bookable:
    row = await db.fetchrow(sql, resource_id, organization_id)
    if row is None:
        raise NotFound("there is no such resource")
    return Bookable.from_row(row)


async def look_around(
    resource: Bookable, window: Span, *, guest: Booker | None, apart_from: UUID | None = None
) -> Surroundings:
    """Read what is taken in `window`, leaving out the booking `apart_from`, and how the guest stands with the owner.

    Proves something only under the lock.
    """
    margin = timedelta(minutes=resource.rules.distance)
    (row,) = await db.fetch(AROUND, resource.id, Range(*around(window, margin)), apart_from)
    return Surroundings.from_row(window, row, await stands(resource, guest, window, apart_from=apart_from))


async def stands(resource: Bookable, guest: Booker | None, window: Span, *, apart_from: UUID | None = None) -> Standing:
    """Read how someone stands with the owner of a resource, if that matters."""
    if guest is None:
        return STRANGER
    since, standing = min(window.starts_at, resource.now), STRANGER
    if resource.asks_who:
        standing = (await standings([resource.id], guest, since, apart_from=apart_from))[resource.id]
    return await with_allowance(standing, guest, since, apart_from=apart_from)


async def choose_and_take(
    resource: Bookable,
    seen: Surroundings,
    span: Span,
    count: int,
    reason: str,
    *,
    booking_id: UUID | None = None,
    hold_id: UUID | None = None,
    expires_at: datetime | None = None,
    asked: Sequence[int] = (),
) -> list[int]:
    """Take units for `span` and return them: those `asked` for by number, else the `count` that fit best.

    When `count` units are free only if others move, they move. Raises SlotTaken, RuleRefused for a number there is not.
    """
    if asked and max(asked) > resource.units:
        remedy = f"its units have the numbers 1 to {resource.units}"
        raise RuleRefused(remedy, rule="unit_numbers", limit=resource.units, actual=max(asked), remedy=remedy)
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


async def pinned(resource: Bookable, booking_id: UUID) -> list[int]:
    """The units that a booking has and keeps: those it asked for by number, or on which someone has checked in."""
    rows = await db.fetch(PINNED, resource.id, booking_id) if resource.units > 1 else []
    return [row["unit"] for row in rows]


async def pin(resource: Bookable, booking_id: UUID) -> None:
    """Let a booking keep its units, whoever else needs room. The resource must be locked."""
    if resource.units > 1:
        await db.execute(PIN, resource.id, booking_id)
