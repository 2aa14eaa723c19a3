"""Booking, moving, deciding, cancelling; also several together."""

from typing import Any

from tests.machine.doors.world import Step, World
from tests.machine.model import bookings


def book(world: World, who: str, items: list[dict[str, Any]]) -> Step:
    bodies = [body_of(world, item) for item in items]
    body: Any = bodies[0] if len(items) == 1 else {"items": bodies}
    send = world.send(who, "POST", "/bookings", body)
    return Step(f"{who} books {items}", send, lambda state, answer: bookings.book(state, who, items, answer))


def body_of(world: World, item: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {"resource_id": str(world.ids[item["resource"]]), "units": item["units"]}
    body |= world.times(item["start"], item["end"])
    if item.get("numbers"):
        body["unit_numbers"] = list(item["numbers"])
    if item.get("hold"):
        body["hold_id"] = item["hold"]
    return body


def move(world: World, who: str, id: str, start: int, end: int, asked: tuple[int, ...] | None = None) -> Step:
    body: dict[str, Any] = world.times(start, end) | ({} if asked is None else {"unit_numbers": list(asked)})
    return Step(
        f"{who} moves {id} to {start}-{end} {asked or ''}",
        world.send(who, "PATCH", f"/bookings/{id}", body),
        lambda state, answer: bookings.move(state, id, start, end, answer, asked=asked),
        alone=asked is not None,
    )


def edit(world: World, who: str, id: str, purpose: str) -> Step:
    send = world.send(who, "PATCH", f"/bookings/{id}", {"purpose": purpose})
    return Step(f"{who} edits {id}", send, lambda state, answer: bookings.edit(state, id, answer))


def decide(world: World, who: str, id: str, verb: str) -> Step:
    body: Any = None if verb == "approve" else {}
    send = world.send(who, "POST", f"/bookings/{id}/{verb}", body)
    return Step(f"{who}: {verb} {id}", send, lambda state, answer: bookings.VERBS[verb](state, id, answer))


def cancel_group(world: World, who: str, id: str) -> Step:
    send = world.send(who, "POST", f"/groups/{id}/cancel", {})
    return Step(f"{who} cancels group {id}", send, lambda state, answer: bookings.cancel_group(state, id, answer))


def shift_group(world: World, who: str, id: str, slots: int) -> Step:
    send = world.send(who, "PATCH", f"/groups/{id}", {"shift_minutes": 15 * slots})
    return Step(
        f"{who} shifts group {id} by {slots}",
        send,
        lambda state, answer: bookings.shift_group(state, id, slots, answer),
        alone=True,
    )
