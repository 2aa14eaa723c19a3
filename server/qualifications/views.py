"""What is read of qualifications. Every read carries the reader's right."""

from uuid import UUID

from server.access.rights import refuse_unless_manager
from server.core import db
from server.core.actor import Actor
from server.core.errors import NotFound
from server.qualifications.schemas import Grant, Need, Qualification

NEEDS = """
SELECT q.id, q.name, q.how_to_get, q.training_resource_id, q.takes_applications
FROM needed_qualification n JOIN qualification q ON q.id = n.qualification_id
WHERE n.resource_id = $1 ORDER BY q.id
"""


SELECT = """
SELECT q.id, q.name, q.how_to_get, q.valid_days, q.training_resource_id, q.takes_applications,
       (SELECT count(*) FROM application a WHERE a.qualification_id = q.id
        AND a.decided_at IS NULL AND a.withdrawn_at IS NULL) AS waiting,
       ARRAY(SELECT n.resource_id FROM needed_qualification n
             WHERE n.qualification_id = q.id ORDER BY n.resource_id) AS resource_ids,
       q.created_at
FROM qualification q
"""
ONE = f"{SELECT} WHERE q.id = $1 AND q.owner_id = $2"
LOCKED = f"{ONE} FOR UPDATE OF q"
LIST = f"{SELECT} WHERE q.owner_id = $1 ORDER BY q.id"

GRANTS = """
SELECT g.id, g.qualification_id, q.name, q.owner_id, o.name AS owner_name, a.email, a.name AS person_name,
       q.how_to_get, q.training_resource_id, g.booking_id IS NOT NULL AS by_training, g.granted_at,
       g.expires_at, g.revoked_at
FROM "grant" g
JOIN qualification q ON q.id = g.qualification_id
JOIN organization o ON o.id = q.owner_id
JOIN account a ON a.id = g.account_id
"""
GRANT = f"{GRANTS} WHERE g.id = $1"
OF_QUALIFICATION = f"""
{GRANTS} WHERE g.qualification_id = $1 AND ($2::uuid IS NULL OR g.id < $2) ORDER BY g.id DESC LIMIT $3
"""
OF_PERSON = f"{GRANTS} WHERE g.account_id = $1 AND ($2::uuid IS NULL OR g.id < $2) ORDER BY g.id DESC LIMIT $3"

SEEN = "SELECT 1 FROM resource WHERE id = $1 AND (listed OR owner_id = $2)"


async def qualification(id: UUID, by: Actor, *, lock: bool = False) -> Qualification:
    """Read one of the actor's organization. Raises NotFound."""
    row = await db.fetchrow(LOCKED if lock else ONE, id, by.organization_id)
    if row is None:
        raise NotFound("there is no such qualification of yours")
    return Qualification(**row)


async def qualifications(by: Actor) -> list[Qualification]:
    """Read those of the actor's organization, oldest first. Raises Forbidden."""
    refuse_unless_manager(by)
    return [Qualification(**row) for row in await db.fetch(LIST, by.organization_id)]


async def needed(resource_id: UUID, viewer: Actor | None) -> list[Need]:
    """Read what a resource demands. Raises NotFound for one that the viewer may not see."""
    if not await db.fetchval(SEEN, resource_id, viewer and viewer.organization_id):
        raise NotFound("there is no such resource")
    return await needs(resource_id)


async def grant(id: UUID) -> Grant:
    """Read a grant that was just made."""
    (row,) = await db.fetch(GRANT, id)
    return Grant(**row)


async def grants(id: UUID, by: Actor, after: UUID | None, limit: int) -> list[Grant]:
    """Read who was granted a qualification of the actor's organization, newest first. Raises Forbidden, NotFound."""
    refuse_unless_manager(by)
    await qualification(id, by)
    return [Grant(**row) for row in await db.fetch(OF_QUALIFICATION, id, after, limit)]


async def own(by: Actor, after: UUID | None, limit: int) -> list[Grant]:
    """Read what the actor was granted, newest first."""
    return [Grant(**row) for row in await db.fetch(OF_PERSON, by.account_id, after, limit)]


async def needs(resource_id: UUID) -> list[Need]:
    return [Need(**row) for row in await db.fetch(NEEDS, resource_id)]
