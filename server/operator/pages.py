"""The operator's first page, calendars in trouble, and health."""

from datetime import UTC, datetime
from typing import Any

from litestar import Request, Response, get

from server.operator import views
from server.operator.looking import READ, shown
from server.operator.read_health import read_health
from server.organizations import views as organizations

FIRST = 5  # organizations that wait, on the first page


@get("/operator", include_in_schema=False, opt=READ)
async def overview(request: Request[Any, Any, Any]) -> Response[str]:
    """Show what needs attention."""
    health = await read_health()
    waiting = await organizations.organizations("pending", None, FIRST)
    return shown(request, "overview", counts=await views.attention(), health=health, waiting=waiting)


@get("/operator/calendars", include_in_schema=False, opt=READ)
async def calendars(request: Request[Any, Any, Any]) -> Response[str]:
    """List the foreign calendars that could not be read."""
    return shown(request, "calendars", calendars=await views.foreign_in_trouble(), now=datetime.now(UTC))


@get("/operator/health", include_in_schema=False, opt=READ)
async def health(request: Request[Any, Any, Any]) -> Response[str]:
    """Show how the parts are that the platform runs on."""
    return shown(request, "health", health=await read_health())


ROUTES = [overview, calendars, health]
