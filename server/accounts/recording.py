"""Add to the audit log what a person did to their own account."""

from typing import Any
from uuid import UUID

import msgspec

from server import audit


class Themselves(msgspec.Struct, frozen=True):
    """A person who acts for no organization."""

    account_id: UUID


async def record(verb: str, account_id: UUID, *, session_id: UUID | None = None, **became: Any) -> None:
    """Add an entry about the account, or about a session of it. Called in the transaction of the change."""
    noun, id = ("session", session_id) if session_id else ("account", account_id)
    await audit.record(verb, noun, id, Themselves(account_id), of=None, became=became)
