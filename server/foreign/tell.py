"""Letters to those who run a resource about its foreign calendars."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from server.bookings.capacity.resource_snapshot import Bookable
from server.core import db
from server.outbox.account_mail import owe
from server.web.times import spell_moment

About = Literal["foreign_conflict", "foreign_stale", "foreign_gone"]

PEOPLE = """
SELECT a.email, a.name, a.locale FROM member m JOIN account a ON a.id = m.account_id
WHERE m.organization_id = $1 AND m.active AND m.role IN ('admin', 'manager')
  AND (NOT m.named_only OR m.role = 'admin'
       OR EXISTS (SELECT FROM member_resource mr WHERE mr.member_id = m.id AND mr.resource_id = $2))
"""
NAME = "SELECT coalesce(nullif(name, ''), id::text) FROM foreign_calendar WHERE resource_id = $1 AND id = $2"


async def tell_of_conflicts(resource: Bookable, calendar_id: UUID, starts: list[datetime]) -> None:
    """Tell that busy time meets bookings, which stand. In the current transaction."""
    await _tell("foreign_conflict", resource, calendar_id, min(starts), count=str(len(starts)))


async def tell_of_failure(about: About, resource: Bookable, calendar_id: UUID, since: datetime, error: str) -> None:
    """Tell that it cannot be read, since when and why; what was read before stands. In the current transaction."""
    await _tell(about, resource, calendar_id, since, error=error)


async def _tell(
    about: About, resource: Bookable, calendar_id: UUID, moment: datetime, *, count: str = "", error: str = ""
) -> None:
    name = await db.fetchval(NAME, resource.id, calendar_id)
    for person in await db.fetch(PEOPLE, resource.owner_id, resource.id):
        when = spell_moment(moment, resource.time_zone, person["locale"])
        await owe(
            about, person["email"], person["locale"], name=person["name"], resource=resource.name, calendar=name,
            when=when, count=count, error=error,
        )  # fmt: skip
