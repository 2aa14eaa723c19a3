"""The doors of the program, over HTTP, in the terms of the model."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from tests import factories
from tests.bookings.times import SHANGHAI
from tests.machine.model import SLOT, Model, Resource

SLOTS = 24
FIRST_DAY = 3  # days from today: beyond every lead time

RESOURCES = [
    Resource("microscope", 1),
    Resource("seats", 3),
    Resource("hall", 1, approval="request", distance=2),
    Resource("bench", 2, distance=1, longest=6),
]


@dataclass
class Answer:
    """What the program said, in the model's terms."""

    status: int
    bookings: list[tuple[str, list[int]]] = field(default_factory=list)  # id and units
    sequence: int | None = None  # of a booking that was changed
    closure: str = ""
    text: str = ""


@dataclass
class Step:
    """One thing done: how it is sent, and how the model judges the answer."""

    what: str
    send: Callable[[], Awaitable[httpx.Response]]
    judge: Callable[[Model, Answer], None]


class World:
    """An owner with the resources of the model, two SMEs, and a client."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        today = datetime.now(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
        self.midnight = today + timedelta(days=FIRST_DAY)

    async def begin(self) -> "World":
        self.people = {"owner": await factories.person(kind="university")}
        for name in ("ada", "bo"):
            self.people[name] = await factories.person()
        self.ids: dict[str, UUID] = {}
        for one in RESOURCES:
            rules: dict[str, Any] = {"approval": one.approval, "buffer_after_minutes": one.distance * SLOT}
            if one.longest < 1000:
                rules["max_minutes"] = one.longest * SLOT
            self.ids[one.name] = await factories.resource(self.people["owner"], units=one.units, **rules)
        return self

    def at(self, slot: int) -> str:
        return (self.midnight + timedelta(minutes=slot * SLOT)).isoformat()

    def send(self, who: str, method: str, path: str, body: Any = None) -> Callable[[], Awaitable[httpx.Response]]:
        headers = self.people[who].bearer | {"If-Match": "*"}
        return lambda: self.client.request(method, f"/api/v1{path}", json=body, headers=headers)

    # The doors

    def book(self, who: str, items: list[dict[str, Any]]) -> Step:
        bodies = [
            {"resource_id": str(self.ids[item["resource"]]), "starts_at": self.at(item["start"]),
             "ends_at": self.at(item["end"]), "units": item["units"]}
            for item in items
        ]  # fmt: skip
        body: Any = bodies[0] if len(items) == 1 else {"items": bodies}
        return Step(
            f"{who} books {items}",
            self.send(who, "POST", "/bookings", body),
            lambda model, answer: model.book(who, items, answer),
        )

    def move(self, who: str, id: str, start: int, end: int) -> Step:
        body = {"starts_at": self.at(start), "ends_at": self.at(end)}
        return Step(
            f"{who} moves {id} to {start}-{end}",
            self.send(who, "PATCH", f"/bookings/{id}", body),
            lambda model, answer: model.move(id, start, end, answer),
        )

    def decide(self, who: str, id: str, verb: str) -> Step:
        return Step(
            f"{who}: {verb} {id}",
            self.send(who, "POST", f"/bookings/{id}/{verb}", None if verb == "approve" else {}),
            lambda model, answer: getattr(model, verb)(id, answer),
        )

    def close(self, resource: str, start: int, end: int) -> Step:
        body = {"starts_at": self.at(start), "ends_at": self.at(end)}
        return Step(
            f"owner closes {resource} {start}-{end}",
            self.send("owner", "POST", f"/resources/{self.ids[resource]}/closures", body),
            lambda model, answer: model.close(model.resources[resource], start, end, answer),
        )

    def reopen(self, resource: str, id: str) -> Step:
        return Step(
            f"owner reopens {resource} {id}",
            self.send("owner", "DELETE", f"/resources/{self.ids[resource]}/closures/{id}"),
            lambda model, answer: model.reopen(id, answer),
        )

    async def do(self, steps: list[Step]) -> list[Answer]:
        """Send steps all at once."""
        return [read(one) for one in await asyncio.gather(*(step.send() for step in steps))]

    # What the program shows

    async def bookings(self) -> dict[str, tuple[str, int, int, list[int], str, int]]:
        """Every booking on the owner's resources."""
        shown = {}
        cursor = None
        while True:
            query: dict[str, Any] = {"limit": 200} | ({"cursor": cursor} if cursor else {})
            headers = self.people["owner"].bearer
            page = (await self.client.get("/api/v1/bookings", params=query, headers=headers)).json()
            for one in page["items"]:
                start, end = self.slot(one["starts_at"]), self.slot(one["ends_at"])
                name = next(name for name, id in self.ids.items() if str(id) == one["resource_id"])
                shown[one["id"]] = (name, start, end, one["unit_numbers"], one["status"], one["sequence"])
            cursor = page["next_cursor"]
            if cursor is None:
                return shown

    async def free_slots(self, resource: str) -> list[int]:
        """How many units availability offers for each slot alone."""
        query = {"from": self.at(0), "to": self.at(SLOTS)}
        free = [0] * SLOTS
        for units in range(1, next(one.units for one in RESOURCES if one.name == resource) + 1):
            path = f"/api/v1/resources/{self.ids[resource]}/availability"
            windows = (await self.client.get(path, params=query | {"units": str(units)})).json()["free"]
            for window in windows:
                for slot in range(self.slot(window["starts_at"]), self.slot(window["ends_at"])):
                    free[slot] = units
        return free

    def slot(self, moment: str) -> int:
        return int((datetime.fromisoformat(moment) - self.midnight) / timedelta(minutes=SLOT))


def read(answer: httpx.Response) -> Answer:
    body = answer.json() if answer.content else {}
    given = Answer(answer.status_code, text=answer.text)
    if answer.status_code in (200, 201):
        if "items" in body:
            given.bookings = [(one["id"], one["unit_numbers"]) for one in body["items"]]
        elif "uid" in body:
            given.bookings = [(body["id"], body["unit_numbers"])]
            given.sequence = body["sequence"]
        else:
            given.closure = body["id"]
    return given
