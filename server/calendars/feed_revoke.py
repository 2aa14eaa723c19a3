"""End a feed: its address answers 404 from now on."""

from uuid import UUID

from server import audit
from server.access.acting import acting
from server.core import db
from server.core.actor import Actor
from server.core.errors import NotFound

REVOKE = "UPDATE feed SET revoked_at = now() WHERE id = $1 AND member_id = $2 AND revoked_at IS NULL RETURNING id"


async def revoke(id: UUID, by: Actor) -> None:
    """End one of the actor's feeds. Raises NotFound."""
    async with acting(by):
        if await db.fetchval(REVOKE, id, by.member_id) is None:
            raise NotFound("you have no such feed")
        await audit.record("revoked", "feed", id, by, of=by.organization_id)
