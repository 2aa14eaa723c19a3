"""Read an owner's list into rows that can be brought in, and reports of those that cannot. Pure but for workbooks."""

from typing import Literal, NamedTuple
from uuid import UUID

import msgspec

from server.resources.imports import row_checks, sheet
from server.resources.imports.row import Reason, Row, read_row
from server.resources.imports.sheet import Assumed

Outcome = Literal["created", "updated", "unchanged", "refused", "duplicate", "skipped"]


class RowReport(msgspec.Struct):
    """What became of one row. `line` is where it begins in the file; `review` is what its owner should look at."""

    __schema_name__ = "ImportRow"
    line: int
    name: str
    outcome: Outcome
    reasons: list[Reason] = []
    notes: list[str] = []
    resource_id: UUID | None = None
    review: list[Reason] = []
    changed: list[str] = []  # which fields, of a row that was updated


class ReadList(NamedTuple):
    """A table, its rows by their line, and reports of those that are none."""

    table: sheet.Sheet
    rows: dict[int, Row]
    refused: list[RowReport]


async def read_list(data: bytes, owner: str, assumed: Assumed) -> ReadList:
    """Read a list. Raises TooLarge and Invalid for a file that is no whole table."""
    table = await sheet.table(data, assumed)
    headings = {field: table.headings[position] for position, field in table.fields.items()}
    own_column = "owner_name" in headings
    rows: dict[int, Row] = {}
    refused: list[RowReport] = []
    first: dict[str, int] = {}  # line of each key, and of what rows that are alike share
    above = ""
    for record in table.rows:
        cells = {
            field: record.cells[position] for position, field in table.fields.items() if position < len(record.cells)
        }
        name = cells.get("name", "").strip()
        beside = [cell for position, cell in enumerate(record.cells) if position not in table.fields]
        judged = row_checks.judge(cells, beside, own_column=own_column)
        reasons = [Reason(headings.get(doubt.field, doubt.field), doubt.reason) for doubt in judged.doubts]
        if judged.action != "read":
            refused.append(RowReport(record.line, name, "skipped" if judged.action == "skip" else "refused", reasons))
            continue
        if len(record.cells) != len(table.headings) and table.encoding != "xlsx":
            count = f"{len(record.cells)} cells under {len(table.headings)} headings"
            wrong = Reason("row", f"{count}: a quotation mark or separator is out of place")
            refused.append(RowReport(record.line, name, "refused", [wrong]))
            continue
        of = cells.get("owner_name", "").strip() or above
        above = of if own_column else ""
        read = read_row(_assumed(cells, assumed), headings, owner, lenient=True, of=of)
        if not isinstance(read, Row):
            refused.append(RowReport(record.line, name, "refused", read))
            continue
        same = row_checks.alike(of, read.name, cells.get("model", ""))
        if (line := first.get(read.key) or first.get(same)) is not None:
            why = Reason(headings["name"], f"the same owner, name and model as in line {line}")
            refused.append(RowReport(record.line, name, "duplicate", [why]))
            continue
        first[read.key] = first[same] = record.line
        rows[record.line] = msgspec.structs.replace(read, doubts=reasons + read.doubts)
    return ReadList(table, rows, refused)


def _assumed(cells: dict[str, str], assumed: Assumed) -> dict[str, str]:
    """The cells of a row, with what the owner said of all rows where one says nothing."""
    said = {field: cell for field, cell in cells.items() if row_checks.plain(cell)}
    for field in ("kind", "time_zone"):
        if getattr(assumed, field):
            said.setdefault(field, getattr(assumed, field))
    return said
