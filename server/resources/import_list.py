"""Bring in an owner's list: every row becomes a resource or is refused with its reasons.

A bad row never stops the others; the same list twice changes nothing.
"""

import asyncio
from collections import Counter
from typing import Any, Literal
from uuid import UUID

import msgspec

from server import audit, db
from server.bookings import door
from server.db import rerunning, transaction
from server.errors import NotFound
from server.ids import new_id
from server.organizations.actor import Actor
from server.resources import lock, sheet
from server.resources.lock import held, wrong_units
from server.resources.row import Reason, Row, read_row
from server.resources.save import Changed, New, insert, update
from server.resources.schemas import ResourceIn

# Imports for one owner wait for each other: two copies of a list sent at once are one list sent twice.
OWNER = "SELECT FROM organization WHERE id = $1 FOR NO KEY UPDATE"

NAME = "SELECT name FROM organization WHERE id = $1"

# Wholes first, then in id order, as every transaction that locks resources.
KNOWN = f"""
SELECT {lock.COLUMNS} FROM resource WHERE owner_id = $1 AND import_key = ANY($2)
ORDER BY EXISTS (SELECT FROM part WHERE whole_id = resource.id) DESC, id FOR NO KEY UPDATE
"""  # noqa: S608 - only names of columns are put in

Outcome = Literal["created", "updated", "unchanged", "refused"]


class RowReport(msgspec.Struct):
    """What became of one row. `line` is where it begins in the file."""

    line: int
    name: str
    outcome: Outcome
    reasons: list[Reason] = []
    notes: list[str] = []
    resource_id: UUID | None = None


class ImportReport(msgspec.Struct, kw_only=True):
    """What became of a list, row by row. After a dry run: what would."""

    dry_run: bool
    encoding: str
    separator: str
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    ignored_columns: list[str] = []
    rows: list[RowReport] = []


class _OnlyDry(Exception):
    """Rolls a dry run back."""


@rerunning
async def import_list(data: bytes, owner_id: UUID, *, by: Actor | None = None, dry_run: bool = False) -> ImportReport:
    """Create and update the resources of a list for one organization, in one transaction.

    Raises NotFound for an unknown owner; TooLarge and Invalid for a file that is no whole table, of which nothing is
    brought in.
    """
    owner = await db.fetchval(NAME, owner_id)
    if owner is None:
        raise NotFound("there is no such organization")
    table, rows, refused = await asyncio.to_thread(_read, data, owner)
    try:
        async with transaction():
            reports = refused + await _bring_in(rows, owner_id, by)
            if dry_run:
                raise _OnlyDry
    except _OnlyDry:
        pass
    counts = Counter(report.outcome for report in reports)
    return ImportReport(
        dry_run=dry_run,
        encoding=table.encoding,
        separator=table.separator,
        created=counts["created"],
        updated=counts["updated"],
        unchanged=counts["unchanged"],
        refused=counts["refused"],
        ignored_columns=table.ignored,
        rows=sorted(reports, key=lambda report: report.line),
    )


def _read(data: bytes, owner: str) -> tuple[sheet.Sheet, dict[int, Row], list[RowReport]]:
    """Read a list into rows by their line, and reports of those that are none."""
    table = sheet.read(data)
    headings = {field: table.headings[position] for position, field in table.fields.items()}
    rows: dict[int, Row] = {}
    refused: list[RowReport] = []
    first: dict[str, int] = {}  # line of each key
    for record in table.rows:
        cells = {
            field: record.cells[position] for position, field in table.fields.items() if position < len(record.cells)
        }
        read = read_row(cells, headings, owner)
        if len(record.cells) != len(table.headings):
            count = f"{len(record.cells)} cells under {len(table.headings)} headings"
            read = [Reason("row", f"{count}: a quotation mark or separator is out of place")]
        elif isinstance(read, Row) and read.key in first:
            read = [Reason(headings["name"], f"the same owner, name and model as in line {first[read.key]}")]
        if isinstance(read, Row):
            first[read.key] = record.line
            rows[record.line] = read
        else:
            refused.append(RowReport(record.line, cells.get("name", "").strip(), "refused", read))
    return table, rows, refused


async def _bring_in(rows: dict[int, Row], owner_id: UUID, by: Actor | None) -> list[RowReport]:
    """Insert what is new, update what differs, and report on each row."""
    await db.execute(OWNER, owner_id)
    found = [held(row) for row in await db.fetch(KNOWN, owner_id, [row.key for row in rows.values()])]
    known, units = {one.import_key: one for one in found}, {one.id: one.fields["units"] for one in found}
    new: list[New] = []
    changed: dict[UUID, Changed] = {}
    reports: dict[UUID, RowReport] = {}
    for line, row in rows.items():
        before = known.get(row.key)
        if before is None:
            new.append(New(new_id(), row.new(), row.key))
            reports[new[-1].id] = RowReport(line, row.name, "created", [], row.notes + row.assumed, new[-1].id)
            continue
        report = reports[before.id] = RowReport(line, row.name, "unchanged", [], row.notes, before.id)
        try:
            after = row.onto(before.fields)
        except ValueError as error:
            report.outcome, report.reasons = "refused", [Reason("row", str(error))]
            continue
        if msgspec.structs.asdict(after) != before.fields:
            report.outcome = "updated"
            changed[before.id] = Changed(before.id, before.version, after)
    other = {id: one.resource.units for id, one in changed.items() if one.resource.units != units[id]}
    for id, refusal in (await wrong_units(other)).items():
        del changed[id]
        del other[id]
        reports[id].outcome, reports[id].reasons = "refused", [Reason("quantity", refusal.detail)]
    await insert(owner_id, new)
    await update(owner_id, list(changed.values()))
    for id, count in other.items():
        await door.take_for_wholes(id, count)
    fields = {one.id: one.fields for one in found}
    created = [_entry(one.id, "created", owner_id, {}, one.resource) for one in new]
    revised = [_entry(id, "changed", owner_id, fields[id], one.resource) for id, one in changed.items()]
    await audit.record_all(created + revised, by, operator=by is None)
    return list(reports.values())


def _entry(id: UUID, verb: str, owner_id: UUID, was: dict[str, Any], resource: ResourceIn) -> audit.Change:
    became = msgspec.structs.asdict(resource)
    return audit.Change(noun="resource", id=id, verb=verb, of=owner_id, was=was, became=became)
