"""The pages of the basket: several resources, a time that suits them all, and one booking of all or none."""

from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response, get
from litestar.datastructures import Cookie
from litestar.di import NamedDependency

from server.access.idempotency import Once, do_once
from server.access.permissions import open_to
from server.bookings.capacity import availability_read
from server.bookings.groups import basket
from server.bookings.groups.basket import Item
from server.bookings.lifecycle import book
from server.bookings.schemas import Booking, Wanted, details_of
from server.core import days, instants
from server.core.actor import Actor
from server.core.errors import DomainError, NotFound
from server.core.http import Request
from server.core.ids import new_id
from server.core.spans import Span
from server.core.translations import N_
from server.resources import views
from server.resources.schemas import ResourceOut
from server.resources.terms import Terms, terms
from server.search.find_together import FreeTogether, find_together
from server.site.book import together_form
from server.site.book.details_form import read_details
from server.web import time_form
from server.web.forms import Form, post, redirect, text_fields
from server.web.refusal_texts import refusal
from server.web.render import language, reader_zone, unkept

DAYS = 14  # in which common times are looked for
SHOWN = 12  # of them
DONE = {
    "added": N_("It is in the basket. Nothing is taken yet."),
    "changed": N_("The basket has the new time."),
    "filled": N_("They are in the basket. Nothing is taken yet."),
}
FULL = N_("The basket holds at most 10 times.")
AGREE = N_("Read the terms and accept them first.")


class Line(msgspec.Struct, kw_only=True):
    """An item with its resource, and whether it could be booked now."""

    item: Item
    resource: ResourceOut
    free: bool
    terms: Terms | None


@get("/basket", opt=open_to("booker", "read"))
async def show(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """Show what is in the basket, and look for times that suit all of it."""
    return await _shown(request, by, Form({}, {}))


async def _shown(
    request: Request, by: Actor, form: Form[Any], status: int = 200, lost: DomainError | None = None
) -> Response[str]:
    lines = await _lines(request, by)
    query = {name: request.query_params.get(name, "") for name in ("day", "minutes")}
    longest = max((int(one.item.span.length / timedelta(minutes=1)) for one in lines), default=60)
    minutes = int(query["minutes"]) if query["minutes"].isdecimal() and int(query["minutes"][:6]) > 0 else longest
    common = await _common(lines, query["day"], minutes, by) if lines and query["day"] else None
    tomorrow = days.today(lines[0].resource.time_zone if lines else reader_zone(request)) + timedelta(days=1)
    asked: Form[Any] = Form({"day": query["day"] or tomorrow.isoformat(), "minutes": str(minutes)}, {})
    return unkept(
        request,
        "book/basket.html",
        status=status,
        lines=lines,
        form=form,
        asked=asked,
        minutes=timedelta(minutes=minutes),
        common=common,
        lost=lost,
        days=DAYS,
        once=form.entered.get("once") or new_id(),
        done=DONE.get(request.query_params.get("done", ""), ""),
    )


async def _lines(request: Request, by: Actor) -> list[Line]:
    found = []
    for item in basket.read(request.cookies.get(basket.COOKIE, "")):
        try:
            resource = await views.resource(item.resource_id, by)
            seen = await availability_read.availability(resource.id, item.span, by, units=item.units)
        except DomainError:  # it is gone, or its owner is
            continue
        agreed = (await terms(resource.id, by))[0] if resource.terms_version else None
        free = any(Span(one.starts_at, one.ends_at).holds(item.span) for one in seen.free)
        found.append(Line(item=item, resource=resource, free=free, terms=agreed))
    return found


async def _common(lines: list[Line], day: str, minutes: int, by: Actor) -> list[FreeTogether]:
    """When all of them are free, in the days from `day` on."""
    zone = ZoneInfo(lines[0].resource.time_zone)
    try:
        first = datetime.combine(date.fromisoformat(day), time(), zone)
        window = Span(first, first + timedelta(days=DAYS))
        ids = list(dict.fromkeys(one.resource.id for one in lines))
        units = max(one.item.units for one in lines)
        return (await find_together(ids, [], window, minutes, units, by)).items[:SHOWN]
    except (ValueError, OverflowError, DomainError):
        return []


def _kept(items: list[Item]) -> Cookie:
    return Cookie(
        basket.COOKIE, value=basket.written(items), max_age=basket.KEPT if items else 0, path="/", httponly=True,
        samesite="lax",
    )  # fmt: skip


@post("/basket/add", opt=open_to("booker", "read"))
async def add(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """Put a time into the basket. Nothing is taken yet."""
    sent = await text_fields(request)
    try:
        resource = await views.resource(UUID(sent.get("resource_id", "")), by)
    except ValueError:
        raise NotFound("there is no such resource") from None
    form = time_form.read(sent, ZoneInfo(resource.time_zone), resource.units)
    if form.value is None:  # the page of the resource says what is wrong
        entered = {name: value for name, value in form.entered.items() if value} or {"date": ""}
        return redirect(f"/resources/{resource.id}?{urlencode(entered | {'start': entered.get('start', '-')})}")
    items = basket.read(request.cookies.get(basket.COOKIE, ""))
    wanted = Item(resource.id, form.value.span, form.value.units)
    if wanted not in items and len(items) >= basket.MOST:
        return await _shown(request, by, Form({}, {"": FULL}), 422)
    return redirect("/basket?done=added", _kept([*(one for one in items if one != wanted), wanted]))


@post("/basket/fill", opt=open_to("booker", "read"))
async def fill(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """Put the same time on several resources into the basket, instead of what was there. Nothing is taken yet."""
    sent = await text_fields(request)
    span = instants.span(instants.instant(sent.get("from", ""), "from"), instants.instant(sent.get("to", ""), "to"))
    units = sent.get("units", "1")
    count = int(units) if units.isascii() and units.isdigit() and 1 <= int(units[:6]) <= 10_000 else 1
    resources = [await views.resource(id, by) for id in together_form.ids(sent.get("resources", ""))]
    return redirect("/basket?done=filled", _kept([Item(one.id, span, count) for one in resources]))


@post("/basket/remove", opt=open_to("booker", "read"))
async def remove(request: Request) -> Response[str]:
    """Take something out of the basket."""
    gone = (await text_fields(request)).get("item", "")
    items = basket.read(request.cookies.get(basket.COOKIE, ""))
    return redirect("/basket", _kept([one for one in items if basket.written([one]) != gone]))


@post("/basket/time", opt=open_to("booker", "read"))
async def retime(request: Request) -> Response[str]:
    """Give one of them, or all, another time."""
    sent = await text_fields(request)
    span = instants.span(instants.instant(sent.get("from", ""), "from"), instants.instant(sent.get("to", ""), "to"))
    items = basket.read(request.cookies.get(basket.COOKIE, ""))
    changed = [
        msgspec.structs.replace(one, span=span) if sent.get("item", "") in ("", basket.written([one])) else one
        for one in items
    ]
    return redirect("/basket?done=changed", _kept(list(dict.fromkeys(changed))))


@post("/basket/book", opt=open_to("booker", "book"))
async def book_basket(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """Book all of it, or nothing. Sent twice it is booked once."""
    form = await read_details(request, None)
    lines = await _lines(request, by)
    for one in lines:
        version = form.entered.get(f"terms_{one.resource.id}", "")
        if one.terms and version != str(one.terms.version):
            form = form.but(**{f"terms_{one.resource.id}": AGREE})
    if form.value is None or form.errors or not lines:
        return await _shown(request, by, form, 422)
    said = form.value
    wanted = [
        Wanted(
            resource_id=one.resource.id, starts_at=one.item.span.starts_at, ends_at=one.item.span.ends_at,
            units=one.item.units, accept_terms=one.terms.version if one.terms else None, **details_of(said),
        )
        for one in lines
    ]  # fmt: skip
    key = f"basket {form.entered.get('once', '')[:100]}"
    try:
        once = Once.of(by.member_id, by.account_id, key, wanted)
        made = await do_once(once, list[Booking], partial(book.book, wanted, by))
    except DomainError as error:
        at = error.members.get("item", 0)
        line = lines[at if isinstance(at, int) and at < len(lines) else 0]
        text = f"{line.resource.name}: {refusal(error, language(request), line.resource.time_zone)}"
        return await _shown(request, by, form.but(**{"": text}), error.status, error)
    to = f"/groups/{made[0].group_id}" if made[0].group_id else f"/bookings/{made[0].id}"
    return redirect(f"{to}?done=booked", _kept([]))


ROUTES = [show, add, fill, remove, retime, book_basket]
