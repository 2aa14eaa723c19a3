"""A resource of two units, parts of it, and what foreign calendars say of them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from asyncpg import Range

from server.core import db
from server.core.ids import new_id
from tests import factories

START = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=7)


def at(hour: int) -> datetime:
    return START + timedelta(hours=hour)


class Calendars:
    """Resources of one owner, and what foreign calendars say of them."""

    async def made(self, units: int = 1) -> UUID:
        return await factories.resource(self.owner, units=units)

    async def build(self) -> "Calendars":
        self.owner = await factories.person(kind="university")
        self.resource = await self.made(units=2)
        return self

    async def say(self, start: int, end: int, *, of: UUID | None = None, unit: int | None = None) -> UUID:
        resource, calendar = of or self.resource, new_id()
        sql = "INSERT INTO foreign_calendar (resource_id, id, member_id, url) VALUES ($1, $2, $3, '')"
        await db.execute(sql, resource, calendar, self.owner.actor.member_id)
        sql = "INSERT INTO foreign_busy (resource_id, id, calendar_id, unit, during) VALUES ($1, $2, $3, $4, $5)"
        await db.execute(sql, resource, new_id(), calendar, unit, Range(at(start), at(end)))
        return calendar

    async def unsay(self, calendar: UUID) -> None:
        await db.execute("DELETE FROM foreign_busy WHERE calendar_id = $1", calendar)

    async def part(self, units: int = 1) -> UUID:
        part = await self.made(units)
        await db.execute("INSERT INTO part (whole_id, part_id) VALUES ($1, $2)", self.resource, part)
        return part


@pytest.fixture
async def calendars(rolled_back: None) -> Calendars:
    return await Calendars().build()


async def busy(resource_id: UUID) -> list[tuple[int, int, int]]:
    """Unit, from and until, in hours after START."""
    sql = """
    SELECT unit, lower(during) AS s, upper(during) AS e FROM claim
    WHERE resource_id = $1 AND reason = 'busy' AND released_at IS NULL ORDER BY 1, 2
    """
    hour = timedelta(hours=1)
    return [
        (row["unit"], (row["s"] - START) // hour, (row["e"] - START) // hour)
        for row in await db.fetch(sql, resource_id)
    ]
