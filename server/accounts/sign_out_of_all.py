"""End all sessions of somebody else, as an operator of the platform: a telephone was lost, a password was seen."""

from uuid import UUID

from server import audit
from server.access import sessions
from server.access.person import Person
from server.accounts.lock import EXISTS
from server.core import db
from server.core.errors import NotFound


async def sign_out_of_all(account_id: UUID, reason: str, by: Person) -> None:
    """End all sessions of an account. Raises NotFound."""
    async with db.transaction():
        if not await db.fetchval(EXISTS, account_id):
            raise NotFound("there is no such account")
        await sessions.end_all(account_id)
        became = {"reason": reason}
        await audit.record("ended all sessions", "account", account_id, by, of=None, became=became, operator=True)
