"""What can be done, as data: who or what it is about is chosen from the state when it is done."""

from typing import Any, TypeVar

from hypothesis import strategies as st

from tests.machine.doors import bookings, holds, owners, series, waiting
from tests.machine.doors.world import GUESTS, RESOURCES, Step, World
from tests.machine.model.nouns import DAY, LIVE, OPEN, Series, Waiting
from tests.machine.model.state import State

T = TypeVar("T")

NAMES = [one.name for one in RESOURCES]
NEAR = 8  # slots: times are counted from the last multiple of it

resources = st.sampled_from(NAMES)
# Few of them are past, most on the same day.
times = st.tuples(
    st.integers(-1, 18), st.integers(1, 8), st.sampled_from([0, 0, 0, 1, 2])
).map(lambda given: (given[0] + DAY * given[2], given[1]))  # fmt: skip
items = st.tuples(resources, times, st.integers(0, 6), st.sampled_from([(), (), (1,), (2, 3), (4,)]))
smes = st.sampled_from(GUESTS)
one = st.integers(0, 11)  # of the newest

deeds = st.one_of(
    st.tuples(st.just("book"), smes, st.lists(items, min_size=1, max_size=1)),
    st.tuples(st.just("book"), smes, st.lists(items, min_size=1, max_size=1)),
    st.tuples(st.just("book"), smes, st.lists(items, min_size=2, max_size=3)),
    st.tuples(st.just("move"), one, times, st.sampled_from([None, None, None, (), (1,), (2, 3)])),
    st.tuples(st.just("edit"), one, st.sampled_from(["a", "b"])),
    st.tuples(st.sampled_from(["cancel", "approve", "approve", "decline"]), one),
    st.tuples(st.sampled_from(["cancel group", "shift group"]), one, st.sampled_from([-3, -1, 1, 4])),
    st.tuples(st.just("hold"), smes, items),
    st.tuples(st.just("use"), one, st.booleans(), times),
    st.tuples(st.just("give back"), one),
    st.tuples(st.just("propose"), one, times),
    st.tuples(st.sampled_from(["accept proposal", "refuse proposal"]), one),
    st.tuples(st.just("series"), smes, items, st.integers(2, 4), st.sampled_from(["refuse", "skip"])),
    st.tuples(st.sampled_from(["cancel series", "add"]), one, st.sampled_from([None, 0, 1, 2])),
    st.tuples(st.just("wait"), smes, items, st.integers(1, 4)),
    st.tuples(st.sampled_from(["leave", "accept", "accept", "pass"]), one),
    st.tuples(st.sampled_from(["accept", "pass"]), one),
    st.tuples(st.sampled_from(["check-in", "check-out", "check-out"]), one),
    st.tuples(st.just("close"), resources, times, st.sampled_from(["once", "daily", "one unit", "list", "cancel"])),
    st.tuples(st.just("reopen"), one, st.booleans()),
)


class Doing:
    """Turns data into steps."""

    def __init__(self, world: World, state: State) -> None:
        self.world, self.state = world, state

    def step(self, deed: Any) -> Step | None:
        """The step that a deed means now; none when there is nothing that it could be about."""
        what, *details = deed
        step: Step | None = getattr(self, "_" + what.replace("-", "_").replace(" ", "_"))(what, *details)
        if step:
            step.kind = what
        return step

    def when(self, time: tuple[int, int]) -> tuple[int, int]:
        start = self.state.now // NEAR * NEAR + time[0]
        return start, start + time[1]

    def item(self, given: Any) -> dict[str, Any]:
        resource, time, units, numbers = given
        start, end = self.when(time)
        if not self.state.resources[resource].by_number:
            numbers = ()
        most = self.state.resources[resource].units
        units = len(numbers) or (units % most + 1 if units else most + 1)
        return {"resource": resource, "start": start, "end": end, "units": units, "numbers": numbers}

    # Bookings

    def _book(self, _: str, who: str, given: list[Any]) -> Step:
        return bookings.book(self.world, who, [self.item(one) for one in given])

    def _move(self, _: str, number: int, time: tuple[int, int], asked: tuple[int, ...] | None) -> Step | None:
        id = self.booking(number)
        if id is None:
            return None
        booking = self.state.bookings[id]
        asked = asked if booking.resource.by_number else None
        return bookings.move(self.world, booking.who, id, *self.when(time), asked)

    def _edit(self, _: str, number: int, purpose: str) -> Step | None:
        id = self.booking(number)
        return bookings.edit(self.world, self.state.bookings[id].who, id, purpose) if id else None

    def _decide(self, what: str, number: int) -> Step | None:
        id = self.booking(number, "requested" if what != "cancel" else None)
        return bookings.decide(self.world, "owner", id, what) if id else None

    _cancel = _approve = _decline = _decide

    def _group(self, what: str, number: int, slots: int) -> Step | None:
        id = pick(list(dict.fromkeys(one.group for one in self.state.bookings.values() if one.group)), number)
        if id is None:
            return None
        who = next(one.who for one in self.state.bookings.values() if one.group == id)
        if what == "cancel group":
            return bookings.cancel_group(self.world, who, id)
        return bookings.shift_group(self.world, who, id, slots)

    _cancel_group = _shift_group = _group

    # Holds and proposals

    def _hold(self, _: str, who: str, given: Any) -> Step:
        return holds.hold(self.world, who, self.item(given))

    def _use(self, _: str, number: int, same: bool, time: tuple[int, int]) -> Step | None:
        id = pick([id for id, hold in self.state.holds.items() if hold.kind == "form"], number)
        if id is None:
            return None
        hold = self.state.holds[id]
        start, end = (hold.start, hold.end) if same else self.when(time)
        item = {"resource": hold.resource.name, "start": start, "end": end, "units": hold.units, "hold": id}
        return bookings.book(self.world, hold.who, [item])

    def _give_back(self, _: str, number: int) -> Step | None:
        id = pick([id for id, hold in self.state.holds.items() if hold.kind == "form"], number)
        return holds.give_back(self.world, self.state.holds[id].who, id) if id else None

    def _propose(self, _: str, number: int, time: tuple[int, int]) -> Step | None:
        single = [id for id, one in self.state.bookings.items() if one.resource.units == 1 and one.status in LIVE]
        id = pick(single, number)
        return holds.propose(self.world, id, *self.when(time)) if id else None

    def _answer(self, what: str, number: int) -> Step | None:
        id = pick([hold.booking for hold in self.state.holds.values() if hold.booking], number % 4)
        if id is None:
            return None
        answer = holds.accept_proposal if what == "accept proposal" else holds.refuse_proposal
        return answer(self.world, self.state.bookings[id].who, id)

    _accept_proposal = _refuse_proposal = _answer

    # Series

    def _series(self, _: str, who: str, given: Any, count: int, on_conflict: str) -> Step:
        item = self.item(given)
        resource, length = self.state.resources[item["resource"]], item["end"] - item["start"]
        one = Series(resource, who, item["start"], length, count, item["units"])
        return series.book(self.world, one, on_conflict)

    def _of_series(self, what: str, number: int, day: int | None) -> Step | None:
        id = pick(list(self.state.series), number % 4)
        if id is None:
            return None
        one = self.state.series[id]
        start = None if day is None else one.start + min(day, one.count - 1) * DAY
        if what == "cancel series":
            return series.cancel(self.world, one.who, id, start)
        return series.add(self.world, one, id, one.start if start is None else start)

    _cancel_series = _add = _of_series

    # The wait list

    def _wait(self, _: str, who: str, given: Any, length: int) -> Step | None:
        item = self.item(given)
        resource = self.state.resources[item["resource"]]
        if resource.by_number:  # what is offered depends on who stands where
            return None
        start, end = item["start"], max(item["end"], item["start"] + length)
        return waiting.wait(self.world, Waiting(resource, who, start, end, length, item["units"]))

    def _place(self, what: str, number: int) -> Step | None:
        wanted = OPEN if what == "leave" else ("offered",)
        id = pick([id for id, one in self.state.places.items() if one.status in wanted], number % 4)
        id = id or pick(list(self.state.places), number)
        if id is None:
            return None
        answer = {"leave": waiting.leave, "accept": waiting.accept, "pass": waiting.pass_on}[what]
        return answer(self.world, self.state.places[id].who, id)

    _leave = _accept = _pass = _place

    # At the owner's

    def _attend(self, what: str, number: int) -> Step | None:
        """Not where units are only counted: whoever has come stays on a unit."""
        status = "confirmed" if what == "check-in" else "in_use"
        fitting = [
            id for id, one in self.state.bookings.items()
            if one.resource.by_number or one.resource.units == 1
        ]  # fmt: skip
        right = [id for id in fitting if self.state.bookings[id].status == status]
        id = pick(right if number % 4 else fitting, number)
        if id is None:
            return None
        booking = self.state.bookings[id]
        return owners.attend(self.world, booking.who, id, what, booking.resource)

    _check_in = _check_out = _attend

    def _close(self, _: str, name: str, time: tuple[int, int], how: str) -> Step | None:
        resource = self.state.resources[name]
        start, end = self.when(time)
        if how == "one unit" and (not resource.by_number or start < self.state.now):
            how = "once"
        return owners.close(self.world, resource, start, end, how)

    def _reopen(self, _: str, number: int, group: bool) -> Step | None:
        id = pick(list(self.state.closures), number)
        if id is None:
            return None
        closure = self.state.closures[id]
        return owners.reopen(self.world, closure.resource.name, (group and closure.group) or id)

    def booking(self, number: int, status: str | None = None) -> str | None:
        """One of the newest; mostly one in a certain state."""
        right = [id for id, one in self.state.bookings.items() if one.status == status]
        return pick(right if right and number % 4 else list(self.state.bookings), number)


def pick(of: list[T], number: int) -> T | None:
    return of[-1 - number % len(of)] if of else None
