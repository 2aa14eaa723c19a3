"""Bring in an owner's list: every row becomes a resource or is refused with its reasons.

A bad row never stops the others; the same list twice changes nothing.
"""

from collections import Counter
from typing import Any
from uuid import UUID

import msgspec

from server import audit
from server.access.acting import acting
from server.claims import door
from server.core import db
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.errors import NotFound
from server.core.ids import new_id
from server.resources import lock_own
from server.resources.imports import sheet
from server.resources.imports.read_list import RowReport, read_list
from server.resources.imports.row import Reason, Row
from server.resources.imports.sheet import NOTHING, Assumed
from server.resources.lock_own import held, wrong_units
from server.resources.rules.schemas import closes_without_country
from server.resources.save import DEFAULT_RULES, NO_COUNTRY, Changed, New, insert, update
from server.resources.schemas import ResourceIn

# Imports for one owner wait for each other: two copies of a list sent at once are one list sent twice.
OWNER = "SELECT FROM organization WHERE id = $1 FOR NO KEY UPDATE"

NAME = "SELECT name FROM organization WHERE id = $1"

# Wholes first, then in id order, as every transaction that locks resources.
KNOWN = f"""
SELECT {lock_own.COLUMNS} FROM resource WHERE owner_id = $1 AND import_key = ANY($2)
ORDER BY EXISTS (SELECT FROM part WHERE whole_id = resource.id) DESC, id FOR NO KEY UPDATE
"""


class ImportReport(msgspec.Struct, kw_only=True):
    """What became of a list, row by row. After a dry run: what would."""

    dry_run: bool
    encoding: str
    separator: str
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    duplicate: int = 0
    skipped: int = 0  # totals and footnotes
    review: int = 0  # of those brought in, how many their owner should look at
    headings_line: int = 1
    headings: dict[str, str] = {}  # as the file has them → the field each was taken for
    ignored_columns: list[str] = []
    rows: list[RowReport] = []


class _OnlyDry(Exception):
    """Rolls a dry run back."""


@rerunning
async def import_list(
    data: bytes, owner_id: UUID, *, by: Actor | None = None, dry_run: bool = False, assumed: Assumed = NOTHING
) -> ImportReport:
    """Create and update the resources of a list for one organization, in one transaction.

    Raises NotFound for an unknown owner; TooLarge and Invalid for a file that is no whole table, of which nothing is
    brought in.
    """
    owner = await db.fetchval(NAME, owner_id)
    if owner is None:
        raise NotFound("there is no such organization")
    read = await read_list(data, owner, assumed)
    try:
        async with acting(by):
            reports = read.refused + await bring_in(read.rows, owner_id, by)
            if dry_run:
                raise _OnlyDry
    except _OnlyDry:
        pass
    return summed_up(read.table, reports, dry_run=dry_run)


def summed_up(table: sheet.Sheet, reports: list[RowReport], *, dry_run: bool) -> ImportReport:
    """Count what became of rows."""
    counts = Counter(report.outcome for report in reports)
    return ImportReport(
        dry_run=dry_run,
        encoding=table.encoding,
        separator=table.separator,
        created=counts["created"],
        updated=counts["updated"],
        unchanged=counts["unchanged"],
        refused=counts["refused"],
        duplicate=counts["duplicate"],
        skipped=counts["skipped"],
        review=sum(1 for report in reports if report.review),
        headings_line=table.top,
        headings={table.headings[position]: field for position, field in table.fields.items()},
        ignored_columns=table.ignored,
        rows=sorted(reports, key=lambda report: report.line),
    )


async def bring_in(rows: dict[int, Row], owner_id: UUID, by: Actor | None) -> list[RowReport]:
    """Insert what is new, update what differs, and report on each row."""
    await db.execute(OWNER, owner_id)
    found = [held(row) for row in await db.fetch(KNOWN, owner_id, [row.key for row in rows.values()])]
    known, units = {one.import_key: one for one in found}, {one.id: one.fields["units"] for one in found}
    new: list[New] = []
    changed: dict[UUID, Changed] = {}
    reports: dict[UUID, RowReport] = {}
    default = msgspec.json.decode(await db.fetchval(DEFAULT_RULES, owner_id))
    for line, row in rows.items():
        before = known.get(row.key)
        if before is None:
            if closes_without_country(row.said.get("country", ""), default):
                reports[new_id()] = RowReport(line, row.name, "refused", [Reason("country", NO_COUNTRY)])
                continue
            new.append(New(new_id(), row.new(), row.key))
            reports[new[-1].id] = RowReport(
                line, row.name, "created", [], row.notes + row.assumed, new[-1].id, row.doubts
            )
            continue
        report = reports[before.id] = RowReport(line, row.name, "unchanged", [], row.notes, before.id, row.doubts)
        try:
            after = row.onto(before.fields)
        except ValueError as error:
            report.outcome, report.reasons = "refused", [Reason("row", str(error))]
            continue
        if closes_without_country(after.country, default, after.rules):
            report.outcome, report.reasons = "refused", [Reason("country", NO_COUNTRY)]
            continue
        if msgspec.structs.asdict(after) != before.fields:
            report.outcome = "updated"
            became = msgspec.structs.asdict(after)
            report.changed = [name for name in before.fields if became[name] != before.fields[name]]
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
