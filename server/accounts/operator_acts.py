"""What operators do to an account: lock and unlock it, end its sessions, take its second factor from it."""

from uuid import UUID

from server import audit
from server.access import sessions
from server.access.acting import acting
from server.access.person import Person
from server.accounts.second_factor import FORGET_CODES, REMOVE, tell
from server.core import db
from server.core.errors import Conflict, NotFound

# Nobody locks themselves out, and an operator is first made none (`rongtong operator remove`).
LOCK = """
UPDATE account SET locked_at = now()
WHERE id = $1 AND locked_at IS NULL AND NOT is_operator AND erased_at IS NULL RETURNING id
"""
UNLOCK = "UPDATE account SET locked_at = NULL WHERE id = $1 AND locked_at IS NOT NULL RETURNING id"
EXISTS = "SELECT EXISTS (SELECT FROM account WHERE id = $1)"


async def lock(account_id: UUID, reason: str, by: Person) -> None:
    """Lock an account and end its sessions; its tokens are not taken any more. What it booked stands.

    Raises NotFound; Conflict for one that is locked, erased or an operator's.
    """
    async with acting(by, over_account=account_id):
        if await db.fetchval(LOCK, account_id) is None:
            await refuse(account_id, "it is locked already, erased, or that of an operator")
        await sessions.end_all(account_id)
        await audit.record("locked", "account", account_id, by, of=None, became={"reason": reason}, operator=True)


async def unlock(account_id: UUID, reason: str, by: Person) -> None:
    """Let an account be used again. Raises NotFound, Conflict."""
    async with acting(by):
        if await db.fetchval(UNLOCK, account_id) is None:
            await refuse(account_id, "it is not locked")
        await audit.record("unlocked", "account", account_id, by, of=None, became={"reason": reason}, operator=True)


async def refuse(account_id: UUID, why: str) -> None:
    """Say why nothing was done. Raises NotFound or Conflict."""
    if not await db.fetchval(EXISTS, account_id):
        raise NotFound("there is no such account")
    raise Conflict(why)


async def sign_out_of_all(account_id: UUID, reason: str, by: Person) -> None:
    """End all sessions of an account. Raises NotFound."""
    async with acting(by, over_account=account_id):
        if not await db.fetchval(EXISTS, account_id):
            raise NotFound("there is no such account")
        await sessions.end_all(account_id)
        became = {"reason": reason}
        await audit.record("ended all sessions", "account", account_id, by, of=None, became=became, operator=True)


async def take_second_factor(account_id: UUID, reason: str, by: Person) -> None:
    """Turn a person's second factor off and end their sessions; they are told by mail. Raises NotFound, Conflict."""
    async with acting(by, over_account=account_id):
        if await db.fetchval(REMOVE, account_id) is None:
            await refuse(account_id, "there is no second factor")
        await db.execute(FORGET_CODES, account_id)
        await sessions.end_all(account_id)
        await tell(account_id, "second_factor_off")
        became = {"reason": reason}
        await audit.record("took the second factor", "account", account_id, by, of=None, became=became, operator=True)
