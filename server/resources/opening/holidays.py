"""Public holidays: a year of a country filled from what is known, or a day set by hand, which filling leaves alone."""

import asyncio
from datetime import date
from uuid import UUID

from server import audit
from server.access.acting import acting
from server.audit.recording import Acting
from server.core import db
from server.core.db import rerunning
from server.core.errors import Invalid
from server.core.ids import new_id
from server.resources.opening.holiday_facts import Holiday, holidays_of

SET = """
INSERT INTO holiday (id, country, day, works_like, name, edited) VALUES ($1, $2, $3, $4, $5, true)
ON CONFLICT (country, day) DO UPDATE SET works_like = excluded.works_like, name = excluded.name, edited = true
"""

LIST = """
SELECT day, works_like, name FROM holiday WHERE country = $1 AND extract(year FROM day) = $2 ORDER BY day
"""

COUNTRIES = "SELECT DISTINCT country FROM resource WHERE country <> '' ORDER BY country"

FORGET = """
DELETE FROM holiday WHERE country = $1 AND extract(year FROM day) = $2 AND NOT edited AND day <> ALL ($3)
"""

FILL = """
INSERT INTO holiday (id, country, day, works_like, name)
SELECT id, $1, day, works_like, name FROM unnest($2::uuid[], $3::date[], $4::int[], $5::text[])
    AS given (id, day, works_like, name)
ON CONFLICT (country, day) DO UPDATE SET works_like = excluded.works_like, name = excluded.name
WHERE NOT holiday.edited
"""

# The year that it is at the resources of a country, and the next.
MISSING = """
SELECT DISTINCT c.country, y.year::int FROM (SELECT DISTINCT country, time_zone FROM resource WHERE country <> '') c,
    LATERAL (SELECT extract(year FROM now() AT TIME ZONE c.time_zone) + ahead AS year
             FROM generate_series(0, 1) ahead) y
WHERE NOT EXISTS (SELECT FROM holiday h WHERE h.country = c.country AND extract(year FROM h.day) = y.year)
"""

_unknown: set[tuple[str, int]] = set()  # what this process looked for in vain


async def set_holiday(country: str, day: date, works_like: int | None, name: str, by: Acting | None = None) -> None:
    """Let a day be off, or be worked like a weekday (0 is Monday). Raises Invalid."""
    if len(country) != 2 or not (country.isascii() and country.isupper()):
        raise Invalid("the country is an ISO 3166-1 alpha-2 code such as CN", field="country")
    async with acting(by):
        await db.execute(SET, new_id(), country, day, works_like, name)
        became = {"country": country, "day": day, "works_like": works_like, "name": name}
        await audit.record("set", "holiday", None, by, of=None, became=became, operator=True)


async def unset_holiday(country: str, day: date, by: Acting | None = None) -> None:
    """Let a day be as its weekday says, whatever is known of it."""
    await set_holiday(country, day, day.weekday(), "", by)


async def listed(country: str, year: int) -> list[Holiday]:
    return [Holiday(**row) for row in await db.fetch(LIST, country, year)]


async def countries() -> list[str]:
    """In which countries there are resources."""
    return [row["country"] for row in await db.fetch(COUNTRIES)]


async def fill(country: str, year: int, by: Acting | None = None) -> int:
    """Write the holidays of a year as they are known now, and return how many there are.

    Without somebody who asked for it the worker does it by itself.
    """
    known = await asyncio.to_thread(holidays_of, country, year)
    if known:
        await _write(country, year, known, by)
    return len(known)


@rerunning
async def _write(country: str, year: int, known: list[Holiday], by: Acting | None) -> None:
    days, ids = [one.day for one in known], list[UUID](new_id() for _ in known)
    async with acting(by):
        await db.execute(FORGET, country, year, days)
        await db.execute(FILL, country, ids, days, [one.works_like for one in known], [one.name for one in known])
        became = {"country": country, "year": year, "count": len(known)}
        await audit.record("filled", "holiday", None, by, of=None, became=became, operator=by is not None)


async def fill_all(year: int) -> dict[str, int]:
    """Fill a year for every country in which there are resources."""
    return {row["country"]: await fill(row["country"], year) for row in await db.fetch(COUNTRIES)}


async def fill_missing() -> int:
    """Fill this year and the next for countries of which nothing is known yet. A sweep of the worker."""
    filled = 0
    for row in await db.fetch(MISSING):
        wanted = (row["country"], row["year"])
        if wanted in _unknown:
            continue
        if await fill(*wanted):
            filled += 1
        else:
            _unknown.add(wanted)
    return filled
