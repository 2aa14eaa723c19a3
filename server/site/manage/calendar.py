"""The calendar of one resource as its owner sees it: who comes, what waits, what is closed; and what to do about it."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.access.permissions import open_to
from server.bookings.attendance import check_in, check_out
from server.bookings.capacity import lock, views
from server.bookings.lifecycle import approve, cancel, decline
from server.bookings.schemas import Because, NewClosure
from server.core import spans
from server.core.actor import Actor
from server.core.errors import NotFound
from server.core.http import Request
from server.core.translations import N_
from server.resources.own import own_resource
from server.resources.schemas import ResourceOut
from server.site.book import slots
from server.site.manage import close_form
from server.site.manage.calendar_week import events
from server.site.manage.closures import DONE as CLOSED
from server.site.manage.fleet import day_asked
from server.site.manage.owner_grid import grid
from server.site.manage.texts import EVENTS
from server.web import time_form
from server.web.form_errors import in_words, refused_on
from server.web.forms import Form, local, post, read, redirect
from server.web.render import page

REASON = {"reason": N_("Give the reason on one line, in at most 200 characters.")}
DONE = CLOSED | {
    "approve": N_("Approved. The guest is told."),
    "decline": N_("Declined. The guest is told."),
    "cancel": N_("Cancelled. Everyone who was invited is told."),
    "check-in": N_("Checked in."),
    "check-out": N_("Checked out. The rest of the time is free again."),
}
VERBS: dict[str, Callable[[UUID, Actor, str], Awaitable[Any]]] = {
    "approve": lambda id, by, _: approve.approve(id, by),
    "decline": decline.decline,
    "cancel": cancel.cancel,
    "check-in": lambda id, by, _: check_in.check_in(id, by),
    "check-out": lambda id, by, _: check_out.check_out(id, by),
}


@get("/manage/resources/{id:uuid}/calendar", opt=open_to("manager", "read"))
async def calendar(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Show a week of a resource, and the form that closes a time of it."""
    resource = await own_resource(id, by)
    zone = ZoneInfo(resource.time_zone)
    chosen = time_form.read(request.query_params, zone, resource.units).value
    return await _shown(request, resource, by, close_form.shown(chosen.span if chosen else None, zone))


async def _shown(
    request: Request, resource: ResourceOut, by: Actor, form: Form[NewClosure], *, status: int = 200,
    day: datetime | None = None,
) -> Response[str]:  # fmt: skip
    zone, now = ZoneInfo(resource.time_zone), datetime.now(UTC)
    shown = day_asked(request, (day or now).astimezone(zone).date())
    window = slots.window(shown, zone)
    bookable = await lock.read(resource.id, by.organization_id)
    seen = await lock.look_around(bookable, window, guest=None)
    found = await events(resource, window, by)
    days = [spans.monday(shown).fromordinal(spans.monday(shown).toordinal() + number) for number in range(7)]
    return page(
        request, "manage/calendar.html", status=status, resource=resource, form=form, window=window, day_shown=shown,
        grid=grid(days, found, seen.opening(bookable), zone, now, shown), today=now.astimezone(zone).date(), now=now,
        repeats=close_form.REPEATS, done=DONE.get(request.query_params.get("done", ""), ""),
        early=bookable.rules.check_in_from_minutes, event_names=EVENTS,
    )  # fmt: skip


@post("/manage/bookings/{id:uuid}/{verb:str}", opt=open_to("manager", "manage"))
async def decide(
    request: Request, id: FromPath[UUID], verb: FromPath[str], by: NamedDependency[Actor]
) -> Response[str]:
    """Approve, decline, cancel, check in or check out, and come back to the day in the calendar."""
    if verb not in VERBS:
        raise NotFound("there is no such page")
    booking = await views.booking(id, by)
    resource = await own_resource(booking.resource_id, by)
    zone = ZoneInfo(resource.time_zone)
    form = await read(request, Because, REASON)
    day = booking.starts_at.astimezone(zone)
    closing = close_form.shown(None, zone)
    shown = partial(_shown, request, resource, by, day=day)
    if form.value is None:
        return await shown(closing.but(**{"": REASON["reason"]}), status=422)
    async with refused_on(closing, shown, in_words(request, resource.time_zone)):
        await VERBS[verb](id, by, form.value.reason)
    here = f"/manage/resources/{resource.id}/calendar?day={day.date()}&done={verb}#b{id}"
    return redirect(local(form.entered.get("back"), here))


ROUTES = [calendar, decide]
