"""The wait list."""

from tests.machine.doors.world import Step, World
from tests.machine.model import waiting
from tests.machine.model.nouns import SLOT, Waiting


def wait(world: World, place: Waiting) -> Step:
    """Who comes first is told by the order of requests, not of their transactions: one at a time."""
    body = {
        "resource_id": str(world.ids[place.resource.name]),
        "from": world.at(place.start),
        "to": world.at(place.end),
        "minutes": place.length * SLOT,
        "units": place.units,
    }
    what = f"{place.who} waits for {place.length} in {place.start}-{place.end} on {place.units} {place.resource.name}"
    send = world.send(place.who, "POST", "/waitlist", body)
    return Step(what, send, lambda state, answer: waiting.wait(state, place, answer), alone=True)


def leave(world: World, who: str, id: str) -> Step:
    send = world.send(who, "DELETE", f"/waitlist/{id}")
    return Step(f"{who} leaves {id}", send, lambda state, answer: waiting.leave(state, id, answer))


def accept(world: World, who: str, id: str) -> Step:
    send = world.send(who, "POST", f"/waitlist/{id}/accept", {})
    return Step(f"{who} accepts the offer to {id}", send, lambda state, answer: waiting.accept(state, id, answer))


def pass_on(world: World, who: str, id: str) -> Step:
    send = world.send(who, "POST", f"/waitlist/{id}/pass")
    return Step(f"{who} passes the offer to {id}", send, lambda state, answer: waiting.pass_on(state, id, answer))
