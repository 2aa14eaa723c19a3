"""The booking rules of a resource, as an owner sets them. What they mean is in server.bookings.rules."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

DAY = 24 * 60  # minutes

Minutes = Annotated[int, Meta(ge=0, le=366 * DAY)]
SomeMinutes = Annotated[int, Meta(ge=1, le=366 * DAY)]


class Rules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a booking must keep to. Minutes unless said otherwise; None means no limit."""

    approval: Literal["instant", "request"] = "instant"
    decide_within_minutes: SomeMinutes = 4 * DAY  # requests expire then; two working days, even over a weekend
    step_minutes: Annotated[int, Meta(ge=1, le=DAY)] = 15  # bookings start and end on this grid, from local midnight
    min_minutes: SomeMinutes = 15
    max_minutes: SomeMinutes | None = None
    lead_minutes: Minutes = 0  # at least this long before the start
    horizon_days: Annotated[int, Meta(ge=1, le=1100)] = 366  # at most this far ahead
    buffer_before_minutes: Annotated[int, Meta(ge=0, le=7 * DAY)] = 0  # kept free of other bookings, for setting up
    buffer_after_minutes: Annotated[int, Meta(ge=0, le=7 * DAY)] = 0  # the same, for clearing away
    max_attendees: Annotated[int, Meta(ge=0, le=1000)] = 100

    check_in_required: bool = False  # who does not check in is counted as missing
    check_in_from_minutes: Minutes = 15  # one may check in so long before the start
    release_after_minutes: Minutes | None = None  # without the demanded check-in the rest is free then

    @property
    def distance(self) -> int:
        """Minutes between the end of one booking and the start of the next on the same unit."""
        return self.buffer_before_minutes + self.buffer_after_minutes
