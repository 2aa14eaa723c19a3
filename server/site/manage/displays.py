"""The pages of screens: the day on a wall, checking in at the door, and what an owner makes and prints."""

from functools import partial
from typing import Any
from uuid import UUID

import segno
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.access.permissions import open_to
from server.bookings.attendance import check_in
from server.core.actor import Actor
from server.core.http import Request
from server.core.settings import settings
from server.core.translations import N_
from server.displays import make, views
from server.displays.revoke import revoke
from server.displays.schemas import NewDisplay
from server.resources import views as resources
from server.site.manage.texts import WALL_STATES, WALL_UNTIL
from server.web.form_errors import in_words, refused_on
from server.web.forms import EMPTY, Form, post, read, redirect
from server.web.render import page, unkept

REFRESH_SECONDS = 60
RUN = open_to("manager", "manage")
LABEL = {"label": N_("Say where the screen hangs, on one line of at most 100 characters.")}
DONE = {
    "made": N_("The screen has its address now. Open it on the screen, and leave it open."),
    "revoked": N_("The address is revoked: the screen shows nothing any more."),
    "in": N_("You are checked in."),
}


@get("/wall/{token:str}", opt=open_to("anyone", "read"))
async def wall(request: Request, token: FromPath[str]) -> Response[str]:
    """Show the day of a resource to whoever has the address: times, and nobody's name."""
    shown = await views.wall(token)
    picture = _qr(f"/resources/{shown.resource_id}/check-in")
    answer = page(
        request, "manage/display_wall.html", wall=shown, picture=picture, seconds=REFRESH_SECONDS,
        wall_states=WALL_STATES, until=WALL_UNTIL,
    )  # fmt: skip
    answer.headers |= {"Cache-Control": "no-store", "X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}
    return answer


@get("/resources/{id:uuid}/check-in", opt=open_to("booker", "read"))
async def check_in_page(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Offer to check in, where the code on the door leads. Opening it changes nothing."""
    return await _check_in(request, id, by)


async def _check_in(request: Request, id: UUID, by: Actor, form: Form[Any] = EMPTY, status: int = 200) -> Response[str]:
    found = await views.coming(id, by)
    resource = found[0] if found else await resources.resource(id, by)
    name = getattr(resource, "resource_name", None) or getattr(resource, "name", "")
    done = DONE.get(request.query_params.get("done", ""), "")
    return page(request, "manage/check_in.html", status=status, bookings=found, name=name, id=id, form=form, done=done)


@post("/resources/{id:uuid}/check-in", opt=open_to("booker", "book"))
async def check_in_booking(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Check in to one of the bookings that were offered."""
    sent = await request.form()
    named = str(sent.get("booking_id", ""))
    booking = next((one for one in await views.coming(id, by) if str(one.id) == named), None)
    if booking is None:
        return redirect(f"/resources/{id}/check-in")
    async with refused_on(EMPTY, partial(_check_in, request, id, by), in_words(request, booking.time_zone)):
        await check_in.check_in(booking.id, by)
    return redirect(f"/resources/{id}/check-in?done=in")


@get("/manage/resources/{id:uuid}/display", opt=RUN)
async def displays(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Show the screens of a resource, and where to print the sheet for its door."""
    return await _displays(request, id, by)


async def _displays(request: Request, id: UUID, by: Actor, form: Form[Any] = EMPTY, status: int = 200) -> Response[str]:
    resource = await views.refuse_unless_runs(id, by)
    found = [(one, make.url(one["id"])) for one in await views.displays(id)]
    done = DONE.get(request.query_params.get("done", ""), "")
    return unkept(
        request, "manage/displays.html", status=status, resource=resource, displays=found, form=form, done=done
    )


@post("/manage/resources/{id:uuid}/display", opt=RUN)
async def make_display(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Make an address for a screen."""
    form = await read(request, NewDisplay, LABEL)
    async with refused_on(form, partial(_displays, request, id, by), in_words(request)):
        await make.make(id, form.wanted, by)
    return redirect(f"/manage/resources/{id}/display?done=made")


@post("/manage/resources/{id:uuid}/display/revoke", opt=RUN)
async def revoke_display(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Revoke the address of a screen."""
    named = str((await request.form()).get("display_id", ""))
    known = {str(one["id"]): one["id"] for one in await views.displays(id)}
    if named in known:
        await revoke(id, known[named], by)
    return redirect(f"/manage/resources/{id}/display?done=revoked")


@get("/manage/resources/{id:uuid}/display/print", opt=RUN)
async def sheet(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Show the sheet for the door: one code to book, one to check in."""
    resource = await views.refuse_unless_runs(id, by)
    book, door = f"/resources/{id}", f"/resources/{id}/check-in"
    return page(
        request, "manage/display_sheet.html", resource=resource, book=_qr(book), book_url=_url(book), door=_qr(door),
        door_url=_url(door), organization=by.organization_name,
    )  # fmt: skip


def _url(path: str) -> str:
    return settings().base_url.rstrip("/") + path


def _qr(path: str) -> str:
    """A code that leads to a page, as a picture in SVG."""
    return segno.make(_url(path), error="m").svg_data_uri(scale=5, border=4, light="#fff")


ROUTES = [wall, check_in_page, check_in_booking, displays, make_display, revoke_display, sheet]
