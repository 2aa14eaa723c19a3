"""Lock an account, so that nobody signs in or acts with it, or unlock it. Only for operators of the platform."""

from uuid import UUID

from server import audit
from server.access import sessions
from server.access.person import Person
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
    async with db.transaction():
        if await db.fetchval(LOCK, account_id) is None:
            await refuse(account_id, "it is locked already, erased, or that of an operator")
        await sessions.end_all(account_id)
        await audit.record("locked", "account", account_id, by, of=None, became={"reason": reason}, operator=True)


async def unlock(account_id: UUID, reason: str, by: Person) -> None:
    """Let an account be used again. Raises NotFound, Conflict."""
    async with db.transaction():
        if await db.fetchval(UNLOCK, account_id) is None:
            await refuse(account_id, "it is not locked")
        await audit.record("unlocked", "account", account_id, by, of=None, became={"reason": reason}, operator=True)


async def refuse(account_id: UUID, why: str) -> None:
    """Say why nothing was done. Raises NotFound or Conflict."""
    if not await db.fetchval(EXISTS, account_id):
        raise NotFound("there is no such account")
    raise Conflict(why)
