"""A booking at one of its revisions as a VEVENT: the same facts always give the same bytes."""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from server.calendars import lines
from server.calendars.timezones import vtimezone
from server.core.translations import N_, translator
from server.outbox.facts import Facts, comes_twice

PRODID = "PRODID:-//Rongtong//Rongtong//EN\r\n"
CACHED_EVENTS = 20_000  # some 1.5 KB each with their facts
Reader = Literal["member", "owner"]

STATUS = {"requested": "TENTATIVE", "declined": "CANCELLED", "cancelled": "CANCELLED", "expired": "CANCELLED"}
BUSYSTATUS = {"TENTATIVE": "TENTATIVE", "CANCELLED": "FREE", "CONFIRMED": "BUSY"}
MARKS = {
    "requested": N_("[Requested]"),
    "declined": N_("[Declined]"),
    "cancelled": N_("[Cancelled]"),
    "expired": N_("[Expired]"),
    "no_show": N_("[No show]"),
}


@lru_cache(maxsize=CACHED_EVENTS)
def event(facts: Facts, reader: Reader, locale: str) -> bytes:
    """Write a booking in detail, for those who booked or for the owner. Kept: a feed joins what it showed before."""
    return booking(facts, reader, locale)


def booking(
    facts: Facts,
    reader: Reader,
    locale: str,
    people: Iterable[bytes] = (),
    *,
    times: tuple[bytes, bytes] | None = None,
) -> bytes:
    """Write a booking in detail, with the ORGANIZER and ATTENDEE lines of an invitation; `times` in place of its own.

    One occurrence of a series names the time that it replaces in the series (RECURRENCE-ID).
    """
    status = STATUS.get(facts.status, "CONFIRMED")
    _ = translator(locale).gettext
    mark = f"{_(MARKS[facts.status])} " if facts.status in MARKS else ""
    title = f"{resource_name(facts, locale)} · {facts.organization_name}"
    title = title if reader == "owner" else resource_name(facts, locale)
    return lines.component(
        "VEVENT",
        (
            lines.text("UID", facts.uid),
            lines.moment("DTSTAMP", facts.stamp),
            lines.moment("CREATED", facts.created),
            lines.moment("LAST-MODIFIED", facts.stamp),
            f"SEQUENCE:{facts.sequence}\r\n".encode(),
            *(times or span(facts.starts_at, facts.ends_at, facts.time_zone)),
            *([_replaces(facts)] if facts.recurrence_id else ()),
            lines.text("SUMMARY", mark + title),
            *([lines.text("LOCATION", place)] if (place := where(facts)) else ()),
            lines.text(
                "DESCRIPTION", "\n".join(f"{label}: {value}" for label, value in details(facts, reader, locale))
            ),
            *people,
            f"STATUS:{status}\r\n".encode(),
            b"TRANSP:TRANSPARENT\r\n" if status == "CANCELLED" else b"TRANSP:OPAQUE\r\n",
            f"X-MICROSOFT-CDO-BUSYSTATUS:{BUSYSTATUS[status]}\r\n".encode(),
        ),
    )


def _replaces(facts: Facts) -> bytes:
    moment = facts.recurrence_id or facts.starts_at
    return lines.local("RECURRENCE-ID", moment, facts.time_zone, ZoneInfo(facts.time_zone))


def details(facts: Facts, reader: Reader, locale: str) -> list[tuple[str, str]]:
    """List what is worth knowing as label and value, without what is unknown."""
    _ = translator(locale).gettext
    booked_by = f"{facts.organization_name} · {facts.booker_name}"
    told = [
        (_("Owner"), facts.owner_name),
        (_("Booked by"), f"{booked_by} <{facts.booker_email}>" if reader == "owner" else booked_by),
        (_("Units"), f"{facts.units}: {', '.join(facts.unit_names)}" if facts.unit_names else str(facts.units)),
        (_("Purpose"), facts.purpose),
        (_("Reason"), facts.reason),
        (_("Reference"), str(facts.booking_id)),
    ]
    return [(label, value) for label, value in told if value]


def resource_name(facts: Facts, locale: str) -> str:
    return facts.resource_name_en if locale == "en" and facts.resource_name_en else facts.resource_name


def where(facts: Facts) -> str:
    return ", ".join(filter(None, (facts.owner_name, facts.place)))


def busy(uid: str, starts_at: datetime, ends_at: datetime, stamp: datetime, time_zone: str, title: str) -> bytes:
    """Write taken time and nothing else: not who, not how often, not why, not since when."""
    return lines.component(
        "VEVENT",
        (
            lines.text("UID", uid),
            lines.moment("DTSTAMP", stamp),
            lines.moment("LAST-MODIFIED", stamp),
            b"SEQUENCE:0\r\n",
            *span(starts_at, ends_at, time_zone),
            lines.text("SUMMARY", title),
            b"CLASS:PRIVATE\r\nSTATUS:CONFIRMED\r\nTRANSP:OPAQUE\r\nX-MICROSOFT-CDO-BUSYSTATUS:BUSY\r\n",
        ),
    )


def busy_uid(secret: str, whose: UUID, starts_at: datetime, ends_at: datetime, host: str) -> str:
    """Name a span of taken time. The same span has the same name for ever; the name tells nothing about bookings."""
    said = f"busy {whose} {starts_at.timestamp():.0f} {ends_at.timestamp():.0f}"
    return f"{hmac.new(secret.encode(), said.encode(), hashlib.sha256).hexdigest()[:32]}@{host}"


def span(starts_at: datetime, ends_at: datetime, time_zone: str) -> tuple[bytes, bytes]:
    """Write DTSTART and DTEND on the wall clock of the zone.

    A wall clock time that exists twice means its first occurrence (RFC 5545 3.3.5), but libical takes the second. So
    where either of them exists twice both are written in UTC.
    """
    zone = ZoneInfo(time_zone)
    if comes_twice(starts_at.astimezone(zone)) or comes_twice(ends_at.astimezone(zone)):
        return lines.moment("DTSTART", starts_at), lines.moment("DTEND", ends_at)
    return lines.local("DTSTART", starts_at, time_zone, zone), lines.local("DTEND", ends_at, time_zone, zone)


def calendar(properties: Iterable[bytes], zones: Iterable[str], last_year: int, events: Iterable[bytes]) -> bytes:
    """Put events into a VCALENDAR with one VTIMEZONE for each zone, right until the end of `last_year`."""
    timezones = (vtimezone(zone, last_year) for zone in sorted(set(zones)))
    head = (b"VERSION:2.0\r\n", PRODID.encode(), b"CALSCALE:GREGORIAN\r\n")
    return lines.component("VCALENDAR", (*head, *properties, *timezones, *events))
