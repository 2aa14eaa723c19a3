"""Close a resource for a time, or open it again: an owner's closure takes time like everything else."""

from uuid import UUID

from asyncpg import Range

from server import db
from server.bell import ring
from server.bookings import claims, close_over, views
from server.bookings.bookable import Bookable
from server.bookings.make_room import make_room
from server.bookings.schemas import Affected, Closure, NewClosure
from server.bookings.units import best_fit
from server.db import rerunning, transaction
from server.errors import NotFound, RuleRefused, SlotTaken
from server.http import span
from server.ids import new_id
from server.organizations.actor import Actor, refuse_unless_manager
from server.spans import Span

INSERT = "INSERT INTO closure (resource_id, id, during, units, reason, member_id) VALUES ($1, $2, $3, $4, $5, $6)"

LIFT = """
UPDATE closure SET lifted_at = now() WHERE resource_id = $1 AND id = $2 AND lifted_at IS NULL RETURNING id
"""


@rerunning
async def close(resource_id: UUID, wanted: NewClosure, by: Actor) -> Closure | Affected:
    """Take out all units, or some, and cancel the bookings in the way if that is wanted; or list them only.

    Raises NotFound, Forbidden, and SlotTaken naming the bookings' times in the way; what cancelling one of them raises.
    """
    refuse_unless_manager(by)
    time = span(wanted.starts_at, wanted.ends_at)
    try:
        async with transaction():
            resource = await _lock_own(resource_id, by)
            units, bookings = await _clear(resource, wanted, time, by)
            if wanted.over_bookings == "list":
                return Affected(await close_over.affected(resource, bookings))
            id = new_id()
            await db.execute(INSERT, resource_id, id, Range(*time), wanted.units, wanted.reason, by.member_id)
            await claims.take(resource, time, units, "closure", closure_id=id)
    except SlotTaken:
        resource = await claims.read(resource_id, by.organization_id)
        clashes = await views.clashes(resource, time)
        raise SlotTaken("move or cancel what is in `clashes` first", clashes=clashes) from None
    ring()
    return Closure(
        id, resource_id, time.starts_at, time.ends_at, wanted.units, wanted.reason, cancelled=sorted(bookings)
    )


async def _clear(resource: Bookable, wanted: NewClosure, time: Span, by: Actor) -> tuple[list[int], set[UUID]]:
    """Choose units: free ones, ones that others can leave, or such as have to be cleared. Tell the bookings on them."""
    count = resource.units if wanted.units is None else wanted.units
    if count > resource.units:
        raise RuleRefused("there are not so many units", rule="units", limit=resource.units, actual=count)
    seen = await claims.look_around(resource, time, guest=None)
    taken = {unit: [one.span for one in seen.taken if one.unit == unit] for unit in {one.unit for one in seen.taken}}
    if (free := best_fit(resource.units, taken, time, count)) is not None:
        return free, set()
    if count < resource.units and wanted.over_bookings != "list":
        if (left := await make_room(resource, seen, time, count)) is not None:
            return left, set()
    elif count < resource.units and time.starts_at >= resource.now and seen.has_room(resource, time, count):
        return [], set()
    if wanted.over_bookings == "refuse":
        raise SlotTaken
    units, bookings, holds = await close_over.choose(resource, time, count)
    if wanted.over_bookings == "cancel":
        if wanted.affected is not None and not bookings <= {*wanted.affected}:
            raise SlotTaken
        await close_over.clear(resource, bookings, holds, by, wanted.reason)
    return units, bookings


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
