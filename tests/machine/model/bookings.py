"""Booking, moving, deciding, cancelling; also several together."""

from collections.abc import Callable
from typing import Any

from tests.machine.model.nouns import LIVE, Booking
from tests.machine.model.state import State, Wrong, expect, expect_shown
from tests.machine.model.waiting import offer


def book(state: State, who: str, wanted: list[dict[str, Any]], answer: Any) -> None:
    """One booking, or several that stand or fall together. Which of several reasons is told is not promised."""
    trial = state.copy()
    allowed, possible = set[int](), True
    for index, item in enumerate(wanted):
        resource = trial.resources[item["resource"]]
        start, end, units, asked = item["start"], item["end"], item["units"], item.get("numbers", ())
        if item.get("hold"):
            use(trial, item["hold"])
        if trial.is_refused(resource, start, end, units, asked):
            allowed.add(422)
            possible = False
        fits = trial.fits(resource, start, end, units, asked) if units <= resource.units else set[bool]()
        if False in fits:
            allowed.add(409)
        if True not in fits:
            possible = False
            continue
        id = answer.shown[index].id if answer.status == 201 else f"item {index}"
        trial.bookings[id] = new(trial, resource, who, start, end, units)
        trial.bookings[id].pinned = bool(asked)
        if resource.by_number:  # which units it got is told with a success only
            trial.unsure |= {resource.name}
        if answer.status == 201:
            trial.bookings[id].group = answer.body.get("group_id")
    expect(allowed | ({201} if possible else set()), answer)
    if answer.status == 201:
        _take_over(state, trial)
        for shown in answer.shown:
            state.bookings[shown.id].numbers = shown.numbers
            expect_shown(state.bookings[shown.id], shown)


def new(state: State, resource: Any, who: str, start: int, end: int, units: int) -> Booking:
    requested = resource.approval == "request"
    due = min(state.now + resource.decide, start) if requested else None
    return Booking(resource, who, start, end, units, "requested" if requested else "confirmed", due=due)


def use(state: State, id: str) -> None:
    """Give up a hold for a booking. One that has ended helps no more, nor does it hinder."""
    hold = state.holds[id]
    if not hold.ended and hold.waiting:
        state.places[hold.waiting].status = "booked"
    hold.ended = True


def move(state: State, id: str, start: int, end: int, answer: Any, *, asked: tuple[int, ...] | None = None) -> None:
    booking = state.bookings[id]
    if not changeable(state, booking):
        return expect(409, answer)
    if (start, end) == (booking.start, booking.end) and asked in (None, booking.numbers):
        return _same(booking, answer)
    units = len(asked) if asked else booking.units
    gives_back = booking.start <= start and start < end <= booking.end and units <= booking.units
    gives_back = gives_back and end > state.now and (start == booking.start or booking.start > state.now)
    if gives_back and any(number > booking.resource.units for number in asked or ()):
        return expect(422, answer)
    if not gives_back and state.is_refused(booking.resource, start, end, units, asked or ()):
        return expect(422, answer)
    trial = state.copy()
    trial.end_proposals(id)
    numbers = asked if asked is not None else booking.numbers if booking.pinned else ()
    fits = trial.fits(booking.resource, start, end, units, numbers, apart=id)
    expect({200 if one else 409 for one in fits}, answer)
    if answer.status != 200:
        return None
    state.end_proposals(id)
    booking.start, booking.end, booking.units, booking.pinned = start, end, units, bool(numbers)
    booking.numbers = answer.shown[0].numbers
    booking.sequence += 1
    if booking.resource.approval == "request" and not gives_back:
        booking.status, booking.due = "requested", min(state.now + booking.resource.decide, start)
    return expect_shown(booking, answer.shown[0])


def edit(state: State, id: str, answer: Any) -> None:
    """Other words: no calendar has to learn of it, so the revision stays."""
    booking = state.bookings[id]
    if not changeable(state, booking):
        return expect(409, answer)
    return _same(booking, answer)


def approve(state: State, id: str, answer: Any) -> None:
    booking = state.bookings[id]
    if booking.status == "confirmed":
        return _same(booking, answer)
    if not changeable(state, booking):
        return expect(409, answer)
    state.end_proposals(id)
    booking.status, booking.due = "confirmed", None
    booking.sequence += 1
    return _same(booking, answer)


def decline(state: State, id: str, answer: Any) -> None:
    _end(state, id, "declined", ("requested",), answer)


def cancel(state: State, id: str, answer: Any) -> None:
    booking = state.bookings[id]
    if booking.status == "in_use" or (booking.status == "confirmed" and changeable(state, booking)):
        give_back(state, id)
        offer(state, booking.resource)
        return _same(booking, answer)
    return _end(state, id, "cancelled", LIVE, answer)


def give_back(state: State, id: str) -> None:
    """What has begun ends now, and what was used of it stays; else it is cancelled."""
    booking = state.bookings[id]
    came = booking.status == "in_use"
    if booking.start >= state.now or (booking.resource.release is not None and not came):
        give_up(state, id, "cancelled")
        booking.left = came
        return
    booking.status, booking.left = "completed", True
    shorten(state, id)


def shorten(state: State, id: str) -> bool:
    """End a booking now, or after its first slot. Whether that gives time back."""
    booking = state.bookings[id]
    end = max(state.now, booking.start + 1)
    state.end_proposals(id)
    if end >= booking.end:
        return False
    booking.end = end
    booking.sequence += 1
    return True


def give_up(state: State, id: str, status: str) -> None:
    """Free the time of a booking, and what was proposed for it."""
    booking = state.bookings[id]
    booking.status, booking.due, booking.numbers = status, booking.due, ()
    booking.sequence += 1
    state.end_proposals(id)


def cancel_group(state: State, id: str, answer: Any) -> None:
    expect(200, answer)
    for part in standing(state, id):
        if state.bookings[part].status == "confirmed":
            give_back(state, part)
        else:
            give_up(state, part, "cancelled")
        offer(state, state.bookings[part].resource)
    _all_shown(state, answer)


def shift_group(state: State, id: str, slots: int, answer: Any) -> None:
    """All parts by as much, or none; who is in front goes first."""
    parts = standing(state, id)
    if not parts:
        return expect(409, answer)
    if slots > 0:
        parts.sort(key=lambda part: state.bookings[part].start, reverse=True)
    else:
        parts.sort(key=lambda part: state.bookings[part].end)
    trial = state.copy()
    guessed = False
    for part in parts:
        one = trial.bookings[part]
        shown = next((shown for shown in answer.shown if shown.id == part), None)
        if (failed := _fails(trial, part, one.start + slots, one.end + slots)) is not None:
            return expect(failed, answer)
        if shown is not None:
            move(trial, part, one.start + slots, one.end + slots, _Part(200, [shown]))
        else:  # another part is refused, it seems; on which units this one would stand was not told
            trial.end_proposals(part)
            one.start, one.end = one.start + slots, one.end + slots
            guessed = guessed or one.resource.by_number
    expect({200, 409} if guessed else 200, answer)
    if answer.status != 200:
        return None
    return _take_over(state, trial)


def standing(state: State, group: str) -> list[str]:
    own = [id for id, one in state.bookings.items() if one.group == group and changeable(state, one)]
    return sorted(own)


def changeable(state: State, booking: Booking) -> bool:
    return booking.status in LIVE and booking.end > state.now


class _Part:
    """The answer for one of several."""

    def __init__(self, status: int, shown: list[Any]) -> None:
        self.status, self.shown = status, shown


def _fails(state: State, id: str, start: int, end: int) -> int | None:
    """How a move is refused, if it is."""
    for status in (422, 409):
        try:
            move(state.copy(), id, start, end, _Part(status, []))
        except (Wrong, IndexError):
            continue
        return status
    return None


def _end(state: State, id: str, status: str, allowed: tuple[str, ...], answer: Any) -> None:
    booking = state.bookings[id]
    if booking.status == status:
        return _same(booking, answer)
    if booking.status not in allowed or not changeable(state, booking):
        return expect(409, answer)
    give_up(state, id, status)
    offer(state, booking.resource)
    return _same(booking, answer)


def _same(booking: Booking, answer: Any) -> None:
    expect(200, answer)
    expect_shown(booking, answer.shown[0])


def _all_shown(state: State, answer: Any) -> None:
    for shown in answer.shown:
        expect_shown(state.bookings[shown.id], shown)


_Verb = Callable[[State, str, Any], None]
VERBS: dict[str, _Verb] = {"approve": approve, "decline": decline, "cancel": cancel}


def _take_over(state: State, trial: State) -> None:
    state.__dict__.update(trial.__dict__)
