"""The JSON routes of the audit log: an organization's, as a page and as CSV, and that of the operators."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from server.access.permissions import open_to
from server.audit import views
from server.audit.schemas import Entry
from server.core import http, instants
from server.core.actor import Actor
from server.core.errors import Forbidden, TooManyRows, Unauthenticated
from server.core.http import Cursor, Limit, Page, QueryInstant
from server.core.problem_details import refusals

MOST = 50_000  # rows of one file

From = Annotated[str | None, QueryParameter(name="from", schema_extra={"format": "date-time"}, required=False)]


@get(
    "/operator/audit",
    tags=["Operator"],
    opt=open_to("operator", "manage"),
    responses=refusals(Unauthenticated, Forbidden),
)
async def search_audit_log(
    organization: FromQuery[UUID | None] = None,
    object: FromQuery[UUID | None] = None,
    actor: FromQuery[UUID | None] = None,
    verb: FromQuery[str | None] = None,
    noun: FromQuery[str | None] = None,
    from_: From = None,
    to: QueryInstant = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Entry]:
    """Search the audit log, the newest first. `actor` is the id of an account or of a member."""
    wanted = views.Wanted(
        organization=organization, object=object, actor=actor, verb=verb, noun=noun, from_=_moment(from_, "from"),
        to=_moment(to, "to"),
    )  # fmt: skip
    return http.page(await views.search(wanted, http.after(cursor), limit + 1), limit, key=lambda entry: entry.id)


@get(
    "/organization/audit",
    tags=["Organization"],
    opt=open_to("admin", "manage"),
    responses=refusals(Unauthenticated, Forbidden),
)
async def read_audit_log(
    by: NamedDependency[Actor],
    object: FromQuery[UUID | None] = None,
    actor: FromQuery[UUID | None] = None,
    verb: FromQuery[str | None] = None,
    noun: FromQuery[str | None] = None,
    from_: From = None,
    to: QueryInstant = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Entry]:
    """Read what was done to your organization's things, and by others on its resources; the newest first."""
    wanted = views.Wanted(
        object=object, actor=actor, verb=verb, noun=noun, from_=_moment(from_, "from"), to=_moment(to, "to")
    )
    rows = await views.of_organization(by, wanted, http.after(cursor), limit + 1)
    return http.page(rows, limit, key=lambda entry: entry.id)


@get(
    "/organization/audit.csv",
    tags=["Organization"],
    opt=open_to("admin", "manage"),
    media_type="text/csv",
    responses=refusals(Unauthenticated, Forbidden, TooManyRows),
)
async def download_audit_log(
    by: NamedDependency[Actor], from_: From = None, to: QueryInstant = None
) -> Response[bytes]:
    """Download the same as CSV. Cells that a spreadsheet program would compute begin with an apostrophe."""
    wanted = views.Wanted(from_=_moment(from_, "from"), to=_moment(to, "to"))
    entries = await views.of_organization(by, wanted, None, MOST + 1)
    if len(entries) > MOST:
        raise TooManyRows(f"one file holds {MOST} rows; name a shorter time in `from` and `to`", limit=MOST)
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"', "Cache-Control": "no-store"}
    return Response(views.as_csv(entries), media_type="text/csv", headers=headers)


def _moment(given: str | None, field: str) -> datetime | None:
    return instants.instant(given, field).astimezone(UTC) if given else None


ROUTES = [search_audit_log, read_audit_log, download_audit_log]
