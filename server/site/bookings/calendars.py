"""The pages of calendar addresses: make, look into, renew and end them."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.access.permissions import open_to
from server.calendars import feed_check as checking
from server.calendars import feed_create as creating
from server.calendars import feed_list
from server.calendars import feed_revoke as revoking
from server.calendars import feed_rotate as rotating
from server.calendars.picture import webcal
from server.calendars.schemas import Address, Feed, NewFeed, SavedSearch
from server.core import http
from server.core.actor import Actor
from server.core.errors import DomainError, NotFound
from server.foreign.overview import overview
from server.resources import views as resource_views
from server.resources.schemas import ResourceOut
from server.site.book.find import choices
from server.site.bookings.calendar_texts import DONE, EVENT_STATES, FIELDS, VIEWS
from server.web import forms
from server.web.form_errors import complain
from server.web.forms import Form, redirect
from server.web.render import unkept
from server.web.states import NAMES

PAGE = 50
CALENDARS = "/calendars"
READS = open_to("booker", "read")


@get(CALENDARS, include_in_schema=False, opt=READS)
async def calendars(request: Request[Any, Any, Any], by: NamedDependency[Actor]) -> Response[str]:
    """List one's calendar addresses, and offer new ones; `?resource=` offers one of that resource first."""
    return await _calendars(request, by, Form(dict(request.query_params), {}))


async def _calendars(
    request: Request[Any, Any, Any], by: Actor, form: Form[Any], at: str = "", status: int = 200
) -> Response[str]:
    """Show the list; `at` names the form in which something was wrong."""
    after = http.after(request.query_params.get("cursor"))
    found = http.page(await feed_list.feeds(by.member_id, after, PAGE + 1), PAGE, lambda one: one.id)
    named = await _named(form.entered.get("resource", ""), by)
    return unkept(
        request,
        "calendars/list.html",
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


@post(CALENDARS, include_in_schema=False, status_code=200, opt=READS)
async def make(request: Request[Any, Any, Any], by: NamedDependency[Actor]) -> Response[str]:
    """Make an address and show it, once, with what to do with it."""
    form = await forms.read(request, NewFeed, FIELDS, search=None)
    return await _made(request, by, form, form.value, "feed")


@post("/calendars/searches", include_in_schema=False, status_code=200, opt=READS)
async def make_of_search(request: Request[Any, Any, Any], by: NamedDependency[Actor]) -> Response[str]:
    """The same of a search."""
    form = await forms.read(request, SavedSearch, FIELDS)
    wanted = None if form.value is None else NewFeed(scope="search", search=form.value)
    return await _made(request, by, form, wanted, "search")


async def _made(
    request: Request[Any, Any, Any], by: Actor, form: Form[Any], wanted: NewFeed | None, at: str
) -> Response[str]:
    if wanted is None:
        return await _calendars(request, by, form, at, 422)
    try:
        made = await creating.create_feed(wanted, by)
    except DomainError as error:
        return await _calendars(request, by, complain(form, error, FIELDS), at, error.status)
    return await _told(request, by, made)


async def _told(request: Request[Any, Any, Any], by: Actor, made: Address) -> Response[str]:
    feed = await _own(made.id, by)
    shown = urlsplit(made.url).path.removesuffix(".ics")
    return unkept(
        request, "calendars/made.html", feed=feed, feed_views=VIEWS, url=made.url, webcal=webcal(made.url),
        picture=f"{shown}.svg",
    )  # fmt: skip


async def _own(id: UUID, by: Actor) -> Feed:
    feed = await feed_list.feed(id, by.member_id)
    if feed is None:
        raise NotFound("you have no such feed")
    return feed


@get("/calendars/feeds/{id:uuid}", include_in_schema=False, opt=READS)
async def check(request: Request[Any, Any, Any], id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Show what a calendar contains now, and when it was last read."""
    feed = await checking.check(id, by)
    return unkept(request, "calendars/check.html", feed=feed, feed_views=VIEWS, event_states=NAMES | EVENT_STATES)


@post("/calendars/feeds/{id:uuid}/rotate", include_in_schema=False, status_code=200, opt=READS)
async def rotate(request: Request[Any, Any, Any], id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Give a calendar a new address and show it, once."""
    return await _told(request, by, await rotating.rotate(id, by))


@post("/calendars/feeds/{id:uuid}/end", include_in_schema=False, status_code=200, opt=READS)
async def end(id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """End a calendar."""
    await revoking.revoke(id, by)
    return redirect(f"{CALENDARS}?done=ended")


ROUTES = [calendars, make, make_of_search, check, rotate, end]
