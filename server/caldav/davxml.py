"""The XML of WebDAV and CalDAV: read without entities and within limits, written with the usual prefixes."""

from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element, ParseError, SubElement, register_namespace, tostring

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

from server.calendars.lines import clean
from server.core.errors import Forbidden, Invalid

DAV, CALDAV = "DAV:", "urn:ietf:params:xml:ns:caldav"
OURS = "urn:rongtong"
CALENDARSERVER, APPLE = "http://calendarserver.org/ns/", "http://apple.com/ns/ical/"
PREFIXES = {"D": DAV, "C": CALDAV, "CS": CALENDARSERVER, "A": APPLE, "R": OURS}
for _prefix, _namespace in PREFIXES.items():
    register_namespace(_prefix, _namespace)
DEEPEST, MOST_ELEMENTS = 30, 20_000  # of a request


def name(short: str) -> str:
    """Spell out `D:href` as ElementTree names it."""
    prefix, _, local = short.partition(":")
    return f"{{{PREFIXES[prefix]}}}{local}"


def read(body: bytes) -> Element | None:
    """Read a request's body; None for no body.

    Raises Invalid for what is no XML (RFC 4918 8.2 wants 400), Forbidden for a DTD and for too many elements.
    """
    if not body.strip():
        return None
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except DefusedXmlException:
        raise Forbidden("entities and DTDs are not read", condition="D:no-external-entities") from None
    except (ParseError, ValueError, LookupError) as error:
        raise Invalid(f"the body is not XML that this server reads ({type(error).__name__})") from None
    _refuse_excess(root)
    return root


def _refuse_excess(root: Element) -> None:
    level, deep, seen = [root], 0, 0
    while level:
        deep, seen = deep + 1, seen + len(level)
        if deep > DEEPEST or seen > MOST_ELEMENTS:
            raise Forbidden("the body has too many elements", condition="R:max-elements")
        level = [child for one in level for child in one]


def element(short: str, *children: Element | str, **attributes: str) -> Element:
    """Make an element of text and other elements."""
    made = Element(name(short), attributes)
    for child in children:
        if isinstance(child, str):
            made.text = (made.text or "") + clean(child)
        else:
            made.append(child)
    return made


def href(address: str) -> Element:
    return element("D:href", address)


def under(root: Element | None, short: str) -> Iterator[Element]:
    """The children of that name."""
    if root is not None:
        yield from root.findall(name(short))


def write(root: Element) -> bytes:
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root)


def multistatus(responses: Iterable[Element], token: str = "") -> bytes:
    made = element("D:multistatus", *responses)
    if token:
        made.append(element("D:sync-token", token))
    return write(made)


def response(
    address: str, found: Iterable[Element], missing: Iterable[Element] = (), *, brief: bool = False
) -> Element:
    """What there is of a thing's properties, and what there is not."""
    made = element("D:response", href(address))
    found, missing = list(found), list(missing)
    if found or not missing or brief:
        made.append(_propstat(found, "200 OK"))
    if missing and not brief:
        made.append(_propstat(missing, "404 Not Found"))
    return made


def _propstat(properties: list[Element], status: str) -> Element:
    return element("D:propstat", element("D:prop", *properties), element("D:status", f"HTTP/1.1 {status}"))


def propstat(properties: list[Element], status: str, condition: str = "", said: str = "") -> Element:
    """The same with the reason why."""
    made = _propstat(properties, status)
    if condition:
        made.append(element("D:error", element(condition)))
    if said:
        made.append(element("D:responsedescription", said))
    return made


def status(address: str, said: str, *more: Element) -> Element:
    return element("D:response", href(address), element("D:status", f"HTTP/1.1 {said}"), *more)


def error(conditions: Iterable[str], said: str) -> bytes:
    """The body of a refusal (RFC 4918 16)."""
    made = element("D:error", *(element(one) for one in conditions))
    SubElement(made, name("D:responsedescription")).text = clean(said)
    return write(made)
