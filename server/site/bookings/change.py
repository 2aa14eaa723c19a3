"""What can be done on the page of a booking besides moving it: edit it, answer a proposal, come and go, appeal."""

from collections.abc import Awaitable, Callable
from datetime import datetime, time
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.access.permissions import open_to
from server.bookings.attendance import appeal, check_in, check_out, extend, strikes
from server.bookings.attendance.appeal import Appeal
from server.bookings.capacity import views
from server.bookings.lifecycle import hand_over, move, propose, propose_answer
from server.bookings.lifecycle.propose import Proposal
from server.bookings.schemas import Change, details_of
from server.core.actor import Actor
from server.core.errors import DomainError, NotFound, RuleRefused
from server.core.http import Request
from server.core.recurrence import instant
from server.core.text import Line
from server.core.translations import N_, translator
from server.site.book.details_form import read_details
from server.site.bookings.booking import again, decided, shown
from server.web import time_form
from server.web.form_errors import in_words, refused_on
from server.web.forms import EMPTY, Form, post, read, redirect, text_fields
from server.web.render import language

APPEAL = {"text": N_("Say why, in at most 2,000 characters.")}
NUMBERS = N_("Give the numbers of the units with spaces between them, such as 3 4.")
MESSAGE = N_("Write the message on one line, in at most 200 characters.")
TIME = N_("Enter a time such as 08:00.")
PERSON = N_("Your colleague cannot take it over: ")
COLLEAGUE = {"to": N_("Choose a colleague."), "because": N_("Give the reason on one line, in at most 200 characters.")}


class HandOver(msgspec.Struct, frozen=True):
    """To which colleague, and why."""

    to: UUID
    because: Line = ""


async def _done(
    request: Request, id: UUID, by: Actor, done: str, verb: Callable[[], Awaitable[object]],
    form: Form[Any] = EMPTY,
) -> Response[str]:  # fmt: skip
    """Do something, and go on to what has become of the booking; what refuses it is said on its page."""
    booking = await views.booking(id, by)
    async with refused_on(form, partial(again, request, id, by), in_words(request, booking.time_zone)):
        await verb()
    return redirect(f"/bookings/{id}?done={done}")


@post("/bookings/{id:uuid}/edit", opt=open_to("booker", "book"))
async def edit_booking(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Change what it is for, who comes along, and the units; the time stays."""
    booking = await views.booking(id, by)
    form = await read_details(request, None)
    numbers: list[int] | None = None
    if "numbers" in form.entered:
        words = form.entered["numbers"].replace(",", " ").split()
        if not words or not all(one.isdecimal() and 0 < int(one[:6]) <= 10_000 for one in words):
            form = form.but(numbers=NUMBERS)
        else:
            numbers = list(dict.fromkeys(int(one) for one in words))
    if form.value is None or form.errors:
        return await shown(request, booking, by, form, status=422)
    other = numbers if numbers != booking.unit_numbers else None
    change = Change(unit_numbers=other, **details_of(form.value))
    version = form.entered.get("version", "")
    expected = int(version) if version.isdecimal() else booking.version
    return await _done(request, id, by, "edited", lambda: move.move(id, change, by, expected), form)


@post("/bookings/{id:uuid}/propose", opt=open_to("manager", "manage"))
async def propose_time(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Propose another time, as the owner."""
    booking = await views.booking(id, by)
    sent = await text_fields(request)
    asked = time_form.read(sent, ZoneInfo(booking.time_zone), 10_000)
    form: Form[Any] = Form(asked.entered | {"message": sent.get("message", "").strip()}, asked.errors)
    try:
        msgspec.convert(form.entered["message"], Line)
    except msgspec.ValidationError:
        form = form.but(message=MESSAGE)
    if asked.value is None or form.errors:
        return await shown(request, booking, by, form, status=422)
    starts_at, ends_at = asked.value.span
    wanted = Proposal(starts_at=starts_at, ends_at=ends_at, message=form.entered["message"])
    return await _done(request, id, by, "proposed", lambda: propose.propose(id, wanted, by), form)


@post("/bookings/{id:uuid}/accept-proposal", opt=open_to("booker", "book"))
async def accept_proposal(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Accept the time that the owner proposed."""
    return await _done(request, id, by, "accepted", lambda: propose_answer.accept(id, by))


@post("/bookings/{id:uuid}/refuse-proposal", opt=open_to("booker", "book", while_suspended=True))
async def refuse_proposal(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Refuse the time that the owner proposed."""
    return await decided(request, id, by, "refused", lambda reason: propose_answer.refuse(id, by, reason))


@post("/bookings/{id:uuid}/check-in", opt=open_to("booker", "book"))
async def check_in_booking(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Check in."""
    return await _done(request, id, by, "in", lambda: check_in.check_in(id, by))


@post("/bookings/{id:uuid}/check-out", opt=open_to("booker", "book", while_suspended=True))
async def check_out_booking(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Check out; the rest of the time is free for others."""
    return await _done(request, id, by, "out", lambda: check_out.check_out(id, by))


@post("/bookings/{id:uuid}/extend", opt=open_to("booker", "book"))
async def extend_booking(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Let a booking in use end later on the day on which it ends."""
    booking = await views.booking(id, by)
    form: Form[Any] = Form({"until": str((await request.form()).get("until", ""))}, {})
    try:
        until = datetime.combine(booking.ends_at.date(), time.fromisoformat(form.entered["until"]))
        end = instant(until, ZoneInfo(booking.time_zone))
    except (ValueError, DomainError):
        return await shown(request, booking, by, form.but(until=TIME), status=422)
    return await _done(request, id, by, "extended", lambda: extend.extend(id, end, by), form)


@post("/bookings/{id:uuid}/hand-over", opt=open_to("booker", "book"))
async def hand_over_booking(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Hand it over to a colleague: who had it is uninvited, who has it now is invited."""
    booking = await views.booking(id, by)
    form = await read(request, HandOver, COLLEAGUE)
    version = form.entered.get("version", "")
    expected = int(version) if version.isdecimal() else booking.version
    words = in_words(request, booking.time_zone)

    def said(error: DomainError) -> dict[str, str]:
        why = words(error)
        if isinstance(error, RuleRefused):  # what the colleague may not
            return {"to": translator(language(request)).gettext(PERSON) + why[""]}
        return why

    async with refused_on(form, partial(again, request, id, by), said):
        try:
            await hand_over.hand_over(id, form.wanted.to, by, form.wanted.because, expected)
        except NotFound:
            return await shown(request, booking, by, form.but(to=COLLEAGUE["to"]), status=422)
    return redirect(f"/bookings/{id}?done=handed-over")


@post("/bookings/{id:uuid}/appeal", opt=open_to("booker", "book"))
async def appeal_strike(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Ask the owner to forgive the strike for this booking."""
    form = await read(request, Appeal, APPEAL)
    if form.value is None:
        return await again(request, id, by, form, status=422)
    given, strike = form.value, await _strike(id, by)
    return await _done(request, id, by, "appealed", lambda: appeal.appeal(strike, given, by), form)


@post("/bookings/{id:uuid}/forgive", opt=open_to("manager", "manage"))
async def forgive_strike(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Forgive the strike for this booking, as the owner."""
    strike = await _strike(id, by)
    return await _done(request, id, by, "forgiven", lambda: appeal.forgive(strike, by))


async def _strike(booking_id: UUID, by: Actor) -> UUID:
    found = await strikes.of_booking(booking_id, by)
    if found is None:
        raise NotFound("there is no strike for this booking")
    return found.id


ROUTES = [
    edit_booking, propose_time, accept_proposal, refuse_proposal, check_in_booking, check_out_booking, extend_booking,
    hand_over_booking, appeal_strike, forgive_strike,
]  # fmt: skip
