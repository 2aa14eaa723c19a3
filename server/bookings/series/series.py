"""Series as they are kept: reading one, locking it for a change, writing it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from asyncpg import Record

from server.bookings.capacity import views
from server.bookings.capacity.lock import lock_of_booking
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.capacity.revise import LIVE
from server.bookings.rules.context import Booker
from server.bookings.schemas import Booking
from server.bookings.series.schemas import SeriesView
from server.core import db
from server.core.actor import Actor
from server.core.errors import NotFound
from server.core.recurrence import LONGEST, parse, starts

READ = """
SELECT s.id, s.resource_id, r.time_zone, s.rule, s.starts_at, s.ends_at, s.units, s.excluded, s.skipped, s.sequence
FROM series s JOIN resource r ON r.id = s.resource_id WHERE s.id = $1
"""

INSERT = """
INSERT INTO series (resource_id, id, organization_id, member_id, rule, starts_at, ends_at, units, excluded, skipped,
                    sequence)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""

UPDATE = """
UPDATE series SET rule = $3, starts_at = $4, ends_at = $5, excluded = $6, skipped = $7, sequence = $8
WHERE resource_id = $1 AND id = $2
"""

_instants = msgspec.json.Decoder(list[datetime])


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """A series as it is kept. Its occurrences start when the rule says, on the clock of the first one."""

    id: UUID
    resource_id: UUID
    time_zone: str
    rule: str
    starts_at: datetime
    ends_at: datetime
    units: int
    excluded: list[datetime]
    skipped: list[datetime]
    sequence: int

    @classmethod
    def from_row(cls, row: Record) -> "Series":
        zone = ZoneInfo(row["time_zone"])
        times = {name: row[name].astimezone(zone) for name in ("starts_at", "ends_at")}
        lists = {
            name: [one.astimezone(zone) for one in _instants.decode(row[name])] for name in ("excluded", "skipped")
        }
        return cls(**(dict(row) | times | lists))

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def walls(self) -> set[datetime]:
        """All starts on the wall clock that the rule gives."""
        most = LONGEST.days
        return set(starts(parse(self.rule, most=most), self.starts_at.replace(tzinfo=None), self.zone, most=most))

    def next_sequence(self, bookings: Sequence[Booking]) -> int:
        """Higher than any booking of it ever had."""
        return max([self.sequence, *(one.sequence for one in bookings)]) + 1


async def read(id: UUID, by: Actor) -> tuple[Series, list[Booking]]:
    """Read a series and all that became bookings of it. Raises NotFound when the actor may see none."""
    bookings = await views.of_series(id, by)
    row = await db.fetchrow(READ, id)
    if row is None:
        raise NotFound("there is no such series")
    return Series.from_row(row), bookings


async def view(id: UUID, by: Actor) -> SeriesView:
    """Show a series. Raises NotFound when the actor may see none of its bookings."""
    one, bookings = await read(id, by)
    return SeriesView(
        one.id, one.resource_id, one.time_zone, one.rule, one.starts_at, one.ends_at, one.units, one.excluded,
        one.skipped, bookings,
    )  # fmt: skip


async def lock(id: UUID, by: Actor) -> tuple[ResourceSnapshot, Series, list[Booking]]:
    """Lock the resource of a series, then read the series. Raises NotFound."""
    seen = await views.of_series(id, by)
    resource = await lock_of_booking(seen[0].id)
    series, bookings = await read(id, by)
    return resource, series, bookings


def ahead(bookings: list[Booking], since: datetime | None, now: datetime) -> list[Booking]:
    """Those that stand and have not begun, from their place `since` on. What has begun stays as it is."""
    return [
        one for one in bookings
        if one.status in LIVE and one.starts_at > now
        and (since is None or (one.recurrence_id is not None and one.recurrence_id >= since))
    ]  # fmt: skip


async def insert(series: Series, by: Booker) -> None:
    await db.execute(
        INSERT, series.resource_id, series.id, by.organization_id, by.member_id, series.rule, series.starts_at,
        series.ends_at, series.units, _written(series.excluded), _written(series.skipped), series.sequence,
    )  # fmt: skip


async def update(series: Series) -> None:
    await db.execute(
        UPDATE, series.resource_id, series.id, series.rule, series.starts_at, series.ends_at,
        _written(series.excluded), _written(series.skipped), series.sequence,
    )  # fmt: skip


def _written(moments: list[datetime]) -> str:
    return msgspec.json.encode(moments).decode()
