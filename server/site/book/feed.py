"""The page that saves a search as a calendar."""

from datetime import UTC, date, datetime

from litestar import Response
from litestar.di import NamedDependency

from server.access.permissions import open_to
from server.calendars.feed_create import create_feed
from server.calendars.schemas import NewFeed, SavedHours, SavedSearch
from server.core.actor import Actor
from server.core.http import Request
from server.search import form
from server.site.book.find import with_near
from server.web.forms import post, text_fields
from server.web.render import own_zone, unkept

LONGEST = 14 * 1440  # minutes that a saved search looks for


@post("/resources/feed", opt=open_to("booker", "book", while_suspended=True))
async def save(request: Request, viewer: NamedDependency[Actor]) -> Response[str]:
    """Make a secret calendar address of a search, and show it this once."""
    sent = await text_fields(request)
    asked = await with_near(form.read(sent, own_zone(request), datetime.now(UTC)), viewer)
    wanted, entered, near = asked.wanted, asked.entered, asked.wanted.near
    hours = None
    if wanted.exactly is not None:
        hours = SavedHours(
            start=entered["start"], until=entered["until"], time_zone=asked.time_zone,
            on=None if sent.get("days") == "every" else date.fromisoformat(entered["on"]),
        )  # fmt: skip
    search = SavedSearch(
        q=wanted.text, kind=wanted.kind, region=wanted.region, owner=wanted.owner, units=wanted.units,
        standard=wanted.standard, approval=wanted.approval,
        max_price=None if wanted.price is None else float(wanted.price),
        near=entered["near"] if near else None, within_km=near.within_km if near else None,
        minutes=None if hours else min(wanted.minutes or form.USUAL_MINUTES, LONGEST), hours=hours,
    )  # fmt: skip
    made = await create_feed(NewFeed(scope="search", search=search), viewer)
    return unkept(request, "book/feed.html", url=made.url, webcal=made.url.replace("https://", "webcal://", 1))


ROUTES = [save]
