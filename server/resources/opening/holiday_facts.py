"""Public holidays and the days that are worked instead (调休), as the package `holidays` knows them. Pure."""

import re
from datetime import date
from typing import Any

import holidays
import msgspec

_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Holiday(msgspec.Struct, frozen=True):
    """A day off, or a day that people work like a weekday (0 is Monday)."""

    day: date
    works_like: int | None
    name: str


def is_known(country: str) -> bool:
    return country in holidays.list_supported_countries()


def holidays_of(country: str, year: int) -> list[Holiday]:
    """The holidays of a year by day; none for a country that is not known.

    A worked Saturday or Sunday has the hours of the weekday that is off for it; the State Council's notice names both.
    """
    if not is_known(country):
        return []
    known: Any = holidays.country_holidays(country, years=year, language="zh_CN" if country == "CN" else None)
    found = {day: Holiday(day, None, name) for day, name in known.items() if day.year == year}
    worked = {day for day in getattr(known, "weekend_workdays", ()) if day.year == year}
    weekdays = {
        date.fromisoformat(match[0]): day.weekday() for day, name in known.items() if (match := _DAY.search(name))
    }
    found |= {
        day: Holiday(day, weekdays.get(day, 0), "调休上班" if country == "CN" else "working day") for day in worked
    }
    return [found[day] for day in sorted(found)]
