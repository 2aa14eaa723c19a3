"""PROPPATCH: all or nothing (RFC 4918 9.2).

Colour and place in the list are for each member's programs to choose. Names and all else of a calendar come from its
resource, and programs are told so.
"""

from collections.abc import Callable, Iterable
from xml.etree.ElementTree import Element

from server.caldav import propfind, set_look
from server.caldav.davxml import element, href, multistatus, name, propstat, under
from server.caldav.paths import Place
from server.caldav.texts import MADE_IN_RONGTONG, in_language_of
from server.core.actor import Actor
from server.core.errors import Invalid

LOOKS: dict[str, tuple[str, Callable[[str], str | int]]] = {
    name("A:calendar-color"): ("color", set_look.color),
    name("A:calendar-order"): ("place", set_look.place),
}


async def proppatch(place: Place, by: Actor, root: Element | None) -> bytes:
    """Change what may be changed, or say of each property why not. Raises Invalid, NotFound."""
    if root is None or root.tag != name("D:propertyupdate"):
        raise Invalid("the body of PROPPATCH is a propertyupdate element")
    await propfind.propfind(place, by, element("D:propfind", element("D:prop")), "0", brief=False)
    wanted = _wanted(root)
    known = {tag: LOOKS[tag] for tag in wanted if tag in LOOKS and place.kind == "calendar"}
    chosen: dict[str, str | int | None] = {}
    wrong: dict[str, str] = {}
    for tag, (column, read) in known.items():
        text = wanted[tag]
        try:
            chosen[column] = None if text is None else read(text)
        except Invalid as error:
            wrong[tag] = error.detail
    refused = [tag for tag in wanted if tag not in known]
    if place.resource_id is not None and known and not wrong and not refused:
        await set_look.set_look(place.resource_id, by, chosen)
        return multistatus([element("D:response", href(place.href), propstat(_named(known), "200 OK"))])
    said = in_language_of(by, MADE_IN_RONGTONG)
    told = [propstat(_named(refused), "403 Forbidden", "D:cannot-modify-protected-property", said)] if refused else []
    told += [propstat(_named([tag]), "409 Conflict", said=why) for tag, why in wrong.items()]
    others = [tag for tag in known if tag not in wrong]
    told += [propstat(_named(others), "424 Failed Dependency")] if others else []
    return multistatus([element("D:response", href(place.href), *told)])


def _wanted(root: Element) -> dict[str, str | None]:
    """What each property shall be; None for one that is removed. The last word counts."""
    found: dict[str, str | None] = {}
    for update in root:
        for prop in under(update, "D:prop"):
            for one in prop:
                found[one.tag] = (one.text or "").strip() if update.tag == name("D:set") else None
    return found


def _named(tags: Iterable[str]) -> list[Element]:
    return [Element(tag) for tag in tags]
