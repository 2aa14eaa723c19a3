"""The pages of the wait list: take a place, see one's places, and answer what is offered."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.access.permissions import open_to
from server.bookings.lifecycle import answer_offer
from server.bookings.lifecycle.answer_offer import Accepting
from server.bookings.waitlist import wait, waitlist
from server.core import days, instants
from server.core.actor import Actor
from server.core.errors import DomainError, NotFound
from server.core.http import Request
from server.core.translations import N_
from server.resources import views
from server.resources.schemas import ResourceOut
from server.resources.terms import terms
from server.search import counts
from server.site.book.details_form import read_details
from server.site.book.wait_form import read_wanted
from server.web import time_form
from server.web.form_errors import in_words, refused_on
from server.web.forms import EMPTY, Form, post, redirect, text_fields
from server.web.render import page, reader_zone

DONE = {
    "joined": N_("You have a place. As soon as it is your turn, a mail tells you, and the time is kept for you."),
    "passed": N_("Passed to the next in line. You wait on for another time."),
    "left": N_("You wait no longer."),
}


@get("/waitlist", opt=open_to("booker", "read"))
async def places(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """List the reader's places in the wait list, and what is offered."""
    found = await waitlist.own(by)
    done = DONE.get(request.query_params.get("done", ""), "")
    return page(request, "book/waitlist.html", places=found, named=await _named(found, by), done=done)


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


@get("/waitlist/new", opt=open_to("booker", "read"))
async def new(request: Request, by: NamedDependency[Actor]) -> Response[str]:
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
    request: Request, by: Actor, form: Form[Any], resource: ResourceOut | None, status: int = 200
) -> Response[str]:
    owner = form.entered.get("owner_id", "")
    try:
        owner_name = await counts.owner_name(UUID(owner)) if owner else ""
    except ValueError:
        raise NotFound("there is no such organization") from None
    zone = resource.time_zone if resource else reader_zone(request)
    return page(
        request, "book/waitlist_new.html", status=status, form=form, resource=resource, owner_name=owner_name, zone=zone
    )


@post("/waitlist/new", opt=open_to("booker", "book"))
async def join(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """Take a place."""
    sent = await text_fields(request)
    resource = await _resource(sent, by)
    zone = ZoneInfo(resource.time_zone if resource else reader_zone(request))
    form = read_wanted(sent, zone)
    async with refused_on(form, partial(_new, request, by, resource=resource), in_words(request, zone.key)):
        await wait.wait(form.wanted, by)
    return redirect("/waitlist?done=joined")


@get("/waitlist/{id:uuid}", opt=open_to("booker", "read"))
async def place(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Show one place, and what is offered to it. Opening it changes nothing, whatever mail led here."""
    return await _place(request, id, by, EMPTY)


async def _place(request: Request, id: UUID, by: Actor, form: Form[Any], status: int = 200) -> Response[str]:
    found = await waitlist.one(id, by)
    named = await _named([found], by)
    offered = named.get(found.offer.resource_id) if found.offer else None
    return page(
        request, "book/waitlist_place.html", status=status, place=found, form=form, named=named, resource=offered,
        terms=(await terms(offered.id, by))[0] if offered and offered.terms_version else None,
    )  # fmt: skip


@post("/waitlist/{id:uuid}/accept", opt=open_to("booker", "book"))
async def accept(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Book what is offered."""
    offer = (await waitlist.one(id, by)).offer
    resource = await views.resource(offer.resource_id, by) if offer else None
    form = await read_details(request, resource.terms_version if resource else None)
    said = in_words(request, resource.time_zone if resource else "")
    async with refused_on(form, partial(_place, request, id, by), said):
        made = await answer_offer.accept(id, Accepting(**msgspec.structs.asdict(form.wanted)), by)
    return redirect(f"/bookings/{made.id}?done=booked")


@post("/waitlist/{id:uuid}/pass", opt=open_to("booker", "book", while_suspended=True))
async def pass_on(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Leave what is offered to the next in line."""
    async with refused_on(EMPTY, partial(_place, request, id, by), in_words(request)):
        await answer_offer.pass_on(id, by)
    return redirect("/waitlist?done=passed")


@post("/waitlist/{id:uuid}/leave", opt=open_to("booker", "book", while_suspended=True))
async def leave(id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Wait no longer."""
    await wait.leave(id, by)
    return redirect("/waitlist?done=left")


ROUTES = [places, new, join, place, accept, pass_on, leave]
