"""Closures: once or again and again, of all units or some, also over bookings."""

from typing import Any

from tests.machine.model.bookings import changeable, give_back, give_up
from tests.machine.model.nouns import DAY, GIVEN_UP, Closure, Resource
from tests.machine.model.state import State, Wrong, expect
from tests.machine.model.waiting import offer


def close(state: State, resource: Resource, start: int, end: int, answer: Any, *, count: int = 1) -> None:
    """Take out all units on `count` days; never over a booking, and without keeping a distance to any."""
    times = [(start + day * DAY, end + day * DAY) for day in range(count)]
    expect(409 if any(in_the_way(state, resource, *time) for time in times) else 201, answer)
    if answer.status == 201:
        _keep(state, resource, times, answer)


def close_some(state: State, resource: Resource, start: int, end: int, answer: Any) -> None:
    """Take out one unit. Others make room, where that helps and they can still move."""
    room = state.room(resource, start, end) >= 1
    right = {201} if room else {409}
    if resource.name in state.unsure:
        right = {409, 201} if room else {409}
    expect(right, answer)
    if answer.status == 201:
        _keep(state, resource, [(start, end)], answer, units=1)


def list_affected(state: State, resource: Resource, start: int, end: int, answer: Any) -> None:
    if any(not one.apart and one.start < end and start < one.end for one in state.taken(resource)):
        return expect(409, answer)
    expect(200, answer)
    affected = {id for id in in_the_way(state, resource, start, end) if id in state.bookings}
    if {one.id for one in answer.shown} != affected:
        raise Wrong(f"{answer.text} was listed, {affected} would be right")
    return None


def close_over(state: State, resource: Resource, start: int, end: int, answer: Any) -> None:
    """Take out all units, and cancel what is booked; holds give way. What is used stays, and refuses it all."""
    way = in_the_way(state, resource, start, end)
    bookings = [id for id in way if id in state.bookings]
    closed = any(id in state.closures for id in way)
    if closed or any(not changeable(state, state.bookings[id]) for id in bookings):
        return expect(409, answer)
    expect(201, answer)
    for id in way:
        if id not in state.bookings:
            release(state, id)
        elif state.bookings[id].status == "confirmed":
            give_back(state, id)
        else:
            give_up(state, id, "cancelled")
    _keep(state, resource, [(start, end)], answer)
    if sorted(answer.body["cancelled"]) != sorted(bookings):
        raise Wrong(f"{answer.body['cancelled']} was cancelled, {bookings} would be right")
    offer(state, resource)


def reopen(state: State, id: str, answer: Any) -> None:
    """Lift one closure, or those of a group that are not over."""
    lifted = [
        key for key, one in state.closures.items()
        if key == id or (one.group == id and one.end > state.now)
    ]  # fmt: skip
    expect(204 if lifted else 404, answer)
    for key in lifted:
        del state.closures[key]


def in_the_way(state: State, resource: Resource, start: int, end: int) -> list[str]:
    """The bookings, holds and closures that take some of a time."""
    found = [
        id for id, one in state.bookings.items()
        if one.resource == resource and one.status not in GIVEN_UP and one.start < end and start < one.end
    ]  # fmt: skip
    found += [
        id for id, hold in state.holds.items()
        if hold.resource == resource and state.lives(hold) and hold.start < end and start < hold.end
    ]  # fmt: skip
    found += [
        id for id, closure in state.closures.items()
        if closure.resource == resource and closure.start < end and start < closure.end
    ]  # fmt: skip
    return found


def release(state: State, id: str) -> None:
    """End a hold by force; a place that was offered it waits on."""
    hold = state.holds[id]
    hold.ended = True
    if hold.waiting:
        state.places[hold.waiting].status = "waiting"


def _keep(
    state: State, resource: Resource, times: list[tuple[int, int]], answer: Any, units: int | None = None
) -> None:
    ids = [one["id"] for one in answer.body["items"]] if "items" in answer.body else [answer.body["id"]]
    for id, (start, end) in zip(ids, times, strict=True):
        state.closures[id] = Closure(resource, start, end, units, (), answer.body["group_id"])
