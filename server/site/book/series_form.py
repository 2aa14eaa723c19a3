"""The form of a series: a first time, how it comes again, and what to do where a time cannot be had."""

from collections.abc import Mapping
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


def read(given: Mapping[str, str], resource_id: UUID, zone: ZoneInfo, units: int) -> Form[NewSeries]:
    """Read what was entered. What is wrong is told at its field."""
    time = time_form.read(given, zone, units)
    said = {name: given.get(name, "").strip() for name in FIELDS}
    days = {f"on_{day}": given[f"on_{day}"] for day in WEEKDAYS if f"on_{day}" in given}
    entered, errors = time.entered | said | days, dict(time.errors)
    rule = _rule(said, days, errors)
    if errors or time.value is None:
        return Form(entered, errors)
    starts_at, ends_at = (moment.astimezone(zone) for moment in time.value.span)
    skip: Any = "skip" if said["on_conflict"] == "skip" else "refuse"
    wanted = NewSeries(
        resource_id=resource_id, starts_at=starts_at, ends_at=ends_at, rule=rule, units=time.value.units,
        on_conflict=skip,
    )  # fmt: skip
    return Form(entered, {}, wanted)


def _rule(said: dict[str, str], days: dict[str, str], errors: dict[str, str]) -> str:
    freq = said["freq"] if said["freq"] in FREQUENCIES else "WEEKLY"
    rule = f"FREQ={freq}"
    every = _number(said["interval"] or "1", 1, 52)
    if every is None:
        errors["interval"] = EVERY
    elif every > 1:
        rule += f";INTERVAL={every}"
    if freq == "WEEKLY" and days:
        rule += ";BYDAY=" + ",".join(name.removeprefix("on_") for name in days)
    if said["until"]:
        try:
            return f"{rule};UNTIL={date.fromisoformat(said['until']):%Y%m%d}"
        except ValueError:
            errors["until"] = N_("Choose a date.")
            return rule
    count = _number(said["count"], 2, MOST)
    if count is None:
        errors["count"] = TIMES
    return f"{rule};COUNT={count}"


def _number(text: str, least: int, most: int) -> int | None:
    found = int(text[:6]) if text.isascii() and text.isdigit() else -1
    return found if least <= found <= most else None
