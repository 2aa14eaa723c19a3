"""Public holidays set by hand, or days that are worked instead; the yearly filling leaves them alone then."""

from datetime import date

from server import audit
from server.audit.recording import Acting
from server.core import db
from server.core.db import transaction
from server.core.errors import Invalid
from server.core.ids import new_id
from server.resources.opening.holiday_facts import Holiday

SET = """
INSERT INTO holiday (id, country, day, works_like, name, edited) VALUES ($1, $2, $3, $4, $5, true)
ON CONFLICT (country, day) DO UPDATE SET works_like = excluded.works_like, name = excluded.name, edited = true
"""

LIST = """
SELECT day, works_like, name FROM holiday WHERE country = $1 AND extract(year FROM day) = $2 ORDER BY day
"""

COUNTRIES = "SELECT DISTINCT country FROM resource WHERE country <> '' ORDER BY country"


async def set_holiday(country: str, day: date, works_like: int | None, name: str, by: Acting | None = None) -> None:
    """Let a day be off, or be worked like a weekday (0 is Monday). Raises Invalid."""
    if len(country) != 2 or not (country.isascii() and country.isupper()):
        raise Invalid("the country is an ISO 3166-1 alpha-2 code such as CN", field="country")
    async with transaction():
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
