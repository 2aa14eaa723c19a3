"""Take the second factor of somebody who lost it and the recovery codes. Only for operators of the platform."""

from uuid import UUID

from server import audit
from server.access import sessions
from server.access.person import Person
from server.accounts.lock import refuse
from server.accounts.second_factor import FORGET_CODES, REMOVE, tell
from server.core import db


async def take_second_factor(account_id: UUID, reason: str, by: Person) -> None:
    """Turn a person's second factor off and end their sessions; they are told by mail. Raises NotFound, Conflict."""
    async with db.transaction():
        if await db.fetchval(REMOVE, account_id) is None:
            await refuse(account_id, "there is no second factor")
        await db.execute(FORGET_CODES, account_id)
        await sessions.end_all(account_id)
        await tell(account_id, "second_factor_off")
        became = {"reason": reason}
        await audit.record("took the second factor", "account", account_id, by, of=None, became=became, operator=True)
