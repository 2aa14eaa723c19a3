"""Letters to those who run a resource about its foreign calendars."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.calendars.reading.findings import Finding
from server.core import db
from server.foreign.reasons import listed
from server.outbox.account_mail import owe
from server.web.times import spell_moment

About = Literal["foreign_conflict", "foreign_unclear", "foreign_stale", "foreign_gone"]

PEOPLE = """
SELECT a.email, a.name, a.locale FROM member m JOIN account a ON a.id = m.account_id
WHERE m.organization_id = $1 AND m.active AND m.role IN ('admin', 'manager')
  AND (NOT m.named_only OR m.role = 'admin'
       OR EXISTS (SELECT FROM member_resource mr WHERE mr.member_id = m.id AND mr.resource_id = $2))
"""
NAME = "SELECT coalesce(nullif(name, ''), id::text) FROM foreign_calendar WHERE resource_id = $1 AND id = $2"


async def tell_of_conflicts(resource: ResourceSnapshot, calendar_id: UUID, starts: list[datetime]) -> None:
    """Tell that busy time meets bookings, which stand. In the current transaction."""
    await _tell("foreign_conflict", resource, calendar_id, min(starts), count=str(len(starts)))


async def tell_of_findings(resource: ResourceSnapshot, calendar_id: UUID, found: Sequence[Finding]) -> None:
    """Tell which lines were not understood, and what that blocks. In the current transaction."""
    await _tell("foreign_unclear", resource, calendar_id, resource.now, found=found)


async def tell_of_failure(
    about: About, resource: ResourceSnapshot, calendar_id: UUID, since: datetime, error: str
) -> None:
    """Tell that it cannot be read, since when and why; what was read before stands. In the current transaction."""
    await _tell(about, resource, calendar_id, since, error=error)


async def _tell(
    about: About, resource: ResourceSnapshot, calendar_id: UUID, moment: datetime, *, count: str = "", error: str = "",
    found: Sequence[Finding] = (),
) -> None:  # fmt: skip
    name = await db.fetchval(NAME, resource.id, calendar_id)
    for person in await db.fetch(PEOPLE, resource.owner_id, resource.id):
        when = spell_moment(moment, resource.time_zone, person["locale"])
        await owe(
            about, person["email"], person["locale"], name=person["name"], resource=resource.name, calendar=name,
            when=when, count=count, error=error,
            lines=listed(found, person["locale"]),
        )  # fmt: skip
