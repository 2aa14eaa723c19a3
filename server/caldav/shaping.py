"""What a REPORT wants of an object's data: as it is, expanded, or without some (RFC 4791 9.6). Pure."""

from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

from icalendar import Calendar, vDatetime

from server.caldav import filters
from server.caldav.calendar_file import REPEATING, parse
from server.caldav.davxml import name
from server.calendars.events import PRODID
from server.core.errors import Forbidden
from server.core.spans import Span

EXPANDED = 5000  # occurrences of one object


def shaped(data: bytes, asked: Element | None, zone: ZoneInfo) -> bytes:
    """Write an object as a calendar-data element asks for it. Raises Forbidden. Not for two threads at once."""
    if asked is None:
        return data
    expand = filters.time_range(asked.find(name("C:expand")))
    if expand is not None:
        return _expanded(data, expand, zone)
    limit = filters.time_range(asked.find(name("C:limit-recurrence-set")))
    return data if limit is None else _limited(data, limit, zone)


def _expanded(data: bytes, span: Span, zone: ZoneInfo) -> bytes:
    if span.length > filters.WIDEST:
        span = Span(span.starts_at, span.starts_at + filters.WIDEST)
    calendar = parse(data)
    repeats = any("RECURRENCE-ID" in one or any(key in one for key in REPEATING) for one in calendar.subcomponents)
    kind = "VTODO" if calendar.walk("VTODO") else "VEVENT"
    found = filters.occurrences(calendar, span, zone, kind)
    if len(found) > EXPANDED:
        raise Forbidden(f"it takes place more than {EXPANDED} times in this time", condition="C:max-instances")
    made = Calendar()
    made.add("PRODID", str(calendar.get("PRODID", PRODID.strip().partition(":")[2])))
    made.add("VERSION", "2.0")
    for event in found:
        made.add_component(_one(event, repeats=repeats))
    return bytes(made.to_ical())


def _one(event: Any, *, repeats: bool) -> Any:
    """One occurrence: its times in UTC, without the rule, named by its RECURRENCE-ID."""
    for key in (*REPEATING, "EXDATE"):
        event.pop(key, None)
    if not repeats:
        event.pop("RECURRENCE-ID", None)
    elif "RECURRENCE-ID" not in event:
        event.add("RECURRENCE-ID", event["DTSTART"].dt)
    for key in ("DTSTART", "DTEND", "DUE", "RECURRENCE-ID"):
        if key in event and isinstance(event[key].dt, datetime) and event[key].dt.tzinfo is not None:
            event[key] = vDatetime(event[key].dt.astimezone(UTC))
    return event


def _limited(data: bytes, span: Span, zone: ZoneInfo) -> bytes:
    """Leave out what is otherwise than the rule says and does not touch the time."""
    calendar = parse(data)
    calendar.subcomponents = [
        one for one in calendar.subcomponents if "RECURRENCE-ID" not in one or filters.touches(one, span, zone)
    ]
    return bytes(calendar.to_ical())
