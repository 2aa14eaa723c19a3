"""Free and busy time for programs that plan: VFREEBUSY (RFC 5545 3.6.4) and opening hours as VAVAILABILITY (RFC 7953).

At an address of its own (`.ifb`), for programs that read events stumble over both. Pure.
"""

import hashlib
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from server.calendars import events, lines
from server.calendars.timezones import WEEKDAYS
from server.core.spans import Minutes, Span
from server.resources.opening.opening_hours import DAY, opens_on


class Hours(msgspec.Struct, frozen=True):
    """When a resource is open: by the week, and on the days that are exceptions, holidays among them."""

    resource_id: UUID
    time_zone: str
    week: Minutes
    exceptions: dict[date, Minutes]


class FreeBusy(msgspec.Struct, frozen=True):
    """Taken time within a window; of a resource also its opening hours."""

    window: Span
    stamp: datetime
    busy: list[Span]
    hours: Hours | None = None


def document(told: FreeBusy, uid: str, organizer: str, host: str) -> bytes:
    """Write the calendar. The same facts always give the same bytes."""
    people = lines.mailbox("ORGANIZER", organizer, "Rongtong")
    taken = lines.component(
        "VFREEBUSY",
        (
            lines.text("UID", f"{uid}@{host}"),
            lines.moment("DTSTAMP", told.stamp),
            people,
            lines.moment("DTSTART", told.window.starts_at),
            lines.moment("DTEND", told.window.ends_at),
            *(_busy(span) for span in told.busy),
        ),
    )
    available = [_availability(told.hours, told, people, host)] if told.hours else []
    zones = [told.hours.time_zone] if told.hours else []
    return events.calendar([b"METHOD:PUBLISH\r\n"], zones, told.window.ends_at.year, [taken, *available])


def _busy(span: Span) -> bytes:
    starts, ends = (lines.moment("", one)[1:-2].decode() for one in span)
    return lines.line(f"FREEBUSY;FBTYPE=BUSY:{starts}/{ends}")


def _availability(hours: Hours, told: FreeBusy, people: bytes, host: str) -> bytes:
    """Write the opening hours: what they leave out is BUSY-UNAVAILABLE."""
    first = told.window.starts_at.astimezone(ZoneInfo(hours.time_zone)).date()
    exceptions = {day: minutes for day, minutes in sorted(hours.exceptions.items()) if day >= first}
    weekly = []
    for (opens, closes), weekdays in _by_hours(hours.week).items():
        start = next(day for day in (first + timedelta(days) for days in range(7)) if day.weekday() in weekdays)
        rule = lines.line(f"RRULE:FREQ=WEEKLY;BYDAY={','.join(WEEKDAYS[day] for day in weekdays)}")
        left_out = [
            lines.line(f"EXDATE;TZID={hours.time_zone}:{_wall(day, opens)}")
            for day in exceptions
            if day.weekday() in weekdays
        ]
        weekly.append(_available(hours, start, opens, closes, told.stamp, host, (rule, *left_out)))
    single = [
        _available(hours, day, opens, closes, told.stamp, host)
        for day, minutes in exceptions.items()
        for opens, closes in minutes
    ]
    return lines.component(
        "VAVAILABILITY",
        (
            lines.text("UID", f"hours-{hours.resource_id}@{host}"),
            lines.moment("DTSTAMP", told.stamp),
            people,
            lines.moment("DTSTART", told.window.starts_at),
            lines.moment("DTEND", told.window.ends_at),
            b"BUSYTYPE:BUSY-UNAVAILABLE\r\n",
            *weekly,
            *single,
        ),
    )


def _by_hours(week: Minutes) -> dict[tuple[int, int], list[int]]:
    """The weekdays on which each shift opens: exceptions take its place on their day."""
    days: dict[tuple[int, int], list[int]] = {}
    for day in range(7):
        for hours in opens_on(week, day):
            days.setdefault(hours, []).append(day)
    return days


def _available(
    hours: Hours, day: date, opens: int, closes: int, stamp: datetime, host: str, more: Iterable[bytes] = ()
) -> bytes:
    name = hashlib.sha256(f"{hours.resource_id} {day} {opens} {closes}".encode()).hexdigest()[:32]
    return lines.component(
        "AVAILABLE",
        (
            lines.text("UID", f"{name}@{host}"),
            lines.moment("DTSTAMP", stamp),
            lines.line(f"DTSTART;TZID={hours.time_zone}:{_wall(day, opens)}"),
            lines.line(f"DTEND;TZID={hours.time_zone}:{_wall(day, closes)}"),
            *more,
        ),
    )


def _wall(day: date, minute: int) -> str:
    """Write a minute of a local day; from 1440 on it lies in the next."""
    day, minute = day + timedelta(days=minute // DAY), minute % DAY
    return f"{day:%Y%m%d}T{minute // 60:02}{minute % 60:02}00"
