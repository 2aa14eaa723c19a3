"""The operator's page of public holidays: see a year of a country, set a day by hand, fill the year."""

import datetime as dt
from typing import Annotated, Any

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from msgspec import Meta

from server.access.person import Person
from server.core import days
from server.core.http import Request
from server.core.text import Line
from server.core.translations import N_
from server.organizations.schemas import Country
from server.resources.opening.holidays import countries, fill, listed, set_holiday, unset_holiday
from server.site.operator.page_support import MANAGE, READ, asked, shown
from server.web.forms import EMPTY, Form, post, read, redirect
from server.web.render import reader_zone

HOME = "CN"
TEXTS = {
    "country": N_("Give the country by its code of two letters, such as CN."),
    "year": N_("Give a year from 2000 to 2199."),
    "day": N_("Choose a day."),
    "how": N_("Say how the day is."),
    "name": N_("Give the name on one line."),
}
DAYS = (
    N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"),
)  # fmt: skip


class SetDay(msgspec.Struct, frozen=True):
    """How a day is: off, worked like a weekday (0 is Monday), or as its weekday says."""

    country: Country
    day: dt.date
    how: Annotated[str, Meta(pattern=r"\A(off|usual|[0-6])\Z")]
    name: Line = ""


class Filling(msgspec.Struct, frozen=True):
    """Which year of which country."""

    country: Country
    year: str


@get("/operator/holidays", opt=READ)
async def holidays(request: Request) -> Response[str]:
    """Show a year of a country."""
    return await _holidays(request)


async def _holidays(request: Request, form: Form[Any] = EMPTY, status: int = 200) -> Response[str]:
    country = form.entered.get("country") or asked(request, "country").upper()
    country = country if len(country) == 2 and country.isascii() and country.isupper() else HOME
    text = asked(request, "year")
    year = int(text) if len(text) == 4 and text.isascii() and text.isdigit() else days.today(reader_zone(request)).year
    year = min(max(year, 2000), 2199)
    known = sorted({HOME, country, *await countries()})
    return shown(
        request, "holidays", status=status, country=country, year=year, countries=known, days=DAYS, form=form,
        holidays=await listed(country, year),
    )  # fmt: skip


@post("/operator/holidays", opt=MANAGE)
async def set_day(request: Request, person: NamedDependency[Person]) -> Response[str]:
    """Set a day by hand; the yearly filling leaves it alone then."""
    form = await read(request, SetDay, TEXTS)
    if form.value is None:
        return await _holidays(request, form, 422)
    given = form.value
    if given.how == "usual":
        await unset_holiday(given.country, given.day, person)
    else:
        await set_holiday(given.country, given.day, None if given.how == "off" else int(given.how), given.name, person)
    return redirect(f"/operator/holidays?country={given.country}&year={given.day.year}&done=holiday")


@post("/operator/holidays/fill", opt=MANAGE)
async def fill_year(request: Request, person: NamedDependency[Person]) -> Response[str]:
    """Fill a year with what is known of it."""
    form = await read(request, Filling, TEXTS)
    year = int(form.value.year) if form.value and form.value.year.isdecimal() and len(form.value.year) == 4 else 0
    if form.value is None or not 2000 <= year <= 2199:
        return await _holidays(request, form if form.errors else form.but(year=TEXTS["year"]), 422)
    done = "filled" if await fill(form.value.country, year, person) else "nothing-known"
    return redirect(f"/operator/holidays?country={form.value.country}&year={year}&done={done}")


ROUTES = [holidays, set_day, fill_year]
