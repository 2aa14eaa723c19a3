"""The application as it is, and beside it the route that all reading is compared to."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from asyncpg import Range
from litestar import Litestar, get, post
from litestar.params import FromPath, QueryParameter

from server.application import app
from server.calendars import events, feed_read
from server.core import db

ONE = "SELECT id, name, time_zone FROM resource WHERE id = $1"
FREE = """
SELECT array_agg(lower(free)) AS starts_at, array_agg(upper(free)) AS ends_at
FROM (
    SELECT tstzmultirange($2) - range_agg(during) AS whole FROM live_claims WHERE resource_id = $1 AND during && $2
) it, unnest(it.whole) AS free
"""


@get("/bench/resources/{id:uuid}", include_in_schema=False)
async def one_select(id: FromPath[UUID]) -> dict[str, Any]:
    """Do one SELECT by key."""
    row: Any = await db.fetchrow(ONE, id)
    return dict(row)


@get("/bench/resources/{id:uuid}/free", include_in_schema=False)
async def free(id: FromPath[UUID], from_: Annotated[datetime, QueryParameter(name="from")], to: datetime) -> Any:
    """Tell by one SELECT when nothing is claimed."""
    row: Any = await db.fetchrow(FREE, id, Range(from_, to))
    return dict(row)


@post("/bench/forget", include_in_schema=False, status_code=204)
async def forget() -> None:
    """Empty what the process keeps of feeds."""
    events.event.cache_clear()
    feed_read._kept.clear()


def create_app() -> Litestar:
    ours = app.create_app()
    ours.register(one_select)
    ours.register(free)
    ours.register(forget)
    return ours
