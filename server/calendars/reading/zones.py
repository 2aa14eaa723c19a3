"""Time zones by all the names that calendar files give them (TZID). Pure.

In this order: a name of the IANA; the file's own VTIMEZONE; a name of Windows; a vendor's prefix before a name; a name
as Outlook shows it; a plain offset. A zone that is none of these is not known; what follows is for who reads the event.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from io import StringIO
from zoneinfo import ZoneInfo

from dateutil.tz import tzical
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from server.calendars.reading.content import Component
from server.core.time_zones import time_zones

_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+\-\u2212])\s*(\d{1,2})(?::?(\d\d))?", re.IGNORECASE)
_SHOWN = re.compile(r"\((?:UTC|GMT)(?:\s*([+\-\u2212]\d{1,2}:?\d\d))?\)\s*(.+)", re.IGNORECASE)
_OBSERVED = ("DTSTART", "RRULE", "RDATE", "TZOFFSETFROM", "TZOFFSETTO", "TZNAME")
_SELDOM = re.compile(r"FREQ=(?:YEARLY|MONTHLY|WEEKLY)", re.IGNORECASE)
_SEASONS = (datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC))
FARTHEST = timedelta(hours=14)


class Zones:
    """The zones of one VCALENDAR."""

    def __init__(self, own: Iterable[Component]) -> None:
        self.own: dict[str, set[str]] = {}
        for one in own:
            self.own.setdefault(one.first("TZID").strip("/"), set()).add(_observances(one))
        self.known: dict[str, tzinfo | None] = {}

    def find(self, name: str) -> tzinfo | None:
        """The zone of this name, None for one that nobody knows, or that the file gives two meanings."""
        if name not in self.known:
            self.known[name] = self._find(name.strip())
        return self.known[name]

    def _find(self, name: str) -> tzinfo | None:
        clean = name.strip("/")
        if found := _iana(clean):
            return found
        if told := self.own.get(clean):
            return _observed(next(iter(told))) if len(told) == 1 else None
        return _windows(clean) or _prefixed(name) or _shown(name) or _offset(name)


def _iana(name: str) -> ZoneInfo | None:
    found = _by_name().get(name.casefold())
    return ZoneInfo(found) if found else None


@lru_cache(maxsize=1)
def _by_name() -> dict[str, str]:
    return {name.casefold(): name for name in time_zones()}


@lru_cache(maxsize=1)
def _of_windows() -> dict[str, str]:
    return {name.casefold(): zone for name, zone in WINDOWS_TO_OLSON.items()}


def _windows(name: str) -> ZoneInfo | None:
    found = _of_windows().get(name.casefold())
    return _iana(found) if found else None


def _prefixed(name: str) -> ZoneInfo | None:
    """A name behind a vendor's, as in /example.org/20260101_1/Europe/Berlin."""
    if not name.startswith("/") and "://" not in name:
        return None
    parts = name.strip("/").split("/")[:10]
    return next((found for at in range(1, len(parts)) if (found := _iana("/".join(parts[at:])))), None)


def _shown(name: str) -> tzinfo | None:
    """A name as Outlook shows it: `(UTC+01:00) Amsterdam, Berlin, Bern`, `(UTC-08:00) Pacific Time (US & Canada)`.

    The offset is that of winter. So the zone is one that is called so or lies there, or whichever never changes clocks.
    """
    found = _SHOWN.fullmatch(name)
    if found is None:
        return None
    offset = _offset(found.group(1) or "+00:00")
    called = re.sub(r"\s*\(.*\)$", "", found.group(2))
    if called.casefold() == "coordinated universal time":
        return UTC
    if zone := _windows(f"{called.removesuffix(' Time')} Standard Time") or _windows(called):
        return zone
    standard = offset.utcoffset(None) if offset else None
    there = _zones_of(standard) if standard is not None else ()
    places = {place.strip().replace(" ", "_").casefold() for place in re.split("[,:]", called)}
    for zone in there:
        if zone.key.rpartition("/")[2].casefold() in places:
            return zone
    return offset if there and all(_summer(zone) == standard for zone in there) else None


@lru_cache(maxsize=100)
def _zones_of(standard: timedelta) -> tuple[ZoneInfo, ...]:
    """The zones with this offset in winter."""
    zones = (ZoneInfo(name) for name in sorted(time_zones()) if "/" in name and not name.startswith("Etc/"))
    return tuple(zone for zone in zones if min(_offsets(zone)) == standard)


def _offsets(zone: tzinfo) -> list[timedelta]:
    return [moment.astimezone(zone).utcoffset() or timedelta(0) for moment in _SEASONS]


def _summer(zone: tzinfo) -> timedelta:
    return max(_offsets(zone))


def _offset(name: str) -> tzinfo | None:
    """A plain offset: UTC+08:00, GMT+0800, +8."""
    found = _OFFSET.fullmatch(name)
    if found is None:
        return None
    sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    if offset > FARTHEST or int(minutes or 0) > 59:
        return None
    return timezone(offset if sign == "+" else -offset)


def _observances(zone: Component) -> str:
    """A VTIMEZONE with nothing but what says when clocks change, as dateutil reads it."""
    told = ["BEGIN:VTIMEZONE", "TZID:own"]
    for one in zone.parts:
        if one.kind in ("STANDARD", "DAYLIGHT"):
            lines = (f"{line.name}:{line.value.strip()}" for line in one.lines if line.name in _OBSERVED)
            told += [f"BEGIN:{one.kind}", *lines, f"END:{one.kind}"]
    return "\n".join([*told, "END:VTIMEZONE", ""])


@lru_cache(maxsize=100)
def _observed(observances: str) -> tzinfo | None:
    if "RRULE" in observances and len(_SELDOM.findall(observances)) != observances.count("\nRRULE:"):
        return None
    try:
        found: tzinfo = tzical(StringIO(observances)).get()
        _offsets(found)  # its rules are read when it is asked
        return found
    except Exception:  # whatever its rules bring about in the library
        return None
