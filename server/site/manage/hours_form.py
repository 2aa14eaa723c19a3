"""The form of opening hours: a table of the week, and the days that are exceptions."""

from collections.abc import Mapping
from datetime import date
from itertools import groupby
from typing import Any

import msgspec

from server.core.errors import Invalid
from server.core.translations import N_
from server.resources.opening.week import WEEK_DAYS, DaySpan, ExceptionalDay, OpeningHours, WeekSpan, day_minutes
from server.web.forms import Form

PAIRS = 3  # from–to on each day of the week
OFFERED = 3  # empty rows for further exceptions
MOST = 200  # rows that a form may send

CLOCK = N_("Enter a time such as 08:00.")
BOTH = N_("Say when it opens and when it closes, or leave both empty.")
TWICE = N_("This day is given twice. Put its hours into one row.")
OVERLAP = N_("The hours of this day come to more than 24; let them not overlap.")


def entered(hours: OpeningHours, today: date) -> dict[str, str]:
    """How the form shows hours. Midnight at the end of a day is 00:00; exceptions that are past are left out."""
    found: dict[str, str] = {}
    for day in WEEK_DAYS:
        spans = [span for span in hours.weekly if day in span.days]
        for number, span in enumerate(spans):
            found |= {f"{day}-{number}-from": span.opens, f"{day}-{number}-to": span.closes.replace("24:00", "00:00")}
    coming = [one for one in hours.exceptions if one.date >= today]
    for number, one in enumerate(coming):
        found |= {f"x{number}-date": one.date.isoformat(), f"x{number}-reason": one.reason}
        for pair, hours_of in enumerate(one.spans):
            to = hours_of.closes.replace("24:00", "00:00")
            found |= {f"x{number}-{pair}-from": hours_of.opens, f"x{number}-{pair}-to": to}
    return found | {"exceptions": str(len(coming) + OFFERED)}


def pairs_of(given: Mapping[str, str], day: str, least: int = PAIRS) -> int:
    """How many pairs of a day the form needs to show."""
    number = least
    while f"{day}-{number}-from" in given and number < 48:
        number += 1
    return number


def rows_of(given: Mapping[str, str]) -> int:
    """How many rows of exceptions the form has."""
    text = given.get("exceptions", "")
    return min(int(text[:4]), MOST) if text.isascii() and text.isdigit() else OFFERED


def read(given: Mapping[str, str], before: OpeningHours, today: date) -> Form[OpeningHours]:
    """Read the form; exceptions that are past stay as they were."""
    errors: dict[str, str] = {}
    by_day = [(day, span) for day in WEEK_DAYS for span in _pairs(given, day, pairs_of(given, day), errors)]
    by_day.sort(key=lambda one: (one[1], WEEK_DAYS.index(one[0])))
    weekly = tuple(
        WeekSpan(tuple(day for day, _ in those), opens, closes)
        for (opens, closes), those in groupby(by_day, key=lambda one: one[1])
    )
    exceptions = {one.date: one for one in before.exceptions if one.date < today}
    for number in range(rows_of(given)):
        one = _exception(given, number, errors)
        if one is not None and one.date in exceptions:
            errors[f"x{number}-date"] = TWICE
        elif one is not None:
            exceptions[one.date] = one
    kept = {name: value for name, value in given.items() if name != "csrf_token"}
    if errors:
        return Form(kept, errors)
    return Form(kept, {}, OpeningHours(weekly, tuple(exceptions[day] for day in sorted(exceptions))))


def _pairs(given: Mapping[str, str], day: str, count: int, errors: dict[str, str]) -> list[tuple[str, str]]:
    found = []
    for number in range(count):
        opens, closes = (given.get(f"{day}-{number}-{end}", "").strip()[:5] for end in ("from", "to"))
        if not opens and not closes:
            continue
        if not opens or not closes:
            errors[f"{day}-{number}-{'to' if opens else 'from'}"] = BOTH
            continue
        try:
            msgspec.convert({"days": ["mon"], "opens": opens, "closes": closes}, WeekSpan)
        except msgspec.ValidationError:
            errors[f"{day}-{number}-from"] = CLOCK
        else:
            found.append((opens, closes))
    return found


def _exception(given: Mapping[str, str], number: int, errors: dict[str, str]) -> ExceptionalDay | None:
    """Read a row. Without a date there is none: so a row is taken out."""
    day = given.get(f"x{number}-date", "").strip()
    if not day:
        return None
    wrong: dict[str, str] = {}
    spans = _pairs(given, f"x{number}", pairs_of(given, f"x{number}", 2), wrong)
    closing = [DaySpan(opens, "24:00" if closes == "00:00" else closes) for opens, closes in spans]
    values: dict[str, Any] = {"date": day, "reason": given.get(f"x{number}-reason", "").strip()}
    errors |= wrong
    try:
        one = msgspec.structs.replace(msgspec.convert(values, ExceptionalDay), spans=tuple(closing))
        day_minutes(one)
    except msgspec.ValidationError as error:
        at_reason = "reason" in str(error)
        said = N_("Give the reason on one line, in at most 200 characters.") if at_reason else N_("Choose a date.")
        errors[f"x{number}-{'reason' if at_reason else 'date'}"] = said
        return None
    except Invalid:
        errors[f"x{number}-0-to"] = OVERLAP
        return None
    return one
