"""Choose for which of their organizations a person acts in this session."""

from uuid import UUID

from server.access import sessions
from server.accounts.recording import record
from server.core import db
from server.core.errors import NotFound

MEMBER = f"""
SELECT m.id FROM member m JOIN account a ON {sessions.MEMBER} WHERE m.account_id = $1 AND m.organization_id = $2
"""


async def choose_organization(session_id: UUID, account_id: UUID, organization_id: UUID) -> str:
    """Let the session act for an organization, and give it a new id: its rights are others now.

    Raises NotFound for an organization that the person does not belong to.
    """
    async with db.transaction():
        member_id = await db.fetchval(MEMBER, account_id, organization_id)
        if member_id is None:
            raise NotFound("you are not a member of such an organization")
        await record("chose an organization", account_id, session_id=session_id, organization_id=organization_id)
        return await sessions.rotate(session_id, member_id)
