"""The JSON routes of public holidays: a year of a country, a day set by hand, a year filled."""

from datetime import date
from typing import Annotated

import msgspec
from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, PathParameter, QueryParameter
from msgspec import Meta

from server.access.permissions import open_to
from server.access.person import Person
from server.core.errors import Forbidden, Invalid, NotFound, Unauthenticated
from server.core.instants import YEARS
from server.core.problem_details import refusals
from server.operator.schemas import DayOff
from server.organizations.schemas import Country
from server.resources.opening import holidays
from server.resources.opening.holiday_facts import Holiday

MANAGE = open_to("operator", "manage")
ASKED = refusals(Unauthenticated, Forbidden)
CHANGES = refusals(Unauthenticated, Forbidden, NotFound)
OfCountry = Annotated[str, PathParameter(pattern=r"\A[A-Z]{2}\Z", description="ISO 3166-1 alpha-2")]
InCountry = Annotated[str, QueryParameter(pattern=r"\A[A-Z]{2}\Z", description="ISO 3166-1 alpha-2")]
InYear = Annotated[int, QueryParameter(ge=YEARS[0], le=YEARS[1])]


class Filling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which year of which country."""

    __schema_name__ = "HolidayFilling"
    country: Country
    year: Annotated[int, Meta(ge=YEARS[0], le=YEARS[1])]


@get(
    "/operator/holidays",
    tags=["Operator"],
    opt=open_to("operator", "read"),
    responses=ASKED,
)
async def list_holidays(year: InYear, country: InCountry = "CN") -> list[Holiday]:
    """List the holidays of a year in a country, and the days worked instead (`works_like`, 0 is Monday)."""
    return await holidays.listed(country, year)


@put(
    "/operator/holidays/{country:str}/{day:date}",
    tags=["Operator"],
    opt=MANAGE,
    responses=CHANGES,
)
async def set_holiday(
    person: NamedDependency[Person], country: OfCountry, day: FromPath[date], data: JSONBody[DayOff]
) -> list[Holiday]:
    """Set a day by hand; the yearly filling leaves it alone then."""
    await holidays.set_holiday(country, _known(day), data.works_like, data.name, person)
    return await holidays.listed(country, day.year)


@delete(
    "/operator/holidays/{country:str}/{day:date}",
    tags=["Operator"],
    opt=MANAGE,
    responses=CHANGES,
)
async def unset_holiday(person: NamedDependency[Person], country: OfCountry, day: FromPath[date]) -> None:
    """Let a day be as its weekday says, whatever is known of it."""
    await holidays.unset_holiday(country, _known(day), person)


@post(
    "/operator/holidays/fill",
    tags=["Operator"],
    opt=MANAGE,
    status_code=200,
    responses=ASKED,
)
async def fill_holidays(person: NamedDependency[Person], data: JSONBody[Filling]) -> list[Holiday]:
    """Fill a year with what is known of it. Days that were set by hand stay as they are."""
    await holidays.fill(data.country, data.year, person)
    return await holidays.listed(data.country, data.year)


def _known(day: date) -> date:
    if not YEARS[0] <= day.year <= YEARS[1]:
        raise Invalid(f"days must lie in the years {YEARS[0]} to {YEARS[1]}", field="day")
    return day


ROUTES = [list_holidays, set_holiday, unset_holiday, fill_holidays]
