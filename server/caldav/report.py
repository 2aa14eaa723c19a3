"""REPORT: which objects changed, those that are named, those that a filter lets through, and when it is busy."""

from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

from server.caldav import contents, filters, log, occurrences, paths, principals, propfind, views
from server.caldav.calendar_file import EARLIEST, parse
from server.caldav.contents import Object
from server.caldav.davxml import element, multistatus, name, status
from server.caldav.free_busy import free_busy
from server.caldav.paths import Place
from server.caldav.properties import Thing
from server.caldav.shaping import shaped
from server.caldav.views import Calendar
from server.core.actor import Actor
from server.core.errors import Forbidden, Invalid, NotFound
from server.core.instants import LAST
from server.core.spans import Span

MOST_NAMED = 2000  # addresses in one calendar-multiget
XML, CALENDAR = "application/xml; charset=utf-8", "text/calendar; charset=utf-8"


async def report(place: Place, by: Actor, root: Element | None) -> tuple[bytes, int, str]:
    """Answer a report: body, status and media type. Raises Invalid, NotFound, Forbidden for what it cannot do."""
    if root is None:
        raise Forbidden("a REPORT has a body that says which", condition="D:supported-report")
    if place.member_id not in (None, by.member_id):
        raise NotFound("there is nothing of yours at this address")
    if root.tag == name("D:principal-property-search"):
        return principals.search(by, root), 207, XML
    if root.tag == name("D:principal-search-property-set"):
        return principals.searched(), 200, XML
    if place.resource_id is None:
        raise Forbidden("reports are made of calendars", condition="D:supported-report")
    calendar = await views.calendar(place.resource_id, by)
    if root.tag == name("D:sync-collection") and place.kind == "calendar":
        return await _sync(place, calendar, by, root), 207, XML
    if root.tag == name("C:calendar-multiget"):
        return await _multiget(place, calendar, by, root), 207, XML
    if root.tag == name("C:calendar-query"):
        return await _query(place, calendar, by, root), 207, XML
    if root.tag == name("C:free-busy-query"):
        span = filters.time_range(root.find(name("C:time-range")))
        return await free_busy(calendar, by, span), 200, CALENDAR
    raise Forbidden("this report is not known", condition="D:supported-report")


async def _sync(place: Place, calendar: Calendar, by: Actor, root: Element) -> bytes:
    seen = await log.look(calendar.id, by)
    limit = _limit(root)
    changes = await log.since((root.findtext(name("D:sync-token")) or "").strip(), seen, limit or log.MOST)
    things = [_thing(place, by, one, etag) for one, etag in changes.etags.items() if etag is not None]
    told = await _told(things, calendar, by, root)
    told += [status(_at(place, one).href, "404 Not Found") for one, etag in changes.etags.items() if etag is None]
    if changes.more:
        reason = element("D:error", element("D:number-of-matches-within-limits"))
        told.append(status(place.href, "507 Insufficient Storage", reason))
    return multistatus(told, changes.token)


def _limit(root: Element) -> int | None:
    said = root.findtext(f"{name('D:limit')}/{name('D:nresults')}")
    if said is None:
        return None
    if not said.strip().isdecimal() or int(said) < 1:
        raise Invalid("nresults is a number from 1 on")
    return min(int(said), log.MOST)


async def _multiget(place: Place, calendar: Calendar, by: Actor, root: Element) -> bytes:
    hrefs = [(one.text or "").strip() for one in root.findall(name("D:href"))]
    if len(hrefs) > MOST_NAMED:
        raise Forbidden(f"at most {MOST_NAMED} at once", condition="D:number-of-matches-within-limits")
    seen = await log.look(calendar.id, by)
    things, missing = [], []
    for href in hrefs:
        one = _named(href, place)
        if one is None or one.name not in seen.etags:
            missing.append(href)
        else:
            things.append(_thing(place, by, one.name, seen.etags[one.name]))
    return multistatus([*await _told(things, calendar, by, root), *(status(href, "404 Not Found") for href in missing)])


def _named(href: str, place: Place) -> Place | None:
    try:
        one = paths.place(href)
    except NotFound:
        return None
    same = one.kind == "object" and (one.member_id, one.resource_id) == (place.member_id, place.resource_id)
    return one if same else None


async def _query(place: Place, calendar: Calendar, by: Actor, root: Element) -> bytes:
    wanted = root.find(name("C:filter"))
    if wanted is None:
        raise Forbidden("a calendar-query has a filter", condition="C:valid-filter")
    filters.check(wanted)
    seen = await log.look(calendar.id, by)
    around = filters.window(wanted) or Span(EARLIEST, LAST)
    only = [place.name] if place.kind == "object" else None
    found = await contents.objects(calendar.id, by, only, *around)
    zone = ZoneInfo(calendar.time_zone)

    def judge() -> list[Object]:
        return [one for one in found if filters.matches(parse(one.data), wanted, zone)]

    passed = await occurrences.in_thread(judge)
    things = [_thing(place, by, one.name, seen.etags[one.name], one) for one in passed if one.name in seen.etags]
    return multistatus(await _told(things, calendar, by, root))


async def _told(things: list[Thing], calendar: Calendar, by: Actor, root: Element) -> list[Element]:
    """Tell of each what is asked, the data in the shape that is asked."""
    wanted, _ = propfind.asked(_as_propfind(root))
    if propfind.CONTENT & set(wanted) and any(thing.object is None for thing in things):
        things = await propfind.with_objects(things, by)
    data = root.find(f"{name('D:prop')}/{name('C:calendar-data')}")
    if data is not None and len(data):
        zone = ZoneInfo(calendar.time_zone)
        things = await occurrences.in_thread(lambda: [_in_shape(thing, data, zone) for thing in things])
    return [propfind.told(thing, wanted) for thing in things]


def _as_propfind(root: Element) -> Element | None:
    prop = root.find(name("D:prop"))
    return element("D:propfind", prop) if prop is not None else None


def _in_shape(thing: Thing, data: Element, zone: ZoneInfo) -> Thing:
    if thing.object is None:
        return thing
    was, one = thing.object, shaped(thing.object.data, data, zone)
    return Thing(
        thing.place, thing.by, thing.calendar, thing.seen, thing.etag, Object(was.name, was.kind, one, was.modified_at)
    )


def _at(place: Place, one: str) -> Place:
    return Place("object", place.member_id, place.resource_id, one)


def _thing(place: Place, by: Actor, one: str, etag: str | None, read: Object | None = None) -> Thing:
    return Thing(_at(place, one), by, etag=etag or "", object=read)
