"""Have a foreign calendar in trouble read again at once, whole."""

from uuid import UUID

from server import audit
from server.access.acting import acting
from server.access.person import Person
from server.core import db
from server.core.doorbell import ring
from server.core.errors import NotFound

SOON = """
UPDATE foreign_calendar f SET fetch_at = now(), etag = '', last_modified = '', digest = NULL
FROM resource r WHERE r.id = f.resource_id AND f.id = $1 AND f.removed_at IS NULL RETURNING r.owner_id
"""


async def read_again(id: UUID, by: Person) -> None:
    """Let the worker read it with its next round, whatever it was put off to. Raises NotFound."""
    async with acting(by):
        owner_id = await db.fetchval(SOON, id)
        if owner_id is None:
            raise NotFound("there is no such foreign calendar")
        await audit.record("asked to read", "foreign_calendar", id, by, of=owner_id, operator=True)
    ring()
