"""Tickets: the right to do one thing once, within a while. Their secrets are derived by server.core.links."""

from datetime import timedelta
from typing import Literal
from uuid import UUID

from server.core import db, links
from server.core.errors import LinkSpent
from server.core.ids import new_id

Purpose = Literal["verify", "reset", "second_step"]

GOOD_FOR: dict[Purpose, timedelta] = {
    "verify": timedelta(days=3),
    "reset": timedelta(hours=1),
    "second_step": timedelta(minutes=10),
}
KEPT = timedelta(days=7)  # after their end

# Nothing is issued for an account that is not there; the same statement is run.
ISSUE = """
INSERT INTO ticket (id, account_id, purpose, created_at, expires_at)
SELECT $1, a.id, $3, now(), now() + $4::interval FROM account a WHERE a.id = $2
"""
PEEK = "SELECT account_id FROM ticket WHERE id = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > now()"
USE = """
UPDATE ticket SET used_at = now()
WHERE id = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > now()
RETURNING account_id
"""
SPEND_ALL = "UPDATE ticket SET used_at = now() WHERE account_id = $1 AND purpose = $2 AND used_at IS NULL"
FORGET = "DELETE FROM ticket WHERE expires_at < now() - $1::interval"


async def issue(account_id: UUID | None, purpose: Purpose) -> UUID:
    """Issue a ticket; return its id, of which `secret_of` makes what its holder is given."""
    id = new_id()
    await db.execute(ISSUE, id, account_id, purpose, GOOD_FOR[purpose])
    return id


def secret_of(id: UUID, purpose: Purpose) -> str:
    return links.token(purpose, id)


async def holder(purpose: Purpose, secret: str) -> UUID:
    """Tell whose ticket this is, without using it. Raises LinkSpent."""
    return await _found(PEEK, purpose, secret)


async def use(purpose: Purpose, secret: str) -> UUID:
    """Use a ticket; tell whose it was. Raises LinkSpent for one that was used, is too old or was never issued."""
    return await _found(USE, purpose, secret)


async def _found(sql: str, purpose: Purpose, secret: str) -> UUID:
    id = links.row_of(purpose, secret)
    account_id: UUID | None = await db.fetchval(sql, id, purpose) if id else None
    if account_id is None:
        raise LinkSpent
    return account_id


async def spend_all(account_id: UUID, purpose: Purpose) -> None:
    """Let no ticket of a person for this purpose be used any more."""
    await db.execute(SPEND_ALL, account_id, purpose)


async def forget() -> int:
    return int((await db.execute(FORGET, KEPT)).split()[-1])
