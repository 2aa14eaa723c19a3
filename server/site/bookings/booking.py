"""The pages of bookings that were made: the organization's, and one with its history and what decides it."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.access.permissions import open_to
from server.bookings.attendance import check_in, strikes
from server.bookings.capacity import history, lists, views
from server.bookings.holds import holds
from server.bookings.lifecycle import approve, cancel, decline, hand_over, move
from server.bookings.rights import can_change, runs
from server.bookings.schemas import Because, Booking, Change
from server.core.actor import Actor
from server.core.errors import SlotTaken
from server.core.http import Request
from server.core.spans import Span
from server.core.translations import N_
from server.foreign import views as foreign
from server.resources import views as resources
from server.site.book.details_form import written
from server.site.bookings.texts import HISTORY, NOTHING, PARTS
from server.web import time_form
from server.web.form_errors import in_words, refused_on
from server.web.forms import EMPTY, Form, post, read, redirect, text_fields
from server.web.render import first_of, page

REASON = {"reason": N_("Give the reason on one line, in at most 200 characters.")}
LIVE = ("requested", "confirmed")
DONE = {
    "booked": N_("Booked. The invitation for your calendar is on its way by mail."),
    "requested": N_("Sent. The owner decides, and you get a mail. Until then the time is kept for you."),
    "cancelled": N_("Cancelled. Everyone who was invited is told."),
    "moved": N_("Changed. Everyone who was invited is told."),
    "approved": N_("Approved. The guest is told."),
    "declined": N_("Declined. The guest is told."),
    "edited": N_("Changed. Everyone who was invited is told."),
    "proposed": N_("The guest is asked by mail. The time is kept until the answer."),
    "accepted": N_("Accepted. The booking has its new time, and everyone is told."),
    "refused": N_("Refused. The booking stays as it was, and the owner is told."),
    "in": N_("Checked in."),
    "out": N_("Checked out. What was left of the time is free for others."),
    "extended": N_("Extended. Everyone who was invited is told."),
    "appealed": N_("The owner is asked to forgive the strike."),
    "forgiven": N_("Forgiven. The guest is told."),
    "handed-over": N_("Handed over. Both of you are told by mail, and the calendars are put right."),
}


@get("/bookings", opt=open_to("booker", "read"))
async def own(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """List the organization's bookings: upcoming, waiting, past or cancelled."""
    part: lists.Part = next((one for one in lists.PARTS if one == request.query_params.get("part")), "upcoming")
    first = first_of(request)
    found, more = await lists.own(by, part, first)
    days = [(day, list(some)) for day, some in groupby(found, key=lambda one: one.starts_at.date())]
    later = more and first + lists.PAGE
    return page(
        request, "bookings/own.html", part=part, bookings=found, days=days, first=first, later=later, parts=PARTS,
        nothing=NOTHING,
    )  # fmt: skip


@get("/bookings/{id:uuid}", opt=open_to("booker", "read"))
async def show(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Show one booking, and what can be done with it. Opening it changes nothing, whatever mail led here."""
    return await shown(request, await views.booking(id, by), by)


async def shown(
    request: Request, booking: Booking, by: Actor, form: Form[Any] = EMPTY, *, status: int = 200,
    lost: SlotTaken | None = None,
) -> Response[str]:  # fmt: skip
    now = datetime.now(UTC)
    live = booking.status in LIVE and booking.ends_at > now
    entered = time_form.shown(_span(booking), ZoneInfo(booking.time_zone)) | {"purpose": booking.purpose}
    entered |= {"attendees": written(booking.attendees), "numbers": " ".join(map(str, booking.unit_numbers))}
    ours = by.organization_id == booking.organization_id
    done = request.query_params.get("done", "")
    resource = await resources.resource(booking.resource_id, by) if live and can_change(by, booking) else None
    comes_from = booking.starts_at - timedelta(minutes=resource.rules.check_in_from_minutes) if resource else None
    return page(
        request,
        "bookings/booking.html",
        status=status,
        booking=booking,
        form=Form(entered | form.entered, form.errors),
        lost=lost,
        done=DONE.get("requested" if done == "booked" and booking.status == "requested" else done, ""),
        history=await history.read(booking.id, by),
        verbs=HISTORY,
        changes=live and can_change(by, booking),
        begun=booking.status == "confirmed" and booking.starts_at < now,
        decides=live and booking.status == "requested" and runs(by, booking),
        runs=live and runs(by, booking),
        ours=ours,
        proposal=await holds.proposal(booking.resource_id, booking.id) if live else None,
        strike=await strikes.of_booking(booking.id, by),
        mine=booking.member_id == by.member_id,
        code=check_in.code_of(booking.id) if ours and live else "",
        comes=booking.status == "confirmed" and live and (ours or runs(by, booking)),
        comes_from=comes_from if comes_from and comes_from > now else None,
        goes=booking.status == "in_use" and (ours or runs(by, booking)),
        colleagues=[(one.member_id, f"{one.name} ({one.email})") for one in await hand_over.colleagues(booking, by)]
        if live
        else [],
        met=await foreign.met([booking.id], by) if live and runs(by, booking) else [],
        resource=resource,
    )


async def again(request: Request, id: UUID, by: Actor, form: Form[Any], *, status: int) -> Response[str]:
    """Show a booking as it is by now, with what was entered."""
    return await shown(request, await views.booking(id, by), by, form, status=status)


def _span(booking: Booking) -> Span:
    return Span(booking.starts_at, booking.ends_at)


async def decided(
    request: Request, id: UUID, by: Actor, done: str, verb: Callable[[str], Awaitable[Booking]]
) -> Response[str]:
    """Do something for a reason that the form gives, and go on to what has become of it."""
    form = await read(request, Because, REASON)
    booking = await views.booking(id, by)
    async with refused_on(form, partial(again, request, id, by), in_words(request, booking.time_zone)):
        await verb(form.wanted.reason)
    return redirect(f"/bookings/{id}?done={done}")


@post("/bookings/{id:uuid}/cancel", opt=open_to("booker", "book", while_suspended=True))
async def cancel_booking(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Cancel."""
    return await decided(request, id, by, "cancelled", lambda reason: cancel.cancel(id, by, reason))


@post("/bookings/{id:uuid}/approve", opt=open_to("manager", "manage"))
async def approve_booking(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Approve a request."""
    return await decided(request, id, by, "approved", lambda _: approve.approve(id, by))


@post("/bookings/{id:uuid}/decline", opt=open_to("manager", "manage"))
async def decline_booking(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Decline a request."""
    return await decided(request, id, by, "declined", lambda reason: decline.decline(id, by, reason))


@post("/bookings/{id:uuid}/move", opt=open_to("booker", "book"))
async def move_booking(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Move to another time. Where that is taken, the booking stays and the nearest free times are offered."""
    booking = await views.booking(id, by)
    sent = await text_fields(request)
    form = time_form.read(sent, ZoneInfo(booking.time_zone), 10_000)
    version = sent.get("version", "")
    if form.value is None:
        return await shown(request, booking, by, form, status=422)
    change = Change(starts_at=form.value.span.starts_at, ends_at=form.value.span.ends_at)
    async with refused_on(form, partial(again, request, id, by), in_words(request, booking.time_zone)):
        try:
            await move.move(id, change, by, int(version) if version.isdecimal() else booking.version)
        except SlotTaken as taken:
            return await shown(request, booking, by, form, status=409, lost=taken)
    return redirect(f"/bookings/{id}?done=moved")


ROUTES = [own, show, cancel_booking, approve_booking, decline_booking, move_booking]
