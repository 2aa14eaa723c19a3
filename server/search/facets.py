"""Count what each filter of a search could be set to, all others staying as they are."""

from collections import defaultdict

import msgspec

from server.core import db
from server.core.actor import Actor
from server.core.regions import names
from server.search.matching import Matching
from server.search.query import Search

# Facets whose filter is not set ask for the same resources: those are gone through once for all of them.
FACETS = """
SELECT facet, value, name, count FROM (
    SELECT facet, value, name, count, row_number() OVER (PARTITION BY facet ORDER BY count DESC, value) AS place FROM (
        SELECT CASE {which} END AS facet, coalesce({values}) AS value, {called} AS name, count(*) AS count
        FROM (SELECT {columns} FROM {source} WHERE {where}) met
        GROUP BY GROUPING SETS ({sets})
    ) counted WHERE value IS NOT NULL
) ranked WHERE place <= 8 ORDER BY facet, place
"""
VALUES = {
    "kind": "r.kind",
    "region": "left(r.region_code, 2) || '0000'",
    "city": "left(r.region_code, 4) || '00'",
    "owner": "r.owner_id",
    "approval": "coalesce(r.rules ->> 'approval', o.rules ->> 'approval', 'instant')",
}


class Facet(msgspec.Struct, frozen=True):
    """One value of a filter, and how many match with it."""

    value: str
    name: str
    count: int


async def facets(wanted: Search, viewer: Actor | None, *, common: bool) -> dict[str, list[Facet]]:
    """Count for each filter, the most first; `common`: the words of the search are."""
    alike = defaultdict[Search, list[str]](list)
    for name in VALUES:
        if name == "city":
            if wanted.region is not None:
                alike[msgspec.structs.replace(wanted, region=wanted.region[:2] + "0000")].append(name)
        else:
            alike[msgspec.structs.replace(wanted, **{name: None})].append(name)
    found: dict[str, list[Facet]] = {name: [] for name in VALUES}
    for search, filters in alike.items():
        for name, one in await _counted(Matching(search, viewer, counting=True, common=common), filters):
            found[name].append(one)
    return found


async def _counted(given: Matching, filters: list[str]) -> list[tuple[str, Facet]]:
    statement = FACETS.format(
        source=given.source,
        where=given.where,
        columns=", ".join([*(f"{VALUES[name]} AS {name}" for name in filters), "o.name AS owner_name"]),
        which=" ".join(f"WHEN grouping({name}) = 0 THEN '{name}'" for name in filters),
        values=", ".join(f"{name}::text" for name in filters),
        called="CASE WHEN grouping(owner) = 0 THEN max(owner_name) ELSE '' END" if "owner" in filters else "''",
        sets=", ".join(f"({name})" for name in filters),
    )
    return [
        (row["facet"], Facet(row["value"], names().get(row["value"], row["name"]), row["count"]))
        for row in await db.fetch(statement, *given.values)
    ]
