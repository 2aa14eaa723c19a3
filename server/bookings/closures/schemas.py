from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from server.bookings.schemas import Booking, Units
from server.core.instants import Instant
from server.core.text import Line


class NewClosure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Time to take out: all units, or `units` of them. The reason is shown to everyone.

    Where bookings are in the way: `refuse`; `list` them and do nothing; or `cancel` them, and if `affected` says which
    were listed, only those.
    """

    starts_at: Instant
    ends_at: Instant
    units: Units | None = None
    reason: Line = ""
    rule: Annotated[str, Meta(max_length=500)] = ""  # RFC 5545 RRULE, on the wall clock of the resource
    over_bookings: Literal["refuse", "list", "cancel"] = "refuse"
    affected: Annotated[list[UUID], Meta(max_length=1000)] | None = None


class Affected(msgspec.Struct):
    """The bookings that a closure would cancel. Nothing has been done."""

    __schema_name__ = "AffectedBookings"
    affected: list[Booking]


class Closure(msgspec.Struct):
    """Time that the owner took out."""

    id: UUID
    resource_id: UUID
    starts_at: datetime
    ends_at: datetime
    units: int | None
    reason: str
    group_id: UUID | None = None  # of those made by one rule
    cancelled: list[UUID] = []  # bookings that stood in the way


class Closures(msgspec.Struct):
    """Closures made by one rule; all are lifted by their group's id, one by its own."""

    __schema_name__ = "ClosureGroup"
    group_id: UUID
    items: list[Closure]
