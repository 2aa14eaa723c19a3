"""The JSON routes of imports: lists that are sent, looked at in a dry run, confirmed, and brought in by the worker."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from server.access.permissions import open_to
from server.api.resources import RowsZone
from server.core.actor import Actor
from server.core.errors import Conflict, Forbidden, Invalid, NotFound, TooLarge, Unauthenticated
from server.core.http import Request
from server.core.problem_details import refusals
from server.core.text import LINE_PATTERN, Line
from server.resources.imports import sent_lists, sheet
from server.resources.imports.columns import HEADINGS
from server.resources.imports.import_list import ImportReport
from server.resources.imports.sent_lists import ListImport
from server.resources.imports.sheet import Assumed
from server.resources.schemas import Kind
from server.web.uploads import AROUND, file_in, taking

RUN = open_to("manager", "manage")
BY_ID = open_to("manager", "manage", id="list_import")


class ListAssumed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What you say of a list besides what stands in it."""

    __schema_name__ = "NewImportAssumptions"
    kind: Kind | None = None  # of rows without
    time_zone: Annotated[str, Meta(max_length=64, pattern=LINE_PATTERN)] = ""  # of rows without
    columns: Annotated[
        dict[Line, Line], Meta(max_length=200, description="heading → field, empty for none; others are recognised")
    ] = {}


class SentList(msgspec.Struct, frozen=True, kw_only=True):
    """A list that was sent: what was assumed of it, how far it is, and what its rows became, or would."""

    __schema_name__ = "ResourceImport"
    id: UUID
    file_name: str
    state: Literal["looked_at", "running", "done", "failed"]
    assumed: Assumed
    done_rows: int
    created_at: datetime
    confirmed_at: datetime | None
    finished_at: datetime | None
    error: str
    report: ImportReport | None  # not in lists of lists


@get("/imports", tags=["Imports"], opt=RUN, responses=refusals(Unauthenticated, Forbidden))
async def list_imports(by: NamedDependency[Actor]) -> list[SentList]:
    """List what was sent for your organization, the latest twenty, without their reports."""
    return [_out(one, None) for one in await sent_lists.latest(by)]


@post(
    "/imports",
    tags=["Imports"],
    opt=RUN,
    request_max_body_size=sheet.LARGEST + AROUND,
    operation_class=taking(*sheet.MEDIA_TYPES),
    responses=refusals(Unauthenticated, Forbidden, TooLarge),
)
async def create_import(
    request: Request,
    by: NamedDependency[Actor],
    kind: FromQuery[Kind | None] = None,
    time_zone: RowsZone = "",
) -> Response[SentList]:
    """Send a list (CSV or Excel) and read what each row would become. Nothing is changed until you confirm it."""
    name, data = await file_in(request)
    made = await _read(await sent_lists.send(data, name, Assumed(kind or "", time_zone), by), by)
    return Response(made, headers={"Location": f"/api/v1/imports/{made.id}"})


@get(
    "/imports/{id:uuid}",
    tags=["Imports"],
    opt=BY_ID,
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def read_import(by: NamedDependency[Actor], id: FromPath[UUID]) -> SentList:
    """Read what each row would become, how far the import is, or what became of it."""
    return await _read(id, by)


@put(
    "/imports/{id:uuid}/assumed",
    tags=["Imports"],
    opt=BY_ID,
    responses=refusals(Unauthenticated, Forbidden, NotFound, Conflict),
)
async def set_import_assumptions(
    by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[ListAssumed]
) -> SentList:
    """Look again, with columns taken for what you say. 409 once it is being brought in."""
    if unknown := sorted({field for field in data.columns.values() if field and field not in HEADINGS}):
        raise Invalid(f"columns: there is no field {', '.join(unknown)}", field="columns", fields=sorted(HEADINGS))
    await sent_lists.look_again(id, Assumed(data.kind or "", data.time_zone, data.columns), by)
    return await _read(id, by)


@post(
    "/imports/{id:uuid}/confirm",
    tags=["Imports"],
    opt=BY_ID,
    status_code=202,
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def confirm_import(by: NamedDependency[Actor], id: FromPath[UUID]) -> SentList:
    """Bring it in. The worker does; read it again to see how far it is. Confirming again changes nothing."""
    await sent_lists.confirm(id, by)
    return await _read(id, by)


async def _read(id: UUID, by: Actor) -> SentList:
    found = await sent_lists.one(id, by)
    return _out(found, found.report)


def _out(one: ListImport, report: ImportReport | None) -> SentList:
    said: dict[str, Any] = {name: getattr(one, name) for name in SentList.__struct_fields__ if hasattr(one, name)}
    return SentList(**said | {"state": one.state.replace(" ", "_"), "report": report})


ROUTES = [list_imports, create_import, read_import, set_import_assumptions, confirm_import]
