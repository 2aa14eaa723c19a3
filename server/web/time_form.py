"""The time that a form asks for: local date and clock, or instants that a link gave."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from server.core import http
from server.core.errors import DomainError
from server.core.recurrence import instant
from server.core.spans import Span
from server.core.translations import N_
from server.web.forms import Form

FIELDS = ("date", "start", "end_date", "end", "units", "from", "to")


class Chosen(msgspec.Struct, frozen=True):
    """A time, and on how many units."""

    span: Span
    units: int = 1


def read(given: Mapping[str, str], zone: ZoneInfo, most: int) -> Form[Chosen]:
    """Read what was chosen. What is wrong is told at its field."""
    entered = {name: given.get(name, "").strip() for name in FIELDS}
    span = _instants(entered)
    if span is not None:
        entered |= shown(span, zone)
    errors: dict[str, str] = {}
    units = entered["units"] = entered["units"] or "1"
    if not (units.isascii() and units.isdigit() and 1 <= int(units[:6]) <= most):
        errors["units"] = N_("Choose at least one unit, and no more than there are.")
    if span is None:
        span = _walls(entered, zone, errors)
    if errors or span is None:
        return Form(entered, errors)
    return Form(entered, {}, Chosen(span, int(units)))


def shown(span: Span, zone: ZoneInfo) -> dict[str, str]:
    """How the form shows a time."""
    start, end = (moment.astimezone(zone) for moment in span)
    other = end.date().isoformat() if end.date() != start.date() else ""
    return {"date": start.date().isoformat(), "start": f"{start:%H:%M}", "end_date": other, "end": f"{end:%H:%M}"}


def _instants(entered: dict[str, str]) -> Span | None:
    """The instants of a link; they tell apart the hours that come twice."""
    if not (entered["from"] and entered["to"]):
        return None
    try:
        return http.span(http.instant(entered["from"], "from"), http.instant(entered["to"], "to"))
    except DomainError:
        return None


def _walls(entered: dict[str, str], zone: ZoneInfo, errors: dict[str, str]) -> Span | None:
    found: dict[str, datetime] = {}
    for name, day in (("start", entered["date"]), ("end", entered["end_date"] or entered["date"])):
        try:
            on = date.fromisoformat(day)
        except ValueError:
            errors["end_date" if name == "end" and entered["end_date"] else "date"] = N_("Choose a date.")
            continue
        try:
            found[name] = instant(datetime.combine(on, time.fromisoformat(entered[name])), zone)
        except ValueError:
            errors[name] = N_("Enter a time such as 08:00.")
        except DomainError:
            errors[name] = N_("The clocks skip this time on that day. Choose another.")
    if errors:
        return None
    if found["end"] <= found["start"] and not entered["end_date"] and entered["end"] == "00:00":
        found["end"] = instant(datetime.combine(date.fromisoformat(entered["date"]) + timedelta(days=1), time()), zone)
    try:
        return http.span(found["start"], found["end"])
    except DomainError:
        errors["end"] = N_("The end must be later than the start.")
        return None
