"""One's own session: choose for which organization it acts, sign out, end the others."""

from uuid import UUID

from server.access import sessions
from server.access.acting import acting
from server.accounts.recording import Themselves, record
from server.core import db
from server.core.errors import NotFound

MEMBER = f"""
SELECT m.id FROM member m JOIN account a ON {sessions.MEMBER} WHERE m.account_id = $1 AND m.organization_id = $2
"""


async def choose_organization(session_id: UUID, account_id: UUID, organization_id: UUID) -> str:
    """Let the session act for an organization, and give it a new id: its rights are others now.

    Raises NotFound for an organization that the person does not belong to.
    """
    async with acting(Themselves(account_id), over_account=account_id):
        member_id = await db.fetchval(MEMBER, account_id, organization_id)
        if member_id is None:
            raise NotFound("you are not a member of such an organization")
        await record("chose an organization", account_id, session_id=session_id, organization_id=organization_id)
        return await sessions.rotate(session_id, member_id)


async def sign_out(session: sessions.SignedIn | None) -> None:
    """End the session that a browser shows; without one nothing is done."""
    if session is not None:
        async with db.transaction():
            if await sessions.end(session.session_id, session.account_id):
                await record("signed out", session.account_id, session_id=session.session_id)


async def end_session(session_id: UUID, account_id: UUID) -> None:
    """End one session of a person. Raises NotFound for one that is not theirs."""
    async with acting(Themselves(account_id), over_account=account_id):
        if not await sessions.end(session_id, account_id):
            raise NotFound
        await record("ended a session", account_id, session_id=session_id)


async def end_others(session_id: UUID | None, account_id: UUID) -> None:
    """End all sessions of a person but this one."""
    async with acting(Themselves(account_id), over_account=account_id):
        await sessions.end_all(account_id, session_id)
        await record("ended all other sessions", account_id)
