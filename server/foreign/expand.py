"""What a calendar says is busy, as instants. Runs in a process of its own (parse.py), for it may take any time.

What counts as busy: docs/foreign-calendars.md. Each event's exact length is computed here once and carried along as
properties of ours, because the library that expands repeats lengths on the wall clock (RFC 5545 3.8.5.3: exact).
"""

import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, vDDDTypes
from icalendar.timezone import tzp
from icalendar.timezone.zoneinfo import ZONEINFO

from server.calendars.ics_prefilter import COUNTED, Unreadable, skim
from server.foreign.schemas import Found, Instance

INSTANCES = 20_000  # of one calendar
HORIZON = timedelta(days=400)
BEFORE = timedelta(days=2)  # how far back instances are looked for: ends are only known afterwards
WEST, EAST = timedelta(hours=12), timedelta(hours=14)  # the offsets that there are: UTC-12 to UTC+14
SECONDS, DAYS = "X-RONGTONG-SECONDS", "X-RONGTONG-DAYS"  # skim leaves out what a file says under such names
DOUBTFUL, OWN = "X-RONGTONG-DOUBTFUL", "X-RONGTONG-OWN"
TIMES = frozenset(("DTSTART", "DTEND", "DURATION", "RECURRENCE-ID", "RRULE", "RDATE", "EXDATE"))
TITLE = 200  # characters


class Zones(ZONEINFO):
    """The zones of the system; of what is no name of one (`Asia` is a folder) it knows nothing."""

    def timezone(self, name: str) -> tzinfo | None:
        try:
            return super().timezone(name)
        except (OSError, ValueError):
            return None


class Wrong(Exception):
    """An event that makes no sense."""


def expand(content: bytes, *, zone: ZoneInfo, now: datetime, own_host: str, titles: bool) -> Found:
    """Read a file as busy time from `now` on. Raises Unreadable, and whatever the libraries raise."""
    skimmed = skim(content, now.date())
    tzp.use(Zones())  # also forgets zones that another file brought along
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # icalendar's, about zones that it guesses rightly
        calendar: Any = Calendar.from_ical(skimmed.text)
    default = _named_zone(calendar) or zone
    found = Found(events=skimmed.events)
    _prepare(calendar, default, own_host, found)
    counts: dict[str, int] = {}
    occurrences = recurring_ical_events.of(calendar, skip_bad_series=False).between(now - BEFORE, now + HORIZON)
    for event in occurrences:
        uid = str(event.get("UID", ""))
        counts[uid] = counts.get(uid, 0) + 1
        if uid and counts[uid] > COUNTED:
            raise Unreadable(f"one of its events takes place more than {COUNTED} times")
        if _takes_time(event):
            instance = _instance(event, zone, titles)
            if instance.ends_at > max(instance.starts_at, now):
                found.busy.append(instance)
    if len(found.busy) > INSTANCES:
        raise Unreadable(f"it has more than {INSTANCES} events ahead")
    found.busy.sort(key=lambda one: (one.starts_at, one.ends_at))
    return found


def _named_zone(calendar: Any) -> tzinfo | None:
    named = tzp.timezone(str(calendar.get("X-WR-TIMEZONE", "")) or "-")
    return named if isinstance(named, tzinfo) else None


def _prepare(calendar: Any, default: tzinfo, own_host: str, found: Found) -> None:
    """Settle zones and lengths of every event, mark our own, leave out those that make no sense."""
    kept = []
    for event in calendar.subcomponents:
        if event.name != "VEVENT":
            continue
        name, _, host = str(event.get("UID", "")).rpartition("@")
        if host == own_host:
            found.own += 1
            event[OWN] = name
        try:
            for name in _settle(event, default):
                event[DOUBTFUL] = "1"
                if name not in found.doubtful_zones:
                    found.doubtful_zones.append(name)
            _measure(event)
        except Wrong:
            found.wrong += 1
            continue
        kept.append(event)
    calendar.subcomponents = kept


def _settle(event: Any, default: tzinfo) -> Iterator[str]:
    """Give every time of an event a zone. Yields the names of zones that nobody knows; their times count as UTC."""
    if "DTSTART" not in event or any(str(name).upper() in TIMES for name, _ in event.errors):
        raise Wrong
    for name in ("DTSTART", "DTEND", "RECURRENCE-ID"):
        if name in event:
            given = event[name]
            moment, unknown = _zoned(given.dt, given.params.get("TZID"), default)
            if unknown:
                yield unknown
            params = given.params
            event[name] = vDDDTypes(moment)
            if "RANGE" in params:
                event[name].params["RANGE"] = params["RANGE"]
    for name in ("EXDATE", "RDATE"):
        lists = event.get(name, [])
        for one in lists if isinstance(lists, list) else [lists]:
            for each in one.dts:
                moment, unknown = _zoned(each.dt, one.params.get("TZID"), default)
                each.dt = moment
                if unknown:
                    yield unknown


def _zoned(moment: Any, tzid: str | None, default: tzinfo) -> tuple[Any, str]:
    if isinstance(moment, tuple):
        parts = [_zoned(one, tzid, default) if not isinstance(one, timedelta) else (one, "") for one in moment]
        return tuple(one for one, _ in parts), "".join(unknown for _, unknown in parts[:1])
    if not isinstance(moment, datetime) or moment.tzinfo is not None:
        return moment, ""
    if tzid is None:
        return moment.replace(tzinfo=default), ""
    return moment.replace(tzinfo=UTC), str(tzid)[:100]


def _measure(event: Any) -> None:
    """Write down how long each instance is. Raises Wrong for one that ends before it starts."""
    start = event["DTSTART"].dt
    end = event["DTEND"].dt if "DTEND" in event else None
    length = event["DURATION"].dt if "DURATION" in event and end is None else None
    if not isinstance(start, datetime):
        last = end.date() if isinstance(end, datetime) else end
        days = (last - start).days if last is not None else length.days if length is not None else 1
        if days < 0:
            raise Wrong
        event[DAYS] = str(max(days, 1))
        return
    if end is not None and not isinstance(end, datetime):
        end = datetime.combine(end, time(), start.tzinfo)
    if length is None:
        length = end.astimezone(UTC) - start.astimezone(UTC) if end is not None else timedelta(0)
    if length < timedelta(0):
        raise Wrong
    event[SECONDS] = str(int(length.total_seconds()))


def _takes_time(event: Any) -> bool:
    if str(event.get("STATUS", "")).upper() == "CANCELLED" or str(event.get("TRANSP", "")).upper() == "TRANSPARENT":
        return False
    return str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() != "FREE"


def _instance(event: Any, zone: ZoneInfo, titles: bool) -> Instance:
    start = event["DTSTART"].dt
    if isinstance(start, datetime):
        starts_at = start.astimezone(UTC)
        ends_at = starts_at + timedelta(seconds=int(str(event[SECONDS])))
    else:  # an all-day event is the local day of the resource
        last: date = start + timedelta(days=int(str(event[DAYS])))
        starts_at, ends_at = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (start, last))
    doubtful = DOUBTFUL in event
    if doubtful:  # wherever it is, it lies within
        starts_at, ends_at = starts_at - EAST, ends_at + WEST if ends_at > starts_at else starts_at - EAST
    said = {str(event.get("STATUS", "")).upper(), str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper()}
    title = "".join(one for one in str(event.get("SUMMARY", "")) if one.isprintable())[:TITLE] if titles else ""
    return Instance(starts_at, ends_at, "TENTATIVE" in said, doubtful, title, str(event.get(OWN, "")))
