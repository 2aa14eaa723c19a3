"""The time that a form asks for: local date and clock, or instants that a link gave."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from server.core import instants
from server.core.errors import DomainError
from server.core.recurrence import instant
from server.core.spans import Span
from server.core.translations import N_
from server.web.forms import Form

SKIPPED = N_("The clocks skip this time on that day. Choose another.")
FIELDS = ("date", "start", "end_date", "end", "units", "from", "to")


class Chosen(msgspec.Struct, frozen=True):
    """A time, and on how many units."""

    span: Span
    units: int = 1


def read(given: Mapping[str, str], zone: ZoneInfo, most: int, *, overnight: bool = False) -> Form[Chosen]:
    """Read what was chosen. What is wrong is told at its field.

    `overnight`: an end that is not after the start, and without a day of its own, is that of the next day.
    """
    entered = {name: given.get(name, "").strip() for name in FIELDS}
    span = _instants(entered)
    if span is not None:
        entered |= shown(span, zone)
    errors: dict[str, str] = {}
    units = entered["units"] = entered["units"] or "1"
    if not (units.isascii() and units.isdigit() and 1 <= int(units[:6]) <= most):
        errors["units"] = N_("Choose at least one unit, and no more than there are.")
    if span is None:
        span = _walls(entered, zone, errors, overnight=overnight)
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
        return instants.span(instants.instant(entered["from"], "from"), instants.instant(entered["to"], "to"))
    except DomainError:
        return None


def _walls(entered: dict[str, str], zone: ZoneInfo, errors: dict[str, str], *, overnight: bool) -> Span | None:
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
            errors[name] = SKIPPED
    if errors:
        return None
    if found["end"] <= found["start"] and not entered["end_date"] and (overnight or entered["end"] == "00:00"):
        tomorrow = date.fromisoformat(entered["date"]) + timedelta(days=1)
        try:
            found["end"] = instant(datetime.combine(tomorrow, time.fromisoformat(entered["end"])), zone)
        except DomainError:
            errors["end"] = SKIPPED
            return None
    try:
        return instants.span(found["start"], found["end"])
    except DomainError:
        errors["end"] = N_("The end must be later than the start.")
        return None
