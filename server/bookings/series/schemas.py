"""Series as people ask for them, and what they are told of them."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from server.bookings.schemas import (
    Attendees,
    Booking,
    Details,
    TermsVersion,
    UnitNumbers,
    Units,
    Wanted,
    count_units,
    details_of,
)
from server.core.instants import Instant
from server.core.recurrence import MOST
from server.core.spans import Span
from server.core.text import Line, Prose

OnConflict = Literal["refuse", "skip"]
RuleText = Annotated[str, Meta(min_length=1, max_length=500, examples=["FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10"])]


class NewSeries(Details, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first time on a resource, and the rule by which it comes again on the wall clock of the resource."""

    resource_id: UUID
    starts_at: Instant
    ends_at: Instant
    rule: RuleText
    excluded: Annotated[list[Instant], Meta(max_length=MOST, description="starts to leave out (EXDATE)")] = []  # noqa: RUF012 - a Struct copies it
    units: Units = 1
    unit_numbers: UnitNumbers = []  # these and no others, every time  # noqa: RUF012
    accept_terms: TermsVersion | None = None
    on_conflict: OnConflict = "refuse"

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "units", count_units(self.units, self.unit_numbers))

    def item(self, span: Span) -> Wanted:
        """One occurrence as a booking of its own."""
        return Wanted(
            resource_id=self.resource_id,
            starts_at=span.starts_at,
            ends_at=span.ends_at,
            units=self.units,
            unit_numbers=self.unit_numbers,
            accept_terms=self.accept_terms,
            **details_of(self),
        )


class SeriesChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall be different: of all that lies ahead, or from one occurrence on. What is left out stays.

    `starts_at` is the new start of the first occurrence concerned; the others move by as much on the wall clock, and
    without `ends_at` keep their length.
    """

    __schema_name__ = "SeriesPatch"
    from_recurrence_id: Instant | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    purpose: Prose | None = None
    attendees: Attendees | None = None
    on_conflict: OnConflict = "refuse"


class FromThen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which occurrences (all that lie ahead, or from one on), and why."""

    __schema_name__ = "SeriesPart"
    from_recurrence_id: Instant | None = None
    reason: Line = ""


class AnotherStart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A start of the series that is not booked: it was skipped, left out or cancelled."""

    __schema_name__ = "NewOccurrence"
    starts_at: Instant


class Skipped(msgspec.Struct):
    """An occurrence that was not booked. `starts_at` has no offset where the clocks skip the time."""

    __schema_name__ = "SkippedOccurrence"
    starts_at: str
    why: dict[str, Any]  # the problem


class Verdict(msgspec.Struct):
    """An occurrence and whether it would be booked; if not, the problem that booking it would give."""

    __schema_name__ = "OccurrenceVerdict"
    starts_at: str
    ends_at: str | None
    ok: bool
    why: dict[str, Any] | None = None


class Preview(msgspec.Struct):
    """What would become of a series."""

    __schema_name__ = "SeriesPreview"
    time_zone: str
    occurrences: list[Verdict]


class Made(msgspec.Struct):
    """A series that was made or changed: its bookings, and the occurrences that could not be."""

    __schema_name__ = "SeriesOutcome"
    id: UUID
    bookings: list[Booking]
    skipped: list[Skipped]


class SeriesView(msgspec.Struct, frozen=True):
    """A series, and all that became bookings of it."""

    __schema_name__ = "Series"
    id: UUID
    resource_id: UUID
    time_zone: str
    rule: str
    starts_at: datetime
    ends_at: datetime
    units: int
    excluded: list[datetime]
    skipped: list[datetime]
    bookings: list[Booking]
