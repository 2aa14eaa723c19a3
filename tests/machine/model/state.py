"""The state of the model, and how much room there is in it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tests.machine.model.nouns import GIVEN_UP, OPEN, Booking, Closure, Hold, Resource, Series, Taken, Waiting


class Wrong(Exception):
    """The program's answer does not follow from the state of the model."""


@dataclass
class State:
    resources: dict[str, Resource]
    now: int = 0
    bookings: dict[str, Booking] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    closures: dict[str, Closure] = field(default_factory=dict)
    places: dict[str, Waiting] = field(default_factory=dict)  # in the order of the line
    series: dict[str, Series] = field(default_factory=dict)
    holds_made: int = 0
    # Where nailed units count and several things happen at once, who has which unit is known only afterwards.
    unsure: frozenset[str] = frozenset()

    def copy(self) -> "State":
        tables: dict[str, Any] = {
            name: {id: replace(one) for id, one in getattr(self, name).items()}
            for name in ("bookings", "holds", "closures", "places", "series")
        }
        return replace(self, **tables)

    def lives(self, hold: Hold) -> bool:
        """Whether a hold takes time. When it is over the clock decides, whether or not a sweep has ended it."""
        return not hold.ended and hold.expires > self.now

    def taken(self, resource: Resource, apart: str | None = None) -> Iterator[Taken]:
        """What stands in the way of a booking, without the booking `apart`."""
        for id, one in self.bookings.items():
            if one.resource == resource and one.status not in GIVEN_UP and id != apart:
                nails = one.pinned and one.end > self.now
                yield Taken(one.start, one.end, one.units, one.numbers, True, nails)
        for hold in self.holds.values():
            if hold.resource == resource and not hold.ended:
                if self.lives(hold):
                    yield Taken(hold.start, hold.end, hold.units, hold.numbers, True, hold.pinned)
                elif hold.pinned:  # it takes nothing any more, but until it is swept it keeps others on its unit
                    yield Taken(hold.start, hold.start, 0, hold.numbers, True, hold.end > self.now)
        yield from self._closed(resource)

    def _closed(self, resource: Resource) -> Iterator[Taken]:
        """Closures. One of some units nails these, unless others close the rest at just the same time."""
        own = [one for one in self.closures.values() if one.resource == resource]
        for one in own:
            whole = one.units or resource.units
            closed = sum(other.units or resource.units for other in own if other.span == one.span)
            nails = one.end > self.now and closed < resource.units
            yield Taken(one.start, one.end, whole, one.numbers, False, nails)

    def room(self, resource: Resource, start: int, end: int, apart: str | None = None) -> int:
        """How many units can be had, once others have moved between those that nothing is nailed to."""
        taken = list(self.taken(resource, apart))
        if any(not one.apart and one.units == resource.units and _meet(one, start, end, 0) for one in taken):
            return 0
        if not resource.by_number or resource.name in self.unsure:
            return max(0, resource.units - _most(taken, start, end, resource.distance))
        nailed = {number for one in taken if one.nails for number in one.numbers}
        loose = [one._replace(units=len({*one.numbers} - nailed)) for one in taken]
        pool = resource.units - len(nailed)
        still = sum(self.is_free(resource, number, start, end, apart) for number in nailed)
        return still + max(0, pool - _most(loose, start, end, resource.distance))

    def is_free(self, resource: Resource, number: int, start: int, end: int, apart: str | None = None) -> bool:
        """Whether one unit is free as things stand."""
        return not any(
            _meet(one, start, end, resource.distance)
            for one in self.taken(resource, apart)
            if number in one.numbers or one.units == resource.units
        )

    def fits(
        self, resource: Resource, start: int, end: int, units: int, asked: Sequence[int] = (), apart: str | None = None
    ) -> set[bool]:
        """Whether there is room; both, when that is not known."""
        room = self.room(resource, start, end, apart) >= units
        if resource.name in self.unsure:
            return {False, room}
        if asked:
            room = all(self.is_free(resource, number, start, end, apart) for number in asked)
        return {room}

    def is_refused(self, resource: Resource, start: int, end: int, units: int, asked: Sequence[int] = ()) -> bool:
        """Whether a rule refuses a time, taken or not."""
        return (
            units > resource.units
            or end - start > resource.longest
            or start < self.now
            or any(number > resource.units for number in asked)
        )

    # What it would show

    def free_slots(self, resource: Resource, start: int, end: int) -> list[int]:
        """How many units are free in each slot, for a booking of that slot alone."""
        return [self.room(resource, one, one + 1) if one >= self.now else 0 for one in range(start, end)]

    def shown(self) -> dict[str, Any]:
        """All bookings, with how many units they have."""
        return {
            id: (
                one.resource.name, one.start, one.end, 0 if one.status in GIVEN_UP else one.units, one.status,
                one.sequence,
            )
            for id, one in self.bookings.items()
        }  # fmt: skip

    def everyones(self) -> dict[str, Any]:
        """Who holds what, and which places are in the line, with what is offered to them."""
        living = [one for one in self.holds.values() if self.lives(one)]
        offers = {one.waiting: (one.start, one.end) for one in living}
        return {
            "holds": sorted((one.who, one.resource.name, one.kind, one.start, one.end, one.units) for one in living),
            "places": {id: (one.status, offers.get(id)) for id, one in self.places.items() if one.status in OPEN},
        }

    # Changing it

    def keep(self, id: str, hold: Hold) -> None:
        self.holds_made += 1
        hold.number = self.holds_made
        self.holds[id] = hold

    def end_proposals(self, booking: str) -> None:
        for hold in self.holds.values():
            if hold.booking == booking:
                hold.ended = True


def _meet(one: Taken, start: int, end: int, distance: int) -> bool:
    near = distance if one.apart else 0
    return one.start < end + near and start < one.end + near and one.start < one.end


def _most(taken: Sequence[Taken], start: int, end: int, distance: int) -> int:
    """How many units are taken at the fullest moment, each booking taking its distance to the next one with it."""
    near = [distance if one.apart else 0 for one in taken]
    return max(
        sum(
            one.units
            for one, far in zip(taken, near, strict=True)
            if one.start <= moment < one.end + far and (one.apart or one.start < end)
        )
        for moment in range(start, end + distance)
    )


def expect(right: int | set[int], answer: Any) -> None:
    allowed = right if isinstance(right, set) else {right}
    if answer.status not in allowed:
        raise Wrong(f"{answer.status} was answered, {sorted(allowed)} would be right")


def expect_shown(booking: Booking, shown: Any) -> None:
    """Compare what an answer shows of a booking; its revision tells in which order changes happened."""
    right = (booking.status, booking.sequence, booking.start, booking.end)
    told = (shown.status, shown.sequence, shown.start, shown.end)
    if told != right:
        raise Wrong(f"{told} was shown, {right} would be right")
