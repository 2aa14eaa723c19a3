"""Groups: bookings that were made together. Cancel or shift those that still stand: all of them, or none."""

from collections.abc import Awaitable
from datetime import UTC, timedelta
from uuid import UUID

from server.access.acting import acting
from server.bookings.capacity import lock, revise, views
from server.bookings.lifecycle import cancel, move
from server.bookings.rights import VISIBLE
from server.bookings.schemas import Booking, Change, Group
from server.core import db, errors
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.doorbell import ring
from server.core.errors import DomainError, Forbidden, NotFound

READ = f"{views.SELECT} WHERE {VISIBLE} AND b.group_id = $4 ORDER BY b.id"

RESOURCES = "SELECT DISTINCT resource_id FROM booking WHERE group_id = $1 ORDER BY resource_id"


async def group(id: UUID, by: Actor) -> Group:
    """Read the bookings of a group that the actor may see. Raises NotFound when there are none."""
    rows = await db.fetch(READ, by.organization_id, by.running, by.guest, id)
    if not rows:
        raise NotFound("there is no such group")
    return Group(id, [views.booking_of(row) for row in rows])


@rerunning
async def cancel_group(id: UUID, by: Actor, reason: str = "") -> Group:
    """Cancel every booking of the group that still stands. A second time changes nothing.

    Raises what cancelling one of them raises; then none is cancelled.
    """
    async with acting(by):
        for part in await _lock(id, by):
            await _each(part, cancel.cancel(part.id, by, reason))
        cancelled = await group(id, by)
    ring()
    return cancelled


@rerunning
async def shift_group(id: UUID, by: Actor, minutes: int) -> Group:
    """Move every booking of the group that still stands by as many minutes, earlier if negative.

    Raises what moving one of them raises, with its `booking_id`; then all stay where they were.
    """
    shift = timedelta(minutes=minutes)
    async with acting(by):
        parts = await _lock(id, by)
        if not parts:
            raise errors.WrongState("nothing of it stands any more")
        # Who is in front goes first: then nobody meets one of their own who has not moved yet.
        if minutes > 0:
            parts.sort(key=lambda part: part.starts_at, reverse=True)
        else:
            parts.sort(key=lambda part: part.ends_at)
        for part in parts:
            start, end = part.starts_at.astimezone(UTC), part.ends_at.astimezone(UTC)  # no wall clock: in real time
            change = Change(starts_at=start + shift, ends_at=end + shift)
            await _each(part, move.move(part.id, change, by, None))
        shifted = await group(id, by)
    ring()
    return shifted


async def _lock(id: UUID, by: Actor) -> list[Booking]:
    """Lock the resources of a group, and read what still stands."""
    known = await group(id, by)
    if any(part.organization_id != by.organization_id for part in known.items):
        raise Forbidden("only the organization that booked the group may change it as one", role=by.role)
    resources = await lock.lock_all({row["resource_id"] for row in await db.fetch(RESOURCES, id)})
    now = max(resource.now for resource in resources.values())
    parts = (await group(id, by)).items
    standing = [part for part in parts if part.status in revise.LIVE and part.ends_at > now]
    return standing


async def _each(part: Booking, change: Awaitable[Booking]) -> None:
    try:
        await change
    except DomainError as refusal:
        refusal.members["booking_id"] = part.id
        raise
