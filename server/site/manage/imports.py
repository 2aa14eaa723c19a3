"""The pages that bring in a list: send it, see what each row would become, confirm, watch, keep what became of it."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import ServerSentEvent, ServerSentEventMessage

from server.access.permissions import open_to
from server.core.actor import Actor
from server.core.errors import NotFound
from server.core.http import Request
from server.core.sheets import write_csv
from server.core.translations import N_
from server.resources.field_names import FIELD_NAMES
from server.resources.imports import sent_lists, sheet
from server.resources.imports.columns import HEADINGS
from server.resources.imports.read_list import RowReport
from server.resources.imports.reason_texts import told
from server.resources.imports.sent_lists import ListImport
from server.resources.imports.sheet import Assumed
from server.site.manage import editor_form
from server.site.manage.texts import LIST_STATES
from server.web.form_errors import Said, refused_on
from server.web.forms import Form, post, redirect, text_fields
from server.web.kinds import NAMES
from server.web.render import first_of, language, page, reader_zone
from server.web.uploads import AROUND, plain

ROOM = sheet.LARGEST + AROUND
SHOWN = 50  # rows on one page; the table to download has all
LOOK_SECONDS = 0.5  # from one event to the next
WATCHED = 1200  # events; then the browser asks again
NO_FILE = N_("Choose a file.")
OUTCOMES = {
    "created": N_("new"), "updated": N_("changed"), "unchanged": N_("unchanged"), "refused": N_("refused"),
    "duplicate": N_("twice in the file"), "skipped": N_("no resource"),
}  # fmt: skip
COLUMNS = ("line", "name", "outcome", "reasons", "review", "notes", "changed", "resource_id")


@get("/manage/import", opt=open_to("manager", "manage"))
async def start(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """Show a form for a file, and the lists that were sent before."""
    return await _start(request, by, Form({"kind": "equipment", "time_zone": "Asia/Shanghai"}, {}))


@post("/manage/import", request_max_body_size=ROOM, opt=open_to("manager", "manage"))
async def send(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """Take a file and look at it; nothing is changed yet."""
    entered = await text_fields(request)
    file = (await request.form()).get("file")
    data = await file.read() if isinstance(file, UploadFile) else b""
    if not isinstance(file, UploadFile) or not data:
        return await _start(request, by, Form(entered, {"file": NO_FILE}), status=422)
    async with refused_on(Form(entered, {}), partial(_start, request, by), _why(request, "file")):
        id = await sent_lists.send(data, plain(file.filename), _assumed(entered), by)
    return redirect(f"/manage/import/{id}")


@get("/manage/import/{id:uuid}", opt=open_to("manager", "manage"))
async def show(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Show what each row would become, how far the import is, or what became of it."""
    return _shown(request, await sent_lists.one(id, by), Form({}, {}))


@post("/manage/import/{id:uuid}/columns", opt=open_to("manager", "manage"))
async def look_again(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Look again, with columns taken for what the owner says."""
    found = await sent_lists.one(id, by)
    entered = await text_fields(request)
    async with refused_on(Form(entered, {}), partial(_shown, request, found), _why(request, "")):
        await sent_lists.look_again(id, _assumed(entered), by)
    return redirect(f"/manage/import/{id}")


@post("/manage/import/{id:uuid}/confirm", opt=open_to("manager", "manage"))
async def confirm(id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Bring it in."""
    await sent_lists.confirm(id, by)
    return redirect(f"/manage/import/{id}")


@get("/manage/import/{id:uuid}/events", opt=open_to("manager", "manage"))
async def events(id: FromPath[UUID], by: NamedDependency[Actor]) -> ServerSentEvent:
    """Tell how far an import is, until it is over."""
    await sent_lists.one(id, by)

    async def told() -> AsyncIterator[ServerSentEventMessage]:
        for _ in range(WATCHED):
            found = await sent_lists.one(id, by)
            yield ServerSentEventMessage(data=f"{found.done_rows} {_total(found)}", event="progress")
            if found.state != "running":
                yield ServerSentEventMessage(data=found.state, event="over")
                return
            await asyncio.sleep(LOOK_SECONDS)

    return ServerSentEvent(told(), headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


@get("/manage/import/{id:uuid}/report.csv", opt=open_to("manager", "manage"))
async def report(id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[bytes]:
    """Download what became of each row, or would."""
    found = await sent_lists.one(id, by)
    if found.report is None:
        raise NotFound("there is no report yet")
    rows = [_reported(row) for row in found.report.rows]
    headers = {"Content-Disposition": f'attachment; filename="import-{id}.csv"', "Cache-Control": "private, no-store"}
    return Response(write_csv(COLUMNS, rows), media_type="text/csv; charset=utf-8", headers=headers)


def _reported(row: RowReport) -> tuple[object, ...]:
    reasons, review = ("; ".join(f"{one.column}: {one.reason}" for one in said) for said in (row.reasons, row.review))
    also = "; ".join(row.notes), " ".join(row.changed), str(row.resource_id or "")
    return (row.line, row.name, row.outcome, reasons, review, *also)


async def _start(request: Request, by: Actor, form: Form[Any], *, status: int = 200) -> Response[str]:
    return page(
        request,
        "manage/imports.html",
        status=status,
        form=form,
        latest=await sent_lists.latest(by),
        list_states=LIST_STATES,
        zones=editor_form.zones(),
        zone=reader_zone(request),
    )


def _shown(request: Request, found: ListImport, form: Form[Any], *, status: int = 200) -> Response[str]:
    wish, first = request.query_params.get("outcome", ""), first_of(request)
    rows = found.report.rows if found.report else []
    chosen = [row for row in rows if not wish or row.outcome == wish or (wish == "review" and row.review)]
    return page(
        request,
        "manage/import.html",
        status=status,
        found=found,
        form=form,
        rows=chosen[first : first + SHOWN],
        first=first,
        later=first + SHOWN if len(chosen) > first + SHOWN else 0,
        chosen=len(chosen),
        wish=wish,
        outcomes=OUTCOMES,
        told=told,
        field_names=FIELD_NAMES,
        total=_total(found),
        fields=sorted(HEADINGS),
        zones=editor_form.zones(),
        zone=reader_zone(request),
    )


def _total(found: ListImport) -> int:
    """How many rows are to be brought in. While it runs, the report counts only those that are."""
    if found.total_rows:
        return found.total_rows
    counted = found.report
    return counted.created + counted.updated + counted.unchanged if counted else 0


def _assumed(entered: dict[str, str]) -> Assumed:
    columns = {name.removeprefix("column:"): field for name, field in entered.items() if name.startswith("column:")}
    kind, zone = entered.get("kind", ""), entered.get("time_zone", "").strip()
    return Assumed(
        kind=kind if kind in NAMES else "",
        time_zone=zone[:64],
        columns={name: field for name, field in columns.items() if field in HEADINGS or not field},
    )


def _why(request: Request, field: str) -> Said:
    """Why a file is refused. Errors of forms go through the catalogues, which read `%` as the beginning of a place."""
    return lambda error: {field: told(str(error.detail), language(request)).replace("%", "%%")}


ROUTES = [start, send, show, look_again, confirm, events, report]
