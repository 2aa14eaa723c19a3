"""End the address of a screen: it answers 404 from now on."""

from uuid import UUID

from server import audit
from server.access.acting import acting
from server.core import db
from server.core.actor import Actor
from server.core.errors import NotFound
from server.displays.views import refuse_unless_runs

REVOKE = "UPDATE display SET revoked_at = now() WHERE id = $1 AND resource_id = $2 AND revoked_at IS NULL RETURNING id"


async def revoke(resource_id: UUID, id: UUID, by: Actor) -> None:
    """End a screen of a resource that the actor runs. Raises NotFound."""
    async with acting(by):
        await refuse_unless_runs(resource_id, by)
        if await db.fetchval(REVOKE, id, resource_id) is None:
            raise NotFound("this resource has no such screen")
        await audit.record("revoked", "display", id, by, of=by.organization_id, became={"resource_id": resource_id})
