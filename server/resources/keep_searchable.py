"""Keep what resources are found by: with every writing of them, and afterwards where only their owner was renamed."""

from collections.abc import Sequence
from uuid import UUID

from asyncpg import Record

from server.core import db
from server.core.regions import region_name
from server.resources.search_keys import grams, plain, sounds
from server.resources.standards import standards

BATCH = 200
HEARD = 500  # characters of a description that are also found by their sound

COLUMNS = """
r.id, r.version, o.name AS owner_name, r.name, r.name_en, r.description, r.manufacturer, r.model, r.category, r.city,
r.region_code
"""
READ = f"""
SELECT {COLUMNS} FROM resource r JOIN organization o ON o.id = r.owner_id WHERE r.id = ANY($1) ORDER BY r.id
"""
STALE = f"""
SELECT {COLUMNS} FROM resource r JOIN organization o ON o.id = r.owner_id
LEFT JOIN search_text s ON s.resource_id = r.id
WHERE s.resource_id IS NULL OR s.of_version < r.version OR s.owner_name <> o.name ORDER BY r.id LIMIT $1
"""

# What was read before another wrote is not laid over what that one kept. There are no uneven arrays: they come joined.
KEEP = """
INSERT INTO search_text (resource_id, of_version, owner_name, title, body, sounds, grams, standards)
SELECT id, version, owner_name, title, body, sounds, string_to_array(grams, chr(10)),
       string_to_array(standards, chr(10))
FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
    AS given (id, version, owner_name, title, body, sounds, grams, standards)
ORDER BY id
ON CONFLICT (resource_id) DO UPDATE
SET of_version = excluded.of_version, owner_name = excluded.owner_name, title = excluded.title, body = excluded.body,
    sounds = excluded.sounds, grams = excluded.grams, standards = excluded.standards
WHERE search_text.of_version <= excluded.of_version
"""


async def keep(ids: Sequence[UUID]) -> None:
    """Keep what these resources, just written in this transaction, are found by."""
    for first in range(0, len(ids), BATCH):
        await _write(await db.fetch(READ, ids[first : first + BATCH]))


async def keep_searchable() -> int:
    """Sweep: make what is missing or of an earlier version, such as after a migration or a new name of an owner."""
    rows = await db.fetch(STALE, BATCH)
    if rows:
        await _write(rows)
    return len(rows)


async def _write(rows: Sequence[Record]) -> None:
    kept = [_kept(row) for row in rows]
    if kept:
        await db.execute(KEEP, *(list(column) for column in zip(*kept, strict=True)))


def _kept(row: Record) -> tuple[object, ...]:
    """The columns of KEEP."""
    title = "\n".join(["", row["name"], row["name_en"], row["model"], ""])
    place = f"{region_name(row['region_code'])} {row['city']}"
    about = "\n".join([row["category"], row["manufacturer"], row["owner_name"], place])
    said = plain(f"{title}{about}\n{row['description']}")
    heard = sounds(plain(f"{title}{about}")) | sounds(plain(row["description"][:HEARD]), thoroughly=False)
    found = grams(said).union(*(grams(one) for one in heard))
    text = "\n".join([title, about, row["description"]])
    return (
        row["id"], row["version"], row["owner_name"], plain(title), said, "\n".join(sorted(heard)),
        "\n".join(sorted(found)), "\n".join(standards(text)),
    )  # fmt: skip
