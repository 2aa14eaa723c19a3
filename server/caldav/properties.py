"""The properties of the root, principals, homes, calendars and objects (RFC 4918, 3744, 4791, 5397, 6578)."""

from collections.abc import Callable
from email.utils import format_datetime
from xml.etree.ElementTree import Element

import msgspec

from server.caldav import paths
from server.caldav.calendar_file import MOST, SIZE, text
from server.caldav.contents import Object, kind_of, shown
from server.caldav.davxml import element, href
from server.caldav.log import Seen
from server.caldav.paths import Place
from server.caldav.views import Calendar
from server.calendars.events import calendar as calendar_file
from server.core.actor import Actor

CALENDAR_TYPE = "text/calendar; charset=utf-8"
READ = ("D:read", "C:read-free-busy", "D:read-current-user-privilege-set")
WRITE = ("D:write", "D:write-content", "D:bind", "D:unbind")
REPORTS = ("C:calendar-multiget", "C:calendar-query", "C:free-busy-query", "D:sync-collection")
LAST_YEAR = 2040  # of the VTIMEZONE of a calendar, where its zone has no rule


class Thing(msgspec.Struct, frozen=True):
    """One thing of the server, with what is known of it."""

    place: Place
    by: Actor
    calendar: Calendar | None = None
    seen: Seen | None = None  # of a calendar
    etag: str = ""  # of an object, as it is in the log
    object: Object | None = None  # where it had to be read

    @property
    def name(self) -> str:
        if self.calendar is None:
            return self.by.name if self.place.kind in ("principal", "home") else "Rongtong"
        english = self.by.locale == "en" and self.calendar.name_en
        return self.calendar.name_en if english else self.calendar.name


Property = Callable[[Thing], Element | None]


def property_of(thing: Thing, tag: str) -> Element | None:
    """A property by the name that ElementTree gives it; None where the thing has no such property."""
    make = PROPERTIES.get(tag)
    return make(thing) if make is not None else None


def _everywhere(short: str, *kinds: str) -> Callable[[Property], Property]:
    def register(make: Property) -> Property:
        tag = element(short).tag

        def made(thing: Thing) -> Element | None:
            return make(thing) if not kinds or thing.place.kind in kinds else None

        PROPERTIES[tag] = made
        return made

    return register


PROPERTIES: dict[str, Property] = {}
COLLECTIONS = ("root", "principals", "homes", "principal", "home", "calendar")


@_everywhere("D:resourcetype")
def _(thing: Thing) -> Element:
    kinds = {"principal": ["D:collection", "D:principal"], "calendar": ["D:collection", "C:calendar"], "object": []}
    return element("D:resourcetype", *map(element, kinds.get(thing.place.kind, ["D:collection"])))


@_everywhere("D:displayname")
def _(thing: Thing) -> Element | None:
    return element("D:displayname", thing.place.name or thing.name)


@_everywhere("D:current-user-principal")
def _(thing: Thing) -> Element:
    return element("D:current-user-principal", href(paths.principal(thing.by.member_id)))


@_everywhere("D:owner")
def _(thing: Thing) -> Element:
    return element("D:owner", href(paths.principal(thing.by.member_id)))


@_everywhere("D:principal-URL", "principal")
def _(thing: Thing) -> Element:
    return element("D:principal-URL", href(thing.place.href))


@_everywhere("D:principal-collection-set")
def _(thing: Thing) -> Element:
    return element("D:principal-collection-set", href(Place("principals").href))


@_everywhere("C:calendar-home-set", "principal", "root", "home", "calendar")
def _(thing: Thing) -> Element:
    return element("C:calendar-home-set", href(paths.home(thing.by.member_id)))


@_everywhere("C:calendar-user-address-set", "principal")
def _(thing: Thing) -> Element:
    return element("C:calendar-user-address-set", href(f"mailto:{thing.by.email}"), href(thing.place.href))


@_everywhere("D:current-user-privilege-set")
def _(thing: Thing) -> Element:
    may: tuple[str, ...] = READ
    if thing.place.kind == "calendar" or (thing.place.kind == "object" and kind_of(thing.place.name)[0] == "own"):
        may = READ + WRITE
    privileges = [element("D:privilege", element(one)) for one in may]
    return element("D:current-user-privilege-set", *privileges)


@_everywhere("D:supported-report-set", *COLLECTIONS)
def _(thing: Thing) -> Element:
    reports = REPORTS if thing.place.kind == "calendar" else ()
    told = [element("D:supported-report", element("D:report", element(one))) for one in reports]
    return element("D:supported-report-set", *told)


@_everywhere("C:supported-calendar-component-set", "calendar")
def _(thing: Thing) -> Element:
    return element(
        "C:supported-calendar-component-set", element("C:comp", name="VEVENT"), element("C:comp", name="VTODO")
    )


@_everywhere("C:supported-calendar-data", "calendar")
def _(thing: Thing) -> Element:
    data = element("C:calendar-data", **{"content-type": "text/calendar", "version": "2.0"})
    return element("C:supported-calendar-data", data)


@_everywhere("C:supported-collation-set", "calendar")
def _(thing: Thing) -> Element:
    known = ("i;ascii-casemap", "i;octet", "i;unicode-casemap")
    return element("C:supported-collation-set", *(element("C:supported-collation", one) for one in known))


@_everywhere("C:calendar-description", "calendar")
def _(thing: Thing) -> Element | None:
    said = thing.calendar.description if thing.calendar else ""
    return element("C:calendar-description", said) if said else None


@_everywhere("C:calendar-timezone", "calendar")
def _(thing: Thing) -> Element | None:
    if thing.calendar is None:
        return None
    return element("C:calendar-timezone", calendar_file([], [thing.calendar.time_zone], LAST_YEAR, []).decode())


@_everywhere("C:max-resource-size", "calendar")
def _(thing: Thing) -> Element:
    return element("C:max-resource-size", str(SIZE))


@_everywhere("C:max-instances", "calendar")
def _(thing: Thing) -> Element:
    return element("C:max-instances", str(MOST))


@_everywhere("C:min-date-time", "calendar")
def _(thing: Thing) -> Element:
    return element("C:min-date-time", "19000201T000000Z")


@_everywhere("C:max-date-time", "calendar")
def _(thing: Thing) -> Element:
    return element("C:max-date-time", "21991231T000000Z")


@_everywhere("C:schedule-calendar-transp", "calendar")
def _(thing: Thing) -> Element:
    return element("C:schedule-calendar-transp", element("C:opaque"))


@_everywhere("A:calendar-color", "calendar")
def _(thing: Thing) -> Element | None:
    color = thing.calendar.color if thing.calendar else None
    return None if color is None else element("A:calendar-color", color)


@_everywhere("A:calendar-order", "calendar")
def _(thing: Thing) -> Element | None:
    place = thing.calendar.place if thing.calendar else None
    return None if place is None else element("A:calendar-order", str(place))


@_everywhere("CS:getctag", "calendar")
def _(thing: Thing) -> Element | None:
    return element("CS:getctag", thing.seen.token) if thing.seen else None


@_everywhere("D:sync-token", "calendar")
def _(thing: Thing) -> Element | None:
    return element("D:sync-token", thing.seen.token) if thing.seen else None


@_everywhere("D:getetag", "object")
def _(thing: Thing) -> Element:
    return element("D:getetag", shown(thing.place.name, thing.etag, thing.by))


@_everywhere("D:getcontenttype", "object", "calendar")
def _(thing: Thing) -> Element:
    return element("D:getcontenttype", CALENDAR_TYPE if thing.place.kind == "object" else "text/calendar")


@_everywhere("D:getcontentlength", "object")
def _(thing: Thing) -> Element | None:
    return element("D:getcontentlength", str(len(thing.object.data))) if thing.object else None


@_everywhere("D:getlastmodified", "object")
def _(thing: Thing) -> Element | None:
    if thing.object is None:
        return None
    return element("D:getlastmodified", format_datetime(thing.object.modified_at.replace(microsecond=0), usegmt=True))


@_everywhere("C:calendar-data", "object")
def _(thing: Thing) -> Element | None:
    return element("C:calendar-data", text(thing.object.data)) if thing.object else None
