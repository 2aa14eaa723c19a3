"""One VEVENT as it is meant: its times, its length, its repetition, and whether it takes time at all. Pure.

Each part that cannot be read is said by its line, and stands for the longest that it may plausibly mean.
"""

import re
from collections.abc import Callable
from datetime import timedelta, tzinfo
from functools import partial
from typing import TypeVar

import msgspec

from server.calendars.reading import repetition
from server.calendars.reading.content import Component, Line
from server.calendars.reading.findings import Findings, Kind
from server.calendars.reading.moments import Length, Unclear, Wall, between, length, period, wall
from server.calendars.reading.repetition import Rule
from server.calendars.reading.zones import Zones

T = TypeVar("T")
A_DAY = Length(1)  # what an event takes whose end cannot be read
DATES = 5_000  # of RDATE and EXDATE of one event
TITLE = 200  # characters
KNOWN = frozenset((
    "ATTACH", "ATTENDEE", "CALENDAR-ADDRESS", "CATEGORIES", "CLASS", "COLOR", "COMMENT", "COMPLETED", "CONCEPT",
    "CONFERENCE", "CONTACT", "CREATED", "DESCRIPTION", "DTEND", "DTSTAMP", "DTSTART", "DUE", "DURATION", "EXDATE",
    "EXRULE", "GEO", "IMAGE", "LAST-MODIFIED", "LINK", "LOCATION", "NAME", "ORGANIZER", "PERCENT-COMPLETE",
    "PRIORITY", "RDATE", "RECURRENCE-ID", "REFID", "RELATED-TO", "REQUEST-STATUS", "RESOURCES", "RRULE", "SEQUENCE",
    "SOURCE", "STATUS", "STRUCTURED-DATA", "STYLED-DESCRIPTION", "SUMMARY", "TRANSP", "UID", "URL", "ACTION",
    "TRIGGER", "REPEAT",
))  # fmt: skip
TIMES = frozenset((
    "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID", "FREEBUSY",
))  # fmt: skip
NO_ZONE = ("VALUE", "RANGE", "FBTYPE")  # parameters of times
_SAYS_WHEN = re.compile(r"\d{4}-?\d\d-?\d\d|P(?:\d+[DW]|T\d+[HMS])", re.IGNORECASE)
_REPEATS = re.compile("FREQ=", re.IGNORECASE)


class Event(msgspec.Struct):
    """An event as it is meant. Several starts: it names several, and may be any."""

    uid: str
    line: int
    starts: list[Wall] = []
    length: list[Length] = []  # one for each start
    rules: list[tuple[Rule, Line]] = []
    without: list[Rule] = []
    dates: list[tuple[Wall, Length | None]] = []
    left_out: list[Wall] = []
    replaces: Wall | None = None
    is_exception: bool = False
    and_following: bool = False
    takes_time: bool = True
    tentative: bool = False
    title: str = ""


class Reader:
    """Reads the events of one VCALENDAR."""

    def __init__(self, zones: Zones, default: tzinfo, here: tzinfo, findings: Findings) -> None:
        self.zones, self.default, self.here, self.findings = zones, default, here, findings
        self.doubtful: list[str] = []
        self.wrong = 0

    def event(self, given: Component) -> Event:
        """Read an event. One whose start cannot be read has no starts, unless it names an end."""
        event = Event(given.first("UID"), given.number)
        guessed = self._unknown(given, event)
        self._starts(given, event, guessed)
        for line in given.all("RRULE"):
            if not line.value.strip():
                self._say(line, "no-rule")
            elif event.starts:
                self._rule(line, event)
        for line in given.all("EXRULE"):
            without = repetition.rule(line.value, event.starts[0]) if event.starts else None
            if without is not None and without.clear and not without.often:
                event.without.append(without)
            else:
                self._say(line, "left-out")
        self._dates(given, event)
        self._exception(given, event)
        self._what(given, event)
        return event

    def zone(self, line: Line) -> tzinfo | None:
        """The zone of a line's floating times, None for one that is not known."""
        named = (told for name, told in line.parameters.items() if name not in NO_ZONE and not name.startswith("X-"))
        name = line.parameters.get("TZID") or next(named, "")  # some leave out its name, or write it wrongly
        if not name:
            return self.default
        found = self.zones.find(name)
        if found is None:
            self._say(line, "zone")
            if name[:100] not in self.doubtful:
                self.doubtful.append(name[:100])
        return found

    def _say(self, line: Line, kind: Kind) -> None:
        self.findings.add(line.number, kind, line.text if line.name in TIMES else "")

    def _read(self, line: Line, kind: Kind, read: Callable[[str], T], value: str | None = None) -> T | None:
        try:
            return read(line.value if value is None else value)
        except Unclear:
            self._say(line, kind)
            return None

    def _wall(self, line: Line, kind: Kind, value: str | None = None) -> Wall | None:
        read = self._read(line, kind, wall, value)
        return self.placed(read, line) if read is not None else None

    def placed(self, read: Wall, line: Line) -> Wall:
        """Give a time the zone of its line, unless it says its own or is a day."""
        return read if read.day or read.zone is not None else Wall(read.at, self.zone(line))

    def _unknown(self, given: Component, event: Event) -> bool:
        """Say which lines name a time under a name that nobody knows; whether one may be the end."""
        guessed, before = False, ""
        for line in given.lines:
            broken, before = before in TIMES, line.name  # the rest of a time, perhaps
            if line.name in KNOWN or line.name.startswith("X-"):
                continue
            if _REPEATS.search(line.text):
                self.findings.add(line.number, "rule")
                event.rules.append((Rule("FREQ=DAILY", clear=False), line))
            elif broken or _SAYS_WHEN.search(line.text):
                self.findings.add(line.number, "unknown")
                guessed = True
        return guessed

    def _starts(self, given: Component, event: Event, guessed: bool) -> None:
        lines = given.all("DTSTART")
        starts = {read: line for line in reversed(lines) if (read := self._wall(line, "start")) is not None}
        ends = [read for line in given.all("DTEND") if (read := self._wall(line, "end")) is not None]
        if not lines:
            self.findings.add(given.number, "no-start")
        if len(starts) > 1:
            self._say(next(iter(starts.values())), "twice")
        if not starts:
            self.wrong += 1
            if ends:  # it is somewhere in the day before
                starts = {Wall(ends[-1].at - timedelta(days=1), ends[-1].zone, ends[-1].day): given.all("DTEND")[-1]}
        for start, line in starts.items():
            event.starts.append(start)
            event.length.append(self._length(given, start, ends, line, guessed))

    def _length(self, given: Component, start: Wall, ends: list[Wall], line: Line, guessed: bool) -> Length:
        """The longest that is said; a day where it cannot be read, and nothing where none is said."""
        said: list[Length] = []
        for end in ends:
            try:
                said.append(between(start, end, self.here))
            except Unclear:
                self._say(given.all("DTEND")[0], "end")
        lengths = given.all("DURATION")
        said += [read for one in lengths if (read := self._read(one, "end", length)) is not None]
        named = len(given.all("DTEND")) + len(lengths)
        if len(said) < named or (guessed and not named):
            said.append(A_DAY)
        longest = max(said, key=lambda one: one.after(start, self.here), default=A_DAY if start.day else Length())
        if start.day and longest.days < 1:
            longest = Length(1 + longest.exact.days) if longest.exact else A_DAY
        return longest

    def _rule(self, line: Line, event: Event) -> None:
        read = repetition.rule(line.value, event.starts[0])
        if not read.clear:
            self._say(line, "rule")
        event.rules.append((read, line))

    def _dates(self, given: Component, event: Event) -> None:
        for line in [*given.all("RDATE"), *given.all("EXDATE")]:
            values = [value for value in line.value.split(",") if value.strip()][: DATES + 1]
            if line.name == "EXDATE":
                read = [self._wall(line, "left-out", value) for value in values[:DATES]]
                event.left_out += [one for one in read if one is not None and (one.day or one.zone is not None)]
                continue
            if len(event.dates) + len(values) > DATES:
                self._say(line, "often")
                event.rules.append((Rule("FREQ=SECONDLY", often=True), line))
                continue
            if not values:
                self._say(line, "dates")
            for value in values:
                if "/" in value:
                    both = self._read(line, "dates", partial(self.period, line), value)
                    event.dates += [both] if both is not None else []
                elif (one := self._wall(line, "dates", value)) is not None:
                    event.dates.append((one, None))

    def period(self, line: Line, value: str) -> tuple[Wall, Length]:
        """Read a PERIOD of a line. Raises Unclear."""
        return period(value, lambda read: self.placed(read, line), self.here)

    def _exception(self, given: Component, event: Event) -> None:
        for line in given.all("RECURRENCE-ID")[:1]:
            event.is_exception = True
            event.replaces = self._wall(line, "exception")
            event.and_following = line.parameters.get("RANGE", "").upper() == "THISANDFUTURE"

    def _what(self, given: Component, event: Event) -> None:
        """Whether it takes time: what is said twice must be said alike."""
        said = {name: {line.value.strip().upper() for line in given.all(name)}
                for name in ("STATUS", "TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS")}  # fmt: skip
        free = (("STATUS", "CANCELLED"), ("TRANSP", "TRANSPARENT"), ("X-MICROSOFT-CDO-BUSYSTATUS", "FREE"))
        event.takes_time = not any(said[name] == {value} for name, value in free)
        event.tentative = any("TENTATIVE" in values for values in said.values())
        summary = re.sub(r"\\([,;\\])", r"\1", re.sub(r"\\[nN]", " ", given.first("SUMMARY")))
        event.title = "".join(one for one in summary if one.isprintable())[:TITLE]
