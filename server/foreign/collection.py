"""What a CalDAV server answers about a collection (RFC 4791 7.8): XML of many files, read where it can be stopped.

What is not whole frees time, so an answer with one entry missing is refused. Each entry is a calendar with zones of its
own, and they are read like a file that has several.
"""

from datetime import datetime, timedelta
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

from server.calendars.reading.content import COMPONENTS, Unreadable

DAV, CALDAV = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}"
NOTHING = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR"
BACK, AHEAD = timedelta(days=1), timedelta(days=400)  # what is asked for


def query(now: datetime) -> bytes:
    """Ask for whatever takes place within the horizon, also by repetition."""
    start, end = (f"{moment:%Y%m%dT%H%M%SZ}" for moment in (now - BACK, now + AHEAD))
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">'
        "<D:prop><D:getetag/><C:calendar-data/></D:prop>"
        '<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">'
        f'<C:time-range start="{start}" end="{end}"/>'
        "</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"
    ).encode()


def joined(answer: bytes) -> bytes:
    """The files in an answer, one after another. Raises Unreadable for anything that is not all of it."""
    try:
        root: Element = fromstring(answer, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise Unreadable(f"its answer is not XML that can be read ({type(error).__name__})") from None
    if root.tag != f"{DAV}multistatus":
        raise Unreadable("its answer is none of a calendar collection")
    entries = root.findall(f"{DAV}response")
    if len(entries) > COMPONENTS:
        raise Unreadable(f"it has more than {COMPONENTS} entries")
    return b"\r\n".join([_file(one) for one in entries] or [NOTHING])


def _file(response: Element) -> bytes:
    """The calendar of one entry, whole."""
    file = _data(response)
    if not (file[:15].upper() == b"BEGIN:VCALENDAR" and file[-13:].upper() == b"END:VCALENDAR"):
        raise Unreadable("one of its entries is no whole calendar")
    return file


def _data(response: Element) -> bytes:
    """The file of one entry."""
    for propstat in response.findall(f"{DAV}propstat"):
        found = propstat.findtext(f"{DAV}prop/{CALDAV}calendar-data")
        if found and " 200" in (propstat.findtext(f"{DAV}status") or ""):
            return found.strip().encode()
    raise Unreadable("one of its entries is missing in its answer")
