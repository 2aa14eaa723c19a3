"""Close a resource for a time, or open it again: an owner's closure takes time like everything else."""

from datetime import UTC
from uuid import UUID
from zoneinfo import ZoneInfo

from server import audit
from server.access.acting import acting
from server.access.rights import refuse_unless_manager
from server.bookings.capacity import lock, views
from server.bookings.capacity.make_room import make_room
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.capacity.units import best_fit
from server.bookings.closures import close_over, closure_rows
from server.bookings.closures.schemas import Affected, Closure, Closures, NewClosure
from server.bookings.waitlist import offers
from server.claims import door
from server.claims.busy import keep_busy, yield_busy
from server.claims.door import NewClaim
from server.claims.keep_closed import keep_closed
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.doorbell import ring
from server.core.errors import NotFound, RuleRefused, SlotTaken
from server.core.ids import new_id
from server.core.instants import span
from server.core.recurrence import instant, walls
from server.core.spans import Span


@rerunning
async def close(resource_id: UUID, wanted: NewClosure, by: Actor) -> Closure | Closures | Affected:
    """Take out all units, or some, and cancel the bookings in the way if that is wanted; or list them only.

    With a rule each of its times, or none. Raises NotFound, Forbidden, SlotTaken naming the bookings' times in the way,
    what cancelling one of them raises; Invalid for a rule that is none, NoSuchTime for what the clocks skip.
    """
    refuse_unless_manager(by)
    first = time = span(wanted.starts_at, wanted.ends_at)
    made: list[Closure] = []
    found: set[UUID] = set()
    try:
        async with acting(by):
            resource = await _lock_own(resource_id, by)
            group_id = new_id() if wanted.rule else None
            all_times = times(first, wanted.rule, ZoneInfo(resource.time_zone))
            for time in all_times:
                units, bookings = await _clear(resource, wanted, time, all_times, by)
                found |= bookings
                if wanted.over_bookings != "list":
                    made.append(await _insert(resource, wanted, time, units, group_id, bookings, by))
            await keep_busy(resource.id)
            if wanted.over_bookings == "list":
                return Affected(await close_over.affected(found))
            if wanted.over_bookings == "cancel":
                await offers.offer(resource)  # what is left of the time of those that were cancelled
    except SlotTaken:
        resource = await lock.read(resource_id, by.organization_id)
        clashes = await views.clashes(resource, time)
        raise SlotTaken("move or cancel what is in `clashes` first", clashes=clashes) from None
    ring()
    return made[0] if group_id is None else Closures(group_id, made)


def times(first: Span, rule: str, zone: ZoneInfo) -> list[Span]:
    """The times of a rule, all of the same exact length, on the wall clock; without a rule the first alone."""
    if not rule:
        return [first]
    starts = [instant(wall, zone) for wall in walls(rule, first.starts_at, [], zone)]
    return [Span(start, (start.astimezone(UTC) + first.length).astimezone(zone)) for start in starts]


async def _insert(
    resource: ResourceSnapshot, wanted: NewClosure, time: Span, units: list[int], group_id: UUID | None,
    cancelled: set[UUID], by: Actor,
) -> Closure:  # fmt: skip
    id = new_id()
    await closure_rows.insert(
        resource.id, {id: time}, by.member_id, group_id=group_id, units=wanted.units, reason=wanted.reason
    )  # fmt: skip
    became = {
        "resource_id": resource.id, "starts_at": time.starts_at, "ends_at": time.ends_at, "units": wanted.units,
        "reason": wanted.reason,
    }  # fmt: skip
    await audit.record("closed", "closure", id, by, of=resource.owner_id, became=became)
    await door.take(resource.id, [NewClaim(unit=unit, span=time, reason="closure", closure_id=id) for unit in units])
    return Closure(id, resource.id, *time, wanted.units, wanted.reason, group_id, sorted(cancelled))


async def _clear(
    resource: ResourceSnapshot, wanted: NewClosure, time: Span, shut: list[Span], by: Actor
) -> tuple[list[int], set[UUID]]:
    """Choose units: free ones, ones that others can leave, or such as have to be cleared. Tell the bookings on them."""
    count = resource.units if wanted.units is None else wanted.units
    if count > resource.units:
        raise RuleRefused("there are not so many units", rule="units", limit=resource.units, actual=count)
    await yield_busy(resource.id, time)
    seen = await lock.look_around(resource, time, guest=None)
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
        close_over.refuse_unless_listed(bookings, wanted.affected)
        await close_over.clear(resource, shut, bookings, holds, by, wanted.reason)
    return units, bookings


@rerunning
async def reopen(resource_id: UUID, id: UUID, by: Actor) -> None:
    """Lift a closure, or those of a group that are not over. Raises NotFound, Forbidden."""
    refuse_unless_manager(by)
    async with acting(by):
        resource = await _lock_own(resource_id, by)
        lifted = await closure_rows.lift(resource_id, id)
        if not lifted:
            raise NotFound("there is no such closure")
        for one in lifted:
            await door.release(resource.id, one)
        await keep_closed(resource.id)
        await keep_busy(resource.id)
        gone = [
            audit.Change(
                noun="closure", id=one, verb="reopened", of=resource.owner_id, was={"resource_id": resource.id}
            )
            for one in lifted
        ]
        await audit.record_all(gone, by)


async def _lock_own(resource_id: UUID, by: Actor) -> ResourceSnapshot:
    resource = (await lock.lock({resource_id}, by.organization_id, family=True))[resource_id]
    if not by.runs(resource.owner_id, resource.id):
        raise NotFound("there is no such resource of yours")
    return resource
