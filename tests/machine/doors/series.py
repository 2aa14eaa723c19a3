"""Series: the same time on several days."""

from tests.machine.doors.world import Step, World
from tests.machine.model import series
from tests.machine.model.nouns import Series


def book(world: World, one: Series, on_conflict: str) -> Step:
    body = {
        "resource_id": str(world.ids[one.resource.name]),
        "rule": f"FREQ=DAILY;COUNT={one.count}",
        "units": one.units,
        "on_conflict": on_conflict,
    } | world.times(one.start, one.start + one.length)
    what = f"{one.who} books {one.count} days from {one.start} on {one.units} {one.resource.name}, or {on_conflict}"
    return Step(
        what,
        world.send(one.who, "POST", "/series", body),
        lambda state, answer: series.book(state, one, on_conflict, answer),
        alone=one.resource.by_number,
    )


def cancel(world: World, who: str, id: str, since: int | None) -> Step:
    body: dict[str, str] = {} if since is None else {"from_recurrence_id": world.at(since)}
    send = world.send(who, "POST", f"/series/{id}/cancel", body)
    what = f"{who} cancels series {id} from {since} on"
    return Step(what, send, lambda state, answer: series.cancel(state, id, since, answer))


def add(world: World, one: Series, id: str, start: int) -> Step:
    send = world.send(one.who, "POST", f"/series/{id}/add", {"starts_at": world.at(start)})
    what = f"{one.who} adds {start} to series {id}"
    return Step(
        what, send, lambda state, answer: series.add(state, id, start, answer), alone=one.resource.by_number
    )  # fmt: skip
