"""Write resources: one statement for any number of new ones, one for any number of changed ones."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import msgspec

from server.core import db
from server.core.errors import CountryNeeded
from server.core.spans import Minutes
from server.resources.keep_searchable import keep
from server.resources.opening.opening_hours import minutes_open, week_of
from server.resources.opening.week import ExceptionalDay, day_minutes, week_minutes
from server.resources.rules.schemas import closes_without_country
from server.resources.schemas import ResourceIn

# What people fill in: the column, the type in which its values travel, and the value.
_COLUMNS: dict[str, tuple[str, Callable[[ResourceIn], Any]]] = {
    "kind": ("text", lambda given: given.kind),
    "name": ("text", lambda given: given.name),
    "name_en": ("text", lambda given: given.name_en),
    "description": ("text", lambda given: given.description),
    "manufacturer": ("text", lambda given: given.manufacturer),
    "model": ("text", lambda given: given.model),
    "category": ("text", lambda given: given.category),
    "country": ("text", lambda given: given.country),
    "city": ("text", lambda given: given.city),
    "region_code": ("text", lambda given: given.region_code),
    "latitude": ("float8", lambda given: given.latitude),
    "longitude": ("float8", lambda given: given.longitude),
    "time_zone": ("text", lambda given: given.time_zone),
    "units": ("int", lambda given: given.units),
    "week_hours": ("text", lambda given: multirange(minutes_open(week_minutes(given.opening_hours.weekly)))),
    "week_shifts": ("text", lambda given: _kept_shifts(week_minutes(given.opening_hours.weekly))),
    "rules": ("text", lambda given: msgspec.json.encode(given.rules).decode()),
    "price_per_hour": ("numeric", lambda given: given.price_per_hour),
    "currency": ("text", lambda given: given.currency),
    "source_url": ("text", lambda given: given.source_url),
    "methods": ("text", lambda given: given.methods),
    "address": ("text", lambda given: given.address),
    "contact": ("text", lambda given: given.contact),
    "price_text": ("text", lambda given: given.price_text),
    "listed": ("bool", lambda given: given.listed),
}
_CASTS = {"week_hours": "::int4multirange", "week_shifts": "::int4range[]", "rules": "::jsonb"}
_NAMES = ", ".join(_COLUMNS)
_VALUES = ", ".join(f"given.{name}{_CASTS.get(name, '')}" for name in _COLUMNS)
_ARRAYS = ", ".join(f"${position}::{kind}[]" for position, (kind, _) in enumerate(_COLUMNS.values(), 4))

INSERT = f"""
INSERT INTO resource (id, import_key, owner_id, {_NAMES})
SELECT given.id, given.import_key, $3, {_VALUES}
FROM unnest($1::uuid[], $2::text[], {_ARRAYS}) AS given (id, import_key, {_NAMES})
"""

UPDATE = f"""
UPDATE resource r SET ({_NAMES}) = ROW ({_VALUES}), version = r.version + 1, updated_at = now()
FROM unnest($1::uuid[], $2::int[], {_ARRAYS}) AS given (id, version, {_NAMES})
WHERE r.id = given.id AND r.version = given.version AND r.owner_id = $3
"""

DEFAULT_RULES = "SELECT rules FROM organization WHERE id = $1"
NO_COUNTRY = "it closes on public holidays, and its country has none that are known; name one, or open it on holidays"

FORGET_EXCEPTIONS = "DELETE FROM opening_exception WHERE resource_id = $1"

ADD_EXCEPTIONS = """
INSERT INTO opening_exception (resource_id, day, hours, reason)
SELECT $1, day, hours::int4multirange, reason
FROM unnest($2::date[], $3::text[], $4::text[]) AS given (day, hours, reason)
"""


class New(msgspec.Struct, frozen=True):
    """A resource to be. `import_key` tells its row in the owner's list, if it came from one."""

    id: UUID
    resource: ResourceIn
    import_key: str | None = None


class Changed(msgspec.Struct, frozen=True):
    """A resource that was read and locked at `version`, and what it shall be."""

    id: UUID
    version: int
    resource: ResourceIn


async def insert(owner_id: UUID, new: Sequence[New]) -> None:
    """Insert resources without their exceptional days. Raises CountryNeeded."""
    await _refuse_without_country(owner_id, [one.resource for one in new])
    columns = _columns([one.resource for one in new])
    await db.execute(INSERT, [one.id for one in new], [one.import_key for one in new], owner_id, *columns)
    await keep([one.id for one in new])


async def update(owner_id: UUID, changed: Sequence[Changed]) -> None:
    """Write resources that the current transaction has locked, and count their versions up. Raises CountryNeeded."""
    await _refuse_without_country(owner_id, [one.resource for one in changed])
    columns = _columns([one.resource for one in changed])
    await db.execute(UPDATE, [one.id for one in changed], [one.version for one in changed], owner_id, *columns)
    await keep([one.id for one in changed])


async def replace_exceptions(resource_id: UUID, days: Sequence[ExceptionalDay]) -> None:
    """Let exactly these days be exceptions."""
    await db.execute(FORGET_EXCEPTIONS, resource_id)
    if days:
        hours = [multirange(day_minutes(day)) for day in days]
        reasons = [day.reason for day in days]
        await db.execute(ADD_EXCEPTIONS, resource_id, [day.date for day in days], hours, reasons)


async def _refuse_without_country(owner_id: UUID, resources: Sequence[ResourceIn]) -> None:
    """Refuse what would be closed on the holidays of no country, and so be open on them unsaid."""
    default = msgspec.json.decode(await db.fetchval(DEFAULT_RULES, owner_id))
    for one in resources:
        if closes_without_country(one.country, default, one.rules):
            raise CountryNeeded(NO_COUNTRY, field="country")


def multirange(minutes: Minutes) -> str:
    """How PostgreSQL writes minutes."""
    return "{" + ",".join(f"[{start},{end})" for start, end in minutes) + "}"


def _kept_shifts(week: Minutes) -> str:
    """How PostgreSQL writes the shifts of a week; none where the hours alone tell them."""
    told = week == week_of(minutes_open(week))
    return "{" + ",".join(f'"[{start},{end})"' for start, end in (() if told else week)) + "}"


def _columns(resources: Sequence[ResourceIn]) -> list[list[Any]]:
    return [[value(one) for one in resources] for _, value in _COLUMNS.values()]
