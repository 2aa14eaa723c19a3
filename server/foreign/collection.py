"""What a CalDAV server answers about a collection (RFC 4791 7.8): XML of many files, read where it can be stopped.

What is not whole frees time, so an answer with one entry missing is refused. Files that bring along the same zones are
read as one; others apart, for two of them may mean different things by one name.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

from server.calendars.ics_prefilter import COMPONENTS, Unreadable, unfolded
from server.foreign.schemas import Found

DAV, CALDAV = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}"
BACK, AHEAD = timedelta(days=1), timedelta(days=400)  # what is asked for
ZONE_SETS = 50  # kinds of files in one collection


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


def calendars(answer: bytes) -> list[bytes]:
    """The files in an answer, joined where they may be. Raises Unreadable for anything that is not all of it."""
    try:
        root: Element = fromstring(answer, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise Unreadable(f"its answer is not XML that can be read ({type(error).__name__})") from None
    if root.tag != f"{DAV}multistatus":
        raise Unreadable("its answer is none of a calendar collection")
    joined: dict[bytes, list[bytes]] = {}
    for number, response in enumerate(root.findall(f"{DAV}response")):
        if number >= COMPONENTS:
            raise Unreadable(f"it has more than {COMPONENTS} entries")
        zones, events = _parts(_data(response))
        joined.setdefault(zones, []).append(events)
    if len(joined) > ZONE_SETS:
        raise Unreadable("its entries bring along too many time zones")
    head, end = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//collection//\r\n", b"END:VCALENDAR\r\n"
    return [head + zones + b"".join(events) + end for zones, events in joined.items()]


def _data(response: Element) -> bytes:
    """The file of one entry."""
    for propstat in response.findall(f"{DAV}propstat"):
        found = propstat.findtext(f"{DAV}prop/{CALDAV}calendar-data")
        if found and " 200" in (propstat.findtext(f"{DAV}status") or ""):
            return found.strip().encode()
    raise Unreadable("one of its entries is missing in its answer")


def _parts(file: bytes) -> tuple[bytes, bytes]:
    """The lines of a file's zones and of its other components. Raises Unreadable for one that breaks off."""
    zones, others = list[bytes](), list[bytes]()
    depth, here = 0, others
    for line in _lines(file):
        kind = line.upper().replace(b" ", b"")
        if kind.startswith(b"BEGIN:"):
            depth += 1
            if depth == 2:
                here = zones if kind == b"BEGIN:VTIMEZONE" else others
        if depth >= 2:
            here.append(line + b"\r\n")
        if kind.startswith(b"END:"):
            depth -= 1
    if depth or not file[:15].upper().startswith(b"BEGIN:VCALENDAR"):
        raise Unreadable("one of its entries is no whole calendar")
    return b"".join(zones), b"".join(others)


def _lines(file: bytes) -> Iterator[bytes]:
    """Unfolded and without blank lines, so that what is joined is folded nowhere."""
    return (line for line in unfolded(file) if line.strip())


def together(found: list[Found], most: int) -> Found:
    """Add up what several files say. Raises Unreadable beyond `most` times."""
    whole = Found()
    for one in found:
        whole.events += one.events
        whole.own += one.own
        whole.wrong += one.wrong
        whole.doubtful_zones += [name for name in one.doubtful_zones if name not in whole.doubtful_zones]
        whole.busy += one.busy
    if len(whole.busy) > most:
        raise Unreadable(f"it has more than {most} events ahead")
    whole.busy.sort(key=lambda one: (one.starts_at, one.ends_at))
    return whole
