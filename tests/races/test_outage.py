"""Every sweep after an outage: the database clock is put on, and several workers at once do all that is due, once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from server.bookings.lifecycle.expire import expire_requests
from server.core import db
from server.core.due import BATCH
from server.core.ids import new_id
from server.privacy.retention import forget_expired
from tests import clock, factories
from tests.conftest import Services
from tests.races.conftest import Arena, opened
from tests.races.test_races import wanted
from tests.times import at
from tests.worker import news
from worker.periodic import SWEEPS

pytestmark = pytest.mark.races

WORKERS = 4
SO_MANY = 3
# That which looks only once an hour is asked to look now.
ONE_BY_ONE = {one.__name__: one for one in SWEEPS} | {"forget": forget_expired}


class Case:
    """What becomes due, when the workers come back, and what must be seen after that."""

    def __init__(self, prepare: "Prepare", back: str, seen: str, right: Any) -> None:
        self.prepare, self.back, self.seen, self.right = prepare, back, seen, right


Prepare = Callable[[Arena], Awaitable[Any]]
IMPORT = """
INSERT INTO list_import (id, owner_id, member_id, content, confirmed_at) VALUES ($1, $2, $3, $4, $5)
"""
EXPORT = "INSERT INTO export (id, owner_id, member_id, subject, created_at) VALUES ($1, $2, $3, 'resources', $4)"
LATER = datetime.fromisoformat(at(9, days=2))
LIVE = "SELECT count(*) FROM claim WHERE released_at IS NULL"
STATUSES = "SELECT string_agg(DISTINCT status, ' ') FROM booking"
# Entries that have no place in the chain, and places that are no entry's.
PLACES = """
SELECT count(*) FROM audit_entry e FULL JOIN audit_seal s ON s.entry_id = e.id WHERE e.id IS NULL OR s.hash IS NULL
"""
KINDS = "SELECT string_agg(DISTINCT kind, ' ') FROM notice WHERE kind <> ALL ('{requested,owner_requested}')"


async def _holds(arena: Arena) -> None:
    resource = await factories.resource(arena.owner, units=SO_MANY)
    for person in arena.people[:SO_MANY]:
        assert (await arena.send("POST", "/holds", person, wanted(resource, 40))).status_code == 201


async def _requests(arena: Arena) -> None:
    resource = await factories.resource(arena.owner, units=SO_MANY, approval="request")
    for person in arena.people[:SO_MANY]:
        assert (await arena.send("POST", "/bookings", person, wanted(resource, 40))).status_code == 201


async def _bookings(arena: Arena, **rules: Any) -> None:
    resource = await factories.resource(arena.owner, units=SO_MANY, **rules)
    for n, person in enumerate(arena.people[:SO_MANY]):
        start = datetime.fromisoformat(at(10))
        id = await factories.booking(resource, person, start, 240, units=0, sequence=0)
        await factories.claim(resource, start, datetime.fromisoformat(at(14)), unit=n + 1, booking_id=id)
        await db.execute("UPDATE booking SET units = 1, revised_at = revised_at - interval '1 day'")


async def _missed(arena: Arena) -> None:
    await _bookings(arena, check_in_required=True, release_after_minutes=15)


async def _waiting(arena: Arena) -> None:
    """Two whose time is free, and one whose time is taken, and over when the workers are back."""
    resource = str(await factories.resource(arena.owner, units=SO_MANY))
    full = {"resource_id": resource, "starts_at": at(9, days=1), "ends_at": at(10, days=1), "units": SO_MANY}
    assert (await arena.send("POST", "/bookings", arena.owner, full)).status_code == 201
    for person, days in zip(arena.people, (7, 7, 1), strict=False):
        start, end = (datetime.fromisoformat(at(hour, days=days)) for hour in (9, 10))
        await factories.waiting(UUID(resource), person, start, end)


async def _grants(arena: Arena) -> None:
    resource, id = await factories.resource(arena.owner), new_id()
    sql = "INSERT INTO qualification (id, owner_id, name) VALUES ($1, $2, 'SEM')"
    await db.execute(sql, id, arena.owner.actor.organization_id)
    await db.execute("INSERT INTO needed_qualification (resource_id, qualification_id) VALUES ($1, $2)", resource, id)
    sql = 'INSERT INTO "grant" (id, qualification_id, account_id, granted_at, expires_at) VALUES ($1, $2, $3, $4, $5)'
    times = datetime.fromisoformat(at(9, days=0)), datetime.fromisoformat(at(9, days=60))
    for person in arena.people[:SO_MANY]:
        await db.execute(sql, new_id(), id, person.actor.account_id, *times)


async def _country(arena: Arena) -> None:
    await factories.resource(arena.owner)
    await db.execute("UPDATE resource SET country = 'CN'")


async def _news(arena: Arena) -> None:
    sql = """
    INSERT INTO digest_item (id, account_id, booking_id, kind, facts, owed_at) VALUES ($1, $2, $3, $4, $5, now())
    """
    facts = msgspec.json.encode(news.facts(await factories.resource(arena.owner))).decode()
    for person in arena.people[:SO_MANY]:
        await db.execute(sql, new_id(), person.actor.account_id, new_id(), "owner_confirmed", facts)


async def _answers(arena: Arena) -> None:
    sql = """
    INSERT INTO idempotency_key (by_id, key, account_id, fingerprint, created_at) VALUES ($1, 'k', $2, '', now())
    """
    for person in arena.people[:SO_MANY]:
        await db.execute(sql, person.actor.member_id, person.actor.account_id)


async def _deliveries(arena: Arena) -> None:
    endpoint, owner = new_id(), arena.owner.actor
    sql = "INSERT INTO webhook_endpoint (id, organization_id, member_id, url) VALUES ($1, $2, $3, '')"
    await db.execute(sql, endpoint, owner.organization_id, owner.member_id)
    sql = """
    INSERT INTO webhook_delivery (id, endpoint_id, event_id, type, subject_id, owed_at, sent_at)
    VALUES ($1, $2, $1, 'booking.confirmed', $1, now(), now())
    """
    for _ in range(SO_MANY):
        await db.execute(sql, new_id(), endpoint)


async def _tickets(arena: Arena) -> None:
    sql = "INSERT INTO ticket (id, account_id, purpose, expires_at) VALUES ($1, $2, 'verify', now())"
    for person in arena.people[:SO_MANY]:
        await db.execute(sql, new_id(), person.actor.account_id)


async def _repeating(arena: Arena) -> None:
    """An owner's program puts in an event that repeats every week without end."""
    resource = await factories.resource(arena.owner)
    made = (await arena.send("POST", "/app-passwords", arena.owner, {"label": "laptop"})).json()
    start = datetime.fromisoformat(at(12, days=0)) + timedelta(hours=1)
    event = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:weekly\r\n"
        f"DTSTAMP:20260101T000000Z\r\nDTSTART:{start.astimezone(UTC):%Y%m%dT%H%M%SZ}\r\nDURATION:PT1H\r\n"
        "RRULE:FREQ=WEEKLY\r\nSUMMARY:maintenance\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    transport = httpx.ASGITransport(app=arena.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://rongtong.test") as client:
        home = f"/dav/cal/{arena.owner.actor.member_id}/{resource}/weekly.ics"
        put = await client.put(home, content=event, auth=(made["user"], made["password"]))
    assert put.status_code == 201, (put.status_code, put.text)


async def _lists(arena: Arena) -> None:
    who = arena.owner.actor
    for number in range(SO_MANY):
        data = f"name,kind,time_zone\nM{number},equipment,Asia/Shanghai\n".encode()
        await db.execute(IMPORT, new_id(), who.organization_id, who.member_id, data, LATER)


async def _tables(arena: Arena) -> None:
    who = arena.owner.actor
    for _ in range(SO_MANY):
        await db.execute(EXPORT, new_id(), who.organization_id, who.member_id, LATER)


async def _forgotten(arena: Arena) -> None:
    await db.execute("DELETE FROM search_text")


async def _moved(arena: Arena) -> None:
    for person in arena.people[:SO_MANY]:
        resource = await factories.resource(arena.owner)
        await factories.booking(resource, person, datetime.fromisoformat(at(10)), 60)
    await db.execute("UPDATE resource SET city = 'Suzhou'")


CASES = {
    "keep_searchable": Case(
        _forgotten, at(9), "SELECT count(*) - (SELECT count(*) FROM search_text) FROM resource", 0
    ),
    "write_exports": Case(_tables, at(9, days=3), "SELECT count(*) FROM letter WHERE kind = 'export_ready'", SO_MANY),
    "run_imports": Case(_lists, at(9, days=3), "SELECT count(*) FROM resource WHERE name LIKE 'M_'", SO_MANY),
    "send_digests": Case(_news, at(9, days=3), "SELECT count(*) FROM letter WHERE kind = 'digest'", SO_MANY),
    "forget": Case(_answers, at(9, days=9), "SELECT count(*) FROM idempotency_key", 0),
    "forget_deliveries": Case(_deliveries, at(9, days=40), "SELECT count(*) FROM webhook_delivery", 0),
    "forget_spent": Case(_tickets, at(9, days=9), "SELECT count(*) FROM ticket", 0),
    "seal": Case(_holds, at(9, days=3), PLACES, 0),
    "repeat_further": Case(_repeating, at(12, days=21), "SELECT count(DISTINCT during) - count(*) FROM closure", 0),
    "expire_holds": Case(_holds, at(9, days=3), LIVE, 0),
    "expire_requests": Case(_requests, at(9, days=6), STATUSES, "expired"),
    "release_unused": Case(_missed, at(11, 7), "SELECT DISTINCT ends_at FROM booking", at(11, 15)),
    "complete_over": Case(_bookings, at(9, days=9), STATUSES, "completed"),
    "offer_freed_time": Case(
        _waiting, at(9, days=3), "SELECT string_agg(status, ' ' ORDER BY position) FROM waiting", "offered offered over"
    ),
    "tell_place": Case(_moved, at(9), "SELECT count(*) FROM notice WHERE kind = 'changed'", SO_MANY),
    "remind_deciders": Case(_requests, at(13, days=3), KINDS, "owner_due"),
    "remind_guests": Case(_bookings, at(9, 30), KINDS, "reminder_hour"),  # the one a day before would be late
    "remind_of_expiry": Case(
        _grants, at(9, days=40), 'SELECT count(*) FROM "grant" WHERE reminded_at IS NOT NULL', SO_MANY
    ),
    "fill_missing": Case(
        _country, at(9), "SELECT count(*) - count(DISTINCT day) FROM holiday WHERE country = 'CN'", 0
    ),
}  # fmt: skip


@pytest.fixture
async def outage(services: Services, app: Any, _pool: None) -> AsyncIterator[Arena]:
    """Nobody sweeps for a while."""
    async with opened(services, app, standing=True) as arena:
        await clock.put_to(datetime.fromisoformat(at(12, days=0)))
        yield await arena.begin()


async def come_back(sweep: Callable[[], Awaitable[int]]) -> int:
    """Let the workers sweep at once; return how much they did."""
    return sum(await asyncio.gather(*(sweep() for _ in range(WORKERS))))


@pytest.mark.parametrize("name", ONE_BY_ONE)
async def test_what_became_due_in_an_outage_is_done_once(outage: Arena, name: str) -> None:
    case, sweep = CASES[name], ONE_BY_ONE[name]
    await case.prepare(outage)
    if name not in ("fill_missing", "keep_searchable", "tell_place"):
        assert await come_back(sweep) == (2 if name == "offer_freed_time" else 0), "nothing else is due before"
    await clock.put_to(datetime.fromisoformat(case.back))
    done = await come_back(sweep)
    assert done == {"fill_missing": done, "keep_searchable": done, "offer_freed_time": 1, "seal": 0}.get(name, SO_MANY)
    seen = await db.fetchval(case.seen)
    assert seen == (datetime.fromisoformat(case.right) if isinstance(seen, datetime) else case.right)
    told = await db.fetchval("SELECT count(*) FROM notice")
    assert [await come_back(sweep), await come_back(sweep)] == [0, 0]
    assert await db.fetchval("SELECT count(*) FROM notice") == told
    assert outage.deadlocks() == 0


async def test_a_long_outage_is_made_up_for_round_by_round(outage: Arena) -> None:
    """More than one round does, while the clock stands: nothing is left out, nothing is done twice."""
    resource = await factories.resource(outage.owner, units=BATCH + 20)
    for n in range(BATCH + 20):
        start = datetime.fromisoformat(at(10))
        id = await factories.booking(resource, outage.people[0], start, units=0, status="requested")
        await factories.claim(resource, start, datetime.fromisoformat(at(11)), unit=n + 1, booking_id=id)
    await db.execute("UPDATE booking SET units = 1, due_at = now()")
    assert [await expire_requests() for _ in range(3)] == [BATCH, 20, 0]
    assert (await db.fetchval(STATUSES), await db.fetchval(LIVE)) == ("expired", 0)
