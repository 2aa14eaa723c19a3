"""What the rules are asked about a booking and about the one who books, and how each says no. Pure."""

from datetime import date, datetime, timedelta
from typing import Any, NoReturn, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from server.core.errors import RuleRefused
from server.core.spans import Span
from server.qualifications.schemas import Need
from server.resources.rules.schemas import Circle, Rules


class Booker(Protocol):
    """For whom time is taken: an actor, or whoever made a booking."""

    @property
    def member_id(self) -> UUID: ...
    @property
    def organization_id(self) -> UUID: ...


class Counted(msgspec.Struct, frozen=True):
    """A booking of the same organization with the same owner, as quotas count it."""

    starts_at: datetime
    ends_at: datetime
    units: int
    here: bool  # on this resource
    mine: bool  # by the same member

    @property
    def minutes(self) -> int:
        """Of all units together."""
        return int((self.ends_at - self.starts_at) / timedelta(minutes=1)) * self.units

    def day(self, zone: ZoneInfo) -> date:
        """The local day on which it counts."""
        return self.starts_at.astimezone(zone).date()


class GuestContext(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules may know of the one who books. The defaults are a stranger."""

    circle: Circle = "everyone"
    known: bool = False  # a booking of theirs on this resource has been confirmed before
    accepted: int = 0  # the newest version of the terms that they accepted
    booked: tuple[Counted, ...] = ()
    needs: tuple[Need, ...] = ()
    strikes: tuple[datetime, ...] = ()  # of this member with this owner, without the forgiven ones
    beside: int = 0  # other bookings with this owner that shall be made for the same time
    allowance: int | None = None  # the minutes that their organization lets them book in a calendar month
    spent: tuple[Counted, ...] = ()  # this member's bookings with all owners, where there is an allowance

    @property
    def qualified_until(self) -> datetime | None:
        """By when a booking has to end for lack of a qualification; none: it may end at any time."""
        ends = [need.until if need.held else NEVER for need in self.needs]
        return min((end for end in ends if end is not None), default=None)


NEVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
STRANGER = GuestContext()


class RuleContext(msgspec.Struct, frozen=True, kw_only=True):
    """All a rule may look at."""

    rules: Rules
    time_zone: str
    total_units: int  # of the resource
    span: Span
    units: int
    attendees: int
    now: datetime  # of the database
    opening: list[Span]  # when the resource is open, some days around the span
    allowed: list[Span] | None = None  # when this guest's bookings may be, if not whenever it is open
    holidays: dict[date, int | None] = {}
    guest: GuestContext = STRANGER
    terms: int | None = None  # the version to accept
    accepts: int | None = None  # the version that comes with the request
    follows: bool = False  # something booked ends right before it
    withheld: bool = False  # the resource, because its owner is suspended


def local(spans: list[Span], zone: ZoneInfo) -> list[dict[str, str]]:
    return [
        {"starts_at": s.starts_at.astimezone(zone).isoformat(), "ends_at": s.ends_at.astimezone(zone).isoformat()}
        for s in sorted(spans)
    ]


def refuse(rule: str, remedy: str, limit: Any, actual: Any, passing: str | None = None, **more: Any) -> NoReturn:
    members = {"rule": rule, "limit": limit, "actual": actual, "remedy": remedy, **more}
    if passing is not None:
        members["earliest"] = passing
    raise RuleRefused(remedy, **members)


def also_allowed(standing: GuestContext, other: GuestContext) -> GuestContext:
    """The same standing with the allowance of the other, and what is spent of it."""
    if other.allowance is None:
        return standing
    return msgspec.structs.replace(standing, allowance=other.allowance, spent=other.spent)
