"""Change what a person says of themselves."""

from uuid import UUID

from server import db
from server.accounts.schemas import Revision

REVISE = """
UPDATE account
SET name = coalesce($2, name), locale = coalesce($3, locale), time_zone = coalesce($4, time_zone)
WHERE id = $1
"""


async def revise(account_id: UUID, change: Revision) -> None:
    await db.execute(REVISE, account_id, change.name, change.locale, change.time_zone)
