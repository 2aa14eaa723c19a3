"""Password change: with the old one."""

from typing import Any
from uuid import UUID

from server.access import attempts, sessions
from server.access.acting import acting
from server.accounts import passwords
from server.accounts.password_reset import ABOUT, set_password
from server.accounts.passwords import refuse_common
from server.accounts.recording import Themselves
from server.core import db
from server.core.errors import WrongCredentials

HASH = "SELECT hash FROM password WHERE account_id = $1"


async def confirm(account_id: UUID, password: str) -> None:
    """Have a person who is signed in say their password again. Raises WrongCredentials, RateLimited."""
    await attempts.count(attempts.SIGN_INS, account_id)
    if not await passwords.is_right(await db.fetchval(HASH, account_id), password):
        raise WrongCredentials
    await attempts.clear((attempts.SIGN_INS, account_id))


async def change_password(account_id: UUID, session_id: UUID, old: str, new: str) -> str:
    """Set a new password; every other session ends and this one gets a new id.

    Raises WrongCredentials, PasswordTooCommon, RateLimited.
    """
    account: Any = await db.fetchrow(ABOUT, account_id)
    await confirm(account_id, old)
    refuse_common(new, account["email"], account["name"])
    hash = await passwords.hash_of(new)
    async with acting(Themselves(account_id), over_account=account_id):
        await set_password(account, hash, but=session_id)
        return await sessions.rotate(session_id)
