"""PROPPATCH: names, colours and all else of a calendar come from its resource, and programs are told so."""

from xml.etree.ElementTree import Element

from server.caldav import propfind
from server.caldav.davxml import element, href, multistatus, name, propstat, under
from server.caldav.paths import Place
from server.caldav.texts import MADE_IN_RONGTONG, in_language_of
from server.errors import Invalid
from server.organizations.actor import Actor


async def proppatch(place: Place, by: Actor, root: Element | None) -> bytes:
    """Refuse each property with 403, as RFC 4918 9.2 has it. Raises Invalid, NotFound."""
    if root is None or root.tag != name("D:propertyupdate"):
        raise Invalid("the body of PROPPATCH is a propertyupdate element")
    await propfind.propfind(place, by, element("D:propfind", element("D:prop")), "0", brief=False)
    properties = [
        Element(one.tag)
        for action in ("D:set", "D:remove")
        for update in under(root, action)
        for prop in under(update, "D:prop")
        for one in prop
    ]
    said = in_language_of(by, MADE_IN_RONGTONG)
    refused = propstat(properties, "403 Forbidden", "D:cannot-modify-protected-property", said)
    return multistatus([element("D:response", href(place.href), refused)])
