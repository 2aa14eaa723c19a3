"""Revoke a token: it ends at once."""

from uuid import UUID

from server import audit
from server.core import db
from server.core.actor import Actor
from server.core.errors import NotFound
from server.tokens.rights import OWN

REVOKE = f"UPDATE api_token t SET revoked_at = now() WHERE {OWN} AND t.id = $2 RETURNING t.id"


async def revoke(id: UUID, by: Actor) -> None:
    """End a token of one's own. Raises NotFound."""
    async with db.transaction():
        if await db.fetchval(REVOKE, by.member_id, id) is None:
            raise NotFound("there is no such token of yours")
        await audit.record("revoked", "token", id, by, of=by.organization_id)
