"""What is read of members, invitations and requests to join. Every read carries the reader's right."""

from uuid import UUID

from server.core import db
from server.core.actor import Actor
from server.members.rights import COLLEAGUE, gone
from server.members.schemas import Invitation, Joinable, JoinRequest, MailDomain, Member

SELECT = """
SELECT m.id, a.name, a.email, m.role, m.monthly_minutes, m.created_at AS since,
       CASE WHEN m.named_only THEN ARRAY(SELECT mr.resource_id FROM member_resource mr WHERE mr.member_id = m.id
                                         ORDER BY mr.resource_id) END AS resource_ids
FROM member m JOIN account a ON a.id = m.account_id
"""
LIST = f"{SELECT} WHERE {COLLEAGUE} AND ($2::uuid IS NULL OR m.id > $2) ORDER BY m.id LIMIT $3"
ONE = f"{SELECT} WHERE {COLLEAGUE} AND m.id = $2"

INVITATIONS = """
SELECT i.id, i.email, i.role, i.resource_ids, i.monthly_minutes, a.name AS invited_by, i.created_at, i.expires_at
FROM invitation i JOIN member m ON m.id = i.invited_by_id JOIN account a ON a.id = m.account_id
WHERE i.organization_id = $1 AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > now()
ORDER BY i.id
"""
DOMAINS = "SELECT d.id, d.domain, d.created_at FROM mail_domain d WHERE d.organization_id = $1 ORDER BY d.domain"
JOINABLE = """
SELECT o.id AS organization_id, o.name, o.kind FROM mail_domain d JOIN organization o ON o.id = d.organization_id
WHERE d.domain = $1 AND o.verified_at IS NOT NULL AND o.suspended_at IS NULL AND o.merged_into_id IS NULL
  AND NOT EXISTS (SELECT FROM member m WHERE m.organization_id = o.id AND m.account_id = $2 AND m.active)
ORDER BY o.name
"""
_REQUEST = """
SELECT j.id, j.organization_id, a.name, a.email, j.status, j.created_at
FROM join_request j JOIN account a ON a.id = j.account_id
"""
REQUESTS = f"{_REQUEST} WHERE j.organization_id = $1 AND j.status = 'waiting' ORDER BY j.id"
REQUEST = f"{_REQUEST} WHERE j.organization_id = $1 AND j.id = $2"
OWN_REQUEST = f"{_REQUEST} WHERE j.account_id = $1 AND j.id = $2"


async def members(by: Actor, after: UUID | None, limit: int) -> list[Member]:
    return [Member(**row) for row in await db.fetch(LIST, by.organization_id, after, limit)]


async def member(id: UUID, by: Actor) -> Member:
    """Read a colleague. Raises NotFound."""
    row = await db.fetchrow(ONE, by.organization_id, id)
    if row is None:
        raise gone()
    return Member(**row)


async def invitations(by: Actor) -> list[Invitation]:
    return [Invitation(**row) for row in await db.fetch(INVITATIONS, by.organization_id)]


async def domains(by: Actor) -> list[MailDomain]:
    return [MailDomain(**row) for row in await db.fetch(DOMAINS, by.organization_id)]


async def joinable(domain: str, account_id: UUID) -> list[Joinable]:
    """Read which organizations whoever has an address of this domain may ask to join."""
    return [Joinable(**row) for row in await db.fetch(JOINABLE, domain, account_id)]


async def join_requests(by: Actor) -> list[JoinRequest]:
    return [JoinRequest(**row) for row in await db.fetch(REQUESTS, by.organization_id)]
