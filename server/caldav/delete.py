"""Delete an object from a calendar: what an owner put there, or a closure that was made in the application."""

from uuid import UUID

from server import audit
from server.access.acting import acting
from server.access.rights import refuse_unless_manager
from server.bookings.closures import close
from server.bookings.waitlist import offers
from server.caldav import log, put
from server.caldav.contents import kind_of, shown
from server.caldav.objects import find, forget_if_gone, refuse_unless_matching
from server.caldav.texts import BOOKING_STAYS, in_language_of
from server.core import db
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.doorbell import ring
from server.core.errors import Forbidden, NotFound, OrganizationSuspended

DELETE = "UPDATE dav_object SET deleted_at = now(), data = '' WHERE resource_id = $1 AND id = $2"


async def delete(resource_id: UUID, name: str, by: Actor, if_match: str | None) -> None:
    """Delete an object; its time that is not over is given back. Raises NotFound, Stale, Forbidden for a booking."""
    refuse_unless_manager(by)
    if by.suspended:
        raise OrganizationSuspended
    kind, id = kind_of(name)
    if kind == "own":
        await _delete(resource_id, name, by, if_match)
        ring()
        return
    etag = (await log.look(resource_id, by)).etags.get(name)
    if etag is None or id is None:
        raise NotFound("there is no such object in this calendar")
    refuse_unless_matching(shown(name, etag, by), if_match, None)
    if kind == "booking":
        raise Forbidden(in_language_of(by, BOOKING_STAYS), condition="D:need-privileges")
    await close.reopen(resource_id, id, by)


@rerunning
async def _delete(resource_id: UUID, name: str, by: Actor, if_match: str | None) -> None:
    async with acting(by):
        resource = await put.lock_own(resource_id, by)
        await forget_if_gone(resource_id, name, "")
        found = await find(resource_id, name)
        if found is None:
            raise NotFound("there is no such object in this calendar")
        refuse_unless_matching(shown(name, found.etag, by), if_match, None)
        lifted = await put.close(resource, found.id, [], by)
        await db.execute(DELETE, resource_id, found.id)
        was = {"resource_id": resource_id, "etag": found.etag}
        await audit.record("deleted", "dav_object", found.id, by, of=resource.owner_id, was=was)
        if lifted:
            await offers.offer(resource)
