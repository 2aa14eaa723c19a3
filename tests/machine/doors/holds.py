"""Holds taken for a form, and the owner's proposals of another time."""

from typing import Any

from tests.machine.doors.bookings import body_of
from tests.machine.doors.world import Step, World
from tests.machine.model import holds


def hold(world: World, who: str, item: dict[str, Any]) -> Step:
    send = world.send(who, "POST", "/holds", body_of(world, item))
    return Step(f"{who} holds {item}", send, lambda state, answer: holds.hold(state, who, item, answer))


def give_back(world: World, who: str, id: str) -> Step:
    send = world.send(who, "DELETE", f"/holds/{id}")
    return Step(f"{who} gives {id} back", send, lambda state, answer: holds.give_back(state, id, answer))


def propose(world: World, id: str, start: int, end: int) -> Step:
    send = world.send("owner", "POST", f"/bookings/{id}/propose", world.times(start, end))
    what = f"owner proposes {start}-{end} for {id}"
    return Step(what, send, lambda state, answer: holds.propose(state, id, start, end, answer))


def accept_proposal(world: World, who: str, id: str) -> Step:
    send = world.send(who, "POST", f"/bookings/{id}/accept-proposal")
    what = f"{who} accepts the proposal for {id}"
    return Step(what, send, lambda state, answer: holds.accept_proposal(state, id, answer))


def refuse_proposal(world: World, who: str, id: str) -> Step:
    send = world.send(who, "POST", f"/bookings/{id}/refuse-proposal", {})
    what = f"{who} refuses the proposal for {id}"
    return Step(what, send, lambda state, answer: holds.refuse_proposal(state, id, answer))
