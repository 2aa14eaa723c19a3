"""Read the first sheet of an Excel workbook as rows of text, in a process of its own that may take only so much.

A workbook is a ZIP file of XML: a few kilobytes can unfold to gigabytes, and one cell in the last corner makes a reader
reserve billions of others. So it is unfolded under a limit first, cells far out are refused, and the process that reads
it has a limit of memory and time.
"""

import asyncio
import io
import re
import resource
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from typing import Any

import msgspec

from server.core.errors import Invalid, TooLarge

UNFOLDED = 100 * 1024 * 1024  # bytes of all parts together
PARTS = 2000
MOST_ROWS, MOST_COLUMNS = 21_000, 200
MEMORY = 1536 * 1024 * 1024  # bytes of address space
SECONDS = 20
BEGINNINGS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_CELL = re.compile(rb"""<(?:\w+:)?(?:c|row|dimension)\b[^>]*?\br(?:ef)?\s*=\s*["'](?:[A-Z]+\d+:)?([A-Z]*)(\d+)["']""")


class _Answer(msgspec.Struct):
    rows: list[list[str]] = []
    refused: str = ""


async def rows(data: bytes) -> list[list[str]]:
    """Read the rows; formulas as the value that was saved, dates as ISO 8601, whole numbers without a point.

    Raises TooLarge, and Invalid for what is no readable workbook.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(2 * SECONDS):
            out, _ = await process.communicate(data)
    except TimeoutError:
        raise Invalid("the Excel workbook takes too long to read; save the list as CSV") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise Invalid("the Excel workbook is broken or too large to read; save the list as CSV")
    answer = msgspec.json.decode(out, type=_Answer)
    if answer.refused.startswith("large: "):
        raise TooLarge(answer.refused.removeprefix("large: "))
    if answer.refused:
        raise Invalid(answer.refused)
    return answer.rows


def refuse_large(data: bytes) -> None:
    """Unfold all parts under the limit, believing no number in the file. Raises TooLarge, Invalid."""
    total = 0
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if len(archive.infolist()) > PARTS:
                raise TooLarge(f"the Excel workbook has more than {PARTS} parts")
            for part in archive.infolist():
                tail = b""
                with archive.open(part) as file:
                    while chunk := file.read(1 << 20):
                        total += len(chunk)
                        if total > UNFOLDED:
                            raise TooLarge(f"the Excel workbook unfolds to more than {UNFOLDED >> 20} MB")
                        if "worksheets/" in part.filename:
                            _refuse_far(tail + chunk)
                            tail = chunk[-200:]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise Invalid("this looks like an Excel workbook and cannot be opened; save the list as CSV") from error


def _refuse_far(text: bytes) -> None:
    for column, row in _CELL.findall(text):
        if len(row) > 7 or int(row) > MOST_ROWS:
            raise TooLarge(f"the sheet goes beyond row {MOST_ROWS:,}; delete empty rows at its end, or split it")
        if len(column) > 3 or _position(column) > MOST_COLUMNS:
            raise TooLarge(f"the sheet has more than {MOST_COLUMNS} columns; delete empty ones at its right")


def _position(column: bytes) -> int:
    found = 0
    for letter in column:
        found = found * 26 + letter - 64
    return found


def text_of(value: Any) -> str:
    """Write a typed cell as a list would have it in a text file."""
    match value:
        case bool():
            return "yes" if value else "no"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime():
            return value.isoformat(" ", "minutes")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return str(value)
        case None:
            return ""
    return str(value)


def _read(data: bytes) -> _Answer:
    from python_calamine import CalamineWorkbook  # only this process knows it

    try:
        if data.startswith(BEGINNINGS[0]):
            refuse_large(data)
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
        return _Answer([[text_of(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)])
    except TooLarge as why:
        return _Answer(refused=f"large: {why.detail}")
    except Invalid as why:
        return _Answer(refused=str(why.detail))
    except Exception:  # whatever a parser of foreign files raises
        return _Answer(refused="this looks like an Excel workbook and cannot be read; save the list as CSV")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    sys.stdout.buffer.write(msgspec.json.encode(_read(sys.stdin.buffer.read())))
