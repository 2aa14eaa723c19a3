"""The pages of bookings that were made: the organization's, one with its history, and the owner's inbox."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.bookings import approve as approving
from server.bookings import cancel as cancelling
from server.bookings import decline as declining
from server.bookings import history, lists, time_form, views
from server.bookings import move as moving
from server.bookings.rights import can_change, runs
from server.bookings.schemas import Because, Booking, Change
from server.errors import DomainError, SlotTaken
from server.organizations.access import open_to
from server.organizations.actor import Actor
from server.spans import Span
from server.web.forms import Form, read, redirect
from server.web.look import language, page
from server.web.refusals import refusal
from server.web.translations import N_

EMPTY: Form[Any] = Form({}, {})
REASON = {"reason": N_("Give the reason on one line, in at most 200 characters.")}
LIVE = ("requested", "confirmed")
DONE = {
    "booked": N_("Done. It is in your list, and a mail is on its way."),
    "cancelled": N_("Cancelled. Everyone who was invited is told."),
    "moved": N_("Changed. Everyone who was invited is told."),
    "approved": N_("Approved. The guest is told."),
    "declined": N_("Declined. The guest is told."),
}


def _first(request: Request[Any, Any, Any]) -> int:
    text = request.query_params.get("after", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


@get("/bookings", include_in_schema=False, opt=open_to("booker", "read"))
async def own(request: Request[Any, Any, Any], by: NamedDependency[Actor]) -> Response[str]:
    """List the organization's bookings: upcoming, waiting, past or cancelled."""
    part: lists.Part = next((one for one in lists.PARTS if one == request.query_params.get("part")), "upcoming")
    first = _first(request)
    found, more = await lists.own(by, part, first)
    return page(request, "bookings/own.html", part=part, bookings=found, first=first, later=more and first + lists.PAGE)


@get("/inbox", include_in_schema=False, opt=open_to("manager", "read"))
async def inbox(request: Request[Any, Any, Any], by: NamedDependency[Actor]) -> Response[str]:
    """List the requests that wait for a decision, the soonest first."""
    first = _first(request)
    found, more = await lists.requests(by, first)
    done = DONE.get(request.query_params.get("done", ""), "")
    later = more and first + lists.PAGE
    return page(request, "bookings/inbox.html", bookings=found, first=first, later=later, done=done)


@get("/bookings/{id:uuid}", include_in_schema=False, opt=open_to("booker", "read"))
async def show(request: Request[Any, Any, Any], id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Show one booking, and what can be done with it. Opening it changes nothing, whatever mail led here."""
    return await _shown(request, await views.booking(id, by), by)


async def _shown(
    request: Request[Any, Any, Any], booking: Booking, by: Actor, form: Form[Any] = EMPTY, *, status: int = 200,
    lost: SlotTaken | None = None,
) -> Response[str]:  # fmt: skip
    live = booking.status in LIVE and booking.ends_at > datetime.now(UTC)
    entered = time_form.shown(_span(booking), ZoneInfo(booking.time_zone)) | {"units": str(booking.units)}
    return page(
        request,
        "bookings/show.html",
        status=status,
        booking=booking,
        form=Form(entered | form.entered, form.errors),
        lost=lost,
        done=DONE.get(request.query_params.get("done", ""), ""),
        history=await history.read(booking.id, by),
        changes=live and can_change(by, booking),
        decides=live and booking.status == "requested" and runs(by, booking),
    )


def _span(booking: Booking) -> Span:
    return Span(booking.starts_at, booking.ends_at)


async def _decided(
    request: Request[Any, Any, Any], id: UUID, by: Actor, done: str, verb: Callable[[str], Awaitable[Booking]]
) -> Response[str]:
    """Do something for a reason that the form gives, and go on to what has become of it."""
    form = await read(request, Because, REASON)
    booking = await views.booking(id, by)
    if form.value is None:
        return await _shown(request, booking, by, form, status=422)
    try:
        await verb(form.value.reason)
    except DomainError as error:
        said = form.but(**{"": refusal(error, language(request), booking.time_zone)})
        return await _shown(request, await views.booking(id, by), by, said, status=error.status)
    return redirect(f"/inbox?done={done}" if "inbox" in form.entered else f"/bookings/{id}?done={done}")


@post(
    "/bookings/{id:uuid}/cancel", include_in_schema=False, status_code=200,
    opt=open_to("booker", "book", while_suspended=True),
)  # fmt: skip
async def cancel(request: Request[Any, Any, Any], id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Cancel."""
    return await _decided(request, id, by, "cancelled", lambda reason: cancelling.cancel(id, by, reason))


@post("/bookings/{id:uuid}/approve", include_in_schema=False, status_code=200, opt=open_to("manager", "manage"))
async def approve(request: Request[Any, Any, Any], id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Approve a request."""
    return await _decided(request, id, by, "approved", lambda _: approving.approve(id, by))


@post("/bookings/{id:uuid}/decline", include_in_schema=False, status_code=200, opt=open_to("manager", "manage"))
async def decline(request: Request[Any, Any, Any], id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Decline a request."""
    return await _decided(request, id, by, "declined", lambda reason: declining.decline(id, by, reason))


@post("/bookings/{id:uuid}/move", include_in_schema=False, status_code=200, opt=open_to("booker", "book"))
async def move(request: Request[Any, Any, Any], id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Move to another time. Where that is taken, the booking stays and the nearest free times are offered."""
    booking = await views.booking(id, by)
    sent = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    form = time_form.read(sent, ZoneInfo(booking.time_zone), 10_000)
    version = sent.get("version", "")
    if form.value is None:
        return await _shown(request, booking, by, form, status=422)
    change = Change(starts_at=form.value.span.starts_at, ends_at=form.value.span.ends_at)
    try:
        await moving.move(id, change, by, int(version) if version.isdecimal() else booking.version)
    except SlotTaken as taken:
        return await _shown(request, booking, by, form, status=409, lost=taken)
    except DomainError as error:
        said = form.but(**{"": refusal(error, language(request), booking.time_zone)})
        return await _shown(request, await views.booking(id, by), by, said, status=error.status)
    return redirect(f"/bookings/{id}?done=moved")


ROUTES = [own, inbox, show, cancel, approve, decline, move]
