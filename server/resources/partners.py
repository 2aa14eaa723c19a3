"""The organizations that an owner names as its partners."""

from datetime import datetime
from uuid import UUID

import msgspec

from server import audit
from server.access.acting import acting
from server.access.rights import refuse_unless_runs_all
from server.core import db
from server.core.actor import Actor
from server.core.errors import NotFound
from server.core.ids import new_id

ADD = """
INSERT INTO partner (id, owner_id, organization_id)
SELECT $1, $2, o.id FROM organization o WHERE o.id = $3 AND o.id <> $2
ON CONFLICT (owner_id, organization_id) DO UPDATE SET owner_id = excluded.owner_id
RETURNING organization_id
"""

LIST = """
SELECT p.organization_id, o.name, p.created_at FROM partner p JOIN organization o ON o.id = p.organization_id
WHERE p.owner_id = $1 ORDER BY o.name
"""

REMOVE = "DELETE FROM partner WHERE owner_id = $1 AND organization_id = $2 RETURNING id"


class NewPartner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An organization to name."""

    organization_id: UUID


class Partner(msgspec.Struct, frozen=True):
    """An organization that is a partner of ours."""

    organization_id: UUID
    name: str
    created_at: datetime


async def name_partner(organization_id: UUID, by: Actor) -> Partner:
    """Name a partner; a second time changes nothing. Raises Forbidden, NotFound."""
    refuse_unless_runs_all(by)
    async with acting(by):
        if await db.fetchval(ADD, new_id(), by.organization_id, organization_id) is None:
            raise NotFound("there is no such other organization")
        became = {"organization_id": organization_id}
        await audit.record("named", "partner", organization_id, by, of=by.organization_id, became=became)
    return next(one for one in await partners(by) if one.organization_id == organization_id)


async def partners(by: Actor) -> list[Partner]:
    """Read the partners of the actor's organization. Raises Forbidden."""
    refuse_unless_runs_all(by)
    return [Partner(**row) for row in await db.fetch(LIST, by.organization_id)]


async def remove_partner(organization_id: UUID, by: Actor) -> None:
    """Name an organization no longer. Its bookings stay. Raises Forbidden, NotFound."""
    refuse_unless_runs_all(by)
    async with acting(by):
        if await db.fetchval(REMOVE, by.organization_id, organization_id) is None:
            raise NotFound("it is no partner of yours")
        was = {"organization_id": organization_id}
        await audit.record("removed", "partner", organization_id, by, of=by.organization_id, was=was)
