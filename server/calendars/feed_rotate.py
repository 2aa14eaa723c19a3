"""Give a feed a new secret address: the old one ends, its events keep their UIDs."""

from uuid import UUID

from server import audit
from server.access.acting import acting
from server.calendars.feed_create import url
from server.calendars.schemas import Address
from server.core import db
from server.core.actor import Actor
from server.core.errors import NotFound
from server.core.secret import digest, new_secret

ROTATE = """
UPDATE feed SET hash = $3, rotated_at = now(), read_at = NULL
WHERE id = $1 AND member_id = $2 AND revoked_at IS NULL RETURNING id
"""


async def rotate(id: UUID, by: Actor) -> Address:
    """Replace the address of one of the actor's feeds. Raises NotFound."""
    token = new_secret()
    async with acting(by):
        if await db.fetchval(ROTATE, id, by.member_id, digest(token)) is None:
            raise NotFound("you have no such feed")
        await audit.record("rotated", "feed", id, by, of=by.organization_id)
    return Address(id, url(token))
