"""Read a table out of the bytes of a CSV file, whatever encoding and separator it was saved with. Pure."""

import asyncio
import csv
import io
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from server.core.errors import Invalid, TooLarge
from server.resources.imports import workbook
from server.resources.imports.columns import REQUIRED, example, recognise

LARGEST = 10 * 1024 * 1024  # bytes
MEDIA_TYPES = ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
LONGEST = 20_000  # rows
HEADINGS_WITHIN = 20  # lines from the top; above them stand titles and blank lines
SEPARATORS = (",", ";", "\t")
KNOWN_FILES = {
    b"%PDF": "a PDF file",
}
# Stands on a line of its own behind the file: what is read instead tells of a quoted cell that was never closed.
END = "rongtong: end of file"


class Record(NamedTuple):
    """A row of the table and the line of the file on which it begins."""

    line: int
    cells: list[str]


class Sheet(NamedTuple):
    """A table: its headings by position, those nobody asked for, and its rows that are not blank."""

    encoding: str
    separator: str
    headings: list[str]
    fields: dict[int, str]
    ignored: list[str]
    rows: list[Record]
    top: int = 1  # line of the headings


class Assumed(msgspec.Struct, frozen=True):
    """What the owner says of a list besides what stands in it: the kind and zone of rows without, and its columns."""

    __schema_name__ = "ImportAssumptions"
    kind: str = ""
    time_zone: str = ""
    columns: dict[str, str] = {}  # heading → field, "" for none; what is not named is recognised


NOTHING = Assumed()


async def table(data: bytes, assumed: Assumed = NOTHING) -> Sheet:
    """Read a table from a text file or a workbook. Raises TooLarge, and Invalid for what is no whole table."""
    if len(data) > LARGEST or not data.startswith(workbook.BEGINNINGS):
        return await asyncio.to_thread(read, data, assumed)
    cells = await workbook.rows(data)
    rows = [Record(line, one) for line, one in enumerate(cells, 1)]
    best = max(rows[:HEADINGS_WITHIN], key=lambda one: len(recognise(one.cells)), default=None)
    if best is None or "name" not in recognise(best.cells).values():
        best = None
    return _sheet("xlsx", "", best, iter(rows), assumed)


def read(data: bytes, assumed: Assumed = NOTHING) -> Sheet:
    """Read a table from a text file. Raises TooLarge, and Invalid for what is no whole table, saying why."""
    if len(data) > LARGEST:
        raise TooLarge(f"a list may have {LARGEST // 1024 // 1024} MB")
    text, encoding = decode(data)
    separator, top = _headings(text)
    found = _sheet(encoding, separator, top, _records(text, separator), assumed)
    if found.rows and len(found.rows[-1].cells) < len(found.headings) and not text.endswith(("\n", "\r")):
        raise Invalid(f"the file breaks off in line {found.rows[-1].line}; nothing was imported")
    return found


def _sheet(encoding: str, separator: str, top: Record | None, records: Iterator[Record], assumed: Assumed) -> Sheet:
    if top is None:
        known = ", ".join(example(field) for field in REQUIRED)
        raise Invalid(f"no line of headings in the first {HEADINGS_WITHIN} lines; needed are {known}")
    fields = recognise(top.cells)
    for position, cell in enumerate(top.cells):
        if (field := assumed.columns.get(cell.strip())) is not None:
            fields = {at: one for at, one in fields.items() if at != position and one != field}
            if field:
                fields[position] = field
    stated = {*fields.values(), *(name for name in ("kind", "time_zone") if getattr(assumed, name))}
    if missing := [example(field) for field in REQUIRED if field not in stated]:
        raise Invalid(f"line {top.line} has the headings, but there is no column for {', '.join(missing)}")
    headings = [cell.strip() for cell in top.cells]
    ignored = [heading for position, heading in enumerate(headings) if heading and position not in fields]
    rows = []
    for record in records:
        if record.line > top.line and any(cell.strip() for cell in record.cells):
            rows.append(record)
            if len(rows) > LONGEST:
                raise TooLarge(f"a list may have {LONGEST:,} rows; split it")
    return Sheet(encoding, separator, headings, fields, ignored, rows, top.line)


def decode(data: bytes) -> tuple[str, str]:
    """Decode UTF-8, UTF-16 with a byte order mark, or GBK (as GB 18030). Raises Invalid."""
    if not data.strip():
        raise Invalid("the file is empty")
    if data.startswith(workbook.BEGINNINGS):
        raise Invalid("this is an Excel workbook, not a text file")
    for beginning, what in KNOWN_FILES.items():
        if data.startswith(beginning):
            raise Invalid(f"this is {what}, not a text file; save the list as CSV")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decoded(data, "utf-16"), "utf-16"
    if b"\x00" in data:
        line = data.count(b"\n", 0, data.index(b"\x00")) + 1
        raise Invalid(f"line {line} has a NUL byte: the file is broken or not a text file")
    try:
        return data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError as error:
        cut_off = error.reason == "unexpected end of data"
        if data.startswith(b"\xef\xbb\xbf") or cut_off or _is_mostly_utf8(data):
            line = data.count(b"\n", 0, error.start) + 1
            raise Invalid(f"line {line} is not UTF-8 as the rest is: the file is broken") from None
    return _decoded(data, "gb18030"), "gb18030"


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Invalid(f"line {line} is neither UTF-8 nor GBK; save the list as UTF-8") from None


def _is_mostly_utf8(data: bytes) -> bool:
    """Whether this is UTF-8 with some damage. GBK text hardly ever happens to be valid UTF-8."""
    text = data.decode("utf-8", errors="replace")
    broken = text.count("\N{REPLACEMENT CHARACTER}")
    return sum(1 for char in text if ord(char) > 0x7FF) - broken >= broken


def _headings(text: str) -> tuple[str, Record | None]:
    """Find the line with the most headings, and the separator with which it has them."""
    best: tuple[int, str, Record | None] = (0, SEPARATORS[0], None)
    for separator in SEPARATORS:
        try:
            for _, record in zip(range(HEADINGS_WITHIN), _records(text, separator), strict=False):
                fields = recognise(record.cells)
                if "name" in fields.values() and len(fields) > max(best[0], 1):
                    best = (len(fields), separator, record)
        except Invalid:
            continue  # broken with this separator; when with all, the reading proper says how
    return best[1], best[2]


def _records(text: str, separator: str) -> Iterator[Record]:
    """Read records, checking that the last one ends where the file does. Raises Invalid."""
    reader = csv.reader(io.StringIO(f"{text}\r\n{END}\r\n", newline=""), delimiter=separator)
    line = 1
    try:
        for cells in reader:
            if reader.line_num > 1 and cells == [END]:
                return
            if cells and cells[-1].endswith(f"{END}\r\n"):
                raise Invalid(f"a quoted cell in the row of line {line} is never closed; nothing was imported")
            yield Record(line, cells)
            line = reader.line_num + 1
    except csv.Error as error:
        raise Invalid(f"line {line} cannot be read: {error}") from None
