from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from server.calendars.reading.expansion import Found
from server.calendars.reading.findings import Finding
from server.core.text import Line

Url = Annotated[
    str, Meta(min_length=1, max_length=2000, description="of an ICS file or a CalDAV collection; https:// or webcal://")
]


class Busy(msgspec.Struct, frozen=True):
    """A time that a calendar says is busy. `doubtful`: its zone is not known, so it covers all that it may be."""

    __schema_name__ = "BusyTime"
    starts_at: datetime
    ends_at: datetime
    tentative: bool = False
    doubtful: bool = False
    title: str = ""


class Asked(msgspec.Struct, frozen=True):
    """What the parser is asked, in a line before the file."""

    zone: str
    now: datetime
    own_host: str
    titles: bool
    collection: bool = False  # the answer of a CalDAV server, in place of a file
    charset: str = ""  # that its server declares


class Told(msgspec.Struct, frozen=True):
    """What the parser answers: what it found, or why it cannot."""

    found: Found | None = None
    error: str = ""


class CalDav(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to sign in to a CalDAV collection: with a password made for this alone, where there are such."""

    __schema_name__ = "CalDavCredentials"
    user: Annotated[str, Meta(min_length=1, max_length=320)]
    password: Annotated[str, Meta(min_length=1, max_length=500)]


class NewForeignCalendar(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A calendar whose busy time a resource takes over."""

    url: Url
    name: Line = ""
    unit: Annotated[int, Meta(ge=1, le=10_000)] | None = None  # whose calendar it is; none: of all units
    keep_titles: bool = False  # so that you see them here; nobody else does
    caldav: CalDav | None = None  # then `url` is that of a collection, else of a file


class ForeignCalendar(msgspec.Struct, kw_only=True):
    """A foreign calendar without its address, which often is a secret."""

    id: UUID
    name: str
    host: str
    unit: int | None
    keep_titles: bool
    created_at: datetime
    read_at: datetime | None  # when it last could be read, also when nothing had changed
    tried_at: datetime | None
    fetch_at: datetime  # when it is tried next
    stale: bool  # it could not be read for a day; what was read before stands
    error: str  # why it could not be read at the last try
    events: int
    busy: int  # times ahead
    doubtful_zones: list[str]
    wrong: int  # events of which no start can be read
    findings: list[Finding]  # what was not understood, line by line: it blocks what it may mean, or is only told
    conflicts: int
    is_collection: bool = False  # asked by CalDAV


class Conflict(msgspec.Struct):
    """A booking that meets busy time. The booking stands."""

    __schema_name__ = "CalendarConflict"
    booking_id: UUID
    starts_at: datetime
    ends_at: datetime
    busy_from: datetime
    busy_to: datetime
    title: str


class ForeignCheck(ForeignCalendar, kw_only=True):
    """A foreign calendar with what it contains: its next times, and what they meet."""

    __schema_name__ = "ForeignCalendarCheck"
    next: list[Busy]
    meets: list[Conflict]


class Reading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Read it now. `accept_empty`: it is right that there is nothing in it any more."""

    __schema_name__ = "ForeignCalendarRefresh"
    accept_empty: bool = False
