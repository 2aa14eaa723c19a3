"""Password reset: choose a new password by a link in a mail, which works once and for a while."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from server.access import attempts, sessions
from server.access.device import Origin
from server.accounts import passwords, tickets, verify
from server.accounts.passwords import refuse_common
from server.accounts.recording import record
from server.core import db
from server.outbox.account_mail import Link, owe

NOBODY = "nobody@invalid"  # RFC 2606: no such address exists
ACCOUNT = "SELECT id, email, name, locale FROM account WHERE email = lower($1)"
NOW = "SELECT now()"
ABOUT = "SELECT id, email, name, locale, now() AS now FROM account WHERE id = $1"
SET = """
INSERT INTO password (account_id, hash, changed_at) VALUES ($1, $2, now())
ON CONFLICT (account_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at
"""
TOLD_FOR = timedelta(days=2)  # older news of a changed password is no warning any more


async def ask(email: str, locale: str, at: Origin) -> None:
    """Send a link to the account of an address. Without one the same is done, and the letter lapses unsent.

    A link that was sent before stays good: nobody spoils it by asking for another.
    """
    account: Any = await db.fetchrow(ACCOUNT, email)
    may_write = await attempts.may_mail("reset", email, account["id"] if account else None, at)
    async with db.transaction():
        now = await db.fetchval(NOW)
        ticket = await tickets.issue(account["id"] if account else None, "reset")
        sent = account is not None and may_write
        await owe(
            "reset",
            account["email"] if sent else NOBODY,
            account["locale"] if sent else locale,
            link=Link("/reset/{token}", "reset", ticket),
            valid_until=now + tickets.GOOD_FOR["reset"] if sent else now - TOLD_FOR,
            name=account["name"] if sent else "",
        )


async def reset(secret: str, password: str, at: Origin) -> UUID:
    """Set a new password, end all sessions, and count the address as proven: the link was sent to it. Lifts locks.

    Returns whose account it is. Raises LinkSpent, PasswordTooCommon.
    """
    account: Any = await db.fetchrow(ABOUT, await tickets.holder("reset", secret))
    refuse_common(password, account["email"], account["name"])
    hash = await passwords.hash_of(password)
    async with db.transaction():
        await tickets.use("reset", secret)
        await verify.prove(account["id"])
        await set_password(account, hash)
        await attempts.lift(account["email"], account["id"], at)
    whose: UUID = account["id"]
    return whose


async def set_password(account: Any, hash: str, but: UUID | None = None) -> None:
    """Set a password and tell the person; no session but one, and no link, lives on. Called in a transaction."""
    await db.execute(SET, account["id"], hash)
    await record("changed the password", account["id"])
    await sessions.end_all(account["id"], but)
    for purpose in tickets.GOOD_FOR:
        await tickets.spend_all(account["id"], purpose)
    until, link = account["now"] + TOLD_FOR, Link("/forgot")
    await owe(
        "password_changed", account["email"], account["locale"], link=link, valid_until=until, name=account["name"]
    )
