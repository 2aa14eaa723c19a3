"""Sign out, here or elsewhere."""

from uuid import UUID

from server.access import sessions
from server.accounts.recording import record
from server.core import db
from server.core.errors import NotFound


async def sign_out(session: sessions.SignedIn | None) -> None:
    """End the session that a browser shows; without one nothing is done."""
    if session is not None:
        async with db.transaction():
            if await sessions.end(session.session_id, session.account_id):
                await record("signed out", session.account_id, session_id=session.session_id)


async def end_session(session_id: UUID, account_id: UUID) -> None:
    """End one session of a person. Raises NotFound for one that is not theirs."""
    async with db.transaction():
        if not await sessions.end(session_id, account_id):
            raise NotFound
        await record("ended a session", account_id, session_id=session_id)


async def end_others(session_id: UUID | None, account_id: UUID) -> None:
    """End all sessions of a person but this one."""
    async with db.transaction():
        await sessions.end_all(account_id, session_id)
        await record("ended all other sessions", account_id)
