"""Who can give roles in an organization: whom a member asks that may not do something."""

from server.core import db
from server.core.actor import Actor

SHOWN = 3
ADMINS = """
SELECT a.name FROM member m JOIN account a ON a.id = m.account_id
WHERE m.organization_id = $1 AND m.active AND m.role = 'admin' ORDER BY m.id LIMIT $2
"""


async def admins(by: Actor) -> list[str]:
    """The names of some admins of the actor's own organization, those of longest standing first."""
    return [row["name"] for row in await db.fetch(ADMINS, by.organization_id, SHOWN)]
