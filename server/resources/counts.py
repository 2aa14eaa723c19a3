"""Count what a search finds: all that match, how many of each kind, region and owner, and how many are free."""

from uuid import UUID

import msgspec

from server import db
from server.organizations.actor import Actor
from server.resources.regions import names
from server.resources.search import MATCHES, Search, matches, search

COUNTED = 200  # free ones; beyond it "200 or more" is said

COUNT = f"""
SELECT count(*) FROM resource r JOIN organization o ON o.id = r.owner_id WHERE {MATCHES} AND r.units >= $7
"""  # noqa: S608 - only constants are put in

# What there is of each kind, province or owner among the rest of the search; the most first.
FACETS = {
    "kind": f"""
SELECT r.kind AS value, r.kind AS name, count(*) AS count FROM resource r JOIN organization o ON o.id = r.owner_id
WHERE {MATCHES} AND r.units >= $7 GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT 8
""",  # noqa: S608
    "region": f"""
SELECT left(r.region_code, 2) || '0000' AS value, '' AS name, count(*) AS count
FROM resource r JOIN organization o ON o.id = r.owner_id
WHERE {MATCHES} AND r.units >= $7 AND r.region_code IS NOT NULL GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT 8
""",  # noqa: S608
    "owner": f"""
SELECT r.owner_id::text AS value, o.name, count(*) AS count FROM resource r JOIN organization o ON o.id = r.owner_id
WHERE {MATCHES} AND r.units >= $7 GROUP BY 1, 2 ORDER BY 3 DESC, 2 LIMIT 8
""",  # noqa: S608
}


class Facet(msgspec.Struct, frozen=True):
    """One value of a filter, and how many match with it."""

    value: str
    name: str
    count: int


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Of a search: `matching` whenever it is, `free` at the time that was asked for, `unqualified` of those."""

    matching: int
    free: int | None = None
    more: bool = False  # there are more free ones than were counted
    unqualified: int = 0

    @property
    def busy(self) -> int | None:
        return None if self.free is None or self.more else self.matching - self.free


async def counts(wanted: Search, viewer: Actor | None) -> Counts:
    """Count with the functions that find: what is free is told by the rules of booking."""
    matching = int(await db.fetchval(COUNT, *matches(wanted, viewer, None)))
    if wanted.exactly is None and wanted.within is None:
        return Counts(matching=matching)
    free = await search(wanted, viewer, None, COUNTED)
    able = free
    if viewer is not None:
        able = await search(msgspec.structs.replace(wanted, qualified=True), viewer, None, COUNTED)
    more, count = free.next_cursor is not None, len(free.items)
    return Counts(matching=matching, free=count, more=more, unqualified=0 if more else count - len(able.items))


async def facets(wanted: Search, viewer: Actor | None) -> dict[str, list[Facet]]:
    """What each filter could be set to, all others staying as they are."""
    found = {}
    for name, statement in FACETS.items():
        others = msgspec.structs.replace(wanted, **{name: None})
        rows = await db.fetch(statement, *matches(others, viewer, None))
        found[name] = [Facet(row["value"], names().get(row["value"], row["name"]), row["count"]) for row in rows]
    return found


async def found(wanted: Search, viewer: Actor | None) -> int:
    """How many a search finds, up to COUNTED where it asks for a time."""
    counted = await counts(wanted, viewer)
    return counted.matching if counted.free is None else counted.free


OWNER = "SELECT o.name FROM organization o JOIN resource r ON r.owner_id = o.id WHERE o.id = $1 AND r.listed LIMIT 1"


async def owner_name(id: UUID) -> str:
    """What an owner is called that shares something; empty for another."""
    return await db.fetchval(OWNER, id) or ""
