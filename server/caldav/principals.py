"""Searching for people (RFC 3744 9.4): everyone finds themselves, and nobody else."""

from xml.etree.ElementTree import Element

from server.caldav import propfind
from server.caldav.davxml import element, multistatus, name, write
from server.caldav.paths import Place
from server.caldav.properties import Thing, property_of
from server.core.actor import Actor

USUAL = ("D:displayname", "C:calendar-home-set")  # where nothing is asked for: python-caldav asks beside the element
SEARCHED = ("D:displayname", "C:calendar-user-address-set")


def search(by: Actor, root: Element) -> bytes:
    """Answer with one's own principal where it passes."""
    me = Thing(Place("principal", by.member_id), by)
    conditions = root.findall(name("D:property-search"))
    passed = [_says(me, one) for one in conditions]
    any_is_enough = root.get("test") == "anyof"
    found = any(passed) if any_is_enough and passed else all(passed)
    prop = root.find(name("D:prop"))
    wanted = [one.tag for one in prop] if prop is not None and len(prop) else list(map(name, USUAL))
    return multistatus([propfind.told(me, wanted)] if found else [])


def _says(me: Thing, condition: Element) -> bool:
    match = (condition.findtext(name("D:match")) or "").casefold()
    prop = condition.find(name("D:prop"))
    values = [property_of(me, one.tag) for one in prop] if prop is not None else []
    return bool(values) and all(value is not None and match in "".join(value.itertext()).casefold() for value in values)


def searched() -> bytes:
    """Tell by what one can search."""
    properties = [
        element("D:principal-search-property", element("D:prop", element(one)), element("D:description", one))
        for one in SEARCHED
    ]
    return write(element("D:principal-search-property-set", *properties))
