"""What there is in the model."""

from dataclasses import dataclass
from typing import NamedTuple

SLOT = 15  # minutes; times are counted in slots from a midnight, moments between them are fractions
DAY = 96  # slots

LIVE = ("requested", "confirmed")
GIVEN_UP = ("declined", "cancelled", "expired")
OPEN = ("waiting", "offered")


@dataclass(frozen=True)
class Resource:
    """A resource that is always open. Times are in slots."""

    name: str
    units: int = 1
    approval: str = "instant"
    distance: int = 0  # between bookings
    longest: int = 1000
    decide: int = 4 * DAY  # requests expire then
    early: int = 1  # so long before the start one may check in
    release: int | None = None  # without a check-in, so long after the start; then it is demanded
    by_number: bool = False  # some of its units are nailed, so it matters who has which


@dataclass
class Booking:
    resource: Resource
    who: str
    start: int
    end: int
    units: int
    status: str
    sequence: int = 0
    due: float | None = None  # when a request expires
    numbers: tuple[int, ...] = ()  # of its units
    pinned: bool = False
    left: bool = False  # checked out
    group: str | None = None
    series: str | None = None
    place: int | None = None  # the start that the series gave it


@dataclass
class Hold:
    resource: Resource
    who: str
    kind: str
    start: int
    end: int
    units: int
    expires: float
    number: int  # in the order in which they were made
    numbers: tuple[int, ...] = ()
    pinned: bool = False
    booking: str | None = None  # of a proposal
    waiting: str | None = None  # of an offer
    ended: bool = False


@dataclass
class Closure:
    resource: Resource
    start: int
    end: int
    units: int | None = None  # none: all
    numbers: tuple[int, ...] = ()
    group: str | None = None

    @property
    def span(self) -> tuple[int, int]:
        return self.start, self.end


@dataclass
class Waiting:
    resource: Resource
    who: str
    start: int
    end: int
    length: int
    units: int
    status: str = "waiting"
    passed: tuple[int, ...] = ()  # the starts of what was passed


@dataclass
class Series:
    resource: Resource
    who: str
    start: int
    length: int
    count: int  # once a day
    units: int
    sequence: int = 0


class Taken(NamedTuple):
    """Time that is taken on some units. Only bookings and holds keep their distance (`apart`)."""

    start: int
    end: int
    units: int
    numbers: tuple[int, ...]
    apart: bool
    nails: bool
