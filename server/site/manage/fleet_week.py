"""The week of all resources that an owner runs: of each day how long it is free, and what takes the rest, as bars."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import msgspec
from asyncpg import Range, Record

from server.access.rights import RUNS
from server.bookings.capacity import lock
from server.bookings.capacity.availability import free_pieces
from server.bookings.capacity.occupancy import Occupancy
from server.bookings.capacity.occupancy_read import occupancies
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.capacity.units import busy_by_unit
from server.core import db
from server.core.actor import Actor
from server.core.spans import MINUTE, Span, Ticks, merged, tick, ticks, within

PAGE, MOST = 50, 200  # rows; 50 are quick to render, 200 are for wide screens and printing
DAYS = 7
SLOT = 30 * MINUTE  # what a step of the static classes .s0….s48 and .e0….e48 stands for
SLOTS = 48
ANYWHERE = timedelta(hours=14)  # no zone is farther from UTC

# Of the resources that the reader runs; $3 is a part of a name, "" for all.
ROWS = f"""
SELECT {lock.COLUMNS} FROM resource r JOIN organization o ON o.id = r.owner_id
WHERE {RUNS} AND ($3 = '' OR r.name ILIKE '%' || $3 || '%' OR r.name_en ILIKE '%' || $3 || '%')
ORDER BY r.name, r.id OFFSET $4 LIMIT $5
"""

TOTAL = f"""
SELECT count(*) FROM resource r
WHERE {RUNS} AND ($3 = '' OR r.name ILIKE '%' || $3 || '%' OR r.name_en ILIKE '%' || $3 || '%')
"""

# What is taken, by kind. Requests take time as bookings do, and are the ones that wait for the owner.
MARKS = """
SELECT c.resource_id, CASE WHEN b.status = 'requested' THEN 'request' ELSE c.reason END AS kind, c.unit,
       lower(c.during) AS starts_at, upper(c.during) AS ends_at
FROM claim c LEFT JOIN booking b ON b.resource_id = c.resource_id AND b.id = c.booking_id
WHERE c.resource_id = ANY($1) AND c.released_at IS NULL AND c.during && $2
  AND (c.expires_at IS NULL OR c.expires_at > now())
ORDER BY c.resource_id, lower(c.during)
"""


class Cell(msgspec.Struct, frozen=True):
    """A day of one resource. `bars`: the classes of each bar, from the back to the front."""

    day: date
    free_minutes: int
    requests: int
    bars: list[str]


class Row(msgspec.Struct, frozen=True):
    """A resource and its seven days."""

    id: UUID
    name: str
    name_en: str
    units: int
    cells: list[Cell]


class Fleet(msgspec.Struct, frozen=True):
    """A page of the resources that the reader runs."""

    days: list[date]
    rows: list[Row]
    total: int


async def fleet(by: Actor, monday: date, *, name: str = "", first: int = 0, size: int = PAGE) -> Fleet:
    """Read one week of the resources that the actor runs, by name. `first`: how many of them to leave out."""
    sought = name.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    total = int(await db.fetchval(TOTAL, by.organization_id, by.running, sought))
    rows = await db.fetch(ROWS, by.organization_id, by.running, sought, first, size)
    resources = [ResourceSnapshot.from_row(row) for row in rows]
    days = [monday + timedelta(days=number) for number in range(DAYS)]
    start = datetime.combine(monday, time(), UTC)
    window = Span(start - ANYWHERE, start + timedelta(days=DAYS) + ANYWHERE)
    marks: dict[UUID, list[Record]] = {one.id: [] for one in resources}
    for mark in await db.fetch(MARKS, list(marks), Range(*window)):
        marks[mark["resource_id"]].append(mark)
    seen = await occupancies(window, resources, None)
    return Fleet(days, [_row(one, around, marks[one.id], days) for one, around in seen], total)


def _row(resource: ResourceSnapshot, seen: Occupancy, marks: list[Record], days: list[date]) -> Row:
    opening = seen.opening_ticks(resource)
    busy = {unit: ticks(spans) for unit, spans in busy_by_unit(seen.taken, 0).items()}
    free = merged((start, end) for start, end, _ in free_pieces(opening, busy, resource.units, 1))
    bars = _bars(marks, busy, resource.units)
    midnights = [tick(datetime.combine(day, time(), resource.zone)) for day in [*days, days[-1] + timedelta(days=1)]]
    requests = [tick(mark["starts_at"]) for mark in marks if mark["kind"] == "request"]
    cells = []
    for index, day in enumerate(days):
        bounds = (midnights[index], midnights[index + 1])
        minutes = sum(end - start for start, end in within(free, bounds)) // MINUTE
        laid = [f"open {place}" for place in _places(opening, bounds)]
        for kind, spans in bars:
            laid += [f"{kind} {place}" for place in _places(spans, bounds)]
        asked = sum(bounds[0] <= start < bounds[1] for start in requests)
        cells.append(Cell(day, minutes, asked, laid))
    return Row(resource.id, resource.name, resource.name_en, resource.units, cells)


def _bars(marks: list[Record], busy: dict[int, list[Ticks]], units: int) -> list[tuple[str, list[Ticks]]]:
    """The bars by kind. Of several units those that take only some are thin, unless all are taken: closed, where the
    owner closed them all.
    """
    by_kind: dict[str, list[Ticks]] = {}
    for mark in marks:
        by_kind.setdefault(mark["kind"], []).append((tick(mark["starts_at"]), tick(mark["ends_at"])))
    if units == 1:
        return [(kind, merged(spans)) for kind, spans in by_kind.items()]
    thin = [(f"{kind} some", merged(spans)) for kind, spans in by_kind.items()]
    closed: dict[int, list[Ticks]] = {}
    for mark in marks:
        if mark["kind"] == "closure":
            closed.setdefault(mark["unit"], []).append((tick(mark["starts_at"]), tick(mark["ends_at"])))
    return [*thin, ("full", _all_taken(busy, units)), ("closure", _all_taken(closed, units))]


def _all_taken(busy: dict[int, list[Ticks]], units: int) -> list[Ticks]:
    """When every unit is taken."""
    if len(busy) < units:
        return []
    steps = sorted((at, by) for spans in busy.values() for start, end in spans for at, by in ((start, 1), (end, -1)))
    found, taken, since = list[Ticks](), 0, 0
    for at, by in steps:
        if taken == units and by < 0 and since < at:
            found.append((since, at))
        taken += by
        if taken == units:
            since = at
    return merged(found)


def _places(spans: Iterable[Ticks], day: Ticks) -> list[str]:
    """Where spans lie in a day: the classes of their first and last half hour."""
    found = []
    for start, end in within(spans, day):
        first = min((start - day[0]) // SLOT, SLOTS - 1)
        last = min(-(-(end - day[0]) // SLOT), SLOTS)
        found.append(f"s{first} e{max(last, first + 1)}")
    return found
