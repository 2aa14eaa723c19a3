"""Accept an invitation: whoever has the link and a proven mail address, the invited one."""

from typing import Any, Protocol
from uuid import UUID

from server import audit
from server.access.acting import acting
from server.core import db, links
from server.core.db import rerunning
from server.core.errors import Forbidden, NotFound
from server.core.ids import new_id
from server.members import set_rights
from server.members.invite import PURPOSE
from server.members.schemas import Membership, Rights

# The organization is locked first, like by everything that changes members.
WHOSE = "SELECT organization_id FROM invitation WHERE id = $1"
TAKE = """
UPDATE invitation i SET accepted_at = now()
FROM organization o
WHERE i.id = $1 AND o.id = i.organization_id AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > now()
RETURNING i.organization_id, o.name, i.email, i.role, i.monthly_minutes,
          ARRAY(SELECT r.id FROM resource r WHERE r.owner_id = o.id AND r.id = ANY(i.resource_ids)) AS resource_ids,
          i.resource_ids IS NOT NULL AS named
"""
JOIN = """
INSERT INTO member (id, organization_id, account_id, role) VALUES ($1, $2, $3, 'booker')
ON CONFLICT (organization_id, account_id) DO UPDATE SET active = true RETURNING id
"""


class Verified(Protocol):
    """A person who has signed in, and whether their mail address is proven to be theirs."""

    @property
    def account_id(self) -> UUID: ...
    @property
    def email(self) -> str: ...
    @property
    def verified(self) -> bool: ...


@rerunning
async def accept(token: str, by: Verified) -> Membership:
    """Become what the invitation says. Raises NotFound for a link that is wrong, used, over or taken back; Forbidden.

    The address must be the invited one and proven: a link that was passed on lets nobody in (docs/decisions/0126).
    """
    id = links.row_of(PURPOSE, token)
    organization_id = id and await db.fetchval(WHOSE, id)
    if id is None or organization_id is None:
        raise _over()
    async with acting(by):
        await set_rights.lock(organization_id)
        row: Any = await db.fetchrow(TAKE, id)
        if row is None:
            raise _over()
        if row["email"] != by.email or not by.verified:
            raise Forbidden("this invitation was sent to another address; sign in with that one, and confirm it")
        named = list(row["resource_ids"]) if row["named"] else None
        rights = Rights(role=row["role"], resource_ids=named, monthly_minutes=row["monthly_minutes"])
        member_id = await join(row["organization_id"], by.account_id, rights)
        became = {"role": rights.role, "invitation": id}
        await audit.record("joined", "member", member_id, by, of=row["organization_id"], became=became)
    return Membership(
        member_id=member_id, organization_id=row["organization_id"], organization_name=row["name"], role=row["role"]
    )


async def join(organization_id: UUID, account_id: UUID, rights: Rights) -> UUID:
    """Make a person a member, also again, in the current transaction. The organization must be locked."""
    member_id: UUID = await db.fetchval(JOIN, new_id(), organization_id, account_id)
    await set_rights.write(member_id, organization_id, rights)
    return member_id


def _over() -> NotFound:
    return NotFound("this invitation was used, taken back or is over; ask for a new one")
