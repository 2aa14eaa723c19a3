"""The operator's first page, calendars in trouble, and health."""

from datetime import UTC, datetime
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.access.person import Person
from server.core.http import Request
from server.foreign.reasons import said
from server.operator import views
from server.operator.read_again import read_again
from server.operator.read_health import read_health
from server.organizations import views as organizations
from server.site.operator.page_support import MANAGE, READ, shown
from server.web.forms import post, redirect

FIRST = 5  # organizations that wait, on the first page


@get("/operator", opt=READ)
async def overview(request: Request) -> Response[str]:
    """Show what needs attention."""
    health = await read_health()
    waiting = await organizations.organizations("pending", None, FIRST)
    return shown(request, "overview", counts=await views.attention(), health=health, waiting=waiting)


@get("/operator/calendars", opt=READ)
async def calendars(request: Request) -> Response[str]:
    """List the foreign calendars that could not be read."""
    found = [(one, said(one["error"])) for one in await views.foreign_in_trouble()]
    return shown(request, "calendars", calendars=found, now=datetime.now(UTC))


@post("/operator/calendars/{id:uuid}/read", opt=MANAGE)
async def read_calendar(id: FromPath[UUID], person: NamedDependency[Person]) -> Response[str]:
    """Have one read again at once."""
    await read_again(id, person)
    return redirect("/operator/calendars?done=read-again")


@get("/operator/health", opt=READ)
async def health(request: Request) -> Response[str]:
    """Show how the parts are that the platform runs on."""
    return shown(request, "health", health=await read_health())


ROUTES = [overview, calendars, read_calendar, health]
