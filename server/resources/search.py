"""Find resources: by what they are, and by when they are free.

A search for time never shows what booking would refuse. One statement finds the candidates: little enough taken in the
window to leave the units free, and open by the weekly hours, which are compared per time zone and not per resource. It
may let through too many (clocks that change, exceptional days, buffers, booking rules). Those are sorted out one by one
with the functions that booking itself uses.
"""

from uuid import UUID

import msgspec
from asyncpg import Range, Record

from server import db
from server.bookings import claims, parts, rules
from server.bookings.audience import without_terms
from server.bookings.bookable import Bookable, Surroundings, around, question
from server.bookings.read_standing import standings, with_allowance
from server.bookings.standing import STRANGER, also_allowed
from server.errors import OutsideOpeningHours, RuleRefused
from server.http import Page, cursor_after
from server.organizations.actor import Actor
from server.resources import regions, views
from server.resources.save import multirange
from server.resources.schemas import Kind, ResourceOut
from server.resources.wall import week_minutes_of
from server.spans import Span

BATCH = 50  # candidates looked at in one go
SPARE = 5  # and so many more than are wanted, the first time: most of them are free
EXAMINED = 500  # candidates looked at for one page; a page that is not full by then says where to go on

MATCHES = """
(r.listed OR r.owner_id = $1) AND o.suspended_at IS NULL
AND ($2::uuid IS NULL OR r.id > $2)
AND ($3::text[] = '{}'
     OR concat_ws(chr(10), r.name, r.name_en, r.category, r.manufacturer, r.model, o.name) ILIKE ALL ($3::text[]))
AND ($4::text IS NULL OR r.kind = $4)
AND ($5::text IS NULL OR starts_with(r.region_code, $5))
AND ($6::uuid IS NULL OR r.owner_id = $6)
"""

# Of member %s: has all that the resource demands.
QUALIFIED = """
AND (%s::uuid IS NULL OR NOT EXISTS (
    SELECT FROM needed_qualification n WHERE n.resource_id = r.id AND NOT EXISTS (
        SELECT FROM "grant" g JOIN member m ON m.account_id = g.account_id
        WHERE m.id = %s AND g.qualification_id = n.qualification_id AND g.revoked_at IS NULL
          AND coalesce(g.expires_at > now(), true))))
"""

# Without a time, and for any gap in a window: then claims and weekly hours decide nothing before each is looked at.
MATCHING = f"""
SELECT {claims.COLUMNS} FROM resource r JOIN organization o ON o.id = r.owner_id
WHERE {MATCHES} AND r.units >= $7 {QUALIFIED.replace("%s", "$9")}
ORDER BY r.id LIMIT $8
"""  # noqa: S608 - only constants are put in

ZONES = "SELECT DISTINCT time_zone FROM resource"

# Taken time is read by time first and joined once (docs/performance.md); `unit > 0` opens the index for that. $9 is the
# window. For each zone of $10 the minutes of the week that the window needs stand in $11; null: not to be told by them.
CANDIDATES = f"""
WITH busy AS (
    SELECT resource_id, sum(upper(during * $9::tstzrange) - lower(during * $9)) AS time FROM claim
    WHERE during && $9 AND unit > 0 AND released_at IS NULL AND (expires_at IS NULL OR expires_at > now())
    GROUP BY resource_id
)
SELECT {claims.COLUMNS} FROM resource r JOIN organization o ON o.id = r.owner_id
JOIN (
    SELECT zone, week::int4multirange AS week FROM unnest($10::text[], $11::text[]) AS given (zone, week)
) need ON need.zone = r.time_zone
LEFT JOIN busy ON busy.resource_id = r.id
WHERE {MATCHES} AND r.units >= $7
  AND (busy.time IS NULL OR busy.time <= (upper($9) - lower($9)) * (r.units - $7))
  AND (need.week IS NULL OR need.week <@ r.week_hours OR r.id IN (
      SELECT resource_id FROM opening_exception
      WHERE day BETWEEN (lower($9) - interval '2 days')::date AND (upper($9) + interval '2 days')::date
  ) OR r.country IN (
      SELECT country FROM holiday WHERE works_like IS NOT NULL
      AND day BETWEEN (lower($9) - interval '2 days')::date AND (upper($9) + interval '2 days')::date
  )) {QUALIFIED.replace("%s", "$12")}
ORDER BY r.id LIMIT $8
"""  # noqa: S608

SURROUNDINGS = f"""
SELECT r.id, seen.taken_units, seen.taken_from, seen.taken_until, seen.taken_reasons, seen.taken_wholes,
       seen.exception_days, seen.exception_hours, seen.nailed_units, seen.holidays, seen.work_days
FROM unnest($1::uuid[]) AS r (id), LATERAL ({claims.AROUND.replace("$1", "r.id")}) seen
"""  # noqa: S608


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for. At most one of `exactly` and `within` is given; `within` goes with `minutes`."""

    text: str = ""
    kind: Kind | None = None
    region: str | None = None
    owner: UUID | None = None
    units: int = 1
    exactly: Span | None = None
    within: Span | None = None
    minutes: int = 0
    qualified: bool = False  # only what the viewer has all qualifications for


async def search(wanted: Search, viewer: Actor | None, after: UUID | None, limit: int) -> Page[ResourceOut]:
    """Find a page of resources by id, oldest first. A page may be short and still have a `next_cursor`."""
    if wanted.exactly is None and wanted.within is None:
        rows = await db.fetch(MATCHING, *matches(wanted, viewer, after), limit + 1, _member(wanted, viewer))
        found, last = [row["id"] for row in rows], None
    else:
        found, last = await _free(wanted, viewer, after, limit + 1)
    if len(found) > limit:
        found = found[:limit]
        last = found[-1]
    return Page(await views.resources(found, viewer), None if last is None else cursor_after(last))


async def _free(wanted: Search, viewer: Actor | None, after: UUID | None, count: int) -> tuple[list[UUID], UUID | None]:
    """Find up to `count` resources that are free, and the last one looked at when there may be more."""
    found: list[UUID] = []
    window = around(wanted.exactly, claims.MARGIN) if wanted.exactly else wanted.within
    if window is None:
        return found, None
    zones = [row["time_zone"] for row in await db.fetch(ZONES)] if wanted.exactly else []
    for first in range(0, EXAMINED, BATCH):
        size = BATCH if first else min(count + SPARE, BATCH)
        rows = await _candidates(wanted, zones, viewer, after, size)
        for resource, seen in await surroundings(window, [Bookable.from_row(row) for row in rows], viewer):
            if accepted(wanted, resource, seen):
                found.append(resource.id)
                if len(found) == count:
                    return found, None
        if len(rows) < size:
            return found, None
        after = rows[-1]["id"]
    return found, after


def accepted(wanted: Search, resource: Bookable, seen: Surroundings) -> bool:
    """Whether a booking of the wanted time would be accepted."""
    if wanted.exactly is None:
        return bool(seen.free_by_rules(resource, wanted.units, wanted.minutes))
    asked = without_terms(question(resource, seen, wanted.exactly, wanted.units, 0))
    try:
        rules.refuse_unless_allowed(asked)
    except (RuleRefused, OutsideOpeningHours):
        return False
    return seen.has_room(resource, wanted.exactly, wanted.units)


async def _candidates(
    wanted: Search, zones: list[str], viewer: Actor | None, after: UUID | None, size: int
) -> list[Record]:
    given = matches(wanted, viewer, after)
    if wanted.exactly is None:
        return await db.fetch(MATCHING, *given, size, _member(wanted, viewer))
    needs = [week_minutes_of(wanted.exactly, zone) for zone in zones]
    weeks = [None if need is None else multirange(need) for need in needs]
    return await db.fetch(CANDIDATES, *given, size, Range(*wanted.exactly), zones, weeks, _member(wanted, viewer))


async def surroundings(
    window: Span, resources: list[Bookable], viewer: Actor | None
) -> list[tuple[Bookable, Surroundings]]:
    """Read for all the resources at once what claims.look_around() reads for one."""
    if not resources:
        return []
    near = Range(*around(window, max(resource.farthest for resource in resources)))
    rows = {row["id"]: row for row in await db.fetch(SURROUNDINGS, [one.id for one in resources], near, None)}
    below = await parts.taken([one.id for one in resources if one.parts], near)
    asking = [one.id for one in resources if one.asks_who]
    since = min(window.starts_at, resources[0].now)
    known = await standings(asking, viewer, since) if viewer and asking else {}
    stranger = await with_allowance(STRANGER, viewer, since) if viewer else STRANGER
    return [
        (
            one,
            Surroundings.from_row(
                one, window, rows[one.id], also_allowed(known.get(one.id, STRANGER), stranger), below.get(one.id, ())
            ),
        )
        for one in resources
    ]


def matches(wanted: Search, viewer: Actor | None, after: UUID | None) -> tuple[object, ...]:
    """The parameters $1 to $7 of every statement."""
    patterns = [f"%{_literal(word)}%" for word in wanted.text.split()]
    prefix = wanted.region and regions.prefix(wanted.region)
    owner_of = viewer and viewer.organization_id
    return owner_of, after, patterns, wanted.kind, prefix, wanted.owner, wanted.units


def _member(wanted: Search, viewer: Actor | None) -> UUID | None:
    """Whose qualifications count, if any do."""
    return viewer.member_id if viewer and wanted.qualified else None


def _literal(word: str) -> str:
    """Escape what LIKE takes for wildcards."""
    return word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
