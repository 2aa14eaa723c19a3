"""Series: the same time on several days."""

from typing import Any

from tests.machine.model.bookings import changeable, give_up, new
from tests.machine.model.nouns import DAY, GIVEN_UP, LIVE, Booking, Series
from tests.machine.model.state import State, Wrong, expect, expect_shown
from tests.machine.model.waiting import offer


def book(state: State, series: Series, on_conflict: str, answer: Any) -> None:
    """Every occurrence, or with `skip` those that can be had."""
    trial, refused = state.copy(), list[tuple[int, int]]()
    for start in starts(series):
        refusal = _refusal(trial, series, start)
        if refusal is None:
            made = new(trial, series.resource, series.who, start, start + series.length, series.units)
            trial.bookings[f"at {start}"] = made
        else:
            refused.append((start, refusal))
    if refused and (on_conflict == "refuse" or len(refused) == series.count):
        return expect(refused[0][1], answer)
    expect(201, answer)
    id = answer.body["id"]
    state.series[id] = series
    if {one.place for one in answer.shown} != {*starts(series)} - {start for start, _ in refused}:
        raise Wrong(f"{[one.place for one in answer.shown]} was booked, not {refused} would be right")
    for shown in answer.shown:
        _join(state, id, shown, trial.bookings[f"at {shown.place}"])
    return None


def cancel(state: State, id: str, since: int | None, answer: Any) -> None:
    """All that lies ahead, or from one occurrence on. What stays has another revision too."""
    expect(200, answer)
    going = [
        key for key, one in members(state, id).items()
        if one.status in LIVE and one.start > state.now and (since is None or (one.place or 0) >= since)
    ]  # fmt: skip
    if going:
        _raise(state, id)
        for key in going:
            give_up(state, key, "cancelled")
            state.bookings[key].sequence = state.series[id].sequence
        offer(state, state.series[id].resource)
    for shown in answer.shown:
        expect_shown(state.bookings[shown.id], shown)


def add(state: State, id: str, start: int, answer: Any) -> None:
    """Book an occurrence after all."""
    series = state.series[id]
    if any(one.place == start and one.status not in GIVEN_UP for one in members(state, id).values()):
        return expect(400, answer)
    refusal = _refusal(state, series, start)
    expect(refusal or 201, answer)
    if refusal is not None:
        return None
    made = new(state, series.resource, series.who, start, start + series.length, series.units)
    before = members(state, id)
    shown = next(one for one in answer.shown if one.id not in before)
    _raise(state, id)
    made.sequence = series.sequence
    _join(state, id, shown, made)
    for one in answer.shown:
        expect_shown(state.bookings[one.id], one)
    return None


def starts(series: Series) -> list[int]:
    return [series.start + day * DAY for day in range(series.count)]


def members(state: State, id: str) -> dict[str, Booking]:
    return {key: one for key, one in state.bookings.items() if one.series == id}


def _refusal(state: State, series: Series, start: int) -> int | None:
    end = start + series.length
    if state.is_refused(series.resource, start, end, series.units):
        return 422
    return None if state.room(series.resource, start, end) >= series.units else 409


def _join(state: State, id: str, shown: Any, booking: Booking) -> None:
    booking.series, booking.place, booking.numbers = id, shown.place, shown.numbers
    expect_shown(booking, shown)
    state.bookings[shown.id] = booking


def _raise(state: State, id: str) -> None:
    """The invitation is sent anew, so everything that stands gets a revision that no occurrence has had."""
    series, own = state.series[id], members(state, id).values()
    series.sequence = max([series.sequence, *(one.sequence for one in own)]) + 1
    for one in own:
        if changeable(state, one):
            one.sequence = series.sequence
