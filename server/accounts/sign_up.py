"""Make an account. Whether the address has one already is told to the address, and to nobody else."""

from datetime import timedelta
from typing import Any

from server.access import attempts
from server.access.device import Origin
from server.accounts import passwords, tickets
from server.accounts.passwords import refuse_common
from server.accounts.recording import record
from server.accounts.schemas import SignUp
from server.core import db
from server.core.ids import new_id
from server.outbox.account_mail import Link, owe

INSERT = """
INSERT INTO account (id, email, name, locale) VALUES ($1, lower($2), $3, $4)
ON CONFLICT (email) DO NOTHING RETURNING id
"""
PASSWORD = "INSERT INTO password (account_id, hash) VALUES ($1, $2)"  # noqa: S105 - a statement
THERE = "SELECT id, email, name, locale, now() AS now FROM account WHERE email = lower($1)"


async def sign_up(wanted: SignUp, at: Origin) -> None:
    """Make an account and send a link to prove its address; or tell the address that it has one.

    Raises PasswordTooCommon.
    """
    refuse_common(wanted.password, wanted.email, wanted.name)
    hash = await passwords.hash_of(wanted.password)
    async with db.transaction():
        id = await db.fetchval(INSERT, new_id(), wanted.email, wanted.name, wanted.locale)
        account: Any = await db.fetchrow(THERE, wanted.email)
        if id is not None:
            await db.execute(PASSWORD, id, hash)
            await record("signed up", id, email=wanted.email.lower(), locale=wanted.locale)
            await send_link(account)  # once for an account, whoever has asked for mails to that address
        elif await attempts.may_mail("sign-up", wanted.email, account["id"], at):
            await _tell(account)


async def send_link(account: Any) -> None:
    """Owe the link that proves an address. Called in a transaction."""
    ticket = await tickets.issue(account["id"], "verify")
    until = account["now"] + tickets.GOOD_FOR["verify"]
    await owe(
        "verify",
        account["email"],
        account["locale"],
        link=Link("/verify/{token}", "verify", ticket),
        valid_until=until,
        name=account["name"],
    )


async def _tell(account: Any) -> None:
    until = account["now"] + timedelta(days=1)
    link = Link("/forgot")
    await owe("account_exists", account["email"], account["locale"], link=link, valid_until=until, name=account["name"])
