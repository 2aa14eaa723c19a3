"""The wait list: the line, what is offered along it, and what is answered. A place waits for one resource."""

from typing import Any

from tests.machine.model.nouns import OPEN, Hold, Resource, Waiting
from tests.machine.model.state import State, expect, expect_shown

STANDS = 8  # slots for an offer to be answered
PLACES = 20  # of a member at a time
HELD = 5  # by a member at a time


def wait(state: State, place: Waiting, answer: Any) -> None:
    if place.end <= state.now:
        return expect(400, answer)
    if sum(one.who == place.who and one.status in OPEN for one in state.places.values()) >= PLACES:
        return expect(422, answer)
    if any(_wish(one) == _wish(place) and one.status in OPEN for one in state.places.values()):
        return expect(422, answer)
    if place.units > place.resource.units:
        return expect(404, answer)
    expect(201, answer)
    if answer.status == 201:
        state.places[answer.body["id"]] = place
    return None


def leave(state: State, id: str, answer: Any) -> None:
    expect(204, answer)
    place, hold = state.places[id], _standing(state, id)
    if place.status in OPEN:
        place.status = "left"
    if hold is not None:
        hold.ended = True
        offer(state, place.resource)


def accept(state: State, id: str, answer: Any) -> None:
    from tests.machine.model.bookings import new  # it offers what it frees

    hold = _offered(state, id)
    if hold is None:
        return expect(409, answer)
    expect(201, answer)
    hold.ended = True
    state.places[id].status = "booked"
    booking = new(state, hold.resource, hold.who, hold.start, hold.end, hold.units)
    booking.numbers = answer.shown[0].numbers
    state.bookings[answer.shown[0].id] = booking
    return expect_shown(booking, answer.shown[0])


def pass_on(state: State, id: str, answer: Any) -> None:
    hold = _offered(state, id)
    if hold is None:
        return expect(409, answer)
    expect(200, answer)
    return passed(state, hold)


def passed(state: State, hold: Hold) -> None:
    """An offer was passed or ran out: the place waits on, and the time goes along the line."""
    hold.ended = True
    place = state.places[hold.waiting or ""]
    if place.status == "offered":
        place.status, place.passed = "waiting", (*place.passed, hold.start)
    offer(state, hold.resource)


def offer(state: State, resource: Resource) -> None:
    """Hold for each in the line the first time that suits them."""
    for id, place in state.places.items():
        if place.resource != resource or place.status != "waiting" or place.end <= state.now:
            continue
        start = _first_fit(state, place) if _holds(state, place.who) < HELD else None
        if start is not None:
            place.status = "offered"
            expires = min(state.now + STANDS, start)
            made = Hold(resource, place.who, "offer", start, start + place.length, place.units, expires, 0, waiting=id)
            state.keep(f"offer {state.holds_made} to {id}", made)


def _wish(place: Waiting) -> tuple[Any, ...]:
    return place.resource.name, place.who, place.start, place.end, place.length, place.units


def _holds(state: State, who: str) -> int:
    return sum(one.who == who and one.kind in ("form", "offer") and state.lives(one) for one in state.holds.values())


def _first_fit(state: State, place: Waiting) -> int | None:
    for start in range(max(place.start, state.now + 1), place.end - place.length + 1):
        end = start + place.length
        gone = any(start < passed + place.length and passed < end for passed in place.passed)
        if gone or state.is_refused(place.resource, start, end, place.units):
            continue
        if state.room(place.resource, start, end) >= place.units:
            return start
    return None


def _standing(state: State, id: str) -> Hold | None:
    return next((hold for hold in state.holds.values() if hold.waiting == id and not hold.ended), None)


def _offered(state: State, id: str) -> Hold | None:
    hold = _standing(state, id)
    return hold if hold and state.lives(hold) else None
