"""What a person reads of their own account."""

from uuid import UUID

from server.access.csrf import csrf_token
from server.access.sessions import IDLE, SignedIn, read
from server.accounts import second_factor
from server.accounts.schemas import Membership, OwnSession, SessionInList
from server.core import db
from server.core.errors import Unauthenticated

MEMBERSHIPS = """
SELECT m.id AS member_id, m.organization_id, o.name AS organization_name, o.kind AS organization_kind, m.role
FROM member m
JOIN account a ON a.id = m.account_id AND a.verified_at IS NOT NULL
JOIN organization o ON o.id = m.organization_id
WHERE m.account_id = $1 AND m.active
ORDER BY m.created_at, m.id
"""

SESSIONS = """
SELECT id, device, network, created_at, last_seen_at, expires_at, id IS NOT DISTINCT FROM $2 AS current
FROM session
WHERE account_id = $1 AND expires_at > now() AND last_seen_at > now() - $3::interval
ORDER BY id IS NOT DISTINCT FROM $2 DESC, last_seen_at DESC, id
"""


async def memberships(account_id: UUID) -> list[Membership]:
    """The organizations that a person can act for, in the order in which they joined."""
    return [Membership(**row) for row in await db.fetch(MEMBERSHIPS, account_id)]


async def sessions(account_id: UUID, current: UUID | None) -> list[SessionInList]:
    """Where a person is signed in; the session they ask from stands first."""
    return [SessionInList(**row) for row in await db.fetch(SESSIONS, account_id, current, IDLE)]


async def session(of: SignedIn) -> OwnSession:
    """What a browser is told of its own session."""
    joined = await memberships(of.account_id)
    return OwnSession(
        id=of.session_id,
        account_id=of.account_id,
        email=of.email,
        name=of.name,
        locale=of.locale,
        time_zone=of.time_zone,
        second_factor=await second_factor.is_on(of.account_id),
        verified=of.verified,
        is_operator=of.is_operator,
        acting_as=next((one for one in joined if one.member_id == of.member_id), None),
        memberships=joined,
        csrf_token=csrf_token(of.session_id),
    )


async def shown(secret: str) -> OwnSession:
    """The same of a session that was just issued. Raises Unauthenticated when it has ended already."""
    signed_in = await read(secret)
    if signed_in is None:
        raise Unauthenticated("the session has ended")
    return await session(signed_in)
