"""The filters of calendar-query (RFC 4791 9.7), judged on parsed calendars. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

import recurring_ical_events

from server.caldav.calendar_file import EARLIEST, REPEATING, span_of
from server.caldav.davxml import name
from server.core.errors import DomainError, Forbidden
from server.core.http import LAST
from server.core.spans import Span

WIDEST = timedelta(days=4000)  # within which repetitions are looked for
COLLATIONS = ("i;ascii-casemap", "i;octet", "i;unicode-casemap", "")
_ASCII = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def time_range(element: Element | None) -> Span | None:
    """Read a time-range; open ends are far away. Raises Forbidden."""
    if element is None:
        return None
    start, end = (_utc(element.get(one)) for one in ("start", "end"))
    if start is None and end is None:
        raise _invalid("a time-range needs a start or an end")
    span = Span(start or EARLIEST, end or LAST)
    if span.starts_at >= span.ends_at:
        raise _invalid("a time-range ends after it starts")
    return span


def window(root: Element) -> Span | None:
    """The time within which all that a filter lets through takes place, None where it does not say."""
    found = [time_range(one) for one in root.iter(name("C:time-range"))]
    outer = root.find(f"{name('C:comp-filter')}/{name('C:comp-filter')}/{name('C:time-range')}")
    return time_range(outer) if found else None


def check(root: Element) -> None:
    """Raise Forbidden for a filter that makes no sense, also where there is nothing to judge."""
    tops = root.findall(name("C:comp-filter"))
    if len(tops) != 1 or tops[0].get("name", "").upper() != "VCALENDAR":
        raise _invalid("a filter begins with one comp-filter VCALENDAR")
    for one in root.iter():
        if one.tag in (name("C:comp-filter"), name("C:prop-filter"), name("C:param-filter")) and not one.get("name"):
            raise _invalid("a filter needs a name")
        if one.tag == name("C:time-range"):
            time_range(one)
        if one.tag == name("C:text-match") and one.get("collation", "") not in COLLATIONS:
            raise Forbidden("this collation is not known", condition="C:supported-collation")


def matches(calendar: Any, root: Element, zone: ZoneInfo) -> bool:
    """Whether a calendar file passes a filter that was checked."""
    top = root.find(name("C:comp-filter"))
    return top is not None and _component(calendar, top, zone, calendar)


def _component(component: Any, wanted: Element, zone: ZoneInfo, calendar: Any) -> bool:
    for one in wanted.findall(name("C:prop-filter")):
        if not _property(component, one):
            return False
    return all(_child(component, one, zone, calendar) for one in wanted.findall(name("C:comp-filter")))


def _child(parent: Any, wanted: Element, zone: ZoneInfo, calendar: Any) -> bool:
    kind = wanted.get("name", "").upper()
    found = [one for one in parent.subcomponents if one.name == kind]
    if wanted.find(name("C:is-not-defined")) is not None:
        return not found
    span = time_range(wanted.find(name("C:time-range")))
    if span is not None and kind in ("VEVENT", "VTODO"):
        found = within(calendar, span, zone, kind)
    return any(_component(one, wanted, zone, calendar) for one in found)


def within(calendar: Any, span: Span, zone: ZoneInfo, kind: str = "VEVENT") -> list[Any]:
    """The events or tasks, and the occurrences of those that repeat, that touch a time."""
    events = calendar.walk(kind)
    repeats = len(events) > 1 or any(one in event for event in events for one in REPEATING)
    if not repeats:
        return [event for event in events if touches(event, span, zone)]
    first = next((event for event in events if "RECURRENCE-ID" not in event), None)
    found = [first] if first is not None and touches(first, span, zone) and span.length > WIDEST else []
    window = Span(span.starts_at, min(span.ends_at, span.starts_at + WIDEST))
    return found or occurrences(calendar, window, zone, kind)


def occurrences(calendar: Any, span: Span, zone: ZoneInfo, kind: str = "VEVENT") -> list[Any]:
    """The occurrences that touch a time, as events or tasks of their own."""
    around = Span(span.starts_at - timedelta(days=2), span.ends_at + timedelta(days=2))
    found = recurring_ical_events.of(calendar, components=[kind]).between(*around)
    return [event for event in found if touches(event, span, zone)]


def touches(event: Any, span: Span, zone: ZoneInfo) -> bool:
    """Whether an event takes place within a time; one without length at a moment of it."""
    if event.name == "VTODO":
        return task_touches(event, span, zone)
    try:
        taken = span_of(event, zone)
    except DomainError:
        return False
    if not taken.length:
        return span.starts_at <= taken.starts_at < span.ends_at
    return taken.meets(span)


def task_touches(task: Any, span: Span, zone: ZoneInfo) -> bool:
    """Whether a task falls into a time, as the table of RFC 4791 9.9 has it."""
    start, due, completed, created = (moment_of(task, key, zone) for key in ("DTSTART", "DUE", "COMPLETED", "CREATED"))
    if start is not None and "DURATION" in task:
        due = start + task["DURATION"].dt
    if start is not None and due is not None:
        return (span.starts_at < due and span.ends_at > start) or (
            start == due and span.starts_at <= start < span.ends_at
        )
    if start is not None:
        return span.starts_at <= start < span.ends_at
    if due is not None:
        return span.starts_at < due <= span.ends_at
    if completed is not None:
        return span.starts_at <= completed <= span.ends_at or (created is not None and created <= span.ends_at)
    return created is None or span.ends_at > created


def moment_of(task: Any, key: str, zone: ZoneInfo) -> datetime | None:
    """A time of a task as an instant; a day is its first moment on the clock of the resource."""
    value = getattr(task.get(key), "dt", None)
    if not isinstance(value, date):
        return None
    moment = value if isinstance(value, datetime) else datetime.combine(value, time())
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _property(component: Any, wanted: Element) -> bool:
    key = wanted.get("name", "")
    values = component.get(key, [])
    values = values if isinstance(values, list) else [values]
    if wanted.find(name("C:is-not-defined")) is not None:
        return not values
    match = wanted.find(name("C:text-match"))
    for value in values:
        right = all(_parameter(value, one) for one in wanted.findall(name("C:param-filter")))
        if right and (match is None or _says(text_of(value), match)):
            return True
    return bool(match is not None and match.get("negate-condition") == "yes" and not values)


def _parameter(value: Any, wanted: Element) -> bool:
    given = getattr(value, "params", {}).get(wanted.get("name", ""))
    if wanted.find(name("C:is-not-defined")) is not None:
        return given is None
    match = wanted.find(name("C:text-match"))
    if given is None:
        return False
    return match is None or _says(",".join(given) if isinstance(given, list) else str(given), match)


def text_of(value: Any) -> str:
    """The text of a property: that of TEXT without its escapes."""
    if isinstance(value, str):
        return str(value)
    if hasattr(value, "cats"):
        return ",".join(str(one) for one in value.cats)
    said = value.to_ical()
    return said.decode() if isinstance(said, bytes) else str(said)


def _says(text: str, match: Element) -> bool:
    collation, wanted = match.get("collation", ""), match.text or ""
    if collation == "i;octet":
        found = wanted in text
    elif collation == "i;unicode-casemap":
        found = wanted.casefold() in text.casefold()
    else:
        found = wanted.translate(_ASCII) in text.translate(_ASCII)
    return found != (match.get("negate-condition") == "yes")


def _utc(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return max(datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC), EARLIEST)
    except ValueError:
        raise _invalid("times of a filter are in UTC, such as 20261124T080000Z") from None


def _invalid(said: str) -> DomainError:
    return Forbidden(said, condition="C:valid-filter")
