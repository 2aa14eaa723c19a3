"""The application as it is, and beside it the route that all reading is compared to."""

from typing import Any
from uuid import UUID

from litestar import Litestar, get, post
from litestar.params import FromPath

from server import app, db
from server.calendars import events, read_feed

ONE = "SELECT id, name, time_zone FROM resource WHERE id = $1"


@get("/bench/resources/{id:uuid}", include_in_schema=False)
async def one_select(id: FromPath[UUID]) -> dict[str, Any]:
    """Do one SELECT by key."""
    row: Any = await db.fetchrow(ONE, id)
    return dict(row)


@post("/bench/forget", include_in_schema=False, status_code=204)
async def forget() -> None:
    """Empty what the process keeps of feeds."""
    events.event.cache_clear()
    read_feed._kept.clear()


def create_app() -> Litestar:
    ours = app.create_app()
    ours.register(one_select)
    ours.register(forget)
    return ours
