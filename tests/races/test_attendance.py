"""Coming, leaving early and being missed, raced against each other and against those who want the time."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from server.bookings.attendance.release_unused import release_unused
from server.core import db
from tests import factories
from tests.races.conftest import CLIENTS, Arena
from tests.races.test_races import NOTHING_WRONG

pytestmark = pytest.mark.races


async def begun(arena: Arena) -> tuple[str, dict[str, str]]:
    """A booking that is due to be released, and a body that books what would be left of it."""
    resource = await factories.resource(arena.owner, check_in_required=True, release_after_minutes=15)
    now = datetime.now(UTC)
    starts_at = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0) - timedelta(minutes=30)
    id = await factories.booking(resource, arena.people[0], starts_at, 300)
    await db.execute("UPDATE booking SET confirmed_at = created_at WHERE id = $1", id)
    rest = {"starts_at": starts_at + timedelta(minutes=60), "ends_at": starts_at + timedelta(minutes=300)}
    return str(id), {"resource_id": str(resource)} | {name: at.isoformat() for name, at in rest.items()}


async def status_of(id: str) -> str:
    return str(await db.fetchval("SELECT status FROM booking WHERE id = $1::text::uuid", id))


async def test_who_comes_while_the_sweep_releases_is_in_or_missed_and_nothing_between(arena: Arena) -> None:
    await arena.begin()
    outcomes: Counter[str] = Counter()
    for _ in range(8):
        id, rest = await begun(arena)
        coming = [arena.send("POST", f"/bookings/{id}/check-in", arena.people[0]) for _ in range(8)]
        wanting = [arena.send("POST", "/bookings", person, rest) for person in arena.people[1:25]]
        sweeping = asyncio.gather(*(release_unused() for _ in range(4)))
        answers = await asyncio.gather(*coming, *wanting)
        swept = await sweeping
        came = {answer.status_code for answer in answers[:8]}
        won = Counter(answer.status_code for answer in answers[8:])
        status = await status_of(id)
        outcomes[status] += 1
        assert sum(swept) == (status == "no_show")
        assert came == ({200} if status == "in_use" else {409})
        assert set(won) <= {201, 409}
        assert won[201] <= (status == "no_show")
    assert set(outcomes) <= {"in_use", "no_show"}
    assert await arena.wrongs() == NOTHING_WRONG | {"untold": outcomes["in_use"]}
    assert arena.deadlocks() == 0


async def test_what_is_given_back_early_is_taken_once(arena: Arena) -> None:
    await arena.begin()
    for _ in range(8):
        id, rest = await begun(arena)
        await arena.send("POST", f"/bookings/{id}/check-in", arena.people[0])
        leaving = [arena.send("POST", f"/bookings/{id}/check-out", arena.people[0]) for _ in range(4)]
        wanting = [arena.send("POST", "/bookings", person, rest) for person in arena.people[1:CLIENTS]]
        answers = await asyncio.gather(*leaving, *wanting)
        assert {answer.status_code for answer in answers[:4]} == {200}
        assert len({answer.json()["version"] for answer in answers[:4]}) == 1
        won = Counter(answer.status_code for answer in answers[4:])
        assert set(won) <= {201, 409}
        assert won[201] <= 1
        last = await arena.send("POST", "/bookings", arena.people[0], rest)
        assert (won[201], last.status_code) in {(1, 409), (0, 201)}
    assert await arena.wrongs() == NOTHING_WRONG
    assert arena.deadlocks() == 0
