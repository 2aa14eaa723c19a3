"""Prove a mail address: by the link that was sent to it, and by the password of the account.

Without the password, whoever signs up with the address of someone else would have their account proven by them.
"""

from typing import Any
from uuid import UUID

from server.access import attempts, sessions
from server.accounts import passwords, sign_up, tickets
from server.accounts.recording import record
from server.core import db
from server.core.errors import WrongCredentials

HASH = "SELECT hash FROM password WHERE account_id = $1"
VERIFY = "UPDATE account SET verified_at = now() WHERE id = $1 AND verified_at IS NULL RETURNING id"
UNVERIFIED = "SELECT id, email, name, locale, now() AS now FROM account WHERE id = $1 AND verified_at IS NULL"
FIRST_MEMBER = """
SELECT id FROM member WHERE account_id = $1 AND active ORDER BY created_at, id LIMIT 1
"""


async def verify(secret: str, password: str | None, session: sessions.SignedIn | None) -> str | None:
    """Prove the address that a link was sent to; return what a session of the person becomes, None without one.

    A session of the account stands in for its password. Raises LinkSpent, WrongCredentials, RateLimited.
    """
    account_id = await tickets.holder("verify", secret)
    own = session if session and session.account_id == account_id else None
    if own is None:
        await attempts.count(attempts.SIGN_INS, account_id)
        if not await passwords.is_right(await db.fetchval(HASH, account_id), password or ""):
            raise WrongCredentials
    async with db.transaction():
        await tickets.use("verify", secret)
        await prove(account_id)
        if own is None:
            return None
        return await sessions.rotate(own.session_id, await db.fetchval(FIRST_MEMBER, account_id))


async def prove(account_id: UUID) -> None:
    """Write down that an address is that of its account. Called in a transaction."""
    if await db.fetchval(VERIFY, account_id) is not None:
        await record("proved the address", account_id)


async def send_again(account_id: UUID) -> None:
    """Send another link, unless the address is proven. Raises RateLimited."""
    await attempts.count(attempts.LINKS, account_id)
    async with db.transaction():
        account: Any = await db.fetchrow(UNVERIFIED, account_id)
        if account is not None:
            await tickets.spend_all(account_id, "verify")
            await sign_up.send_link(account)
