"""A calendar object as an owner's program sends it: what it must be (RFC 4791 4.1), and which time it takes. Pure.

It is read as strangers' files are (server/calendars/reading), but whatever is not understood there is refused, for who
sends it can be told. icalendar must understand it, too: queries are answered with that.
"""

import re
import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from icalendar import Calendar
from icalendar.timezone import tzp
from icalendar.timezone.zoneinfo import ZONEINFO

from server.calendars.reading.content import Unreadable, calendars, unfolded
from server.calendars.reading.findings import Findings
from server.calendars.reading.vevent import TIMES, Reader
from server.calendars.reading.zones import Zones
from server.core.errors import DomainError, Forbidden, TooLarge
from server.core.instants import FIRST, LAST
from server.core.spans import Span

SIZE = 256 * 1024  # bytes
MOST = 366  # occurrences within HORIZON
HORIZON = timedelta(days=365)  # how far ahead repetitions close the resource; a sweep moves it on
LONGEST = timedelta(days=400)  # one occurrence
DATES = 1000  # of RDATE and EXDATE
OVERRIDES = 400  # VEVENTs of one object
EARLIEST = FIRST - timedelta(days=36525)
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SELDOM = re.compile(r"\bFREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)\b", re.IGNORECASE)
REPEATING = ("RRULE", "RDATE", "EXRULE")


class ByAnyName(ZONEINFO):
    """The zones that icalendar knows: by all names that they go by."""

    def timezone(self, name: str) -> tzinfo | None:
        return Zones(()).find(name)


class Sent(msgspec.Struct, frozen=True):
    """What an object is, before its repetitions are worked out."""

    uid: str
    span: Span  # of its first event
    repeats: bool
    busy: bool  # whether it takes its time


def check(data: bytes, zone: ZoneInfo) -> Sent:
    """Read an object. Raises TooLarge, or Forbidden with the precondition of RFC 4791 5.3.2.1 that it fails."""
    try:
        return _checked(data, zone)
    except DomainError:
        raise
    except Exception as error:  # whatever files bring about in the library
        raise wrong(f"it cannot be read ({type(error).__name__})", "C:valid-calendar-data") from None


def _checked(data: bytes, zone: ZoneInfo) -> Sent:
    if len(data) > SIZE:
        raise TooLarge(f"an event has at most {SIZE // 1024} KB", condition="C:max-resource-size")
    if _CONTROLS.search(data):
        raise wrong("it contains control characters", "C:valid-calendar-data")
    calendar = parse(data)
    if "METHOD" in calendar:
        raise wrong("an object that is kept has no METHOD", "C:valid-calendar-object-resource")
    kinds = {one.name for one in calendar.subcomponents} - {"VTIMEZONE"}
    if kinds not in ({"VEVENT"}, {"VTODO"}):
        raise wrong(f"events or tasks can be kept, not {', '.join(sorted(kinds)) or 'nothing'}",
                    "C:supported-calendar-component")  # fmt: skip
    events: list[Any] = calendar.walk(kinds.pop())
    uids = {str(one.get("UID", "")) for one in events}
    if len(uids) != 1 or "" in uids or len(next(iter(uids))) > 1000:
        raise wrong("all its events must have one and the same UID", "C:valid-calendar-object-resource")
    if broken := next((name for one in events for name, _ in one.errors if str(name).upper() in TIMES), None):
        raise wrong(f"its {broken} cannot be read", "C:valid-calendar-data")
    if len(events) > OVERRIDES or sum(map(_dates, events)) > DATES:
        raise wrong(f"it has more than {OVERRIDES} events or {DATES} dates", "C:max-instances")
    if any(not _SELDOM.search(rule) for one in events for rule in _rules(one)):
        raise wrong("it repeats more often than daily", "C:max-instances")
    if events[0].name == "VTODO":
        return Sent(uids.pop(), Span(EARLIEST, LAST), repeats=True, busy=False)
    _refuse_unclear(data, zone)
    spans = [span_of(one, zone) for one in events]  # all must make sense
    masters = [at for at, one in enumerate(events) if "RECURRENCE-ID" not in one]
    if len(masters) > 1:
        raise wrong("it has more than one event without RECURRENCE-ID", "C:valid-calendar-object-resource")
    repeats = len(events) > 1 or any(name in events[0] for name in REPEATING)
    return Sent(uids.pop(), spans[masters[0] if masters else 0], repeats, any(map(takes_time, events)))


def _refuse_unclear(data: bytes, zone: ZoneInfo) -> None:
    """Refuse what a tolerant reader would have to guess. Raises Forbidden."""
    findings = Findings()
    try:
        for calendar in calendars(data):
            reader = Reader(Zones(part for part in calendar.parts if part.kind == "VTIMEZONE"), zone, zone, findings)
            for part in calendar.parts:
                if part.kind == "VEVENT":
                    reader.event(part)
    except Unreadable as reason:
        raise wrong(str(reason), "C:valid-calendar-data") from None
    if findings:
        first = findings[0]
        raise wrong(f"line {first.line} cannot be understood: {first.text}".rstrip(": "), "C:valid-calendar-data")


def text(data: bytes) -> str:
    """The text of an object. A fold may stand within a character (RFC 5545 3.1): then it is unfolded."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return "".join(f"{line.decode()}\r\n" for _, line in unfolded(data))


def parse(data: bytes) -> Any:
    """Parse a calendar, without what another file said of zones. Raises Forbidden. Not for two threads at once."""
    tzp.use(ByAnyName())  # it also forgets the zones that another file brought along
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # icalendar's, about zones that it guesses rightly
            found: Any = Calendar.from_ical(text(data))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OSError) as error:
        raise wrong(f"it is no calendar ({type(error).__name__})", "C:valid-calendar-data") from None
    return found


def wrong(said: str, condition: str) -> DomainError:
    """A precondition that fails is 403 (RFC 4918 16): after one 400 some programs stop all syncing."""
    return Forbidden(said, condition=condition)


def takes_time(event: Any) -> bool:
    """Neither cancelled nor transparent; what is tentative does."""
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return False
    return str(event.get("TRANSP", "")).upper() != "TRANSPARENT"


def span_of(event: Any, zone: ZoneInfo) -> Span:
    """When one event takes place: all-day events on the local days of the resource. Raises Forbidden."""
    try:
        start, end = _ends(event)
        if not isinstance(start, datetime):
            span = Span(_midnight(start, zone), _midnight(max(end, start + timedelta(days=1)), zone))
        else:
            span = Span(_instant(start, zone), _instant(end, zone))
    except (KeyError, AttributeError, TypeError, ValueError, OverflowError) as error:
        raise wrong(f"its time makes no sense ({type(error).__name__})", "C:valid-calendar-data") from None
    if span.ends_at < span.starts_at:
        raise wrong("it ends before it starts", "C:valid-calendar-data")
    if span.starts_at < EARLIEST:
        raise wrong("it is too long ago", "C:min-date-time")
    if span.ends_at > LAST:
        raise wrong("it is too far ahead", "C:max-date-time")
    if span.length > LONGEST:
        raise wrong(f"it lasts longer than {LONGEST.days} days", "C:max-instances")
    return span


def _ends(event: Any) -> tuple[Any, Any]:
    start = event["DTSTART"].dt
    if "DTEND" in event:
        end = event["DTEND"].dt
        if isinstance(start, datetime) != isinstance(end, datetime):
            raise TypeError("DTSTART and DTEND are of two kinds")
    elif "DURATION" in event:
        length = event["DURATION"].dt
        exact = isinstance(start, datetime) and start.tzinfo is not None
        end = start.astimezone(UTC) + length if exact else start + length
    else:
        end = start
    for name in ("DTSTART", "DTEND"):
        if name in event and getattr(event[name].dt, "tzinfo", UTC) is None and "TZID" in event[name].params:
            said = f"it names a time zone that nobody knows: {event[name].params['TZID']}"
            raise wrong(said[:200], "C:valid-calendar-data")
    return start, end


def _instant(moment: datetime, zone: ZoneInfo) -> datetime:
    """A floating time is one of the resource's clock."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _rules(event: Any) -> Iterator[str]:
    for name in ("RRULE", "EXRULE"):
        for one in _listed(event.get(name, [])):
            yield one.to_ical().decode()


def _dates(event: Any) -> int:
    return sum(len(one.dts) for name in ("RDATE", "EXDATE") for one in _listed(event.get(name, [])))
