"""Sign in with address and password, and a code where there is a second factor (two-factor authentication).

Whoever has no account gets the same answer after the same work.
"""

from typing import Any
from uuid import UUID

from server.access import attempts, sessions
from server.access.device import Origin
from server.accounts import passwords, second_factor, tickets
from server.core import db
from server.core.errors import CodeNeeded, RateLimited, WrongCode, WrongCredentials
from server.core.ids import new_id

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
    given, is_session = await first_step(email, password, code, at, shown=shown)
    if not is_session:
        raise CodeNeeded("the password is right; send it again together with a `code`")
    return given


async def first_step(
    email: str, password: str, code: str | None, at: Origin, *, shown: str | None = None
) -> tuple[str, bool]:
    """Give a person a session, or where a code is missing the secret of a ticket with which to go on.

    Returns which of them it is: True for a session. Raises WrongCredentials, WrongCode, RateLimited.
    """
    account_id, needs_code = await _check(email, password, code, at)
    if needs_code and not code:
        return tickets.secret_of(await tickets.issue(account_id, "second_step"), "second_step"), False
    if needs_code:
        await second_factor.check(account_id, code or "", at)
    await attempts.succeeded(email, account_id, at)
    return await sessions.issue(account_id, at, instead_of=shown), True


async def second_step(ticket: str, code: str, at: Origin, *, shown: str | None = None) -> str:
    """Give a session for a ticket and a code. Raises LinkSpent, WrongCode, RateLimited."""
    account_id = await tickets.holder("second_step", ticket)
    await second_factor.check(account_id, code, at)
    await tickets.use("second_step", ticket)
    return await sessions.issue(account_id, at, instead_of=shown)


async def _check(email: str, password: str, code: str | None, at: Origin) -> tuple[UUID, bool]:
    """Tell whose address and password these are, and whether a code is still to be checked.

    Raises WrongCredentials, RateLimited.
    """
    account: Any = await db.fetchrow(CREDENTIALS, email)
    lock = await attempts.locked(email, account["id"] if account else None, at)
    if lock and not code:
        raise lock
    hash: str | None = account["hash"] if account else None
    right = await passwords.is_right(hash, password) and hash is not None
    if lock:
        await _solve(account["id"] if right and account["two"] else None, code or "", at, lock)
    elif not right:
        raise WrongCredentials
    if hash is not None and passwords.is_outdated(hash):
        await db.execute(REHASH, account["id"], await passwords.hash_of(password), hash)
    return account["id"], account["two"] and not lock


async def _solve(account_id: UUID | None, code: str, at: Origin, lock: RateLimited) -> None:
    """Let only who also solves their second factor pass a lock. Of the password alone nothing is told: it is the lock.

    For everybody else the same is done in vain.
    """
    try:
        await second_factor.check(account_id or new_id(), code, at)
    except (WrongCode, RateLimited):
        raise lock from None
