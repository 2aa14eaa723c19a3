"""PROPFIND: what is at an address, and with Depth 1 also what is in it."""

from collections.abc import AsyncIterator, Iterable
from typing import Literal
from xml.etree.ElementTree import Element

from server.caldav import contents, log, views
from server.caldav.davxml import multistatus, name, response, under
from server.caldav.paths import Place
from server.caldav.properties import PROPERTIES, Thing, property_of
from server.core.actor import Actor
from server.core.errors import Forbidden, Invalid, NotFound

# What needs the object itself, not only its ETag.
CONTENT = {name(one) for one in ("D:getcontentlength", "D:getlastmodified", "C:calendar-data")}
# What allprop leaves out (RFC 4791 5.2): it is asked for by name.
NOT_ALL = {name(one) for one in ("C:calendar-data", "C:calendar-timezone", "C:supported-calendar-data")}
Depth = Literal["0", "1"]


async def propfind(place: Place, by: Actor, root: Element | None, depth: str, *, brief: bool) -> bytes:
    """Answer with a multistatus. Raises Forbidden for Depth: infinity, NotFound for what is not there."""
    if depth not in ("0", "1"):
        raise Forbidden("Depth must be 0 or 1", condition="D:propfind-finite-depth")
    wanted, names_only = asked(root)
    things = [thing async for thing in _things(place, by, depth)]
    if not names_only and CONTENT & set(wanted):
        things = await with_objects(things, by)
    return multistatus(told(thing, wanted, names_only=names_only, brief=brief) for thing in things)


def asked(root: Element | None) -> tuple[list[str], bool]:
    """The properties that are asked for, and whether only their names are. Raises Invalid."""
    if root is not None and root.tag != name("D:propfind"):
        raise Invalid("the body of PROPFIND is a propfind element")
    everything = [tag for tag in PROPERTIES if tag not in NOT_ALL]
    for prop in under(root, "D:prop"):
        return list(dict.fromkeys(one.tag for one in prop)), False
    if root is not None and len(root) and root.find(name("D:propname")) is not None:
        return everything, True
    return everything, False


def told(thing: Thing, wanted: Iterable[str], *, names_only: bool = False, brief: bool = False) -> Element:
    found, missing = [], []
    for tag in wanted:
        made = property_of(thing, tag)
        if made is None:
            missing.append(Element(tag))
        else:
            found.append(Element(tag) if names_only else made)
    return response(thing.place.href, found, () if names_only else missing, brief=brief)


async def with_objects(things: list[Thing], by: Actor) -> list[Thing]:
    """Read the objects among these things: all of one calendar."""
    wanted = {thing.place.name: thing for thing in things if thing.place.kind == "object"}
    if not wanted:
        return things
    resource_id = next(iter(wanted.values())).place.resource_id
    assert resource_id is not None  # noqa: S101 - an object is in a calendar
    read = {one.name: one for one in await contents.objects(resource_id, by, wanted)}
    return [
        Thing(thing.place, by, thing.calendar, thing.seen, thing.etag, read.get(thing.place.name)) for thing in things
    ]


async def _things(place: Place, by: Actor, depth: str) -> AsyncIterator[Thing]:
    member, resource_id = place.member_id, place.resource_id
    if member not in (None, by.member_id):
        raise NotFound("there is nothing of yours at this address")
    if resource_id is None:
        yield Thing(place, by)
    if depth == "1" and place.kind == "root":
        yield Thing(Place("principals"), by)
        yield Thing(Place("homes"), by)
    elif depth == "1" and place.kind == "principals":
        yield Thing(Place("principal", by.member_id), by)
    elif depth == "1" and place.kind == "homes":
        yield Thing(Place("home", by.member_id), by)
    elif depth == "1" and place.kind == "home":
        for one in await views.calendars(by):
            yield Thing(Place("calendar", member, one.id), by, one, await log.look(one.id, by))
    if resource_id is None:
        return
    calendar = await views.calendar(resource_id, by)
    seen = await log.look(resource_id, by)
    if place.kind == "object":
        if place.name not in seen.etags:
            raise NotFound("there is no such object in this calendar")
        yield Thing(place, by, etag=seen.etags[place.name])
        return
    yield Thing(place, by, calendar, seen)
    if depth == "1":
        for one_name, etag in seen.etags.items():
            yield Thing(Place("object", member, resource_id, one_name), by, etag=etag)
