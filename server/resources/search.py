"""Find resources: by what they are, and by when they are free.

A search for time never shows what booking would refuse. One statement finds the candidates: little enough taken in the
window to leave the units free, and open by the weekly hours, which are compared per time zone and not per resource. It
may let through too many (clocks that change, exceptional days, buffers, booking rules). Those are sorted out one by one
with the functions that booking itself uses (verdict.py).
"""

from collections.abc import Sequence
from uuid import UUID

from asyncpg import Range, Record

from server import db
from server.bookings import claims
from server.bookings.bookable import Bookable, around
from server.bookings.surroundings import surroundings
from server.http import Page, cursor_after
from server.organizations.actor import Actor
from server.resources import views
from server.resources.found import Found, Look, by_next_free, shown
from server.resources.matching import SOURCE, Matching
from server.resources.save import multirange
from server.resources.verdict import verdict
from server.resources.wall import week_minutes_of
from server.resources.wanted import Search

BATCH = 50  # candidates looked at in one go
SPARE = 5  # and so many more than are wanted, the first time: most of them are free
EXAMINED = 500  # candidates looked at for one page; a page that is not full by then says where to go on

# Without a time, and for any gap in a window: then claims and weekly hours decide nothing before each is looked at.
MATCHING = """
SELECT {columns}, {distance} AS distance, false AS plainly_taken FROM {source}
WHERE {where} ORDER BY {key}, r.id LIMIT {limit}
"""

ZONES = "SELECT DISTINCT time_zone FROM resource"

# Taken time is read by time first and joined once (docs/performance.md); `unit > 0` opens the index for that. What is
# more taken than leaves the units free is what booking refuses at a first look (book.TAKEN). For each zone the minutes
# of the week that the window needs are given; null: not to be told by them.
CANDIDATES = """
WITH busy AS (
    SELECT resource_id, sum(upper(during * {window}::tstzrange) - lower(during * {window})) AS time FROM claim
    WHERE during && {window} AND unit > 0 AND released_at IS NULL AND (expires_at IS NULL OR expires_at > now())
    GROUP BY resource_id
)
SELECT {columns}, {distance} AS distance, {taken} AS plainly_taken FROM {source}
JOIN (
    SELECT zone, week::int4multirange AS week FROM unnest({zones}::text[], {weeks}::text[]) AS given (zone, week)
) need ON need.zone = r.time_zone
LEFT JOIN busy ON busy.resource_id = r.id
WHERE {where} AND {possible}
ORDER BY {key}, r.id LIMIT {limit}
"""
TAKEN = "coalesce(busy.time > (upper({window}) - lower({window})) * (r.units - {units}), false)"
POSSIBLE = """
NOT {taken}
AND (need.week IS NULL OR need.week <@ r.week_hours OR r.id IN (
    SELECT resource_id FROM opening_exception
    WHERE day BETWEEN (lower({window}) - interval '2 days')::date AND (upper({window}) + interval '2 days')::date
) OR r.country IN (
    SELECT country FROM holiday WHERE works_like IS NOT NULL
    AND day BETWEEN (lower({window}) - interval '2 days')::date AND (upper({window}) + interval '2 days')::date
))
"""


async def search(wanted: Search, viewer: Actor | None, after: UUID | None, limit: int) -> Page[Found]:
    """Find a page of resources as they are to be sorted. A page may be short and still have a `next_cursor`."""
    if wanted.sort == "next":
        looks, last = await _by_next_free(wanted, viewer, after, limit + 1)
    else:
        looks, last = await look(wanted, viewer, after, limit + 1)
    if len(looks) > limit:
        looks = looks[:limit]
        last = looks[-1].id
    return Page(await shown_all(looks, viewer), None if last is None else cursor_after(last))


async def shown_all(looks: Sequence[Look], viewer: Actor | None) -> list[Found]:
    """Read what was looked at, in that order."""
    known = {one.id: one for one in await views.resources([one.id for one in looks], viewer)}
    return [shown(known[one.id], one) for one in looks if one.id in known]


async def look(wanted: Search, viewer: Actor | None, after: UUID | None, count: int) -> tuple[list[Look], UUID | None]:
    """Look at candidates until `count` fit, and tell the last one looked at when there may be more."""
    if not wanted.timed:
        rows = await _candidates(wanted, [], viewer, after, count)
        return [Look(row["id"], row["distance"]) for row in rows], None
    found: list[Look] = []
    window = around(wanted.exactly, claims.MARGIN) if wanted.exactly else wanted.within
    if window is None:
        return found, None
    zones = [row["time_zone"] for row in await db.fetch(ZONES)] if wanted.exactly else []
    for first in range(0, EXAMINED, BATCH):
        size = BATCH if first else min(count + SPARE, BATCH)
        rows = await _candidates(wanted, zones, viewer, after, size)
        seen = await surroundings(window, [Bookable.from_row(row) for row in rows], viewer)
        for row, (resource, around_it) in zip(rows, seen, strict=True):
            refusal = verdict(wanted, resource, around_it, plainly_taken=row["plainly_taken"])
            if refusal is None or wanted.refused:
                found.append(Look(resource.id, row["distance"], refusal))
                if len(found) == count:
                    return found, None
        if len(rows) < size:
            return found, None
        after = rows[-1]["id"]
    return found, after


async def _by_next_free(
    wanted: Search, viewer: Actor | None, after: UUID | None, count: int
) -> tuple[list[Look], UUID | None]:
    """Sort what fits among the first EXAMINED, and go on after the one that was shown last."""
    looks, _ = await look(wanted, viewer, None, EXAMINED)
    ordered = await by_next_free(looks, viewer)
    ids = [one.id for one in ordered]
    start = ids.index(after) + 1 if after in ids else 0
    return ordered[start : start + count], None


async def _candidates(
    wanted: Search, zones: Sequence[str], viewer: Actor | None, after: UUID | None, size: int
) -> list[Record]:
    given = Matching(wanted, viewer, after)
    shared = {
        "columns": claims.COLUMNS, "source": SOURCE, "where": given.where, "key": given.sort_key,
        "distance": given.distance or "NULL::float8",
    }  # fmt: skip
    if wanted.exactly is None:
        return await db.fetch(MATCHING.format(limit=given.put(size), **shared), *given.values)
    needs = [week_minutes_of(wanted.exactly, zone) for zone in zones]
    weeks = [None if need is None else multirange(need) for need in needs]
    window = given.put(Range(*wanted.exactly))
    taken = TAKEN.format(window=window, units=given.put(wanted.units))
    possible = "true" if wanted.refused else POSSIBLE.format(taken=taken, window=window)
    statement = CANDIDATES.format(
        taken=taken, possible=possible, window=window, zones=given.put(zones), weeks=given.put(weeks),
        limit=given.put(size), **shared,
    )  # fmt: skip
    return await db.fetch(statement, *given.values)
