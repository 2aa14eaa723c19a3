"""Override the rules of a resource for some local days."""

import datetime as dt
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record

from server import audit
from server.access.acting import acting
from server.core import db
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.errors import CountryNeeded, Invalid, NotFound
from server.core.ids import new_id
from server.core.text import Line
from server.resources.default_rules import refuse_wrong
from server.resources.lock_own import lock_own
from server.resources.rules.schemas import closes_without_country
from server.resources.save import NO_COUNTRY

MOST = 200  # of one resource that are not past; each is laid over the rules of its days at every booking

COUNT = "SELECT count(*) FROM rule_override WHERE resource_id = $1 AND last_day > current_date - 3"

INSERT = """
INSERT INTO rule_override (resource_id, id, first_day, last_day, rules, reason) VALUES ($1, $2, $3, $4, $5, $6)
"""

LIST = """
SELECT v.id, v.first_day, v.last_day, v.rules, v.reason FROM rule_override v JOIN resource r ON r.id = v.resource_id
WHERE v.resource_id = $1 AND (r.listed OR r.owner_id = $2) ORDER BY v.first_day, v.id
"""

DELETE = "DELETE FROM rule_override WHERE resource_id = $1 AND id = $2 RETURNING id"


class NewOverride(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Other rules from one local day to another; both are included. Of several for a day the newest says most."""

    __schema_name__ = "NewRuleOverride"
    first_day: dt.date
    last_day: dt.date
    rules: dict[str, Any]  # of Rules, only what differs
    reason: Line = ""


class RuleOverride(NewOverride, frozen=True, kw_only=True):
    """An override as it stands."""

    __schema_name__ = "RuleOverride"
    id: UUID


@rerunning
async def override(resource_id: UUID, given: NewOverride, by: Actor) -> RuleOverride:
    """Let other rules hold for bookings that start on these days. Bookings that were made stay.

    Raises Forbidden, NotFound, Invalid, CountryNeeded.
    """
    if given.last_day < given.first_day:
        raise Invalid("last_day is before first_day", field="last_day")
    if given.first_day.year < 2000 or given.last_day.year >= 2200:
        raise Invalid("days must lie in the years 2000 to 2199", field="first_day")
    refuse_wrong(given.rules, of_days=True)
    async with acting(by):
        held = await lock_own(resource_id, by, None)
        if closes_without_country(held.fields["country"], given.rules):
            raise CountryNeeded(NO_COUNTRY, field="rules")
        if await db.fetchval(COUNT, resource_id) >= MOST:
            raise Invalid(f"there are {MOST} overrides already; delete some, or say it in the rules", field="rules")
        id = new_id()
        rules = msgspec.json.encode(given.rules).decode()
        await db.execute(INSERT, resource_id, id, given.first_day, given.last_day, rules, given.reason)
        became = {"resource_id": resource_id} | msgspec.structs.asdict(given)
        await audit.record("set", "rule_override", id, by, of=by.organization_id, became=became)
    return RuleOverride(id=id, **msgspec.structs.asdict(given))


async def overrides(resource_id: UUID, viewer: Actor | None) -> list[RuleOverride]:
    """Read the overrides of a resource, by day."""
    return [_override(row) for row in await db.fetch(LIST, resource_id, viewer and viewer.organization_id)]


@rerunning
async def lift(resource_id: UUID, id: UUID, by: Actor) -> None:
    """Take an override back. Raises Forbidden, NotFound."""
    async with acting(by):
        await lock_own(resource_id, by, None)
        if await db.fetchval(DELETE, resource_id, id) is None:
            raise NotFound("there is no such override")
        await audit.record("lifted", "rule_override", id, by, of=by.organization_id, was={"resource_id": resource_id})


def _override(row: Record) -> RuleOverride:
    return RuleOverride(**{**row, "rules": msgspec.json.decode(row["rules"])})
