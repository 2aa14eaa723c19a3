"""What time itself brings about: the worker's round."""

from tests.machine.model.bookings import give_up, shorten
from tests.machine.model.state import State
from tests.machine.model.waiting import offer, passed


def sweep(state: State) -> None:
    _end_holds(state)
    _expire_requests(state)
    _release_unused(state)
    _complete(state)
    _offer(state)


def _end_holds(state: State) -> None:
    over = [hold for hold in state.holds.values() if not hold.ended and hold.expires <= state.now]
    for hold in sorted(over, key=lambda one: (one.expires, one.number)):
        if hold.waiting:
            passed(state, hold)
        else:
            hold.ended = True
            offer(state, hold.resource)


def _expire_requests(state: State) -> None:
    due = [
        (one.due, id) for id, one in state.bookings.items()
        if one.status == "requested" and one.due is not None and one.due <= state.now
        and not any(hold.booking == id and state.lives(hold) for hold in state.holds.values())
    ]  # fmt: skip
    for _, id in sorted(due):
        give_up(state, id, "expired")
        offer(state, state.bookings[id].resource)


def _release_unused(state: State) -> None:
    unused = [
        (one.start, id) for id, one in state.bookings.items()
        if one.status == "confirmed" and one.end > state.now and one.resource.release is not None
        and one.start + one.resource.release <= state.now
    ]  # fmt: skip
    for _, id in sorted(unused):
        state.bookings[id].status = "no_show"
        if shorten(state, id):
            offer(state, state.bookings[id].resource)


def _complete(state: State) -> None:
    for id, one in state.bookings.items():
        if one.status in ("confirmed", "in_use") and one.start <= state.now and one.end <= state.now:
            missed = one.status == "confirmed" and one.resource.release is not None
            one.status = "no_show" if missed else "completed"
            state.end_proposals(id)


def _offer(state: State) -> None:
    for place in state.places.values():
        if place.status == "waiting" and place.end <= state.now:
            place.status = "over"
    for resource in state.resources.values():
        offer(state, resource)
