"""Fill the table of public holidays. What somebody has set by hand is left alone."""

import asyncio
from uuid import UUID

from server import audit
from server.audit.recording import Acting
from server.core import db
from server.core.db import rerunning, transaction
from server.core.ids import new_id
from server.resources.opening.holiday_facts import Holiday, holidays_of

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

# This year and the next, of the countries in which there are resources.
MISSING = """
SELECT c.country, y.year::int FROM (SELECT DISTINCT country FROM resource WHERE country <> '') c,
    LATERAL (SELECT extract(year FROM now()) + ahead AS year FROM generate_series(0, 1) ahead) y
WHERE NOT EXISTS (SELECT FROM holiday h WHERE h.country = c.country AND extract(year FROM h.day) = y.year)
"""

COUNTRIES = "SELECT DISTINCT country FROM resource WHERE country <> '' ORDER BY country"

_unknown: set[tuple[str, int]] = set()  # what this process looked for in vain


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
    async with transaction():
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
