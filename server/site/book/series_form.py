"""The form of a series: a first time, how it comes again, and what to do where a time cannot be had."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from server.bookings.series.schemas import NewSeries
from server.core.recurrence import MOST, WEEKDAYS
from server.core.translations import N_
from server.web import time_form
from server.web.forms import Form

FREQUENCIES = {"WEEKLY": N_("every week"), "DAILY": N_("every day"), "MONTHLY": N_("every month")}
FIELDS = ("freq", "interval", "count", "until", "on_conflict")
EVERY, TIMES = N_("Give a number from 1 to 52."), N_("Give a number from 2 to 366, or the last day.")
EITHER = N_("Say either how many times or the last day, and leave the other empty.")
BEFORE = N_("The last day is before the first.")
NOT_TICKED = N_("The first day is none of the days of the week that are ticked.")
OF_THE_WEEK = N_("Days of the week go with every day and every week. Tick none, or choose one of these.")


def read(given: Mapping[str, str], resource_id: UUID, zone: ZoneInfo, units: int) -> Form[NewSeries]:
    """Read what was entered. What is wrong is told at its field."""
    time = time_form.read(given, zone, units, overnight=True)
    said = {name: given.get(name, "").strip() for name in FIELDS}
    days = {f"on_{day}": given[f"on_{day}"] for day in WEEKDAYS if f"on_{day}" in given}
    entered, errors = time.entered | said | days, dict(time.errors)
    rule = _rule(said, days, time.entered["date"], errors)
    if errors or time.value is None:
        return Form(entered, errors)
    starts_at, ends_at = (moment.astimezone(zone) for moment in time.value.span)
    skip: Any = "skip" if said["on_conflict"] == "skip" else "refuse"
    wanted = NewSeries(
        resource_id=resource_id, starts_at=starts_at, ends_at=ends_at, rule=rule, units=time.value.units,
        on_conflict=skip,
    )  # fmt: skip
    return Form(entered, {}, wanted)


def skipped_months(wanted: NewSeries, starts: Sequence[str]) -> list[date]:
    """The months between the first and the last time that have no such day: there is no 31 April."""
    if "FREQ=MONTHLY" not in wanted.rule or not starts:
        return []
    every = int(found[1]) if (found := re.search(r"INTERVAL=([0-9]+)", wanted.rule)) else 1
    there = {_month(date.fromisoformat(one[:10])) for one in starts}
    missing = (one for one in range(min(there), max(there), every) if one not in there)
    return [date(one // 12, one % 12 + 1, 1) for one in missing]


def _rule(said: dict[str, str], days: dict[str, str], first: str, errors: dict[str, str]) -> str:
    freq = said["freq"] if said["freq"] in FREQUENCIES else "WEEKLY"
    rule = f"FREQ={freq}"
    every = _number(said["interval"] or "1", 1, 52)
    if every is None:
        errors["interval"] = EVERY
    elif every > 1:
        rule += f";INTERVAL={every}"
    if days and freq == "MONTHLY":
        errors["freq"] = OF_THE_WEEK
    elif days:
        rule += ";BYDAY=" + ",".join(name.removeprefix("on_") for name in days)
        if "date" not in errors and f"on_{WEEKDAYS[date.fromisoformat(first).weekday()]}" not in days:
            errors["date"] = NOT_TICKED
    if said["until"]:
        try:
            last = date.fromisoformat(said["until"])
        except ValueError:
            errors["until"] = N_("Choose a date.")
            return rule
        if said["count"]:
            errors["count"] = EITHER
        elif "date" not in errors and last < date.fromisoformat(first):
            errors["until"] = BEFORE
        return f"{rule};UNTIL={last:%Y%m%d}"
    count = _number(said["count"], 2, MOST)
    if count is None:
        errors["count"] = TIMES
    return f"{rule};COUNT={count}"


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _number(text: str, least: int, most: int) -> int | None:
    found = int(text[:6]) if text.isascii() and text.isdigit() else -1
    return found if least <= found <= most else None
