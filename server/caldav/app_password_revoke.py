"""Revoke an app password: its device is out at once."""

from uuid import UUID

from server import audit
from server.access.acting import acting
from server.core import db
from server.core.actor import Actor
from server.core.errors import NotFound

REVOKE = """
UPDATE app_password SET revoked_at = now() WHERE member_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING id
"""


async def revoke(id: UUID, by: Actor) -> None:
    """End one of one's own. Raises NotFound."""
    async with acting(by, over={by.member_id}):
        if await db.fetchval(REVOKE, by.member_id, id) is None:
            raise NotFound("there is no such app password of yours")
        await audit.record("revoked", "app_password", id, by, of=by.organization_id)
