"""What a request leaves in the database: every row of every table, as a hash."""

from typing import Any
from uuid import UUID

from server.core import db

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
# When something was last used or read is written by whoever uses it, also in vain.
NOTED = "'last_used_at' - 'last_seen_at' - 'read_at'"


async def tables() -> list[str]:
    return [row["tablename"] for row in await db.fetch(TABLES) if row["tablename"] != "migration"]


def _rows(names: list[str]) -> str:
    one = "SELECT '{0}' AS name, (to_jsonb(t) - " + NOTED + ')::text AS row FROM "{0}" t'
    return " UNION ALL ".join(one.format(name) for name in names)


async def everything(names: list[str]) -> list[tuple[str, int]]:
    """Every row there is."""
    sql = f"SELECT name, hashtextextended(row, 0) AS hash FROM ({_rows(names)}) r ORDER BY 1, 2"
    return [(row["name"], row["hash"]) for row in await db.fetch(sql)]


async def theirs(names: list[str], ids: list[UUID]) -> set[tuple[str, str]]:
    """Every row in which one of these ids stands."""
    pattern = "|".join(str(id) for id in ids)
    sql = f"SELECT name, row FROM ({_rows(names)}) r WHERE row ~ $1"
    found: list[Any] = await db.fetch(sql, pattern)
    return {(row["name"], row["row"]) for row in found}
