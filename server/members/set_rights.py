"""Say what a member is: the role, the resources of a manager, the monthly limit of a booker."""

from typing import Any
from uuid import UUID

import msgspec

from server import audit
from server.access.acting import acting
from server.core import db
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.errors import LastAdmin, NotFound
from server.core.ids import new_id
from server.members.rights import gone
from server.members.schemas import Member, Rights
from server.members.views import member

# Whoever counts admins does it under this lock; time that is limited by the month is counted under it as well.
LOCK = "SELECT id FROM organization WHERE id = $1 FOR NO KEY UPDATE"
BEFORE = "SELECT m.role FROM member m WHERE m.organization_id = $1 AND m.id = $2 AND m.active"
OTHER_ADMINS = """
SELECT count(*) FROM member m WHERE m.organization_id = $1 AND m.id <> $2 AND m.active AND m.role = 'admin'
"""
WRITE = """
UPDATE member SET role = $2, named_only = $3, monthly_minutes = $4, active = true WHERE id = $1
"""
FORGET = "DELETE FROM member_resource WHERE member_id = $1"
NAME = """
INSERT INTO member_resource (id, member_id, resource_id)
SELECT new.id, $1, r.id FROM unnest($2::uuid[], $3::uuid[]) AS new (id, resource_id)
JOIN resource r ON r.id = new.resource_id AND r.owner_id = $4
RETURNING resource_id
"""


@rerunning
async def set_rights(id: UUID, given: Rights, by: Actor) -> Member:
    """Change what a colleague is; it holds from their next request on. Raises NotFound, LastAdmin."""
    async with acting(by, over={id}):
        await lock(by.organization_id)
        row: Any = await db.fetchrow(BEFORE, by.organization_id, id)
        if row is None:
            raise gone()
        if row["role"] == "admin" and given.role != "admin":
            await refuse_last_admin(by.organization_id, id)
        await write(id, by.organization_id, given)
        became = msgspec.structs.asdict(given)
        await audit.record("changed rights", "member", id, by, of=by.organization_id, was=dict(row), became=became)
        return await member(id, by)


async def lock(organization_id: UUID) -> None:
    """Begin what changes members: one at a time in each organization."""
    await db.execute(LOCK, organization_id)


async def refuse_last_admin(organization_id: UUID, member_id: UUID) -> None:
    """Raise LastAdmin unless there is another. The organization must be locked."""
    if not await db.fetchval(OTHER_ADMINS, organization_id, member_id):
        raise LastAdmin("make another member an admin first")


async def write(member_id: UUID, organization_id: UUID, given: Rights) -> None:
    """Write what a member is, in the current transaction. Raises NotFound for resources that are not theirs to name."""
    await db.execute(WRITE, member_id, given.role, given.resource_ids is not None, given.monthly_minutes)
    await db.execute(FORGET, member_id)
    if given.resource_ids:
        named = set(given.resource_ids)
        known = await db.fetch(NAME, member_id, [new_id() for _ in named], list(named), organization_id)
        if len(known) < len(named):
            raise NotFound("there is no such resource of your organization")
