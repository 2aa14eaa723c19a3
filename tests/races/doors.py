"""Each door as something that many want from one resource of three units, at the same two hours of a day."""

import asyncio
from collections.abc import Awaitable
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import httpx

from server.bookings.waitlist.offers import offer_freed_time
from server.core import db
from tests import factories
from tests.races.conftest import Arena
from tests.times import at

HOT = 40  # the quarter of the day from which on everybody wants it
UNITS = 3
# Who books longer is asked for approval; one may check in days before.
RULES: dict[str, Any] = {"approval_above_minutes": 60, "check_in_from_minutes": 60 * 24 * 30}


class Scene:
    """The resource, and others that are booked together with it."""

    async def begin(self, arena: Arena, others: list[UUID], **rules: Any) -> "Scene":
        self.arena, self.others = arena, others
        self.resource = await factories.resource(arena.owner, units=UNITS, **(RULES | rules))
        return self

    def person(self, n: int) -> factories.Person:
        return self.arena.people[n % len(self.arena.people)]

    def post(self, path: str, by: factories.Person, body: Any = None) -> Awaitable[httpx.Response]:
        return self.arena.send("POST", path, by, body)

    def body(self, quarter: int, length: int = 4, **more: Any) -> dict[str, Any]:
        return {"resource_id": str(self.resource), **times(quarter, length), **more}

    async def booked(self, bodies: list[dict[str, Any]]) -> list[str]:
        """Ids of what could be booked, all by one person."""
        answers = [await self.post("/bookings", self.person(0), body) for body in bodies]
        return [answer.json()["id"] for answer in answers if answer.status_code == 201]


def times(quarter: int, length: int) -> dict[str, str]:
    return {"starts_at": at(0, 15 * quarter), "ends_at": at(0, 15 * (quarter + length))}


class Door:
    """A way to take or free time. `route` is the request that is sent."""

    route: ClassVar[str]

    def __init__(self, scene: Scene, lane: int) -> None:
        self.scene, self.lane = scene, lane  # two doors prepare in different hours
        self.ids: list[str] = []

    async def prepare(self) -> None:
        """Bring about what the door needs."""

    def send(self, n: int) -> Awaitable[httpx.Response]:
        raise NotImplementedError

    def id(self, n: int) -> str:
        return self.ids[n % len(self.ids)]

    async def keep(self, length: int) -> None:
        """Book other hours."""
        starts = [18 * self.lane + length * n for n in range(16 // length)]
        self.ids = await self.scene.booked([self.scene.body(start, length) for start in starts for _ in range(UNITS)])

    async def keep_hot(self) -> None:
        """Book what everybody wants."""
        self.ids = await self.scene.booked([self.scene.body(HOT + 4 * self.lane) for _ in range(UNITS)])


class Book(Door):
    route = "POST /bookings"

    def send(self, n: int) -> Awaitable[httpx.Response]:
        return self.scene.post("/bookings", self.scene.person(n), self.scene.body(HOT + n % 3, units=1 + n % 2))


class Hold(Door):
    route = "POST /holds"

    def send(self, n: int) -> Awaitable[httpx.Response]:
        return self.scene.post("/holds", self.scene.person(n), self.scene.body(HOT + n % 3))


class UseHold(Door):
    route = "POST /bookings"

    async def prepare(self) -> None:
        self.holders: list[int] = []  # who has no more holds to spare from other races holds nothing
        for n in range(UNITS):
            answer = await self.scene.post("/holds", self.scene.person(n), self.scene.body(HOT))
            if answer.status_code == 201:
                self.ids.append(answer.json()["id"])
                self.holders.append(n)

    def send(self, n: int) -> Awaitable[httpx.Response]:
        if not self.ids:
            return self.scene.post("/bookings", self.scene.person(n), self.scene.body(HOT))
        n %= len(self.ids)
        held = {"hold_id": self.ids[n]}
        return self.scene.post("/bookings", self.scene.person(self.holders[n]), self.scene.body(HOT) | held)


class Group(Door):
    """Together with five others, half of them with smaller ids."""

    route = "POST /bookings"

    def send(self, n: int) -> Awaitable[httpx.Response]:
        one = self.scene.body(HOT + n % 3)
        items = [one | {"resource_id": str(other)} for other in self.scene.others]
        return self.scene.post("/bookings", self.scene.person(n), {"items": [*items[:2], one, *items[2:]]})


class MakeRoom(Door):
    """Two units are free at every moment, but only one all the time: who stands on another has to move."""

    route = "POST /bookings"

    async def prepare(self) -> None:
        bodies = [self.scene.body(HOT, 2), self.scene.body(HOT, 2), self.scene.body(HOT + 2, 2)]
        first = (await self.scene.booked(bodies))[:1]
        for id in first:
            await self.scene.post(f"/bookings/{id}/cancel", self.scene.person(0), {})

    def send(self, n: int) -> Awaitable[httpx.Response]:
        return self.scene.post("/bookings", self.scene.person(n), self.scene.body(HOT, units=2))


class Series(Door):
    route = "POST /series"

    def send(self, n: int) -> Awaitable[httpx.Response]:
        more = {"rule": "FREQ=DAILY;COUNT=3", "on_conflict": ("refuse", "skip")[n % 2]}
        return self.scene.post("/series", self.scene.person(n), self.scene.body(HOT + n % 3) | more)


class Approve(Door):
    route = "POST /bookings/{id}/approve"

    async def prepare(self) -> None:
        await self.keep(5)

    def send(self, n: int) -> Awaitable[httpx.Response]:
        return self.scene.post(f"/bookings/{self.id(n)}/approve", self.scene.arena.owner)


class Decline(Approve):
    route = "POST /bookings/{id}/decline"

    def send(self, n: int) -> Awaitable[httpx.Response]:
        return self.scene.post(f"/bookings/{self.id(n)}/decline", self.scene.arena.owner, {})


class Cancel(Door):
    route = "POST /bookings/{id}/cancel"

    async def prepare(self) -> None:
        await self.keep_hot()
        self.ids = self.ids or await self.scene.booked([self.scene.body(8)])

    def send(self, n: int) -> Awaitable[httpx.Response]:
        return self.scene.post(f"/bookings/{self.id(n)}/cancel", self.scene.person(0), {})


class Move(Door):
    route = "PATCH /bookings/{id}"

    async def prepare(self) -> None:
        await self.keep(4)

    def send(self, n: int) -> Awaitable[httpx.Response]:
        return self.change(n, times(HOT + n % 3, 4))

    def change(self, n: int, body: dict[str, str]) -> Awaitable[httpx.Response]:
        return self.scene.arena.send("PATCH", f"/bookings/{self.id(n)}", self.scene.person(0), body)


class Extend(Move):
    """What ends when the hot time begins shall end later."""

    async def prepare(self) -> None:
        self.ids = await self.scene.booked([self.scene.body(HOT - 4) for _ in range(UNITS)])

    def send(self, n: int) -> Awaitable[httpx.Response]:
        return self.change(n, {"ends_at": times(HOT, 1 + n % 4)["ends_at"]})


class AcceptProposal(Door):
    route = "POST /bookings/{id}/accept-proposal"

    async def prepare(self) -> None:
        await self.keep(8)
        for n, id in enumerate(self.ids[:UNITS]):
            await self.scene.post(f"/bookings/{id}/propose", self.scene.arena.owner, times(HOT + 2 * n, 4))

    def send(self, n: int) -> Awaitable[httpx.Response]:
        return self.scene.post(f"/bookings/{self.id(n % UNITS)}/accept-proposal", self.scene.person(0))


HELD = "SELECT id FROM hold WHERE member_id = $1 AND ended_at IS NULL AND kind IN ('form', 'offer')"


class AcceptOffer(Door):
    route = "POST /waitlist/{id}/accept"

    async def prepare(self) -> None:
        start, end = (datetime.fromisoformat(one) for one in (at(0, 15 * HOT), at(0, 15 * (HOT + 8))))
        people = [self.scene.person(n) for n in range(UNITS)]
        for one in people:  # who holds as much as one may is offered nothing
            for held in await db.fetch(HELD, one.actor.member_id):
                await self.scene.arena.send("DELETE", f"/holds/{held['id']}", one)
        self.ids = [str(await factories.waiting(self.scene.resource, one, start, end)) for one in people]
        await offer_freed_time()

    def send(self, n: int) -> Awaitable[httpx.Response]:
        n %= UNITS
        return self.scene.post(f"/waitlist/{self.ids[n]}/accept", self.scene.person(n), {})


class FinishEarly(Door):
    route = "POST /bookings/{id}/check-out"

    async def prepare(self) -> None:
        await self.keep_hot()
        self.ids = self.ids or await self.scene.booked([self.scene.body(8)])
        await asyncio.gather(
            *(self.scene.post(f"/bookings/{id}/check-in", self.scene.person(0)) for id in self.ids)
        )  # fmt: skip

    def send(self, n: int) -> Awaitable[httpx.Response]:
        return self.scene.post(f"/bookings/{self.id(n)}/check-out", self.scene.person(0))


class Close(Door):
    """All units, one of them, and all over bookings."""

    route = "POST /resources/{resource_id}/closures"

    def send(self, n: int) -> Awaitable[httpx.Response]:
        ways: list[dict[str, Any]] = [{}, {"units": 1}, {"over_bookings": "cancel"}]
        how = ways[n % 3]
        path = f"/resources/{self.scene.resource}/closures"
        return self.scene.post(path, self.scene.arena.owner, times(HOT + n % 4, 4) | how)


DOORS: dict[str, type[Door]] = {
    one.__name__: one
    for one in (
        Book, Hold, UseHold, Group, MakeRoom, Series, Approve, Decline, Cancel, Move, Extend, AcceptProposal,
        AcceptOffer, FinishEarly, Close,
    )
}  # fmt: skip
