from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from server.core.regions import REGION_PATTERN
from server.core.text import LINE_PATTERN, Line
from server.core.time_zones import time_zones
from server.resources.rules.schemas import Clock
from server.resources.schemas import Kind, TimeZone
from server.search.query import Approval

Scope = Literal["resource", "organization", "person", "search"]
View = Literal["busy", "member", "owner", "free"]


class SavedHours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Exactly this time of the day; until the next day where `until` is not later than `start`."""

    __schema_name__ = "SavedSearchHours"
    start: Clock
    until: Clock
    time_zone: TimeZone
    on: date | None = None  # only that day; without, every day

    def __post_init__(self) -> None:
        if self.time_zone not in time_zones():
            raise ValueError("time_zone: not an IANA name such as Asia/Shanghai or Europe/Berlin")


class SavedSearch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to look for: resources that can be booked for `minutes` at a time, or for exactly these `hours`."""

    q: Line = ""
    kind: Kind | None = None
    region: Annotated[str, Meta(pattern=REGION_PATTERN)] | None = None  # GB/T 2260; a province finds all within it
    owner: UUID | None = None
    standard: Annotated[str, Meta(max_length=60, pattern=LINE_PATTERN)] | None = None  # such as GB/T 228
    approval: Approval | None = None
    max_price: Annotated[float, Meta(ge=0)] | None = None  # per hour, in CNY
    near: Annotated[str, Meta(max_length=60, pattern=LINE_PATTERN)] | None = None  # as the search takes it
    within_km: Annotated[float, Meta(gt=0, le=2000)] | None = None
    units: Annotated[int, Meta(ge=1, le=10_000)] = 1
    minutes: Annotated[int, Meta(ge=1, le=14 * 1440)] | None = None
    hours: SavedHours | None = None

    def __post_init__(self) -> None:
        if (self.minutes is None) == (self.hours is None):
            raise ValueError("say either `minutes` or `hours`")


class NewFeed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A calendar address to be made.

    `busy` says when, `member` what your organization booked, `owner` everything on a resource that you run. The scope
    `search` shows with the view `free` when what the search finds could be booked in the next two weeks.
    """

    scope: Scope
    resource_id: UUID | None = None
    search: SavedSearch | None = None  # of the scope `search`; never changes
    view: View | None = None  # without: `owner` on a resource that you run, `busy` on another, else `member`


class Address(msgspec.Struct):
    """The secret address of a feed. It is told once and cannot be read again."""

    __schema_name__ = "FeedAddress"
    id: UUID
    url: str


class Feed(msgspec.Struct, kw_only=True):
    """A calendar address without its secret."""

    id: UUID
    scope: Scope
    view: View
    resource_id: UUID | None
    resource_name: str | None
    search: SavedSearch | None
    created_at: datetime
    rotated_at: datetime | None
    read_at: datetime | None  # to the minute


class FeedEvent(msgspec.Struct, frozen=True):
    """An event of a feed. `status` is of the booking, or `closed`, or `free`; empty for time that is only busy."""

    title: str
    status: str
    time_zone: str
    starts_at: datetime
    ends_at: datetime


class FeedCheck(Feed, kw_only=True):
    """A feed with what it contains now."""

    readable: bool  # no longer when you lost the right to it; then its address answers 404
    events: int
    ahead: int
    next: list[FeedEvent]
