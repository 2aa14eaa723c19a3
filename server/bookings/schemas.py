from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from server.core.errors import Invalid
from server.core.instants import Instant
from server.core.text import Line, Prose, normal_newlines
from server.outbox.facts import Attendee
from server.prices.cost import Cost
from server.qualifications.schemas import Need

Units = Annotated[int, Meta(ge=1, le=10_000)]
UnitNumbers = Annotated[list[Annotated[int, Meta(ge=1, le=10_000)]], Meta(max_length=1000)]
TermsVersion = Annotated[int, Meta(ge=1, description="the version of the terms that the member accepts")]
Total = Annotated[Decimal, Meta(description="the gross sum that was shown; refused when it costs otherwise by now")]
Attendees = Annotated[list[Attendee], Meta(max_length=1000)]


def count_units(units: int, unit_numbers: list[int]) -> int:
    """How many units are wanted, by number or by count. Raises ValueError when the two do not agree."""
    if not unit_numbers:
        return units
    if len(set(unit_numbers)) < len(unit_numbers) or units not in (1, len(unit_numbers)):
        raise ValueError("unit_numbers: each once, and as many as `units` says")
    return len(unit_numbers)


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """What a guest says of a booking besides its time. A field that is added here is passed on by its name."""

    purpose: Prose = ""
    attendees: Attendees = []


def details_of(said: Any) -> dict[str, Any]:
    """The details that somebody said or that a booking has, by their names; texts with the usual newlines."""
    given = {name: getattr(said, name) for name in Details.__struct_fields__}
    return {name: normal_newlines(one) if isinstance(one, str) else one for name, one in given.items()}


class Wanted(Details, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A time on one resource."""

    __schema_name__ = "BookingItem"
    resource_id: UUID
    starts_at: Instant
    ends_at: Instant
    units: Units = 1
    unit_numbers: UnitNumbers = []  # these and no others; they stay with the booking
    hold_id: UUID | None = None  # of a hold of yours on this resource, which becomes the booking
    accept_terms: TermsVersion | None = None
    expected_total: Total | None = None

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "units", count_units(self.units, self.unit_numbers))


class NewBooking(Details, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One booking (`resource_id`, `starts_at`, `ends_at` …), or several that stand or fall together (`items`)."""

    items: Annotated[list[Wanted], Meta(max_length=20)] = []
    resource_id: UUID | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    units: Units = 1
    unit_numbers: UnitNumbers = []
    hold_id: UUID | None = None
    accept_terms: TermsVersion | None = None
    expected_total: Total | None = None

    def __post_init__(self) -> None:
        count_units(self.units, self.unit_numbers)

    def wanted(self) -> list[Wanted]:
        """What is to be booked. Raises Invalid when it says neither or both."""
        if self.items:
            if self.resource_id or self.starts_at or self.ends_at or self.hold_id:
                raise Invalid("send either `items` or one booking, not both", field="items")
            return self.items
        if self.resource_id is None or self.starts_at is None or self.ends_at is None:
            raise Invalid("send `resource_id`, `starts_at` and `ends_at`, or `items`", field="resource_id")
        one = Wanted(
            resource_id=self.resource_id,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            units=self.units,
            unit_numbers=self.unit_numbers,
            hold_id=self.hold_id,
            accept_terms=self.accept_terms,
            expected_total=self.expected_total,
            **details_of(self),
        )
        return [one]


class Change(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall be different. What is left out stays."""

    __schema_name__ = "BookingPatch"
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    units: Units | None = None
    unit_numbers: UnitNumbers | None = None  # others than those; none in the list: any
    purpose: Prose | None = None
    attendees: Attendees | None = None

    def __post_init__(self) -> None:
        if self.unit_numbers:
            units = count_units(self.units or 1, self.unit_numbers)
            msgspec.structs.force_setattr(self, "units", units)


def changed_details(booking: Any, change: Any) -> dict[str, Any]:
    """The details of a booking with those that a change names."""
    named = {name: one for name, one in details_of(change).items() if one is not None}
    return {name: getattr(booking, name) for name in Details.__struct_fields__} | named


class Because(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why, in words for the other side."""

    __schema_name__ = "Reason"
    reason: Line = ""


class Answer(msgspec.Struct, frozen=True):
    """What somebody who is invited has answered in their calendar, to the booking as it is now."""

    __schema_name__ = "AttendeeAnswer"
    email: str
    answer: Literal["accepted", "tentative", "declined"]
    answered_at: datetime


class Booking(msgspec.Struct, kw_only=True):
    """A booking as both sides see it."""

    id: UUID
    resource_id: UUID
    resource_name: str
    owner_id: UUID
    owner_name: str
    organization_id: UUID
    organization_name: str
    member_id: UUID
    booker_name: str
    booker_email: str
    group_id: UUID | None
    series_id: UUID | None = None
    recurrence_id: datetime | None = None  # the start that the series gave it
    status: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    units: int
    unit_numbers: list[int]  # empty once the time was given back
    unit_names: list[str] = []  # of those that have one
    purpose: str
    attendees: list[Attendee]
    answers: list[Answer] = []  # of the booker and of attendees; who has none has not answered
    uid: str
    sequence: int
    version: int
    reason: str
    created_at: datetime
    due_at: datetime | None = None  # a request that is not decided by then expires
    confirmed_at: datetime | None
    checked_in_at: datetime | None = None
    checked_out_at: datetime | None = None  # with checked_in_at the time really used
    revised_at: datetime
    cost: Cost | None = None  # as it was when it was booked or moved; none: the owner names no price
    price_rule_id: UUID | None = None


class Group(msgspec.Struct):
    """Bookings that were made together, all or none."""

    __schema_name__ = "BookingGroup"
    group_id: UUID | None  # none when there was only one item
    items: list[Booking]


class Free(msgspec.Struct):
    """A time for which `units` units are free from start to end, for bookings of the lengths that are allowed then."""

    __schema_name__ = "FreeTime"
    starts_at: datetime
    ends_at: datetime
    units: int
    min_minutes: int
    max_minutes: int | None


class Closed(msgspec.Struct):
    """A time in which nothing can be booked."""

    __schema_name__ = "ClosedTime"
    starts_at: datetime
    ends_at: datetime
    reason: str


class Availability(msgspec.Struct):
    """When a resource can be booked. Any time inside a window of `free` will be accepted that is neither
    too short nor too long and keeps to the steps or blocks of the rules; windows may overlap."""

    time_zone: str
    free: list[Free]
    closed: list[Closed]
    needs: list[Need] = []  # qualifications to be had first, or anew before the end of the time that was asked about
    suspended_until: datetime | None = None


class Clash(msgspec.Struct, frozen=True):
    """What a wanted time meets, never whose it is. `kind` is booking, hold, closure or busy."""

    kind: str
    starts_at: datetime
    ends_at: datetime
