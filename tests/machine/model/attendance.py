"""Coming and going."""

from typing import Any

from tests.machine.model.bookings import changeable, give_back
from tests.machine.model.state import State, expect, expect_shown
from tests.machine.model.waiting import offer


def check_in(state: State, id: str, answer: Any) -> None:
    booking = state.bookings[id]
    if booking.status == "in_use":
        expect(200, answer)
        return expect_shown(booking, answer.shown[0])
    if not changeable(state, booking) or booking.status != "confirmed":
        return expect(409, answer)
    if state.now < booking.start - booking.resource.early:
        return expect(422, answer)
    expect(200, answer)
    booking.status = "in_use"
    booking.pinned = booking.resource.units > 1
    state.end_proposals(id)
    return expect_shown(booking, answer.shown[0])


def check_out(state: State, id: str, answer: Any) -> None:
    booking = state.bookings[id]
    if booking.left:
        expect(200, answer)
        return expect_shown(booking, answer.shown[0])
    if booking.status != "in_use":
        return expect(409, answer)
    expect(200, answer)
    give_back(state, id)
    offer(state, booking.resource)
    return expect_shown(booking, answer.shown[0])
