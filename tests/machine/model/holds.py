"""Holds taken for a form, and the owner's proposals of another time."""

from typing import Any

from tests.machine.model.bookings import changeable
from tests.machine.model.nouns import DAY, Hold
from tests.machine.model.state import State, expect, expect_shown
from tests.machine.model.waiting import offer

FORM = 10 / 15  # slots for a form
MOST = 5  # of a member at a time
STANDS = 2 * DAY  # slots for a proposal to be answered
DECIDING = DAY  # for the owner, after a proposal that came to nothing


def hold(state: State, who: str, item: dict[str, Any], answer: Any) -> None:
    resource = state.resources[item["resource"]]
    start, end, units, asked = item["start"], item["end"], item["units"], item.get("numbers", ())
    own = sum(one.who == who and one.kind == "form" and state.lives(one) for one in state.holds.values())
    if own >= MOST or state.is_refused(resource, start, end, units):
        return expect(422, answer)
    if any(number > resource.units for number in asked):
        return expect(422, answer)
    expect({201 if one else 409 for one in state.fits(resource, start, end, units, asked)}, answer)
    if answer.status == 201:
        numbers = tuple(answer.body["unit_numbers"])
        made = Hold(resource, who, "form", start, end, units, state.now + FORM, 0, numbers, bool(asked))
        state.keep(answer.body["id"], made)
    return None


def give_back(state: State, id: str, answer: Any) -> None:
    expect(204, answer)
    state.holds[id].ended = True
    offer(state, state.holds[id].resource)


def propose(state: State, id: str, start: int, end: int, answer: Any) -> None:
    """Only on resources of one unit: elsewhere it matters on which units the booking stands."""
    booking = state.bookings[id]
    if not changeable(state, booking):
        return expect(409, answer)
    if state.is_refused(booking.resource, start, end, booking.units):
        return expect(422, answer)
    trial = state.copy()
    trial.end_proposals(id)
    expect({201 if one else 409 for one in trial.fits(booking.resource, start, end, booking.units, apart=id)}, answer)
    if answer.status != 201:
        return None
    state.end_proposals(id)
    expires = min(state.now + STANDS, start)
    made = Hold(booking.resource, booking.who, "proposal", start, end, booking.units, expires, 0, booking=id)
    state.keep(answer.body["id"], made)
    if booking.due is not None:
        booking.due = max(booking.due, min(expires + DECIDING, booking.start))
    return None


def accept_proposal(state: State, id: str, answer: Any) -> None:
    booking, proposed = state.bookings[id], proposal(state, id)
    if proposed is None:
        return expect(409, answer)
    expect(200, answer)
    proposed.ended = True
    booking.start, booking.end = proposed.start, proposed.end
    booking.status, booking.due = "confirmed", None
    booking.sequence += 1
    booking.numbers = answer.shown[0].numbers
    return expect_shown(booking, answer.shown[0])


def refuse_proposal(state: State, id: str, answer: Any) -> None:
    proposed = proposal(state, id)
    if proposed is None:
        return expect(409, answer)
    expect(200, answer)
    proposed.ended = True
    offer(state, proposed.resource)
    return expect_shown(state.bookings[id], answer.shown[0])


def proposal(state: State, booking: str) -> Hold | None:
    """What is proposed for a booking that can still be moved."""
    if not changeable(state, state.bookings[booking]):
        return None
    return next((one for one in state.holds.values() if one.booking == booking and state.lives(one)), None)
