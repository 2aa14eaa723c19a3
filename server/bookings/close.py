"""Close a resource for a time, or open it again: an owner's closure takes time like everything else."""

from uuid import UUID

from asyncpg import Range

from server import db
from server.bookings import claims, views
from server.bookings.bookable import Bookable
from server.bookings.schemas import Closure, NewClosure
from server.bookings.units import best_fit
from server.db import rerunning, transaction
from server.errors import NotFound, RuleRefused, SlotTaken
from server.http import span
from server.ids import new_id
from server.organizations.actor import Actor, refuse_unless_manager

INSERT = "INSERT INTO closure (resource_id, id, during, units, reason, member_id) VALUES ($1, $2, $3, $4, $5, $6)"

LIFT = """
UPDATE closure SET lifted_at = now() WHERE resource_id = $1 AND id = $2 AND lifted_at IS NULL RETURNING id
"""


@rerunning
async def close(resource_id: UUID, wanted: NewClosure, by: Actor) -> Closure:
    """Take out all units, or some. Raises NotFound, Forbidden, and SlotTaken naming the bookings' times in the way."""
    refuse_unless_manager(by)
    time = span(wanted.starts_at, wanted.ends_at)
    try:
        async with transaction():
            resource = await _lock_own(resource_id, by)
            count = resource.units if wanted.units is None else wanted.units
            if count > resource.units:
                raise RuleRefused("there are not so many units", rule="units", limit=resource.units, actual=count)
            seen = await claims.look_around(resource, time, guest=None)
            busy = {one.unit: [o.span for o in seen.taken if o.unit == one.unit] for one in seen.taken}
            units = best_fit(resource.units, busy, time, count)
            if units is None:
                raise SlotTaken
            id = new_id()
            await db.execute(INSERT, resource_id, id, Range(*time), wanted.units, wanted.reason, by.member_id)
            await claims.take(resource, time, units, "closure", closure_id=id)
    except SlotTaken:
        resource = await claims.read(resource_id, by.organization_id)
        clashes = await views.clashes(resource, time)
        raise SlotTaken("move or cancel what is in `clashes` first", clashes=clashes) from None
    return Closure(id, resource_id, time.starts_at, time.ends_at, wanted.units, wanted.reason)


@rerunning
async def reopen(resource_id: UUID, id: UUID, by: Actor) -> None:
    """Lift a closure. Raises NotFound, Forbidden."""
    refuse_unless_manager(by)
    async with transaction():
        resource = await _lock_own(resource_id, by)
        if await db.fetchval(LIFT, resource_id, id) is None:
            raise NotFound("there is no such closure")
        await claims.release(resource, id)


async def _lock_own(resource_id: UUID, by: Actor) -> Bookable:
    resource = (await claims.lock({resource_id}, by.organization_id))[resource_id]
    if resource.owner_id != by.organization_id:
        raise NotFound("there is no such resource of yours")
    return resource
