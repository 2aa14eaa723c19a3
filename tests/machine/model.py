"""What booking should do, in plain Python: no database, no clock, nothing concurrent.

The model does not choose units: others make room, so it only counts how many are taken at each moment. Told what the
program answered, it says whether that answer was right in its present state, and then takes the consequences.
"""

from dataclasses import dataclass, field, replace
from typing import Any

SLOT = 15  # minutes; times are counted in slots from the first bookable midnight

LIVE = ("requested", "confirmed")


class Wrong(Exception):
    """The program's answer does not follow from the state of the model."""


@dataclass(frozen=True)
class Resource:
    """A resource that is always open."""

    name: str
    units: int
    approval: str = "instant"
    distance: int = 0  # slots between bookings
    longest: int = 1000  # slots


@dataclass
class Booking:
    resource: Resource
    who: str
    start: int
    end: int
    units: int
    status: str
    sequence: int = 0


@dataclass
class Closure:
    resource: Resource
    start: int
    end: int


@dataclass
class Model:
    """The state, and one method for each door: `answer` is what the program said."""

    resources: dict[str, Resource]
    bookings: dict[str, Booking] = field(default_factory=dict)
    closures: dict[str, Closure] = field(default_factory=dict)

    def copy(self) -> "Model":
        return Model(
            self.resources, {id: replace(one) for id, one in self.bookings.items()}, dict(self.closures)
        )  # fmt: skip

    # Reading

    def free(self, resource: Resource, start: int, end: int, apart: str | None = None) -> int:
        """How many units are free at every moment, when each booking takes its distance to the next one with it."""
        near = resource.distance
        standing = [
            one for id, one in self.bookings.items() if one.resource == resource and one.status in LIVE and id != apart
        ]
        closed = [one for one in self.closures.values() if one.resource == resource]
        if any(one.start < end and start < one.end for one in closed):
            return 0
        return resource.units - max(
            sum(one.units for one in standing if one.start <= moment < one.end + near)
            for moment in range(start, end + near)
        )

    def free_slots(self, resource: Resource, slots: int) -> list[int]:
        """How many units are free in each slot of the horizon, for a booking of that slot alone."""
        return [self.free(resource, slot, slot + 1) for slot in range(slots)]

    # The doors

    def book(self, who: str, wanted: list[dict[str, Any]], answer: Any) -> None:
        """One booking, or several that stand or fall together. Which of several reasons is told is not promised."""
        trial = self.copy()
        reasons = set()
        for index, item in enumerate(wanted):
            resource = self.resources[item["resource"]]
            start, end, units = item["start"], item["end"], item["units"]
            if units > resource.units or end - start > resource.longest:
                reasons.add(422)
            free = trial.free(resource, start, end)
            if free < units <= resource.units:
                reasons.add(409)
            if free < units:
                continue
            id = answer.bookings[index][0] if answer.status == 201 else f"item {index}"
            status = "confirmed" if resource.approval == "instant" else "requested"
            trial.bookings[id] = Booking(resource, who, start, end, units, status)
        _expect(reasons or {201}, answer.status)
        if not reasons:
            self.bookings = trial.bookings

    def move(self, id: str, start: int, end: int, answer: Any) -> None:
        booking = self.bookings[id]
        if booking.status not in LIVE:
            return _expect(409, answer.status)
        if (start, end) == (booking.start, booking.end):
            return _expect(200, answer.status, booking, answer)
        if end - start > booking.resource.longest:
            return _expect(422, answer.status)
        free = self.free(booking.resource, start, end, apart=id)
        _expect(200 if free >= booking.units else 409, answer.status)
        if answer.status != 200:
            return None
        booking.start, booking.end = start, end
        booking.sequence += 1
        if booking.resource.approval == "request":
            booking.status = "requested"
        return _expect(200, answer.status, booking, answer)

    def cancel(self, id: str, answer: Any) -> None:
        self._end(id, "cancelled", LIVE, answer)

    def decline(self, id: str, answer: Any) -> None:
        self._end(id, "declined", ("requested",), answer)

    def approve(self, id: str, answer: Any) -> None:
        booking = self.bookings[id]
        _expect(200 if booking.status in LIVE else 409, answer.status)
        if booking.status == "requested":
            booking.status = "confirmed"
            booking.sequence += 1
        if answer.status == 200:
            _expect(200, answer.status, booking, answer)

    def _end(self, id: str, status: str, allowed: tuple[str, ...], answer: Any) -> None:
        booking = self.bookings[id]
        _expect(200 if booking.status in (*allowed, status) else 409, answer.status)
        if booking.status in allowed:
            booking.status = status
            booking.sequence += 1
        if answer.status == 200:
            _expect(200, answer.status, booking, answer)

    def close(self, resource: Resource, start: int, end: int, answer: Any) -> None:
        """Take out all units; never over a booking, and without keeping a distance to any."""
        kept = [one for one in self.bookings.values() if one.status in LIVE]
        standing: list[Booking | Closure] = [*kept, *self.closures.values()]
        taken = any(one.resource == resource and one.start < end and start < one.end for one in standing)
        _expect(409 if taken else 201, answer.status)
        if not taken:
            self.closures[answer.closure] = Closure(resource, start, end)

    def reopen(self, id: str, answer: Any) -> None:
        _expect(204 if id in self.closures else 404, answer.status)
        self.closures.pop(id, None)


def _expect(right: int | set[int], given: int, booking: Booking | None = None, answer: Any = None) -> None:
    """Compare statuses; with a booking also its revision, which tells in which order changes happened."""
    if given not in (right if isinstance(right, set) else {right}):
        raise Wrong(f"{given} was answered, {right} would be right")
    if booking is not None and answer.sequence != booking.sequence:
        raise Wrong(f"revision {answer.sequence} was answered, {booking.sequence} would be right")
