"""Read the answer in a calendar object (RFC 5546 3.2.3, 3.2.7): as foreign files are read, and nothing expanded. Pure.

Programs leave out ORGANIZER, put their own names to time zones, and say the attendee in several ways.
"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import msgspec

from server.calendars.reading.content import Component, Line, Unreadable, calendars
from server.calendars.reading.moments import Unclear, wall
from server.calendars.reading.zones import Zones

EVENTS = 100  # of one object
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


def read(content: bytes, charset: str = "", method: str = "") -> Said:
    """Read one object; `charset` and `method` are those of its MIME type, where it says none. Raises Unreadable."""
    found = calendars(content, charset)
    if len(found) != 1:
        raise Unreadable("it is not one calendar")
    [calendar] = found
    events = [part for part in calendar.parts if part.kind == "VEVENT"]
    if not events or len(events) > EVENTS:
        raise Unreadable("it has no event or too many")
    zones = Zones(part for part in calendar.parts if part.kind == "VTIMEZONE")
    answers = tuple(_answer(event, zones) for event in events)
    if len({one.uid for one in answers}) != 1:
        raise Unreadable("its events have several UIDs")  # RFC 5546 3.2.2: one UID in one message
    organizers = frozenset(line.value.strip() for event in events for line in event.all("ORGANIZER"))
    return Said((calendar.first("METHOD") or method).upper(), answers, organizers)


def _answer(event: Component, zones: Zones) -> Answer:
    uid, sequence, stamps = event.first("UID"), event.first("SEQUENCE") or "0", event.all("DTSTAMP")
    if not uid or not stamps:
        raise Unreadable("it has no UID or no DTSTAMP")
    stamp = _moment(stamps[0], zones)
    if not sequence.isdecimal() or len(sequence) > 9 or stamp.at is None:
        raise Unreadable("its SEQUENCE or DTSTAMP is none")
    replaced = event.all("RECURRENCE-ID")
    return Answer(
        uid=uid,
        sequence=int(sequence),
        stamp=stamp.at if stamp.at.tzinfo else stamp.at.replace(tzinfo=UTC),
        attendees=tuple(_attendee(line) for line in event.all("ATTENDEE")),
        occurrence=_moment(replaced[0], zones) if replaced else None,
    )


def _attendee(line: Line) -> tuple[str, str]:
    address = line.value.strip()
    if address.lower().startswith("mailto:"):
        address = address[7:]
    elif "EMAIL" in line.parameters:  # Apple's servers say who by a path or a number, and the address beside it
        address = line.parameters["EMAIL"]
    return address.strip().lower(), line.parameters.get("PARTSTAT", "NEEDS-ACTION").upper()


def _moment(line: Line, zones: Zones) -> Occurrence:
    """A zone that nobody knows is taken for the resource's own: it is what we sent."""
    try:
        read = wall(line.value)
    except Unclear:
        raise Unreadable("one of its times is none") from None
    if read.day:
        return Occurrence(on=read.at.date())
    name = line.parameters.get("TZID", "")
    return Occurrence(at=read.at.replace(tzinfo=read.zone or (zones.find(name) if name else None)))
