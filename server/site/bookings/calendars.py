"""The pages of calendar addresses: make, look into, renew and end them."""

from functools import partial
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.access.permissions import open_to
from server.calendars import feed_check, feed_create, feed_list, feed_revoke, feed_rotate
from server.calendars.picture import webcal
from server.calendars.schemas import Address, Feed, NewFeed, SavedSearch
from server.core import http
from server.core.actor import Actor
from server.core.errors import NotFound
from server.core.http import Request
from server.foreign.overview import overview
from server.resources import views as resource_views
from server.resources.schemas import ResourceOut
from server.site.book.find import choices
from server.site.bookings.calendar_texts import DONE, EVENT_STATES, FIELDS, VIEWS
from server.web import forms
from server.web.form_errors import at_field, refused_on
from server.web.forms import Form, post, redirect
from server.web.render import unkept
from server.web.states import NAMES

PAGE = 50
CALENDARS = "/calendars"
READS = open_to("booker", "read")
MAKES = open_to("booker", "book", while_suspended=True)


@get(CALENDARS, opt=READS)
async def calendars(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """List one's calendar addresses, and offer new ones; `?resource=` offers one of that resource first."""
    return await _calendars(request, by, Form(dict(request.query_params), {}))


async def _calendars(request: Request, by: Actor, form: Form[Any], at: str = "", status: int = 200) -> Response[str]:
    """Show the list; `at` names the form in which something was wrong."""
    after = http.after(request.query_params.get("cursor"))
    found = http.page(await feed_list.feeds(by.member_id, after, PAGE + 1), PAGE, lambda one: one.id)
    named = await _named(form.entered.get("resource", ""), by)
    return unkept(
        request,
        "bookings/calendars.html",
        status=status,
        form=form,
        at=at,
        feeds=found.items,
        feed_views=VIEWS,
        later=found.next_cursor,
        named=named,
        runs=await overview(by) if by.can_manage else [],
        runs_named=named is not None and by.runs(named.owner.id, named.id),
        done=DONE.get(request.query_params.get("done", ""), ""),
        **choices(),
    )


async def _named(given: str, by: Actor) -> ResourceOut | None:
    """The resource that the page was opened for; None for none, and for one that there is not."""
    try:
        return await resource_views.resource(UUID(given), by)
    except (ValueError, NotFound):
        return None


@post(CALENDARS, opt=MAKES)
async def make(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """Make an address and show it, once, with what to do with it."""
    form = await forms.read(request, NewFeed, FIELDS, search=None)
    return await _made(request, by, form, form.value, "feed")


@post("/calendars/searches", opt=MAKES)
async def make_of_search(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """The same of a search."""
    form = await forms.read(request, SavedSearch, FIELDS)
    wanted = None if form.value is None else NewFeed(scope="search", search=form.value)
    return await _made(request, by, form, wanted, "search")


async def _made(request: Request, by: Actor, form: Form[Any], wanted: NewFeed | None, at: str) -> Response[str]:
    if wanted is None:
        return await _calendars(request, by, form, at, 422)
    async with refused_on(form, partial(_calendars, request, by, at=at), at_field(FIELDS)):
        made = await feed_create.create_feed(wanted, by)
    return await _told(request, by, made)


async def _told(request: Request, by: Actor, made: Address) -> Response[str]:
    feed = await _own(made.id, by)
    shown = urlsplit(made.url).path.removesuffix(".ics")
    return unkept(
        request, "bookings/calendar_made.html", feed=feed, feed_views=VIEWS, url=made.url, webcal=webcal(made.url),
        picture=f"{shown}.svg",
    )  # fmt: skip


async def _own(id: UUID, by: Actor) -> Feed:
    feed = await feed_list.feed(id, by.member_id)
    if feed is None:
        raise NotFound("you have no such feed")
    return feed


@get("/calendars/feeds/{id:uuid}", opt=READS)
async def show_feed(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Show what a calendar contains now, and when it was last read."""
    feed = await feed_check.check(id, by)
    states = NAMES | EVENT_STATES
    return unkept(request, "bookings/calendar_check.html", feed=feed, feed_views=VIEWS, event_states=states)


@post("/calendars/feeds/{id:uuid}/rotate", opt=MAKES)
async def rotate_feed(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Give a calendar a new address and show it, once."""
    return await _told(request, by, await feed_rotate.rotate(id, by))


@post("/calendars/feeds/{id:uuid}/end", opt=MAKES)
async def end_feed(id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """End a calendar."""
    await feed_revoke.revoke(id, by)
    return redirect(f"{CALENDARS}?done=ended")


ROUTES = [calendars, make, make_of_search, show_feed, rotate_feed, end_feed]
