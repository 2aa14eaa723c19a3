"""GET and HEAD: one object as a calendar file; at a collection a word about what it is."""

from email.utils import format_datetime

from server.caldav import contents, propfind, views
from server.caldav.contents import shown
from server.caldav.davxml import element
from server.caldav.paths import Place
from server.caldav.properties import CALENDAR_TYPE
from server.caldav.response import Answer
from server.calendars.feed_read import names
from server.core.actor import Actor
from server.core.errors import NotFound

WORD = b"This is a calendar server (CalDAV). Give this address to a calendar program.\n"


async def read(place: Place, by: Actor, if_none_match: str | None) -> Answer:
    """Read one object. Raises NotFound."""
    if place.kind != "object" or place.resource_id is None:
        await propfind.propfind(place, by, element("D:propfind", element("D:prop")), "0", brief=True)
        return Answer(200, WORD, {"Content-Type": "text/plain; charset=utf-8"})
    found = await contents.objects(place.resource_id, by, [place.name])
    etag = (await views.names(place.resource_id, by)).get(place.name)
    if not found or etag is None:
        raise NotFound("there is no such object in this calendar")
    tag, (one,) = shown(place.name, etag, by), found
    modified = format_datetime(one.modified_at.replace(microsecond=0), usegmt=True)
    headers = {"ETag": tag, "Last-Modified": modified}
    if if_none_match is not None and names(if_none_match, tag):
        return Answer(304, headers=headers)
    return Answer(200, one.data, headers | {"Content-Type": CALENDAR_TYPE})
