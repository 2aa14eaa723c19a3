"""Revoke a token: it ends at once, with all that it made."""

from uuid import UUID

from server import audit
from server.access.acting import acting
from server.core import db
from server.core.actor import Actor
from server.core.errors import NotFound
from server.tokens.rights import OWN

# With the tokens that it made, and that those made.
REVOKE = f"""
WITH RECURSIVE gone AS (
    SELECT t.id FROM api_token t WHERE {OWN} AND t.id = $2
    UNION SELECT child.id FROM api_token child JOIN gone ON child.parent_id = gone.id
), feeds AS (
    UPDATE feed SET revoked_at = now()
    WHERE member_id = $1 AND token_id IN (SELECT id FROM gone) AND revoked_at IS NULL
), apps AS (
    UPDATE app_password SET revoked_at = now()
    WHERE member_id = $1 AND token_id IN (SELECT id FROM gone) AND revoked_at IS NULL
)
UPDATE api_token SET revoked_at = now() WHERE id IN (SELECT id FROM gone) AND revoked_at IS NULL RETURNING id
"""


async def revoke(id: UUID, by: Actor) -> None:
    """End a token of one's own. Raises NotFound."""
    async with acting(by, over={by.member_id}):
        ended = [row["id"] for row in await db.fetch(REVOKE, by.member_id, id)]
        if not ended:
            raise NotFound("there is no such token of yours")
        for one in ended:
            await audit.record("revoked", "token", one, by, of=by.organization_id)
