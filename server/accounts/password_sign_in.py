"""Sign in with address and password, and a code where there is a second factor (two-factor authentication).

Whoever has no account gets the same answer after the same work.
"""

from typing import Any
from uuid import UUID

from server.access import attempts, sessions
from server.access.device import Origin
from server.accounts import passwords, second_factor, tickets
from server.core import db
from server.core.errors import CodeNeeded, WrongCredentials

CREDENTIALS = """
SELECT a.id, p.hash, f.confirmed_at IS NOT NULL AS two
FROM account a
LEFT JOIN password p ON p.account_id = a.id
LEFT JOIN second_factor f ON f.account_id = a.id
WHERE a.email = lower($1)
"""
REHASH = "UPDATE password SET hash = $2 WHERE account_id = $1 AND hash = $3"


async def sign_in(email: str, password: str, code: str | None, at: Origin, *, shown: str | None = None) -> str:
    """Give a person a new session; one that their browser `shown` before ends.

    Raises WrongCredentials, CodeNeeded, WrongCode, RateLimited.
    """
    account_id, two = await check_password(email, password, at)
    if two:
        if not code:
            raise CodeNeeded("the password is right; send it again together with a `code`")
        await second_factor.check(account_id, code)
    return await _let_in(account_id, email, at, shown)


async def first_step(email: str, password: str, at: Origin, *, shown: str | None = None) -> tuple[str, bool]:
    """Give a person a session, or where they have a second factor the secret of a ticket with which to go on.

    Returns which of them it is: True for a session. Raises WrongCredentials, RateLimited.
    """
    account_id, two = await check_password(email, password, at)
    if two:
        return tickets.secret_of(await tickets.issue(account_id, "second_step"), "second_step"), False
    return await _let_in(account_id, email, at, shown), True


async def second_step(ticket: str, code: str, at: Origin, *, shown: str | None = None) -> str:
    """Give a session for a ticket and a code. Raises LinkSpent, WrongCode, RateLimited."""
    account_id = await tickets.holder("second_step", ticket)
    await second_factor.check(account_id, code)
    await tickets.use("second_step", ticket)
    return await sessions.issue(account_id, at, instead_of=shown)


async def check_password(email: str, password: str, at: Origin) -> tuple[UUID, bool]:
    """Tell whose address and password these are, and whether there is a second factor.

    Raises WrongCredentials, RateLimited.
    """
    whose = email.lower()
    await attempts.count(attempts.FROM_ONE_ADDRESS, whose, at.customer)
    await attempts.count(attempts.SIGN_INS, whose)
    account: Any = await db.fetchrow(CREDENTIALS, email)
    hash: str | None = account["hash"] if account else None
    right = await passwords.is_right(hash, password)
    if hash is None or not right:
        raise WrongCredentials
    if passwords.is_outdated(hash):
        await db.execute(REHASH, account["id"], await passwords.hash_of(password), hash)
    return account["id"], account["two"]


async def _let_in(account_id: UUID, email: str, at: Origin, shown: str | None) -> str:
    await attempts.clear((attempts.FROM_ONE_ADDRESS, email.lower(), at.customer))
    return await sessions.issue(account_id, at, instead_of=shown)
