"""The JSON routes of app passwords for CalDAV."""

from uuid import UUID

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.access.permissions import open_to
from server.caldav import app_password_make, app_password_revoke
from server.caldav.schemas import AppPassword, MadeAppPassword, NewAppPassword
from server.core.actor import Actor
from server.core.errors import Conflict, Forbidden, NotFound, Unauthenticated
from server.core.problem_details import refusals


@post(
    "/app-passwords",
    tags=["Calendars"],
    opt=open_to("manager", "manage", tells_secret=True),
    responses=refusals(Unauthenticated, Forbidden, Conflict),
)
async def create_app_password(by: NamedDependency[Actor], data: JSONBody[NewAppPassword]) -> MadeAppPassword:
    """Make a password for the calendar program of one device (CalDAV). It is told this once."""
    return await app_password_make.make(data, by)


@get(
    "/app-passwords",
    tags=["Calendars"],
    opt=open_to("booker", "read"),
    responses=refusals(Unauthenticated, Forbidden),
)
async def list_app_passwords(by: NamedDependency[Actor]) -> list[AppPassword]:
    """List your app passwords and when each was last used."""
    return await app_password_make.listed(by)


@delete(
    "/app-passwords/{id:uuid}",
    tags=["Calendars"],
    opt=open_to("booker", "manage", while_suspended=True, id="app_password"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def revoke_app_password(by: NamedDependency[Actor], id: FromPath[UUID]) -> None:
    """Revoke an app password of yours; its device is out at once."""
    await app_password_revoke.revoke(id, by)


ROUTES = [create_app_password, list_app_passwords, revoke_app_password]
