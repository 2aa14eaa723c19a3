"""Change what a person says of themselves: the profile of their account."""

from uuid import UUID

from server.access.acting import acting
from server.accounts.recording import Themselves, record
from server.accounts.schemas import Revision
from server.core import db

REVISE = """
UPDATE account
SET name = coalesce($2, name), locale = coalesce($3, locale), time_zone = coalesce($4, time_zone)
WHERE id = $1
"""


async def revise(account_id: UUID, change: Revision) -> None:
    """Change name, language and time zone, as far as they are given."""
    said = {name: value for name in ("name", "locale", "time_zone") if (value := getattr(change, name)) is not None}
    async with acting(Themselves(account_id)):
        await db.execute(REVISE, account_id, change.name, change.locale, change.time_zone)
        await record("changed", account_id, **said)
