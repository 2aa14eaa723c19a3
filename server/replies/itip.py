"""Read the answer in a calendar object (RFC 5546 3.2.3, 3.2.7): line by line, with limits, and nothing expanded. Pure.

Programs leave out ORGANIZER, put their own names to time zones, and say the attendee in several ways.
"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from icalendar.parser import Contentline

from server.calendars.ics_prefilter import Unreadable, unfolded

EVENTS = 100  # of one object
LINES = 5_000
METHODS = ("REPLY", "COUNTER")


class Occurrence(msgspec.Struct, frozen=True):
    """A RECURRENCE-ID: a moment, a wall clock time of the resource's own zone, or a day."""

    at: datetime | None = None
    on: date | None = None

    def means(self, start: datetime, zone: ZoneInfo) -> bool:
        """Whether it is the occurrence that the series gave this start."""
        here = start.astimezone(zone)
        if self.at is None:
            return here.date() == self.on
        return self.at == (start if self.at.tzinfo else here.replace(tzinfo=None))


class Answer(msgspec.Struct, frozen=True):
    """What one attendee says to one event."""

    uid: str
    sequence: int
    stamp: datetime
    attendees: tuple[tuple[str, str], ...]  # address in lower case, PARTSTAT
    occurrence: Occurrence | None = None
    comment: str = ""


class Said(msgspec.Struct, frozen=True):
    """A whole object."""

    method: str
    answers: tuple[Answer, ...]
    organizers: frozenset[str] = frozenset()


Line = tuple[str, dict[str, str], str]


def read(content: bytes) -> Said:
    """Read one object. Raises Unreadable."""
    content = content.removeprefix(b"\xef\xbb\xbf").strip()
    if content[:15].upper() != b"BEGIN:VCALENDAR" or content.upper().count(b"BEGIN:VCALENDAR") != 1:
        raise Unreadable("it is not one calendar")
    method, path = "", list[str]()
    events: list[list[Line]] = []
    for number, raw in enumerate(unfolded(content)):
        if number > LINES:
            raise Unreadable(f"it has more than {LINES} lines")
        if not raw.strip():
            continue
        name, parameters, value = _parts(raw)
        if name == "BEGIN":
            path.append(value.upper())
            if path == ["VCALENDAR", "VEVENT"]:
                events.append([])
        elif name == "END":
            if not path or path.pop() != value.upper():
                raise Unreadable("its components are not closed in order")
        elif path == ["VCALENDAR"] and name == "METHOD":
            method = value.strip().upper()
        elif path == ["VCALENDAR", "VEVENT"]:
            events[-1].append((name, parameters, value))
    if path or not events or len(events) > EVENTS:
        raise Unreadable("it breaks off, or has no event or too many")
    answers = tuple(_answer(event) for event in events)
    if len({one.uid for one in answers}) != 1:
        raise Unreadable("its events have several UIDs")  # RFC 5546 3.2.2: one UID in one message
    organizers = frozenset(value for event in events for name, _, value in event if name == "ORGANIZER")
    return Said(method, answers, organizers)


def _parts(raw: bytes) -> Line:
    try:
        name, parameters, value = Contentline(raw.decode()).parts()  # type: ignore[no-untyped-call]
    except (ValueError, UnicodeDecodeError) as error:
        raise Unreadable(f"a line cannot be read ({type(error).__name__})") from None
    given = {key.upper(): one if isinstance(one, str) else ",".join(one) for key, one in parameters.items()}
    return name.upper(), given, value


def _answer(event: list[Line]) -> Answer:
    found = {name: (parameters, value) for name, parameters, value in reversed(event)}  # the first of each
    if "UID" not in found or "DTSTAMP" not in found:
        raise Unreadable("it has no UID or no DTSTAMP")
    sequence = found.get("SEQUENCE", ({}, "0"))[1].strip()
    stamp = _moment(*found["DTSTAMP"])
    if not sequence.isdecimal() or len(sequence) > 9 or stamp.at is None:
        raise Unreadable("its SEQUENCE or DTSTAMP is none")
    return Answer(
        uid=found["UID"][1].strip(),
        sequence=int(sequence),
        stamp=stamp.at if stamp.at.tzinfo else stamp.at.replace(tzinfo=UTC),
        attendees=tuple(_attendee(*one) for name, *one in event if name == "ATTENDEE"),  # type: ignore[arg-type]
        occurrence=_moment(*found["RECURRENCE-ID"]) if "RECURRENCE-ID" in found else None,
    )


def _attendee(parameters: dict[str, str], value: str) -> tuple[str, str]:
    address = value.strip()
    if address.lower().startswith("mailto:"):
        address = address[7:]
    elif "EMAIL" in parameters:  # Apple's servers say who by a path or a number, and the address beside it
        address = parameters["EMAIL"]
    return address.strip().lower(), parameters.get("PARTSTAT", "NEEDS-ACTION").upper()


def _moment(parameters: dict[str, str], value: str) -> Occurrence:
    """A zone that nobody knows (Outlook's names) is taken for the resource's own: it is what we sent."""
    value = value.strip()
    try:
        if parameters.get("VALUE", "").upper() == "DATE" or len(value) == 8:
            return Occurrence(on=datetime.strptime(value, "%Y%m%d").replace(tzinfo=UTC).date())
        if value.endswith(("Z", "z")):
            return Occurrence(at=datetime.strptime(value[:-1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC))
        local = datetime.strptime(value, "%Y%m%dT%H%M%S")  # noqa: DTZ007 - a wall clock
    except ValueError:
        raise Unreadable("one of its times is none") from None
    try:
        return Occurrence(at=local.replace(tzinfo=ZoneInfo(parameters.get("TZID", ""))))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return Occurrence(at=local)
