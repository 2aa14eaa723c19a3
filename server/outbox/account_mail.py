"""Owe a letter, in the transaction of the change that it tells of."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from server.core import db
from server.core.ids import new_id

Kind = Literal[
    "hello", "digest", "erased",
    "verify", "account_exists", "reset", "password_changed", "second_factor_on", "second_factor_off",
    "invitation", "join_requested", "join_accepted", "join_refused", "member_removed",
    "organization_verified", "organization_rejected", "organization_suspended", "organization_reinstated",
    "organization_merged", "webhook_disabled", "foreign_conflict", "foreign_unclear", "foreign_stale", "foreign_gone",
    "export_ready",
    "application_received", "application_granted", "application_declined",
]  # fmt: skip

OWE = "INSERT INTO letter (id, kind, recipient, locale, facts, valid_until) VALUES ($1, $2, $3, $4, $5, $6)"


class Link(msgspec.Struct, frozen=True):
    """The one address that a letter asks to open: `path` with `{token}` for the secret that server.core.links makes."""

    path: str
    purpose: str = ""
    of: UUID | None = None


class About(msgspec.Struct, frozen=True):
    """Of whom a letter to somebody else speaks, and in which of its facts: who is erased is erased there too."""

    account_id: UUID
    fields: tuple[str, ...]


class Told(msgspec.Struct, frozen=True):
    """What a letter's row keeps of it."""

    facts: dict[str, str]
    link: Link | None = None
    about: About | None = None


async def owe(
    kind: Kind,
    recipient: str,
    locale: str,
    *,
    link: Link | None = None,
    about: About | None = None,
    valid_until: datetime | None = None,
    **facts: str,
) -> None:
    """Record a letter. `facts` are what the texts of its kind name; after `valid_until` it is not sent any more.

    The secret of a link is made when the letter is written: it stands nowhere in the database.
    """
    if db.DB.current_transaction.get() is None:
        raise RuntimeError("letters are owed in the transaction of the change")
    told = msgspec.json.encode(Told(facts, link, about)).decode()
    await db.execute(OWE, new_id(), kind, recipient, locale, told, valid_until)
