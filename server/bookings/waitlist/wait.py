"""Wait for time to become free, or wait no longer."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from asyncpg import Range
from msgspec import Meta

from server import audit
from server.access.acting import acting
from server.bookings.capacity import lock
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.holds.hold import MEMBER
from server.bookings.schemas import Units
from server.bookings.waitlist import offers, waitlist
from server.bookings.waitlist.refuse_vain import refuse_vain
from server.bookings.waitlist.waitlist import SUITS, Waiting
from server.claims import door
from server.core import db
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.doorbell import ring
from server.core.errors import BusyTryAgain, Invalid, NotFound, RuleRefused
from server.core.ids import new_id
from server.core.instants import Instant, span
from server.core.spans import Span
from server.resources.schemas import Kind

PLACES = 20  # of a member at a time
RESOURCES = 200  # that one place may wait for; every round of the worker looks at them
LONGEST = timedelta(days=366)
TRIES = 5  # to leave, while offers come and go

STANDING = "SELECT count(*) FROM waiting WHERE member_id = $1 AND status IN ('waiting', 'offered')"
SUITING = f"""
SELECT {lock.COLUMNS} FROM resource r JOIN organization o ON o.id = r.owner_id, (
    SELECT $1::uuid AS resource_id, $2::text AS kind, $3::uuid AS owner_id, $4::uuid AS organization_id,
           $5::int AS units
) w WHERE {SUITS} ORDER BY r.id LIMIT {RESOURCES + 1}
"""
# The same wish of the same member: $2 to $4 what is waited for, $5 when, $6 how long.
TWICE = """
SELECT EXISTS (
    SELECT FROM waiting WHERE member_id = $1 AND status IN ('waiting', 'offered')
      AND resource_id IS NOT DISTINCT FROM $2 AND kind IS NOT DISTINCT FROM $3 AND owner_id IS NOT DISTINCT FROM $4
      AND during = $5 AND minutes = $6 AND units = $7
)
"""
INSERT = """
INSERT INTO waiting (id, organization_id, member_id, resource_id, kind, owner_id, during, minutes, units)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
SEEN = """
SELECT w.status, h.resource_id, h.id AS hold_id FROM waiting w
LEFT JOIN hold h ON h.waiting_id = w.id AND h.ended_at IS NULL AND w.status = 'offered'
WHERE w.id = $1 AND w.member_id = $2
"""
LEAVE = "UPDATE waiting SET status = 'left' WHERE id = $1 AND status = $2 RETURNING id"


class NewWaiting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`minutes` of time between `from` and `to`, on one resource, or on any of a kind, an owner, or both."""

    __schema_name__ = "NewWaitListPlace"
    resource_id: UUID | None = None
    kind: Kind | None = None
    owner_id: UUID | None = None
    from_: Instant = msgspec.field(name="from")
    to: Instant
    minutes: Annotated[int, Meta(ge=1, le=366 * 1440)]
    units: Units = 1


@rerunning
async def wait(wanted: NewWaiting, by: Actor) -> Waiting:
    """Take a place in the wait list. Raises Invalid, NotFound when nothing suits, and RuleRefused or
    OutsideOpeningHours for too much, for the same wish again, for what is free and for what never will be.
    """
    window = span(wanted.from_, wanted.to)
    if wanted.resource_id is None and wanted.kind is None and wanted.owner_id is None:
        raise Invalid("send `resource_id`, `kind` or `owner_id`", field="resource_id")
    if window.length > LONGEST or window.length < timedelta(minutes=wanted.minutes):
        raise Invalid("`minutes` must fit between `from` and `to`, which lie at most 366 days apart", field="minutes")
    id = new_id()
    async with acting(by):
        now = await db.fetchval("SELECT now()")
        if window.ends_at <= now:
            raise Invalid("`to` is past", field="to")
        await db.execute(MEMBER, by.member_id)
        _refuse_above(PLACES, await db.fetchval(STANDING, by.member_id) + 1, "waiting_places", "leave another place")
        what = (wanted.resource_id, wanted.kind, wanted.owner_id)
        during = Range(*window)
        if await db.fetchval(TWICE, by.member_id, *what, during, wanted.minutes, wanted.units):
            remedy = "you wait for this already"
            raise RuleRefused(remedy, rule="waiting_twice", limit=1, actual=2, remedy=remedy)
        rows = await db.fetch(SUITING, *what, by.organization_id, wanted.units)
        if not rows:
            raise NotFound("there is nothing to wait for: no such resource with so many units")
        _refuse_above(RESOURCES, len(rows), "waiting_resources", "name a resource, or an owner and a kind")
        resources = [ResourceSnapshot.from_row(row) for row in rows]
        await refuse_vain(resources, Span(max(window.starts_at, now), window.ends_at), wanted.minutes, wanted.units, by)
        await db.execute(INSERT, id, by.organization_id, by.member_id, *what, during, wanted.minutes, wanted.units)
        place = await waitlist.one(id, by)
        became = msgspec.structs.asdict(wanted)
        await audit.record("joined", "waiting", id, by, of=by.organization_id, became=became)
    ring()
    return place


@rerunning
async def leave(id: UUID, by: Actor) -> None:
    """Give up a place; what was offered goes to the next in line. A second time changes nothing. Raises NotFound."""
    for _ in range(TRIES):
        if await _left(id, by):
            ring()
            return
    raise BusyTryAgain(retry_after=1)


async def _left(id: UUID, by: Actor) -> bool:
    """Leave a place in the state in which it is seen. False when it was offered something meanwhile."""
    async with acting(by):
        seen = await db.fetchrow(SEEN, id, by.member_id)
        if seen is None:
            raise NotFound("you have no such place in the wait list")
        if seen["status"] not in ("waiting", "offered"):
            return True
        if seen["hold_id"] is None:
            left = seen["status"] == "waiting" and await db.fetchval(LEAVE, id, "waiting") is not None
            if left:
                await audit.record("left", "waiting", id, by, of=by.organization_id)
            return left
        resource = await lock.lock_any(seen["resource_id"])
        again = await db.fetchrow(SEEN, id, by.member_id)
        if again != seen:
            return False
        await db.execute(LEAVE, id, "offered")
        await audit.record("left", "waiting", id, by, of=by.organization_id)
        await door.release(resource.id, seen["hold_id"])
        await offers.offer(resource)
        return True


def _refuse_above(limit: int, actual: int, rule: str, remedy: str) -> None:
    if actual > limit:
        raise RuleRefused(remedy, rule=rule, limit=limit, actual=actual, remedy=remedy)
