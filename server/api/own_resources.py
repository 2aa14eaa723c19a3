"""The JSON route of what an owner's people run, published or not."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from server.access.permissions import open_to
from server.core.actor import Actor
from server.core.errors import Forbidden, Unauthenticated
from server.core.http import Limit, Offset, Page
from server.core.problem_details import refusals
from server.core.text import LINE_PATTERN
from server.resources import own
from server.resources.own import Own
from server.resources.schemas import Kind

Part = Annotated[
    str, QueryParameter(max_length=200, pattern=LINE_PATTERN, required=False, description="of the name or the model")
]


@get(
    "/resources/own",
    tags=["Resources"],
    opt=open_to("manager", "read"),
    responses=refusals(Unauthenticated, Forbidden),
)
async def list_own_resources(
    by: NamedDependency[Actor],
    q: Part = "",
    kind: FromQuery[Kind | None] = None,
    listed: FromQuery[bool | None] = None,
    cursor: Offset = None,
    limit: Limit = 50,
) -> Page[Own]:
    """List the resources that you run by name, also those not published, with the next booking and what waits."""
    first = int(cursor or 0)
    found, count = await own.own(by, q, kind or "", listed, first, limit)
    return Page(found, str(first + limit) if first + limit < count else None)


ROUTES = [list_own_resources]
