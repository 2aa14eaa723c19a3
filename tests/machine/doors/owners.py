"""Closures, and what is seen at the door of the resource: who comes and goes."""

from collections.abc import Callable
from typing import Any

from tests.machine.doors.world import Answer, Step, World
from tests.machine.model import attendance, closures
from tests.machine.model.nouns import Resource
from tests.machine.model.state import State

Judge = Callable[[State, Answer], None]


def close(world: World, resource: Resource, start: int, end: int, how: str) -> Step:
    """`how`: all units, once or on three days; one unit; over bookings, or what these are."""
    more: dict[str, Any] = {
        "once": {},
        "daily": {"rule": "FREQ=DAILY;COUNT=3"},
        "one unit": {"units": 1},
        "list": {"over_bookings": "list"},
        "cancel": {"over_bookings": "cancel"},
    }
    judges: dict[str, Judge] = {
        "once": lambda state, answer: closures.close(state, resource, start, end, answer),
        "daily": lambda state, answer: closures.close(state, resource, start, end, answer, count=3),
        "one unit": lambda state, answer: closures.close_some(state, resource, start, end, answer),
        "list": lambda state, answer: closures.list_affected(state, resource, start, end, answer),
        "cancel": lambda state, answer: closures.close_over(state, resource, start, end, answer),
    }
    send = world.send(
        "owner", "POST", f"/resources/{world.ids[resource.name]}/closures", world.times(start, end) | more[how]
    )  # fmt: skip
    what = f"owner closes {resource.name} {start}-{end} ({how})"
    return Step(what, send, judges[how], alone=how == "one unit" or (how == "cancel" and resource.by_number))


def reopen(world: World, resource: str, id: str) -> Step:
    send = world.send("owner", "DELETE", f"/resources/{world.ids[resource]}/closures/{id}")
    return Step(f"owner reopens {resource} {id}", send, lambda state, answer: closures.reopen(state, id, answer))


def attend(world: World, who: str, id: str, verb: str, resource: Resource) -> Step:
    """Check in nails those who came to the units they have just then."""
    judge = attendance.check_in if verb == "check-in" else attendance.check_out
    send = world.send(who, "POST", f"/bookings/{id}/{verb}")
    return Step(f"{who}: {verb} {id}", send, lambda state, answer: judge(state, id, answer), alone=resource.by_number)
