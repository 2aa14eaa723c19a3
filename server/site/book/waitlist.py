"""The pages of the wait list: take a place, see one's places, and answer what is offered."""

from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.access.permissions import open_to
from server.bookings.lifecycle import answer_offer
from server.bookings.lifecycle.answer_offer import Accepting
from server.bookings.waitlist import wait as waiting
from server.bookings.waitlist import waitlist
from server.core import days, instants
from server.core.actor import Actor
from server.core.errors import DomainError, NotFound
from server.core.translations import N_
from server.resources import views
from server.resources.schemas import ResourceOut
from server.resources.terms import terms
from server.search import counts
from server.site.book.details_form import read_details
from server.site.book.wait_form import read_wanted
from server.web import time_form
from server.web.forms import EMPTY, Form, redirect
from server.web.refusal_texts import refusal
from server.web.render import language, page, reader_zone

DONE = {
    "joined": N_("You have a place. As soon as it is your turn, a mail tells you, and the time is kept for you."),
    "passed": N_("Passed to the next in line. You wait on for another time."),
    "left": N_("You wait no longer."),
}


@get("/waitlist", include_in_schema=False, opt=open_to("booker", "read"))
async def places(request: Request[Any, Any, Any], by: NamedDependency[Actor]) -> Response[str]:
    """List the reader's places in the wait list, and what is offered."""
    found = await waitlist.own(by)
    done = DONE.get(request.query_params.get("done", ""), "")
    return page(request, "waitlist/own.html", places=found, named=await _named(found, by), done=done)


async def _named(places: list[waitlist.Waiting], by: Actor) -> dict[UUID, ResourceOut]:
    """The resources that are waited for or offered, as far as the reader sees them."""
    found = {}
    for id in {one.resource_id for one in places} | {one.offer.resource_id for one in places if one.offer}:
        if id is not None:
            try:
                found[id] = await views.resource(id, by)
            except NotFound:
                continue
    return found


@get("/waitlist/new", include_in_schema=False, opt=open_to("booker", "read"))
async def new(request: Request[Any, Any, Any], by: NamedDependency[Actor]) -> Response[str]:
    """Ask for what to wait: the time of a link is filled in, and it is the whole of its day that is waited for."""
    given = dict(request.query_params)
    resource = await _resource(given, by)
    zone = ZoneInfo(resource.time_zone if resource else reader_zone(request))
    return await _new(request, by, Form(_filled(given, zone), {}), resource)


def _filled(given: dict[str, str], zone: ZoneInfo) -> dict[str, str]:
    """What the form shows of the time in a link; without one of a week from tomorrow."""
    entered = {name: given[name] for name in ("kind", "owner_id", "resource_id", "units") if given.get(name)}
    today, minutes = days.today(zone.key), 60
    first, last = today + timedelta(days=1), today + timedelta(days=8)
    clocks = {"start": "00:00", "end": "00:00"}
    try:
        span = instants.span(
            instants.instant(given.get("from", ""), "from"), instants.instant(given.get("to", ""), "to")
        )
    except DomainError:
        shown = {"date": first.isoformat(), "end_date": last.isoformat()} | clocks
    else:
        shown, minutes = time_form.shown(span, zone), int(span.length / timedelta(minutes=1))
        shown["end_date"] = shown["end_date"] or shown["date"]
    return entered | shown | {"minutes": str(minutes)}


async def _resource(given: dict[str, Any], by: Actor) -> ResourceOut | None:
    try:
        return await views.resource(UUID(str(given["resource_id"])), by) if given.get("resource_id") else None
    except ValueError:
        raise NotFound("there is no such resource") from None


async def _new(
    request: Request[Any, Any, Any], by: Actor, form: Form[Any], resource: ResourceOut | None, status: int = 200
) -> Response[str]:
    owner = form.entered.get("owner_id", "")
    try:
        owner_name = await counts.owner_name(UUID(owner)) if owner else ""
    except ValueError:
        raise NotFound("there is no such organization") from None
    zone = resource.time_zone if resource else reader_zone(request)
    return page(
        request, "waitlist/new.html", status=status, form=form, resource=resource, owner_name=owner_name, zone=zone
    )


@post("/waitlist/new", include_in_schema=False, status_code=200, opt=open_to("booker", "book"))
async def join(request: Request[Any, Any, Any], by: NamedDependency[Actor]) -> Response[str]:
    """Take a place."""
    sent = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    resource = await _resource(sent, by)
    zone = ZoneInfo(resource.time_zone if resource else reader_zone(request))
    form = read_wanted(sent, zone)
    if form.value is None:
        return await _new(request, by, form, resource, 422)
    try:
        await waiting.wait(form.value, by)
    except DomainError as error:
        told = form.but(**{"": refusal(error, language(request), zone.key)})
        return await _new(request, by, told, resource, error.status)
    return redirect("/waitlist?done=joined")


@get("/waitlist/{id:uuid}", include_in_schema=False, opt=open_to("booker", "read"))
async def place(request: Request[Any, Any, Any], id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Show one place, and what is offered to it. Opening it changes nothing, whatever mail led here."""
    return await _place(request, id, by, EMPTY)


async def _place(
    request: Request[Any, Any, Any], id: UUID, by: Actor, form: Form[Any], status: int = 200
) -> Response[str]:
    found = await waitlist.one(id, by)
    named = await _named([found], by)
    offered = named.get(found.offer.resource_id) if found.offer else None
    return page(
        request, "waitlist/show.html", status=status, place=found, form=form, named=named, resource=offered,
        terms=(await terms(offered.id, by))[0] if offered and offered.terms_version else None,
    )  # fmt: skip


@post("/waitlist/{id:uuid}/accept", include_in_schema=False, status_code=200, opt=open_to("booker", "book"))
async def accept(request: Request[Any, Any, Any], id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Book what is offered."""
    offer = (await waitlist.one(id, by)).offer
    resource = await views.resource(offer.resource_id, by) if offer else None
    form = await read_details(request, resource.terms_version if resource else None)
    if form.value is None:
        return await _place(request, id, by, form, 422)
    try:
        made = await answer_offer.accept(id, Accepting(**msgspec.structs.asdict(form.value)), by)
    except DomainError as error:
        zone = resource.time_zone if resource else reader_zone(request)
        told = form.but(**{"": refusal(error, language(request), zone)})
        return await _place(request, id, by, told, error.status)
    return redirect(f"/bookings/{made.id}?done=booked")


@post(
    "/waitlist/{id:uuid}/pass", include_in_schema=False, status_code=200,
    opt=open_to("booker", "book", while_suspended=True),
)  # fmt: skip
async def pass_on(request: Request[Any, Any, Any], id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Leave what is offered to the next in line."""
    try:
        await answer_offer.pass_on(id, by)
    except DomainError as error:
        told = EMPTY.but(**{"": refusal(error, language(request), reader_zone(request))})
        return await _place(request, id, by, told, error.status)
    return redirect("/waitlist?done=passed")


@post(
    "/waitlist/{id:uuid}/leave", include_in_schema=False, status_code=200,
    opt=open_to("booker", "book", while_suspended=True),
)  # fmt: skip
async def leave(id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Wait no longer."""
    await waiting.leave(id, by)
    return redirect("/waitlist?done=left")


ROUTES = [places, new, join, place, accept, pass_on, leave]
