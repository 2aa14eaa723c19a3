"""What a notice or a calendar event says, frozen at the moment of the change."""

from datetime import datetime
from uuid import UUID

import msgspec

from server.core.text import Email, Line


class Attendee(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Someone who comes along."""

    email: Email
    name: Line = ""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A series as one person's calendar is to hold it: a rule, without some of its times, with others changed."""

    rule: str  # RFC 5545 RRULE, one that all programs can store
    starts_at: datetime  # the first time of the rule
    ends_at: datetime
    missing: tuple[str, ...] = ()  # times of the rule that are not there: local, 20270328T023000
    changed: tuple["Facts", ...] = ()  # occurrences that are not as the rule says
    times: tuple[tuple[datetime, datetime], ...] = ()  # all that stand, for people
    given_up: tuple[tuple[datetime, datetime], ...] = ()  # by this change


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """A booking at one of its revisions: all an invitation needs, so that it can be rendered again, byte for byte."""

    booking_id: UUID
    uid: str
    sequence: int
    version: int
    stamp: datetime  # DTSTAMP and LAST-MODIFIED: whole seconds, later at every revision
    created: datetime
    status: str
    starts_at: datetime
    ends_at: datetime
    units: int
    unit_names: tuple[str, ...] = ()  # of those units that have one
    purpose: str
    reason: str = ""  # why declined or cancelled
    resource_id: UUID
    resource_name: str
    resource_name_en: str = ""
    place: str = ""
    time_zone: str
    owner_name: str
    organization_name: str  # who booked
    booker_name: str
    booker_email: str
    recipient_name: str = ""
    previous_starts_at: datetime | None = None  # of a move
    previous_ends_at: datetime | None = None
    instead: tuple[tuple[datetime, datetime], ...] = ()  # free times of the same length, when the owner closes this one
    valid_until: datetime | None = None  # of a question or a reminder: afterwards it is not sent any more
    series_id: UUID | None = None
    recurrence_id: datetime | None = None  # of one occurrence of a series
    answered_by: str = ""  # mail address of whoever answered an invitation, in a mail about that
    run: Run | None = None  # of a whole series: then starts_at and ends_at are those of the whole


def comes_twice(wall: datetime) -> bool:
    """Whether a wall clock shows this time twice."""
    first, second = wall.replace(fold=0).utcoffset(), wall.replace(fold=1).utcoffset()
    return first is not None and second is not None and first > second
