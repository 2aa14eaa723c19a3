"""What a calendar file says is busy within a time, as instants. Pure.

Runs where it can be stopped (server/foreign/parse.py, server/caldav/occurrences.py), for it may take any time.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice
from zoneinfo import ZoneInfo

import msgspec

from server.calendars.reading.content import Component, Unreadable, calendars
from server.calendars.reading.findings import Finding, Findings
from server.calendars.reading.moments import Length, Unclear, Wall
from server.calendars.reading.repetition import COUNTED, Rule
from server.calendars.reading.vevent import Event, Reader
from server.calendars.reading.work_limit import TooMuch, limited
from server.calendars.reading.zones import Zones
from server.core.spans import Span

INSTANCES = 20_000  # of one file
WORK = 1.0  # seconds of one event
WEST, EAST = timedelta(hours=12), timedelta(hours=14)  # the offsets that there are: UTC-12 to UTC+14
FREE = ("FREE",)  # FBTYPE; whatever else it is called is busy (RFC 5545 3.2.9)


class Instance(msgspec.Struct, frozen=True):
    """A time that is busy. `doubtful`: its zone or its rule is not known, so it covers all that it may be."""

    starts_at: datetime
    ends_at: datetime
    tentative: bool = False
    doubtful: bool = False
    title: str = ""
    own: str = ""  # what its UID names when it came from here


class Found(msgspec.Struct):
    """What a file says."""

    events: int = 0
    own: int = 0  # that came from here
    wrong: int = 0  # of which no start can be read
    doubtful_zones: list[str] = []
    busy: list[Instance] = []
    findings: list[Finding] = []


def expand(
    content: bytes, *, zone: ZoneInfo, window: Span, own_host: str = "", titles: bool = False, charset: str = ""
) -> Found:
    """Read a file as busy time within a window; `zone` is where the resource is. Raises Unreadable."""
    found, findings = Found(), Findings()
    for calendar in calendars(content, charset):
        zones = Zones(part for part in calendar.parts if part.kind == "VTIMEZONE")
        named = zones.find(calendar.first("X-WR-TIMEZONE")) if calendar.first("X-WR-TIMEZONE") else None
        reader = Reader(zones, named or zone, zone, findings)
        _Expansion(calendar, reader, window, own_host, found, titles=titles).run()
        found.wrong += reader.wrong
        found.doubtful_zones += [one for one in reader.doubtful if one not in found.doubtful_zones]
    found.busy.sort(key=lambda one: (one.starts_at, one.ends_at))
    found.findings = sorted(findings, key=lambda one: one.line)
    return found


class _Expansion:
    def __init__(
        self, calendar: Component, reader: Reader, window: Span, own_host: str, found: Found, *, titles: bool
    ) -> None:
        self.calendar, self.reader, self.window, self.own_host = calendar, reader, window, own_host
        self.here, self.findings, self.found, self.titles = reader.here, reader.findings, found, titles

    def run(self) -> None:
        cancelled = self.calendar.first("METHOD").upper() == "CANCEL"
        for line in self.calendar.lines:
            if line.name in ("DTSTART", "DTEND", "RRULE", "RDATE", "FREEBUSY"):
                self.findings.add(line.number, "stray", line.text)
        named: dict[str, list[Event]] = {}
        for number, part in enumerate(self.calendar.parts):
            if part.kind == "VEVENT":
                self.found.events += 1
                event = self.reader.event(part)
                named.setdefault(event.uid or f" {number}", []).append(event)
            elif part.kind == "VFREEBUSY":
                self._free_busy(part)
        for events in () if cancelled else named.values():
            exceptions = [one for one in events if one.is_exception and one.replaces is not None]
            for event in events:
                self._take(event, [] if event.is_exception else exceptions)

    def _free_busy(self, part: Component) -> None:
        self.found.events += 1
        for line in part.all("FREEBUSY"):
            for value in line.value.split(","):
                try:
                    start, length = self.reader.period(line, value)
                except Unclear:
                    self.findings.add(line.number, "period", line.text)
                    continue
                kind = line.parameters.get("FBTYPE", "").upper()
                if kind not in FREE:
                    self._add(Event("", line.number, tentative=kind == "BUSY-TENTATIVE"), start, length)

    def _take(self, event: Event, exceptions: list[Event]) -> None:
        name, _, host = event.uid.rpartition("@")
        own = name if self.own_host and host == self.own_host else ""
        self.found.own += bool(own)
        following = sorted((one for one in exceptions if one.and_following), key=self._replaced)
        replaced = _Marks((one.replaces for one in exceptions if one.replaces is not None), self.here)
        around = self._around(following)
        for start, length in zip(event.starts, event.length, strict=True):
            for at, lasting in self._times(event, start, length, around):
                if at in replaced:
                    continue
                moved = [one for one in following if self._replaced(one) < at.instant(self.here)]
                if moved and moved[-1].starts:
                    later = moved[-1]
                    by = later.starts[0].instant(self.here) - self._replaced(later)
                    self._add(later, _shifted(at, by), later.length[0], own)
                else:
                    self._add(event, at, lasting, own)

    def _replaced(self, exception: Event) -> datetime:
        return (exception.replaces or exception.starts[0]).instant(self.here)

    def _around(self, following: list[Event]) -> Span:
        """The window, and as much around it as an exception moves or lengthens all that follow."""
        reach = timedelta(0)
        for one in following:
            for start, length in zip(one.starts, one.length, strict=True):
                begun, ended = start.instant(self.here), length.after(start, self.here)
                reach = max(reach, abs(begun - self._replaced(one)) + (ended - begun))
        return Span(self.window.starts_at - EAST - reach, self.window.ends_at + WEST + reach)

    def _times(self, event: Event, start: Wall, length: Length, around: Span) -> Iterator[tuple[Wall, Length]]:
        """The times of an event that may touch the window, each once, without those that it leaves out."""
        starts: dict[Wall, Length] = {start: length}
        for rule, line in event.rules:
            if rule.often:
                self.findings.add(line.number, "often", line.text)
                self._block(event, start, rule.ends(start, self.here))
                continue
            try:
                with limited(WORK):
                    self._repeat(event, rule, start, around, starts)
            except TooMuch:
                self.findings.add(line.number, "long", line.text)
                self._repeat(event, Rule("FREQ=DAILY", rule.until, clear=False), start, around, starts)
        for at, own_length in event.dates:
            named = own_length or length
            known = starts.get(at, named)
            starts[at] = named if named.after(at, self.here) > known.after(at, self.here) else known
        without, left_out = self._without(event, start), _Marks(event.left_out, self.here)
        for at, lasting in starts.items():
            if at.at not in without and at not in left_out:
                yield at, lasting

    def _repeat(self, event: Event, rule: Rule, start: Wall, around: Span, starts: dict[Wall, Length]) -> None:
        length = starts[start]
        first = around.starts_at - (length.after(start, self.here) - start.instant(self.here))
        first_wall, last_wall = self._on_clock(first, start), self._on_clock(around.ends_at, start)
        times = (at for at in _until(rule.times(start, last_wall, self.here), last_wall) if at >= first_wall)
        taken = list(islice(times, COUNTED + 1))
        for at in taken[:COUNTED]:
            starts.setdefault(Wall(at, start.zone, start.day), length)
        if len(taken) > COUNTED:
            self.findings.add(event.line, "many")
            self._block(event, Wall(taken[COUNTED], start.zone, start.day), rule.ends(start, self.here))

    def _without(self, event: Event, start: Wall) -> set[datetime]:
        last = self._on_clock(self.window.ends_at + WEST, start)
        found: set[datetime] = set()
        for rule in event.without:
            try:
                with limited(WORK):
                    found.update(_until(rule.times(start, last, self.here), last))
            except TooMuch:
                self.findings.add(event.line, "left-out")
        return found

    def _on_clock(self, moment: datetime, start: Wall) -> datetime:
        return moment.astimezone(self.here if start.day else start.zone or UTC).replace(tzinfo=None)

    def _block(self, event: Event, start: Wall, until: datetime | None) -> None:
        """Take all the time from a start to an end on its clock, or to that of the window."""
        if not event.takes_time:
            return
        until_at = self.window.ends_at if until is None else Wall(until, start.zone, start.day).instant(self.here)
        begun, ended = start.instant(self.here), until_at
        if start.zone is None and not start.day:
            begun, ended = begun - EAST, ended + WEST
        begun, ended = max(begun, self.window.starts_at), min(ended, self.window.ends_at)
        if begun < ended:
            self.found.busy.append(Instance(begun, ended, event.tentative, doubtful=True))

    def _add(self, event: Event, start: Wall, length: Length, own: str = "") -> None:
        if not event.takes_time:
            return
        starts_at, ends_at = start.instant(self.here), length.after(start, self.here)
        if ends_at <= starts_at:
            return
        doubtful = start.zone is None and not start.day
        if doubtful:  # wherever it is, it lies within
            starts_at, ends_at = starts_at - EAST, ends_at + WEST
        if starts_at < self.window.ends_at and ends_at > self.window.starts_at:
            title = event.title if self.titles else ""
            self.found.busy.append(Instance(starts_at, ends_at, event.tentative, doubtful, title, own))
            if len(self.found.busy) > INSTANCES:
                raise Unreadable(f"it has more than {INSTANCES} events ahead")


def _until(times: Iterator[datetime], last: datetime) -> Iterator[datetime]:
    for at in times:
        if at > last:
            return
        yield at


def _shifted(at: Wall, by: timedelta) -> Wall:
    return Wall(at.at + by, at.zone, at.day)


class _Marks:
    """Times that are left out or replaced; a day means whatever starts on it."""

    def __init__(self, said: Iterable[Wall], here: tzinfo) -> None:
        self.here, said = here, list(said)
        self.days = {one.at.date() for one in said if one.day}
        self.instants = {one.instant(here) for one in said if not one.day and one.zone is not None}
        self.days_here = {one.astimezone(here).date() for one in self.instants}

    def __contains__(self, at: Wall) -> bool:
        if at.day:
            return at.at.date() in self.days or at.at.date() in self.days_here
        return at.at.date() in self.days or (at.zone is not None and at.instant(self.here) in self.instants)
