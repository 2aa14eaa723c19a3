"""Lists as registrars really export them: what becomes of each record is what a careful person would do with it."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]

from server.resources.imports.import_list import ImportReport, import_list
from server.resources.imports.sheet import Assumed
from tests import factories

DATA = Path(__file__).parent / "data"
ASSUMED = Assumed(kind="equipment", time_zone="Asia/Shanghai")
ACTIONS = {"refused": "reject", "duplicate": "duplicate", "skipped": "skip"}


def expected() -> list[str]:
    return [one["expected"]["a"] for one in json.loads((DATA / "messy_expected.json").read_text("utf-8"))]


def records() -> list[list[str]]:
    return list(csv.reader(io.StringIO((DATA / "messy.csv").read_text("utf-8-sig"), newline="")))


def actions(report: ImportReport, lines: list[int]) -> list[str]:
    """What became of the records that begin on these lines; blank lines and titles are not in a report."""
    rows = {row.line: row for row in report.rows}
    found = []
    for line in lines:
        row = rows.get(line)
        if line == report.headings_line:
            found.append("header")
        elif row is None:
            found.append("skip")
        else:
            found.append(ACTIONS.get(row.outcome, "review" if row.review else "accept"))
    return found


def workbook(rows: list[list[Any]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, float | int):
                    sheet.write_number(number, column, cell)
                else:
                    sheet.write_string(number, column, cell)
    return file.getvalue()


@pytest.mark.parametrize("name", ["messy.csv", "messy_gbk.csv", "messy_semicolon.csv", "messy.xlsx"])
async def test_each_record_of_a_messy_list_gets_what_it_deserves(rolled_back: None, name: str) -> None:
    owner = await factories.organization("university", "某共享平台")
    if name == "messy.xlsx":
        lines = list(range(1, len(records()) + 1))
        data = workbook(records())
    else:
        data = (DATA / name).read_bytes()
        reader = csv.reader(io.StringIO((DATA / "messy.csv").read_text("utf-8-sig"), newline=""))
        lines, line = [], 1
        for _ in reader:
            lines.append(line)
            line = reader.line_num + 1
    report = await import_list(data, owner, assumed=ASSUMED)
    got = [(number, action) for number, action in enumerate(actions(report, lines), 1)]
    assert got == [(number, action) for number, action in enumerate(expected(), 1)]
    again = await import_list(data, owner, assumed=ASSUMED)
    assert (again.created, again.updated, again.unchanged) == (0, 0, report.created)
