"""Holds, proposals, offers and their end, raced against booking and against each other."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from server.bookings.capacity import lock
from server.bookings.holds import hold
from server.bookings.holds.hold import MOST
from server.bookings.lifecycle import answer_offer, expire, remind
from server.core import db
from tests import factories
from tests.bookings.lifecycle.test_remind import booked
from tests.losing import UntilLost
from tests.races.conftest import CLIENTS, Arena
from tests.races.test_races import NOTHING_WRONG, all_at_once, wanted
from worker.periodic import sweep

pytestmark = pytest.mark.races

RUN_OUT = """
WITH over AS (UPDATE hold SET expires_at = now() WHERE ended_at IS NULL AND kind = ANY($1) RETURNING id)
UPDATE claim SET expires_at = now() WHERE hold_id IN (SELECT id FROM over)
"""
EVERY_KIND = ["form", "offer", "proposal"]


async def fine(arena: Arena) -> None:
    assert await arena.wrongs() == NOTHING_WRONG
    assert arena.deadlocks() == 0


async def swept() -> httpx.Response:
    """A worker's round among the answers."""
    await sweep()
    return httpx.Response(200)


async def test_one_slot_is_held_once(arena: Arena) -> None:
    await arena.begin()
    for _ in range(5):
        body = wanted(await factories.resource(arena.owner), 40)
        holding: list[Awaitable[httpx.Response]] = [
            arena.send("POST", "/holds", person, body) for person in arena.people
        ]
        assert await all_at_once(holding) == {201: 1, 409: CLIENTS - 1}
    await fine(arena)


async def test_whoever_holds_gets_the_booking_whatever_others_do(arena: Arena) -> None:
    await arena.begin()
    first, *others = arena.people
    for _ in range(5):
        body = wanted(await factories.resource(arena.owner, units=2), 40, units=2)
        held = (await arena.send("POST", "/holds", first, body)).json()
        paths = ("/bookings", "/holds")
        using, *answers = await asyncio.gather(
            arena.send("POST", "/bookings", first, body | {"hold_id": held["id"]}),
            *(arena.send("POST", paths[n % 2], person, body) for n, person in enumerate(others)),
            swept(),
            swept(),
        )
        assert using.status_code == 201
        assert using.json()["unit_numbers"] == held["unit_numbers"]
        assert Counter(answer.status_code for answer in answers) == {409: CLIENTS - 1, 200: 2}
    await fine(arena)


async def test_a_hold_that_is_over_goes_to_exactly_one(arena: Arena) -> None:
    await arena.begin()
    first, *others = arena.people
    for _ in range(5):
        body = wanted(await factories.resource(arena.owner), 40)
        held = (await arena.send("POST", "/holds", first, body)).json()
        await db.execute(RUN_OUT, EVERY_KIND)
        statuses = await all_at_once([
            arena.send("POST", "/bookings", first, body | {"hold_id": held["id"]}),
            *(arena.send("POST", "/bookings", person, body) for person in others),
            swept(),
            swept(),
        ])  # fmt: skip
        assert statuses == {201: 1, 409: CLIENTS - 1, 200: 2}
    await fine(arena)


async def hold_many(arena: Arena) -> int:
    """One member holds time on a dozen resources at once; return how many are held."""
    person = arena.people[0]
    bodies = [wanted(await factories.resource(arena.owner), 40) for _ in range(12)]
    return (await all_at_once([arena.send("POST", "/holds", person, body) for body in bodies]))[201]


async def test_a_member_holds_so_much_and_no_more(arena: Arena) -> None:
    await arena.begin()
    assert await hold_many(arena) == MOST


async def test_without_the_lock_on_the_member_there_would_be_more(
    arena: Arena, monkeypatch: pytest.MonkeyPatch, until_lost: UntilLost
) -> None:
    """Negative control."""
    monkeypatch.setattr(hold, "MEMBER", "SELECT $1::uuid")
    await arena.begin()

    async def too_many(_: int) -> bool:
        await db.execute(RUN_OUT, EVERY_KIND)
        return await hold_many(arena) > MOST

    await until_lost(too_many)


async def test_freed_time_goes_along_the_line_and_to_nobody_else(arena: Arena) -> None:
    await arena.begin()
    booker, *rest = arena.people
    line, others = rest[:3], rest[3:40]
    for _ in range(5):
        resource = await factories.resource(arena.owner)
        body = wanted(resource, 40)
        taken = (await arena.send("POST", "/bookings", booker, body)).json()["id"]
        place = {"resource_id": str(resource), "from": body["starts_at"], "to": body["ends_at"], "minutes": 60}
        ids = [(await arena.send("POST", "/waitlist", person, place)).json()["id"] for person in line]
        statuses = await all_at_once([
            arena.send("POST", f"/bookings/{taken}/cancel", booker, {}),
            *(arena.send("POST", "/bookings", person, body) for person in others),
            swept(),
            swept(),
        ])  # fmt: skip
        assert statuses == {200: 3, 409: len(others)}
        statuses = await all_at_once([
            arena.send("POST", f"/waitlist/{ids[0]}/pass", line[0]),
            *(arena.send("POST", f"/waitlist/{id}/accept", who) for id, who in zip(ids[2:], line[2:], strict=True)),
            *(arena.send("POST", "/bookings", person, body) for person in others),
            swept(),
            swept(),
        ])  # fmt: skip
        assert statuses == {200: 3, 409: len(others) + 1}
        assert (await arena.send("POST", f"/waitlist/{ids[1]}/accept", line[1], {})).status_code == 201
    await fine(arena)


async def test_an_offer_is_accepted_or_runs_out_but_not_both(arena: Arena) -> None:
    await arena.begin()
    first, second, *others = arena.people[:24]
    for _ in range(5):
        resource = await factories.resource(arena.owner)
        body = wanted(resource, 40)
        start, end = (datetime.fromisoformat(body[name]) for name in ("starts_at", "ends_at"))
        ids = [str(await factories.waiting(resource, person, start, end)) for person in (first, second)]
        await sweep()

        async def run_out() -> httpx.Response:
            await db.execute(RUN_OUT, ["offer"])
            return await swept()

        accepting, *_ = await asyncio.gather(
            arena.send("POST", f"/waitlist/{ids[0]}/accept", first, {}),
            run_out(),
            swept(),
            *(arena.send("POST", "/holds", person, body) for person in others),
        )
        assert accepting.status_code in (201, 409)
        await sweep()
        place = (await arena.send("GET", f"/waitlist/{ids[0]}", first)).json()
        assert place["status"] == ("booked" if accepting.status_code == 201 else "waiting")
        await fine(arena)


async def test_an_offer_is_answered_once(arena: Arena) -> None:
    """Also where there is room for more: eight times accepted and passed at once."""
    await arena.begin()
    for _ in range(8):
        statuses, booked = await answer_at_once(arena)
        assert statuses in ({201: 1, 409: 15}, {200: 1, 409: 15})
        assert booked == statuses[201]
    await fine(arena)


async def answer_at_once(arena: Arena) -> tuple[Counter[int], int]:
    """Accept and pass one offer eight times each; return what was answered, and how many bookings it made."""
    person = arena.people[0]
    resource = await factories.resource(arena.owner, units=30)
    body = wanted(resource, 40)
    start, end = (datetime.fromisoformat(body[name]) for name in ("starts_at", "ends_at"))
    id = str(await factories.waiting(resource, person, start, end))
    await sweep()
    accepting = [arena.send("POST", f"/waitlist/{id}/accept", person, {}) for _ in range(8)]
    passing = [arena.send("POST", f"/waitlist/{id}/pass", person) for _ in range(8)]
    statuses = await all_at_once([one for pair in zip(accepting, passing, strict=True) for one in pair])
    return statuses, await db.fetchval("SELECT count(*) FROM booking WHERE resource_id = $1", resource)


async def test_without_the_second_look_an_offer_is_answered_twice(
    arena: Arena, monkeypatch: pytest.MonkeyPatch, until_lost: UntilLost
) -> None:
    """Negative control: answered as it was seen before the lock."""
    once = answer_offer._offer
    seen: dict[UUID, Any] = {}

    async def as_first_seen(id: UUID, by: Any) -> Any:
        return seen.get(id) or seen.setdefault(id, await once(id, by))

    monkeypatch.setattr(answer_offer, "_offer", as_first_seen)
    await arena.begin()

    async def answered_twice(_: int) -> bool:
        statuses, _booked = await answer_at_once(arena)
        return statuses[200] + statuses[201] > 1

    await until_lost(answered_twice)


class Storm:
    """Every door of holds, proposals and the wait list, on one resource of three units and few different hours."""

    def __init__(self, arena: Arena, resource: UUID, chance: random.Random) -> None:
        self.arena, self.resource, self.chance = arena, resource, chance
        self.holds: list[tuple[factories.Person, Any]] = []
        self.who: dict[str, factories.Person] = {}  # by place and by booking

    @property
    def person(self) -> factories.Person:
        return self.chance.choice(self.arena.people)

    async def any_of(self, sql: str) -> str | None:
        """One of the ids that the statement finds and that we have heard of."""
        known = [str(row[0]) for row in await db.fetch(sql) if str(row[0]) in self.who]
        return self.chance.choice(known) if known else None

    def body(self) -> dict[str, Any]:
        return wanted(self.resource, 40 + self.chance.randrange(12), units=self.chance.randint(1, 2))

    async def hold(self) -> httpx.Response:
        person = self.person
        answer = await self.arena.send("POST", "/holds", person, self.body())
        if answer.status_code == 201:
            self.holds.append((person, answer.json()))
        return answer

    async def book(self) -> httpx.Response:
        person, body = self.person, self.body()
        if self.holds and self.chance.random() < 0.5:
            person, held = self.chance.choice(self.holds)
            times = {name: held[name] for name in ("starts_at", "ends_at", "units")}
            body = {"resource_id": str(self.resource), "hold_id": held["id"], **times}
        answer = await self.arena.send("POST", "/bookings", person, body)
        if answer.status_code == 201:
            self.who[answer.json()["id"]] = person
        return answer

    async def give_back(self) -> httpx.Response:
        if not self.holds:
            return await self.hold()
        person, held = self.chance.choice(self.holds)
        return await self.arena.send("DELETE", f"/holds/{held['id']}", person)

    async def wait(self) -> httpx.Response:
        person, body = self.person, self.body()
        window = {"from": body["starts_at"], "to": wanted(self.resource, 50)["ends_at"]}
        place = {"resource_id": str(self.resource), "minutes": 60, **window}
        answer = await self.arena.send("POST", "/waitlist", person, place)
        if answer.status_code == 201:
            self.who[answer.json()["id"]] = person
        return answer

    async def answer(self) -> httpx.Response:
        id = await self.any_of("SELECT id FROM waiting WHERE status = 'offered'")
        if id is None or self.chance.random() < 0.3:
            return await self.wait()
        person = self.who[id]
        verb = self.chance.choice(["accept", "accept", "pass", ""])
        if not verb:
            return await self.arena.send("DELETE", f"/waitlist/{id}", person)
        return await self.arena.send("POST", f"/waitlist/{id}/{verb}", person, {} if verb == "accept" else None)

    async def change(self) -> httpx.Response:
        verb = self.chance.choice(["cancel", "approve", "decline", "propose", "propose", "move", "answer"])
        sql = "SELECT id FROM booking WHERE status IN ('requested', 'confirmed')"
        if verb == "answer":
            verb = self.chance.choice(["accept-proposal", "refuse-proposal"])
            sql = "SELECT booking_id FROM hold WHERE kind = 'proposal' AND ended_at IS NULL"
        id = await self.any_of(sql)
        if id is None:
            return await self.book()
        person, body = self.who[id], self.body()
        times = {"starts_at": body["starts_at"], "ends_at": body["ends_at"]}
        if verb == "move":
            return await self.arena.send("PATCH", f"/bookings/{id}", person, times)
        who = person if verb in ("cancel", "accept-proposal", "refuse-proposal") else self.arena.owner
        given = {"propose": times, "accept-proposal": None, "approve": None}.get(verb, {})
        return await self.arena.send("POST", f"/bookings/{id}/{verb}", who, given)

    async def let_time_pass(self) -> httpx.Response:
        await db.execute(RUN_OUT, [self.chance.choice(EVERY_KIND)])
        return await swept()


async def a_base(arena: Arena) -> UUID:
    return await factories.resource(arena.owner, units=3, approval="request")


@pytest.mark.parametrize("seed", range(3))
async def test_in_a_storm_of_all_doors_nothing_goes_wrong(arena: Arena, seed: int) -> None:
    await arena.begin()
    chance = random.Random(seed)
    storm = Storm(arena, await a_base(arena), chance)
    doors: list[Callable[[], Awaitable[httpx.Response]]] = [
        storm.hold, storm.book, storm.book, storm.give_back, storm.wait, storm.answer, storm.change, storm.change,
        storm.let_time_pass,
    ]  # fmt: skip
    statuses: Counter[int] = Counter()
    ended: set[str] = set()
    rounds = 0
    while rounds < 16 or (rounds < 100 and ended < set(EVERY_KIND)):  # until every kind of hold has had its turn
        if (
            rounds and rounds % 16 == 0
        ):  # by now all time goes to those who wait in line: elsewhere there is some for others
            storm.resource, storm.holds = await a_base(arena), []
        statuses += await all_at_once([chance.choice(doors)() for _ in range(CLIENTS // 2)])
        assert await arena.wrongs() == NOTHING_WRONG
        ended = {row["kind"] for row in await db.fetch("SELECT DISTINCT kind FROM hold WHERE ended_at IS NOT NULL")}
        rounds += 1
    assert all(status < 500 for status in statuses), statuses
    assert statuses[201] > 20, statuses
    assert ended == set(EVERY_KIND)
    await fine(arena)


async def remind_with_two_workers() -> int:
    """Two workers sweep at once; return how many reminders are owed for eight bookings and their attendee."""
    for _ in range(8):
        await booked(timedelta(hours=23))
    await asyncio.gather(*(remind.remind_guests() for _ in range(4)))
    return int(await db.fetchval("SELECT count(*) FROM notice"))


async def test_two_workers_remind_and_expire_once(arena: Arena) -> None:
    assert await remind_with_two_workers() == 16
    await db.execute("UPDATE booking SET status = 'requested', due_at = now()")
    assert sum(await asyncio.gather(*(expire.expire_requests() for _ in range(4)))) == 8
    await fine(arena)


async def test_without_the_lock_two_workers_remind_twice(
    arena: Arena, monkeypatch: pytest.MonkeyPatch, until_lost: UntilLost
) -> None:
    """Negative control."""
    monkeypatch.setattr(lock, "LOCK_OF_BOOKING", lock.LOCK_OF_BOOKING.replace("FOR NO KEY UPDATE OF r", ""))

    async def reminded_twice(_: int) -> bool:
        await db.execute("DELETE FROM notice")
        await db.execute("UPDATE booking SET status = 'completed'")
        return await remind_with_two_workers() > 16

    await until_lost(reminded_twice)
