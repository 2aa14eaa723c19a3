"""Sign in with address and password. Whoever has no account gets the same answer after the same work."""

from server import db
from server.accounts import passwords, sessions
from server.accounts.device import Origin
from server.errors import WrongCredentials

CREDENTIALS = """
SELECT a.id, p.hash FROM account a LEFT JOIN password p ON p.account_id = a.id WHERE a.email = lower($1)
"""
REHASH = "UPDATE password SET hash = $2 WHERE account_id = $1 AND hash = $3"


async def sign_in(email: str, password: str, at: Origin, *, shown: str | None = None) -> str:
    """Give a person a new session; one that their browser `shown` before ends. Raises WrongCredentials."""
    account = await db.fetchrow(CREDENTIALS, email)
    hash: str | None = account["hash"] if account else None
    right = await passwords.is_right(hash, password)
    if account is None or hash is None or not right:
        raise WrongCredentials
    if passwords.is_outdated(hash):
        await db.execute(REHASH, account["id"], await passwords.hash_of(password), hash)
    return await sessions.issue(account["id"], at, instead_of=shown)
