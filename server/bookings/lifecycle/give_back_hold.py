"""Give a hold back: its time is free at once."""

from uuid import UUID

from server import audit
from server.access.acting import acting
from server.bookings.capacity import lock
from server.bookings.waitlist import offers
from server.claims import door
from server.core import db
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.doorbell import ring
from server.core.errors import NotFound

# An offer is passed and a proposal refused: others wait for these answers.
OWN = "SELECT resource_id, ended_at IS NULL AS stands FROM hold WHERE id = $1 AND member_id = $2 AND kind = 'form'"


@rerunning
async def give_back(id: UUID, by: Actor) -> None:
    """End a hold of one's own. A second time, or when it is over, changes nothing. Raises NotFound."""
    async with acting(by):
        seen = await db.fetchrow(OWN, id, by.member_id)
        if seen is None:
            raise NotFound("there is no such hold of yours")
        resource = await lock.lock_any(seen["resource_id"])
        await door.release(resource.id, id)
        if seen["stands"]:
            await audit.record("gave back", "hold", id, by, of=by.organization_id, owner=resource.owner_id)
        await offers.offer(resource)
    ring()
