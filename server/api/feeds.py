"""The JSON routes of feeds, and the secret addresses themselves, which lie outside the API."""

from uuid import UUID

from litestar import HttpMethod, Response, delete, get, post, route
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.response.base import ASGIResponse

from server.access.permissions import open_to
from server.calendars import download, feed_check, feed_create, feed_list, feed_read, feed_revoke, feed_rotate, views
from server.calendars.picture import picture
from server.calendars.read_free_busy import free_busy
from server.calendars.read_search import found
from server.calendars.schemas import Address, Feed, FeedCheck, NewFeed
from server.core import http, rate_limits
from server.core.actor import Actor
from server.core.errors import Forbidden, NotFound, Unauthenticated
from server.core.http import Cursor, Limit, Page, Request
from server.core.problem_details import refusals
from server.core.secret import digest

CALENDAR = "text/calendar; charset=utf-8"
SECRET = {
    "Cache-Control": "private, no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


@post(
    "/feeds",
    tags=["Calendars"],
    opt=open_to(
        "booker", "book", while_suspended=True, tells_secret=True, resource_id="resource", owner="organization"
    ),
    responses=refusals(Unauthenticated, NotFound, Forbidden),
)
async def create_feed(by: NamedDependency[Actor], data: JSONBody[NewFeed]) -> Address:
    """Make a secret calendar address to subscribe to. Its `url` is told this once."""
    return await feed_create.create_feed(data, by)


@get(
    "/feeds",
    tags=["Calendars"],
    opt=open_to("booker", "read"),
    responses=refusals(Unauthenticated),
)
async def list_feeds(by: NamedDependency[Actor], cursor: Cursor = None, limit: Limit = 50) -> Page[Feed]:
    """List your feeds and when each was last read."""
    rows = await feed_list.feeds(by.member_id, http.after(cursor), limit + 1)
    return http.page(rows, limit, key=lambda feed: feed.id)


@get(
    "/feeds/{id:uuid}/check",
    tags=["Calendars"],
    opt=open_to("booker", "read", id="feed"),
    responses=refusals(Unauthenticated, NotFound),
)
async def check_feed(by: NamedDependency[Actor], id: FromPath[UUID]) -> FeedCheck:
    """Show what a feed of yours contains now, what comes next in it and when it was last read."""
    return await feed_check.check(id, by)


@post(
    "/feeds/{id:uuid}/rotate",
    status_code=200,
    tags=["Calendars"],
    opt=open_to("booker", "book", while_suspended=True, tells_secret=True, id="feed"),
    responses=refusals(Unauthenticated, NotFound),
)
async def rotate_feed(by: NamedDependency[Actor], id: FromPath[UUID]) -> Address:
    """Replace the address of a feed; the old one ends."""
    return await feed_rotate.rotate(id, by)


@delete(
    "/feeds/{id:uuid}",
    tags=["Calendars"],
    opt=open_to("booker", "book", while_suspended=True, id="feed"),
    responses=refusals(Unauthenticated, NotFound),
)
async def revoke_feed(by: NamedDependency[Actor], id: FromPath[UUID]) -> None:
    """End a feed."""
    await feed_revoke.revoke(id, by)


@get(
    "/bookings/{id:uuid}/calendar",
    tags=["Calendars"],
    opt=open_to("booker", "read", id="booking"),
    media_type="text/calendar",
    responses=refusals(Unauthenticated, NotFound),
)
async def download_booking_calendar(by: NamedDependency[Actor], id: FromPath[UUID]) -> Response[bytes]:
    """Download a booking as a calendar file (iCalendar)."""
    disposition = f'attachment; filename="{id}.ics"'
    content = await download.download(id, by)
    return Response(content, media_type="text/calendar", headers={"Content-Disposition": disposition})


@get("/feeds/{name:str}", include_in_schema=False)
async def read_feed(request: Request, name: FromPath[str]) -> Response[bytes]:
    """Answer a calendar program. Unknown, revoked and no longer allowed look the same: 404 without a body."""
    if name.endswith(".svg"):
        content, status, headers = await _picture(request, name.removesuffix(".svg"))
    else:
        content, status, headers = await _looked_up(request, name, with_content=True)
    return Response(content, status_code=status, headers=headers)


@route("/feeds/{name:str}", http_method=HttpMethod.HEAD, include_in_schema=False)  # @head forbids a response
async def look_at_feed(request: Request, name: FromPath[str]) -> ASGIResponse:
    """Answer HEAD without rendering events, and so without a length."""
    _, status, headers = await _looked_up(request, name, with_content=False)
    return ASGIResponse(status_code=status, headers=headers, is_head_response=True)


async def _looked_up(request: Request, name: str, *, with_content: bool) -> tuple[bytes, int, dict[str, str]]:
    """The content, status and headers for an address: `.ics` is of events, `.ifb` of free and busy time."""
    token, _, kind = name.rpartition(".")
    feed = await feed_read.head(token) if kind in ("ics", "ifb") else None
    if feed is None or (kind == "ifb" and feed.scope == "search"):
        await rate_limits.spend_as_unknown(request.scope)
        return b"", 404, SECRET
    given = request.headers.get("if-none-match"), request.headers.get("if-modified-since")
    if kind == "ifb" or feed.scope == "search":
        content, tag = await (found(feed) if feed.scope == "search" else free_busy(feed))
        unchanged, headers = feed_read.names(given[0], tag), SECRET | {"ETag": tag}
    else:
        content, unchanged = b"", feed_read.unchanged(feed, *given)
        headers = SECRET | {"ETag": feed_read.etag(feed), "Last-Modified": feed_read.last_modified(feed)}
        if with_content and not unchanged:
            content = await feed_read.body(feed)
    if unchanged:
        return b"", 304, headers
    return content, 200, headers | {"Content-Type": CALENDAR}


async def _picture(request: Request, token: str) -> tuple[bytes, int, dict[str, str]]:
    """The address as a picture for telephones (QR code). Looking at it is no reading of the feed."""
    if await views.head(digest(token)) is None:
        await rate_limits.spend_as_unknown(request.scope)
        return b"", 404, SECRET
    return picture(feed_create.url(token)), 200, SECRET | {"Content-Type": "image/svg+xml", "Cache-Control": "no-store"}


ROUTES = [download_booking_calendar, create_feed, list_feeds, check_feed, rotate_feed, revoke_feed]
FEED_ROUTES = [read_feed, look_at_feed]
