"""Everything fails, again and again, while people book, move and cancel; and every change still arrives.

What is measured is printed (`pytest -s -m faults`); what is asserted is that nothing is lost, doubled or out of order.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from server.core import db
from server.core.doorbell import queue
from tests.faults.deployment import Deployment, deployed, insist, until
from tests.faults.letters import Told, read
from tests.faults.lives import Life, Place, live, settle, span
from tests.faults.smtp import DROP, Letter, MailServer

pytestmark = pytest.mark.faults

BOOKINGS = 200
CLIENTS = 8
KILLS = 24
SHARE = -(-BOOKINGS // KILLS)  # how many are made between two kills

WAITING = "SELECT count(*) FROM notice WHERE sent_at IS NULL AND lapsed_at IS NULL AND dead_at IS NULL"
HELD_UP = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


@pytest.fixture
async def mail() -> AsyncIterator[MailServer]:
    server = await MailServer().start()
    yield server
    await server.stop()


@pytest.fixture
async def deployment(mail: MailServer) -> AsyncIterator[Deployment]:
    async with deployed(mail.url) as running:
        yield running


async def test_every_change_arrives_in_order_whatever_fails(deployment: Deployment, mail: MailServer) -> None:
    place = await settle(deployment)
    began = time.monotonic()
    async with deployment.client(place.booker.bearer) as client, asyncio.TaskGroup() as going:
        numbers = iter(range(BOOKINGS))
        lives: list[Life] = []
        turns = asyncio.Semaphore(0)

        async def book() -> None:
            for number in numbers:
                await turns.acquire()
                lives.append(await live(number, place, client))

        for _ in range(CLIENTS):
            going.create_task(book())
        going.create_task(trouble(deployment, mail, turns, lives))
    well = time.monotonic()

    async def all_sent() -> bool:
        async with deployment.database():
            return bool(await db.fetchval(WAITING) == 0)

    await until(all_sent, moved=lambda: len(mail.letters))
    changes = sum(life.revisions for life in lives)
    last = max(letter.at for letter in mail.letters) - well
    copies = len(mail.letters) - len({letter.content for letter in mail.letters})
    print(
        f"\n{len(lives)} bookings, {changes} changes, {well - began:.0f} s of trouble with {KILLS} kills of workers:"
        f" {len(mail.letters)} messages, {copies} of them second copies;"
        f" the last one {last:.1f} s after all was well again"
    )
    assert len(lives) == BOOKINGS
    check(lives, place, mail.letters)
    lost = [letter for letter in mail.letters if letter.content != mail.letters[100].content]
    for wrong in (lost, mail.letters[::-1]):
        with pytest.raises(AssertionError):
            check(lives, place, wrong)  # it would have seen a lost one, or one that overtook another


async def trouble(deployment: Deployment, mail: MailServer, turns: asyncio.Semaphore, lives: list[Life]) -> None:
    """Kill one worker after the other and let everything else fail meanwhile; leave it all well.

    After each kill a share of the bookings has its turn. The next comes when the killed worker is up again and the
    share before is done, however long that takes.
    """
    for kill in range(KILLS):
        number = 1 + kill % 2
        deployment.kill_worker(number)
        said = deployment.said(number)
        deployment.start_worker(number)
        for _ in range(SHARE):
            turns.release()
        match kill:
            case 2:
                await flush(deployment)
            case 3:
                await mail.stop()
            case 5:
                await mail.start()
                mail.at_data = DROP
            case 7:
                mail.at_data, mail.at_rcpt = "", "451 4.3.0 try later"
            case 9:
                mail.at_rcpt = ""
                await asyncio.to_thread(deployment.postgres.stop, "immediate")
                await asyncio.to_thread(deployment.postgres.start)
            case 11:
                await asyncio.to_thread(deployment.valkey.stop)
            case 13:
                await asyncio.to_thread(deployment.valkey.start)
                mail.at_data = "452 4.3.1 disk full"
            case 15:
                mail.at_data = ""
                await asyncio.to_thread(deployment.postgres.stop, "immediate")
                await asyncio.to_thread(deployment.postgres.start)
            case 17:
                mail.at_data = DROP
            case 19:
                mail.at_data = ""
                deployment.kill_server()
                deployment.start_server()
            case 21:
                await flush(deployment)

        async def going_on(number: int = number, said: int = said, done: int = kill * SHARE) -> bool:
            return deployment.said(number) > said and len(lives) >= min(done, BOOKINGS)

        await until(going_on, moved=lambda: len(lives))


async def flush(deployment: Deployment) -> None:
    redis = queue(deployment.valkey.url)
    await redis.flushall()
    await redis.aclose(close_connection_pool=True)


def check(lives: list[Life], place: Place, letters: list[Letter]) -> None:
    """Every revision was told to every guest, the first copies in order and all copies the same."""
    arrived: dict[tuple[str, str], list[Told]] = defaultdict(list)
    copies: dict[str, set[bytes]] = defaultdict(set)
    for letter in letters:
        if letter.recipient == place.manager:
            continue
        told = read(letter)
        copies[told.message_id].add(letter.content)
        arrived[told.uid, told.recipient].append(told)
    assert all(len(different) == 1 for different in copies.values()), "a second copy differs"
    for life in lives:
        for guest in life.guests:
            told_first = [*dict.fromkeys(arrived[life.uid, guest])]
            assert [told.sequence for told in told_first] == [*range(life.revisions)], (life, told_first)
            assert (told_first[-1].method == "CANCEL") == life.cancelled
    assert len({letter.content for letter in letters if letter.recipient == place.manager}) == sum(
        life.revisions for life in lives
    )


async def test_a_rejected_letter_is_dead_until_it_is_replayed(deployment: Deployment, mail: MailServer) -> None:
    place = await settle(deployment)
    email = place.booker.actor.email
    mail.refused[email] = "550 5.1.1 no such user"
    async with deployment.client(place.booker.bearer) as client:
        await live(1, place, client)

    async def dead() -> bool:
        return email in await deployment.command("outbox", "list", "--state", "dead")

    await until(dead)
    assert "550 5.1.1 no such user" in await deployment.command("outbox", "list", "--state", "dead")
    assert not [letter for letter in mail.letters if letter.recipient == email]
    mail.refused.clear()
    await deployment.command("outbox", "replay")

    async def arrived() -> bool:
        return any(letter.recipient == email for letter in mail.letters)

    await until(arrived)
    assert not await dead()


async def test_one_key_is_one_booking_in_parallel_and_after_a_crash(deployment: Deployment) -> None:
    place = await settle(deployment)
    # Not tomorrow: of that the guest is reminded today.
    soon = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
    wanted = {"resource_id": str(place.resources[0]), **span(soon)}

    async def book(key: str) -> dict[str, Any]:
        answer = await insist(client, "POST", "/bookings", json=wanted, headers={"Idempotency-Key": key})
        assert answer.status_code == 201, answer.text
        booking: dict[str, Any] = answer.json()
        return booking

    async def in_the_midst() -> bool:
        async with deployment.database():
            return bool(await db.fetchval(HELD_UP))

    async with deployment.client(place.booker.bearer) as client:
        parallel = await asyncio.gather(*[book("one") for _ in range(20)])

        wanted |= span(soon + timedelta(hours=2))
        holding = await asyncpg.connect(deployment.postgres.url)
        await holding.execute("BEGIN; SELECT id FROM resource FOR UPDATE")
        crashing = [asyncio.create_task(book("two")) for _ in range(20)]
        await until(in_the_midst)
        deployment.kill_server()
        await asyncio.to_thread(deployment.postgres.stop, "immediate")
        holding.terminate()
        await asyncio.to_thread(deployment.postgres.start)
        deployment.start_server()
        crashed = await asyncio.gather(*crashing)
        again = await book("two")

    assert len({booking["id"] for booking in parallel}) == 1
    assert {booking["id"] for booking in crashed} == {again["id"]}
    async with deployment.database():
        assert await db.fetchval("SELECT count(*) FROM booking") == 2
        assert await db.fetchval("SELECT count(*) FROM live_claims") == 2
