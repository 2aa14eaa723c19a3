"""Write tables for spreadsheet programs, in which no cell is a formula that someone else wrote."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

import xlsxwriter  # type: ignore[import-untyped]

# What Excel, LibreOffice and WPS take for the beginning of a formula; the wide forms too, which they fold (OWASP).
# Spaces before it do not help: programs that trim cells would find it behind them.
FORMULA = re.compile("'*[ \u3000\u00a0]*[=+\\-@\t\r\n＝＋－＠]")
TEXT = "'"  # says to a spreadsheet program that text follows; it shows the text without it
LONGEST_CELL = 32_767  # characters, says Excel
FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
BOM = "\ufeff"  # without it Excel reads UTF-8 as the code page of the system


def neutral(text: str) -> str:
    """Make a text one that no spreadsheet program calculates; most stay as they are."""
    return TEXT + text if FORMULA.match(text) else text


def original(text: str) -> str:
    """Undo `neutral`, for a list that comes back."""
    return text[1:] if text.startswith(TEXT) and FORMULA.match(text[1:]) else text


def write_csv(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Write CSV (RFC 4180) in UTF-8. Texts are made neutral, numbers stay numbers."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow([neutral(one) for one in headings])
    writer.writerows([neutral(one) if isinstance(one, str) else one for one in row] for row in rows)
    return (BOM + file.getvalue()).encode()


def write_xlsx(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Write a workbook with one sheet. Texts are written as texts, never as formulas or links."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        for column, heading in enumerate(headings):
            sheet.write_string(0, column, heading, bold)
        for number, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                if isinstance(cell, int | float | Decimal) and not isinstance(cell, bool):
                    sheet.write_number(number, column, float(cell))
                elif cell is not None:
                    sheet.write_string(number, column, neutral(str(cell))[:LONGEST_CELL])
        sheet.freeze_panes(1, 0)
    return file.getvalue()


def write(format: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Write a table in one of FORMATS."""
    return write_xlsx(headings, rows) if format == "xlsx" else write_csv(headings, rows)
