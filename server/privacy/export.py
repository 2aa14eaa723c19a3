"""Show a person all that is kept of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from server import audit
from server.access.acting import acting
from server.audit import views
from server.audit.recording import Acting
from server.audit.schemas import Entry
from server.core import db
from server.core.errors import NotFound
from server.privacy.holdings import HOLDINGS

EMAIL = "SELECT email, now() AS now FROM account WHERE id = $1"
JSON = (
    "notifications",
    "attendees",
    "you",
    "was",
    "became",
    "facts",
    "search",
)  # columns that hold JSON as text


class Export(msgspec.Struct, frozen=True):
    """All that is kept of a person, by where it is kept, and what the audit log says of them."""

    __schema_name__ = "AccountExport"
    at: datetime
    kept: dict[str, list[dict[str, Any]]]
    audit: list[Entry]


async def export(account_id: UUID, by: Acting, *, operator: bool = False) -> Export:
    """Read all of it, and note that it was read. Raises NotFound."""
    async with acting(by):
        who: Any = await db.fetchrow(EMAIL, account_id)
        if who is None:
            raise NotFound("there is no such account")
        kept = {
            name: [_plain(row) for row in await db.fetch(sql, *(account_id, who["email"])[: 1 + ("$2" in sql)])]
            for name, sql in HOLDINGS.items()
        }
        entries = await views.of_person(account_id, who["email"])
        await audit.record("exported", "account", account_id, by, of=None, operator=operator)
    return Export(who["now"], kept, entries)


def _plain(row: Any) -> dict[str, Any]:
    return {name: msgspec.json.decode(value) if name in JSON and value else value for name, value in row.items()}
