"""Find what may fit a search, in its order and a batch at a time, by one statement; search.py looks at each.

It may let through too many (clocks that change, exceptional days, buffers, booking rules), never too few. Weekly hours
are compared per time zone and not per resource. What a batch asks of claims it asks of its own resources only, by the
index of the constraint; where most are taken, all that is taken then is read at once by the index by time (decision
0212).
"""

from collections.abc import Sequence
from time import monotonic
from uuid import UUID

from asyncpg import Range, Record

from server.bookings.capacity import lock
from server.core import db
from server.core.actor import Actor
from server.resources.opening.wall_clock import week_minutes_of
from server.resources.save import multirange
from server.search.matching import Matching
from server.search.query import Search

KEPT_SECONDS = 60.0  # that the zones in use are not read again
RANKED = 500  # matches that are ranked; words that are found in more come in the order of the list

# Without a time, and for any gap in a window: then claims and weekly hours decide nothing before each is looked at.
MATCHING = """
SELECT {columns}, {distance} AS distance, false AS plainly_taken FROM {source}
WHERE {where} ORDER BY {order} LIMIT {limit}
"""

# One look into the index for each zone there is, instead of all resources.
ZONES = """
WITH RECURSIVE zone AS (
    (SELECT r.time_zone FROM resource r ORDER BY 1 LIMIT 1)
    UNION ALL
    SELECT (SELECT r.time_zone FROM resource r WHERE r.time_zone > zone.time_zone ORDER BY 1 LIMIT 1) FROM zone
    WHERE zone.time_zone IS NOT NULL
)
SELECT time_zone FROM zone WHERE time_zone IS NOT NULL
"""

# For each zone the minutes of the week that the window needs are given; null: not to be told by them, and so is a zone
# that came into use since the zones were read.
CANDIDATES = """
WITH need AS MATERIALIZED (
    SELECT zone, week::int4multirange AS week FROM unnest({zones}::text[], {weeks}::text[]) AS given (zone, week)
)
SELECT {columns}, {distance} AS distance, {taken} AS plainly_taken FROM {source}
LEFT JOIN need ON need.zone = r.time_zone
WHERE {where} AND {possible}
ORDER BY {order} LIMIT {limit}
"""
LIVE = "released_at IS NULL AND (expires_at IS NULL OR expires_at > now())"

# What is more taken than leaves the units free is what booking refuses at a first look (book.TAKEN).
TAKEN = f"""coalesce((
    SELECT sum(upper(c.during * {{window}}) - lower(c.during * {{window}})) FROM claim c
    WHERE c.resource_id = r.id AND c.during && {{window}} AND {LIVE}
) > (upper({{window}}) - lower({{window}})) * (r.units - {{units}}), false)"""

# `unit > 0` opens the index by time.
NOT_TAKEN = f"""(r.id NOT IN (
    SELECT resource_id FROM claim WHERE during && {{window}} AND unit > 0 AND {LIVE}
) OR r.units > {{units}} AND NOT {{taken}})"""
OPEN = """(need.week IS NULL OR need.week <@ r.week_hours OR r.id IN (
    SELECT resource_id FROM opening_exception
    WHERE day BETWEEN (lower({window}) - interval '2 days')::date AND (upper({window}) + interval '2 days')::date
) OR r.country IN (
    SELECT country FROM holiday WHERE works_like IS NOT NULL
    AND day BETWEEN (lower({window}) - interval '2 days')::date AND (upper({window}) + interval '2 days')::date
))"""

COMMON = "SELECT count(*) > {ranked} FROM (SELECT FROM search_text s WHERE {where} LIMIT {ranked} + 1) one"

_kept: dict[str, tuple[float, list[str]]] = {}


class Candidates:
    """What may fit a search."""

    def __init__(self, wanted: Search, viewer: Actor | None, zones: Sequence[str], *, common: bool) -> None:
        self.wanted, self.viewer, self.common = wanted, viewer, common
        self.weeks: dict[str, str | None] = {}
        for zone in zones if wanted.exactly else ():
            need = week_minutes_of(wanted.exactly, zone) if wanted.exactly else None
            self.weeks[zone] = None if need is None else multirange(need)

    @classmethod
    async def of(cls, wanted: Search, viewer: Actor | None) -> "Candidates":
        """Read which zones there are, and whether the words are common, where it matters."""
        zones = await _zones() if wanted.exactly else []
        return cls(wanted, viewer, zones, common=await common(wanted))

    async def batch(self, after: UUID | None, size: int, *, unless_taken: bool = False) -> list[Record]:
        """Read the next candidates; `unless_taken`, only those that are not plainly taken."""
        wanted = self.wanted
        given = Matching(wanted, self.viewer, after, common=self.common)
        shared = {
            "columns": lock.COLUMNS, "source": given.source, "where": given.where, "order": given.order,
            "distance": given.distance or "NULL::float8",
        }  # fmt: skip
        if wanted.exactly is None:
            return await db.fetch(MATCHING.format(limit=given.put(size), **shared), *given.values)
        window, units = f"{given.put(Range(*wanted.exactly))}::tstzrange", given.put(wanted.units)
        taken = TAKEN.format(window=window, units=units)
        possible = "true" if wanted.refused else OPEN.format(window=window)
        if unless_taken:
            possible += " AND " + NOT_TAKEN.format(window=window, units=units, taken=taken)
        statement = CANDIDATES.format(
            taken=taken, possible=possible, zones=given.put(list(self.weeks)),
            weeks=given.put(list(self.weeks.values())), limit=given.put(size), **shared,
        )  # fmt: skip
        return await db.fetch(statement, *given.values)


async def _zones() -> list[str]:
    """The zones in use, now or a minute ago."""
    until, zones = _kept.get("zones", (0.0, []))
    if until < monotonic():
        zones = [row["time_zone"] for row in await db.fetch(ZONES)]
        _kept["zones"] = (monotonic() + KEPT_SECONDS, zones)
    return zones


async def common(wanted: Search) -> bool:
    """Whether more resources have these words than are ranked."""
    where, values = Matching(Search(text=wanted.text), None).text
    return bool(where) and bool(await db.fetchval(COMMON.format(where=where, ranked=RANKED), *values))
