"""Read rules from a form, and show them in it. An empty field says nothing: then the level above holds."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from babel.dates import get_day_names

from server.core.translations import N_
from server.resources.opening.opening_text import read_hours
from server.resources.opening.week import WEEK_DAYS, WeekSpan
from server.resources.rules.schemas import wrong_with
from server.site.manage.rule_fields import Field
from server.web.forms import Form
from server.web.times import LOCALES

UNITS = {"m": 1, "h": 60, "d": 1440}
MORE = 1  # empty rows for further quotas
MOST = 20
_BLOCK = re.compile(r"(?P<hours>.*?)(?:\s+\+(?P<days>[0-7]))?(?P<after>\s*>)?\s*")

NUMBER = N_("Enter a whole number, such as 2.")
CLOCK = N_("Enter a time such as 08:00.")
HOURS = N_("Write hours such as “Mon–Fri 08:00–18:00”, one line for each.")
LIMITS = N_("This is too much or too little.")
QUOTA = N_("Limit either bookings or hours.")
LONGEST = N_("The longest booking must not be shorter than the shortest.")
TOGETHER = N_("These rules do not go together.")


def entered(said: Mapping[str, Any], fields: list[Field], locale: str) -> dict[str, str]:
    """How the form shows what was said at one level."""
    found: dict[str, str] = {}
    for field in fields:
        if field.name not in said:
            continue
        value = said[field.name]
        if value is None or value in ([], ()):
            found[f"{field.name}-none"] = "none"
        elif field.kind == "minutes":
            unit = next(unit for unit in ("d", "h", "m") if value % UNITS[unit] == 0 and (value or unit == "m"))
            found |= {field.name: str(value // UNITS[unit]), f"{field.name}-unit": unit}
        elif field.kind in ("hours", "blocks"):
            found[field.name] = "\n".join(_line(one, locale) for one in value)
        elif field.kind == "quotas":
            for number, one in enumerate(value):
                found |= _quota_entered(f"q{number}", one, locale)
            found["quotas"] = str(len(value) + MORE)
        else:
            found[field.name] = str(value).lower() if isinstance(value, bool) else str(value)
    return found


def _line(span: Mapping[str, Any], locale: str) -> str:
    """A span as read_hours() reads it."""
    names = get_day_names("abbreviated", locale=LOCALES[locale])
    numbers = sorted(WEEK_DAYS.index(day) for day in span["days"])
    in_a_row = len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1
    days = "–".join((names[numbers[0]], names[numbers[-1]])) if in_a_row else "、".join(names[one] for one in numbers)
    line = f"{days} {span['opens']}–{span['closes']}"
    line += f" +{span['days_long']}" if span.get("days_long") else ""
    return line + (" >" if span.get("needs_previous") else "")


def _quota_entered(key: str, one: Mapping[str, Any], locale: str) -> dict[str, str]:
    minutes = one.get("minutes")
    return {
        f"{key}-per": one.get("per", "organization"),
        f"{key}-period": one.get("period") or "",
        f"{key}-bookings": "" if one.get("bookings") is None else str(one["bookings"]),
        f"{key}-hours": "" if minutes is None else f"{minutes / 60:g}",
        f"{key}-across": one.get("across", "resource"),
        f"{key}-during": "; ".join(_line(span, locale) for span in one.get("during", ())),
    }


def read(given: Mapping[str, str], fields: list[Field]) -> tuple[Form[Any], dict[str, Any]]:
    """Read what is said; return the form, and the rules by name. What is wrong is told at its field."""
    errors: dict[str, str] = {}
    said: dict[str, Any] = {}
    for field in fields:
        text = given.get(field.name, "").strip()
        if field.none and given.get(f"{field.name}-none") == "none":
            said[field.name] = [] if field.kind in ("blocks", "quotas") else None
            continue
        try:
            value = _quotas(given) if field.kind == "quotas" else _value(field, text, given) if text else None
        except _WrongError as wrong:
            errors[wrong.at or field.name] = str(wrong)
            continue
        if value is None:
            continue
        if wrong_with({field.name: value}) and field.name != "max_minutes":
            errors[field.name] = LIMITS
        said[field.name] = value
    if not errors and (wrong_text := wrong_with(said)):
        errors["max_minutes" if "max_minutes" in wrong_text else ""] = LONGEST if "max_min" in wrong_text else TOGETHER
    return Form({name: value for name, value in given.items() if name != "csrf_token"}, errors), said


class _WrongError(ValueError):
    def __init__(self, text: str, at: str = "") -> None:
        super().__init__(text)
        self.at = at


def _value(field: Field, text: str, given: Mapping[str, str]) -> Any:
    if field.kind == "number":
        return _number(text)
    if field.kind == "minutes":
        return _number(text) * UNITS.get(given.get(f"{field.name}-unit", "m"), 1)
    if field.kind == "hours":
        return _hours(text)
    if field.kind == "blocks":
        return [block for line in text.splitlines() if line.strip() for block in _blocks(line)]
    if field.kind == "clock" and not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text):
        raise _WrongError(CLOCK)
    if field.kind == "choice" and text not in field.options:
        raise _WrongError(TOGETHER)
    return {"true": True, "false": False}.get(text, text)


def _number(text: str, at: str = "") -> int:
    if not re.fullmatch(r"[0-9]{1,6}", text, re.ASCII):
        raise _WrongError(NUMBER, at)
    return int(text)


def _hours(text: str, at: str = "") -> list[dict[str, Any]]:
    found = read_hours(text)
    if found is None:
        raise _WrongError(HOURS, at)
    return [_plain(one) for one in found]


def _plain(span: WeekSpan) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(span)
    return plain


def _blocks(line: str) -> list[dict[str, Any]]:
    match = _BLOCK.fullmatch(line)
    if match is None:
        raise _WrongError(HOURS)
    more = {"days_long": int(match["days"] or 0), "needs_previous": match["after"] is not None}
    return [one | more for one in _hours(match["hours"])]


def _quotas(given: Mapping[str, str]) -> list[dict[str, Any]] | None:
    """The rows that limit something; none: nothing is said."""
    found = []
    for number in range(rows_of(given)):
        key = f"q{number}"
        bookings, hours = given.get(f"{key}-bookings", "").strip(), given.get(f"{key}-hours", "").strip()
        if not bookings and not hours:
            continue
        if bookings and hours:
            raise _WrongError(QUOTA, f"{key}-hours")
        one: dict[str, Any] = {
            "per": given.get(f"{key}-per", "organization"),
            "period": given.get(f"{key}-period") or None,
            "across": given.get(f"{key}-across", "resource"),
        }
        if bookings:
            one["bookings"] = _number(bookings, f"{key}-bookings")
        elif re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,2})?", hours, re.ASCII):
            one["minutes"] = round(float(hours) * 60)
        else:
            raise _WrongError(NUMBER, f"{key}-hours")
        if during := given.get(f"{key}-during", "").strip():
            one["during"] = _hours(during, f"{key}-during")
        if wrong_with({"quotas": [one]}):
            raise _WrongError(LIMITS, f"{key}-during" if during else f"{key}-bookings")
        found.append(one)
    return found or None


def rows_of(given: Mapping[str, str]) -> int:
    """How many rows of quotas the form has."""
    text = given.get("quotas", "")
    return min(int(text[:3]), MOST) if text.isascii() and text.isdigit() else MORE
