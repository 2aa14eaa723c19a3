"""Who there is, what they share, and how a request is sent and its answer read."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from server.core import db
from tests import clock, factories
from tests.machine.model.nouns import DAY, SLOT, Resource
from tests.machine.model.state import State
from tests.times import SHANGHAI
from worker.periodic import sweep

LONG = 8 * DAY  # slots before the start one may check in, where early coming is to be tried
BETWEEN = timedelta(days=8)  # two worlds, so that all of one is over when the next begins

GUESTS = ("ada", "bo")
RESOURCES = [
    Resource("microscope", early=LONG),
    Resource("seats", 3),
    Resource("hall", approval="request", distance=2, decide=12, early=LONG),
    Resource("bench", 2, distance=1, longest=6),
    Resource("desks", 3, early=LONG, by_number=True),
    Resource("lab", release=2),
]

# Who has which unit: it is seen nowhere whole, for nobody is shown all holds.
ARRANGEMENT = """
SELECT coalesce(booking_id, hold_id, closure_id)::text AS id, array_agg(unit ORDER BY unit) AS units
FROM claim WHERE resource_id = $1 AND released_at IS NULL GROUP BY 1
"""


@dataclass
class Shown:
    """A booking as an answer shows it."""

    id: str
    start: int
    end: int
    numbers: tuple[int, ...]
    status: str
    sequence: int
    place: int | None
    resource: str


@dataclass
class Answer:
    """What the program said, in the model's terms."""

    status: int
    body: Any = None
    shown: list[Shown] = field(default_factory=list)
    text: str = ""


@dataclass
class Step:
    """One thing done: how it is sent, and how the model judges the answer."""

    what: str
    send: Callable[[], Awaitable[httpx.Response]]
    judge: Callable[[State, Answer], None]
    alone: bool = False  # no other step beside it
    kind: str = ""


class World:
    """An owner with the resources of the model, two SMEs, a client, and a clock that stands."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def begin(self) -> "World":
        day: datetime = (await db.fetchval("SELECT now()") + BETWEEN).astimezone(SHANGHAI)
        self.midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
        await clock.put_to(self.midnight)
        await sweep()  # what the world before has left
        self.people = {"owner": await factories.person(kind="university")}
        for name in GUESTS:
            self.people[name] = await factories.person()
        self.ids: dict[str, UUID] = {}
        for one in RESOURCES:
            self.ids[one.name] = await factories.resource(self.people["owner"], units=one.units, **rules(one))
        return self

    def at(self, slot: int) -> str:
        return (self.midnight + timedelta(minutes=slot * SLOT)).isoformat()

    def times(self, start: int, end: int) -> dict[str, Any]:
        return {"starts_at": self.at(start), "ends_at": self.at(end)}

    def slot(self, moment: str) -> int:
        return int((datetime.fromisoformat(moment) - self.midnight) / timedelta(minutes=SLOT))

    def send(self, who: str, method: str, path: str, body: Any = None) -> Callable[[], Awaitable[httpx.Response]]:
        headers = self.people[who].bearer | {"If-Match": "*"}
        return lambda: self.client.request(method, f"/api/v1{path}", json=body, headers=headers)

    async def do(self, steps: list[Step]) -> list[Answer]:
        """Send steps all at once."""
        return [self.read(one) for one in await asyncio.gather(*(step.send() for step in steps))]

    def read(self, answer: httpx.Response) -> Answer:
        body = answer.json() if answer.content else {}
        given = Answer(answer.status_code, body, text=answer.text)
        if answer.is_success:
            found = [body] if "uid" in body else []
            for name in ("items", "bookings", "affected"):
                found += [one for one in body.get(name) or [] if "uid" in one]
            given.shown = [self.shown(one) for one in found]
        return given

    def shown(self, one: Any) -> Shown:
        start, end = self.slot(one["starts_at"]), self.slot(one["ends_at"])
        place = self.slot(one["recurrence_id"]) if one["recurrence_id"] else None
        name = next(name for name, id in self.ids.items() if str(id) == one["resource_id"])
        numbers = tuple(one["unit_numbers"])
        return Shown(one["id"], start, end, numbers, one["status"], one["sequence"], place, name)

    # Time

    async def let_pass(self, slots: int) -> None:
        await clock.put_on(timedelta(minutes=slots * SLOT))

    async def work(self) -> None:
        """A round of the worker."""
        await sweep()

    # What the program shows

    async def bookings(self) -> list[Shown]:
        """Every booking on the owner's resources."""
        found: list[Shown] = []
        cursor = None
        while True:
            query: dict[str, Any] = {"limit": 200} | ({"cursor": cursor} if cursor else {})
            page = await self._get("owner", "/bookings", query)
            found += [self.shown(one) for one in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    async def everyones(self) -> dict[str, Any]:
        """Who holds what, and which places are in the line, with what is offered to them."""
        names = {str(id): name for name, id in self.ids.items()}
        held: list[tuple[Any, ...]] = []
        places = {}
        for who in GUESTS:
            for one in await self._get(who, "/holds"):
                time = self.slot(one["starts_at"]), self.slot(one["ends_at"])
                held.append((who, names[one["resource_id"]], one["kind"], *time, one["units"]))
            for one in await self._get(who, "/waitlist"):
                offer = one["offer"]
                places[one["id"]] = (
                    one["status"], offer and (self.slot(offer["starts_at"]), self.slot(offer["ends_at"]))
                )  # fmt: skip
        return {"holds": sorted(held), "places": places}

    async def free_slots(self, resource: Resource, start: int, end: int) -> list[int]:
        """How many units availability offers for each slot alone."""
        free = [0] * (end - start)
        for units in range(1, resource.units + 1):
            query = {"from": self.at(start), "to": self.at(end), "units": units}
            path = f"/resources/{self.ids[resource.name]}/availability"
            for window in (await self._get("ada", path, query))["free"]:
                for slot in range(self.slot(window["starts_at"]), self.slot(window["ends_at"])):
                    free[slot - start] = units
        return free

    async def arrangement(self, resource: str) -> dict[str, tuple[int, ...]]:
        return {row["id"]: tuple(row["units"]) for row in await db.fetch(ARRANGEMENT, self.ids[resource])}

    async def _get(self, who: str, path: str, query: Any = None) -> Any:
        answer = await self.client.get(f"/api/v1{path}", params=query, headers=self.people[who].bearer)
        assert answer.status_code == 200, answer.text
        return answer.json()


def rules(one: Resource) -> dict[str, Any]:
    found: dict[str, Any] = {
        "approval": one.approval,
        "buffer_after_minutes": one.distance * SLOT,
        "decide_within_minutes": one.decide * SLOT,
        "check_in_from_minutes": one.early * SLOT,
    }
    if one.longest < 1000:
        found["max_minutes"] = one.longest * SLOT
    if one.release is not None:
        found |= {"check_in_required": True, "release_after_minutes": one.release * SLOT}
    return found
