"""Content lines and components of a calendar file (RFC 5545 3.1, 3.4, 3.6), however carelessly written. Pure.

Text with raw line breaks leaves lines that are none; BEGIN and END count only for components that there are. Limits are
of the whole file: what passes one is Unreadable.
"""

import re
from collections.abc import Iterator

import msgspec

from server.calendars.reading.charset import decoded, narrow

SIZE = 10 * 1024 * 1024  # bytes after unpacking
COMPONENTS = 50_000
LINES = 10_000  # of one component
LINE = 1024 * 1024  # bytes, unfolded
JUNK = 100  # lines before the calendar begins

KINDS = frozenset((
    "VCALENDAR", "VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE", "STANDARD", "DAYLIGHT", "VALARM",
    "VAVAILABILITY", "AVAILABLE",
))  # fmt: skip
OUTER = frozenset(("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE", "VAVAILABILITY"))  # lie in no other
BEGUN = ("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE")
# A fold never falls there in what programs write; who indents a file by hand writes such lines.
_INDENTED = re.compile(rb"[ \t]+(?:BEGIN|END|" + "|".join(BEGUN).encode() + rb")[;:]", re.IGNORECASE)
_LINE = re.compile(r'([A-Za-z0-9-]+)((?:;(?:"[^"]*"|[^":])*)?):(.*)', re.DOTALL)
_LOOSE = re.compile(r"\s*([A-Za-z0-9-]+)\s*(.*)", re.DOTALL)
_BEFORE = re.compile(r"^[^A-Za-z0-9]+")
_PARAMETER = re.compile(r';((?:"[^"]*"|[^";])*)')


class Unreadable(Exception):
    """The file cannot be used; what was read before stands. The text is for its owner."""


class Line(msgspec.Struct, frozen=True):
    """A content line. What is none has no name that anybody knows."""

    number: int  # of the file's lines, from 1
    name: str
    parameters: dict[str, str]
    value: str
    text: str


class Component(msgspec.Struct):
    """A component with its lines and what lies in it."""

    kind: str
    number: int
    lines: list[Line] = []
    parts: list["Component"] = []

    def all(self, name: str) -> list[Line]:
        return [line for line in self.lines if line.name == name]

    def first(self, name: str) -> str:
        return next((line.value.strip() for line in self.lines if line.name == name), "")


def calendars(content: bytes, declared: str = "") -> list[Component]:
    """The VCALENDARs of a file; `declared` is the charset that its server or mail names. Raises Unreadable."""
    if len(content) > SIZE:
        raise Unreadable("it is larger than 10 MB")
    content = narrow(content)
    if b"\x00" in content:
        raise Unreadable("it is not text")
    numbered = list(unfolded(content))
    text = decoded(b"\n".join(line for _, line in numbered), declared).split("\n")
    lines = (line_of(number, one) for (number, _), one in zip(numbered, text, strict=False))
    return _Tree().run(lines)


def unfolded(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The lines with their numbers, joined where they are folded. Raises Unreadable for one that is too long."""
    parts: list[bytes] = []
    begun = size = 0
    for number, line in enumerate(content.splitlines(), 1):
        if line[:1] in (b" ", b"\t") and parts and not _INDENTED.match(line):
            parts.append(line[1:])
            size += len(line)
        else:
            if parts:
                yield begun, b"".join(parts)
            parts, size, begun = [line.lstrip(b" \t") if _INDENTED.match(line) else line], len(line), number
        if size > LINE:
            raise Unreadable("one of its lines is longer than 1 MB")
    if parts:
        yield begun, b"".join(parts)


def line_of(number: int, text: str) -> Line:
    """Take a line apart; one that breaks the grammar as well as it goes."""
    if found := _LINE.fullmatch(text):
        name, parameters, value = found.groups()
        return Line(number, name.upper(), _parameters(parameters), value, text)
    loose = _LOOSE.fullmatch(text)
    name, rest = loose.groups() if loose else ("", text)
    parameters, _, value = rest.rpartition(":")
    return Line(number, name.upper(), _parameters(_BEFORE.sub(";", parameters.replace('"', ""))), value, text)


def _parameters(text: str) -> dict[str, str]:
    """By name. One without a name is there under an empty one: some leave out `TZID=`."""
    given: dict[str, str] = {}
    for one in _PARAMETER.findall(text) if text else ():
        name, equals, value = one.partition("=")
        given.setdefault(name.strip().upper() if equals else "", (value if equals else name).strip().strip('"'))
    return given


class _Tree:
    def __init__(self) -> None:
        self.found: list[Component] = []
        self.open: list[Component] = []
        self.count = 0

    def run(self, lines: Iterator[Line]) -> list[Component]:
        for line in lines:
            kind = line.value.strip().upper()
            if line.name == "BEGIN" and kind in KINDS:
                self._begin(kind, line.number)
            elif line.name == "END" and kind in KINDS and any(one.kind == kind for one in self.open):
                self._close_to(kind)
            elif self.open and line.text.strip():
                self.open[-1].lines.append(line)
                if len(self.open[-1].lines) > LINES:
                    raise Unreadable(f"one of its components has more than {LINES} lines")
            elif not self.found and line.number > JUNK:
                break
        if not self.found:
            raise Unreadable("it is not a calendar (it does not begin with BEGIN:VCALENDAR)")
        if self.open:
            raise Unreadable("it breaks off before END:VCALENDAR")
        return self.found

    def _begin(self, kind: str, number: int) -> None:
        self.count += 1
        if self.count > COMPONENTS:
            raise Unreadable(f"it has more than {COMPONENTS} components")
        made = Component(kind, number)
        if kind == "VCALENDAR":
            if self.open:
                raise Unreadable("it breaks off before END:VCALENDAR")
            self.found.append(made)
        elif not self.open:
            return
        else:
            if kind in OUTER and len(self.open) > 1:  # the one before was not closed
                self._close_to(self.open[1].kind)
            self.open[-1].parts.append(made)
        self.open.append(made)

    def _close_to(self, kind: str) -> None:
        """Close the innermost of a kind. Lines of what was left open in it may be its own."""
        while (closed := self.open.pop()).kind != kind:
            self.open[-1].lines += closed.lines
