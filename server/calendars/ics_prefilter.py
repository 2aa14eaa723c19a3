"""Go over the lines of a file before anything is parsed: limits, what is whole, and what can be left out. Pure.

Feeds carry all their history. What is over and repeats nothing is dropped here, where it costs little.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta

import msgspec

SIZE = 10 * 1024 * 1024  # bytes after unpacking
COMPONENTS = 50_000
LINES = 10_000  # of one component
LINE = 1024 * 1024  # bytes, unfolded
DATES = 5_000  # of RDATE and EXDATE of one event
COUNTED = 1_000  # instances of one event
PAST = timedelta(days=60)  # how long an event may last that began before the window

UNUSED = frozenset((b"DESCRIPTION", b"X-ALT-DESC", b"ATTACH", b"ATTENDEE", b"COMMENT", b"LOCATION"))

_DAY = re.compile(rb"(\d{4})(\d{2})(\d{2})")
_FREQ = re.compile(rb"FREQ=([A-Z]+)", re.IGNORECASE)
_COUNT = re.compile(rb"COUNT=(\d{1,6})(?:;|$)", re.IGNORECASE)


class Unreadable(Exception):
    """The file cannot be used; what was read before stands. The text is for its owner."""


class Skimmed(msgspec.Struct, frozen=True):
    """What is left to parse, and how many events there were."""

    text: bytes
    events: int


def skim(content: bytes, today: date) -> Skimmed:
    """Check a file and keep what matters from `today` on. Raises Unreadable."""
    if len(content) > SIZE:
        raise Unreadable("it is larger than 10 MB")
    content = content.removeprefix(b"\xef\xbb\xbf").strip()
    if not content[:15].upper() == b"BEGIN:VCALENDAR":
        raise Unreadable("it is not a calendar (it does not begin with BEGIN:VCALENDAR)")
    try:
        content.decode()
    except UnicodeDecodeError:
        raise Unreadable("it is not UTF-8") from None
    if b"\x00" in content:
        raise Unreadable("it is not text")
    if not content[-13:].upper() == b"END:VCALENDAR":
        raise Unreadable("it breaks off before END:VCALENDAR")
    return _Skimming(today - PAST).run(content)


class _Skimming:
    def __init__(self, since: date) -> None:
        self.since = f"{since:%Y%m%d}".encode()
        self.components = self.events = 0
        self.head: list[bytes] = []
        self.zones: list[bytes] = []
        self.kept: list[bytes] = []

    def run(self, content: bytes) -> Skimmed:
        depth: list[bytes] = []
        block: list[bytes] = []
        for line in unfolded(content):
            name, _, value = line.partition(b":")
            name, value = name.upper(), value.strip().upper()
            if name == b"BEGIN":
                depth.append(value)
                self.components += 1
                if self.components > COMPONENTS:
                    raise Unreadable(f"it has more than {COMPONENTS} components")
            if len(depth) >= 2:
                block.append(line)
                if len(block) > LINES:
                    raise Unreadable(f"one of its components has more than {LINES} lines")
            elif name.startswith(b"X-WR-TIMEZONE") and len(depth) == 1:
                self.head.append(line)
            if name == b"END":
                if not depth or depth.pop() != value:
                    raise Unreadable("its components are not closed in order")
                if len(depth) == 1:
                    self._take(value, block)
                    block = []
        if depth:
            raise Unreadable("it breaks off within a component")
        lines = [b"BEGIN:VCALENDAR", b"VERSION:2.0", b"PRODID:-//skimmed//", *self.head, *self.zones, *self.kept]
        return Skimmed(b"\r\n".join([*lines, b"END:VCALENDAR", b""]), self.events)

    def _take(self, kind: bytes, block: list[bytes]) -> None:
        if kind == b"VTIMEZONE":
            self.zones += block
        elif kind == b"VEVENT":
            self.events += 1
            own = list(_own_lines(block))
            _refuse_floods(own)
            if not self._is_over(own):
                self.kept += own

    def _is_over(self, block: list[bytes]) -> bool:
        """Whether it began long ago and repeats nothing; what has no date of its own is not."""
        days = []
        for line in block:
            name = line.partition(b":")[0].partition(b";")[0].upper()
            if name in (b"RRULE", b"RDATE", b"RECURRENCE-ID"):
                return False
            if name in (b"DTSTART", b"DTEND"):
                found = _DAY.search(line.rpartition(b":")[2])
                days.append(b"".join(found.groups()) if found else self.since)
        return bool(days) and max(days) < self.since


def _own_lines(block: list[bytes]) -> Iterator[bytes]:
    """The lines of an event without what lies in it (alarms), and without what nobody needs of it."""
    depth = 0
    for line in block:
        name = line.partition(b":")[0].partition(b";")[0].upper()
        depth += name == b"BEGIN"
        if depth == 1 and name not in UNUSED and not name.startswith(b"X-RONGTONG"):
            yield line
        depth -= name == b"END"


def _refuse_floods(block: list[bytes]) -> None:
    dates = 0
    for line in block:
        name = line.partition(b":")[0].partition(b";")[0].upper()
        if name in (b"RDATE", b"EXDATE"):
            dates += line.count(b",") + 1
        elif name in (b"RRULE", b"EXRULE"):
            found = _FREQ.search(line)
            often = found.group(1).upper() if found else b""
            count = _COUNT.search(line.upper())
            if often in (b"SECONDLY", b"MINUTELY") or (
                often == b"HOURLY" and not (count and int(count.group(1)) <= COUNTED)
            ):
                raise Unreadable(f"one of its events repeats too often ({often.decode()})")
    if dates > DATES:
        raise Unreadable(f"one of its events names more than {DATES} dates")


def unfolded(content: bytes) -> Iterator[bytes]:
    """The content lines (RFC 5545 3.1). Raises Unreadable for one that is too long."""
    parts: list[bytes] = []
    size = 0
    for line in content.splitlines():
        if line[:1] in (b" ", b"\t") and parts:
            parts.append(line[1:])
            size += len(line)
        else:
            if parts:
                yield b"".join(parts)
            parts, size = [line], len(line)
        if size > LINE:
            raise Unreadable("one of its lines is longer than 1 MB")
    if parts:
        yield b"".join(parts)
