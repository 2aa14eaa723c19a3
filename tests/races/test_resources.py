"""Owners changing and importing resources while others book them."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from server.core import db
from server.resources.imports import import_list as importing
from server.resources.imports.import_list import ImportReport, import_list
from tests import factories
from tests.losing import UntilLost
from tests.races.conftest import Arena

pytestmark = pytest.mark.races

LIST = "\n".join(["name,kind,time_zone", *(f"机器{number},equipment,Asia/Shanghai" for number in range(50))]).encode()
BEYOND = "SELECT count(*) FROM live_claims c JOIN resource r ON r.id = c.resource_id WHERE c.unit > r.units"


async def at_once(owner: factories.Person, copies: int) -> list[ImportReport | BaseException]:
    imports = (import_list(LIST + b"\n", owner.actor.organization_id) for _ in range(copies))
    return await asyncio.gather(*imports, return_exceptions=True)


async def test_a_list_sent_many_times_at_once_comes_in_once(arena: Arena) -> None:
    await arena.begin()
    reports = await at_once(arena.owner, 8)
    counts = [(report.created, report.unchanged) for report in reports if isinstance(report, ImportReport)]
    assert sorted(counts) == [(0, 50)] * 7 + [(50, 0)]


async def test_without_the_lock_on_the_owner_copies_of_a_list_collide(
    arena: Arena, monkeypatch: pytest.MonkeyPatch, until_lost: UntilLost
) -> None:
    """Negative control."""
    monkeypatch.setattr(importing, "OWNER", "SELECT $1::uuid")

    async def collided(_: int) -> bool:
        await arena.begin()
        reports = await at_once(arena.owner, 8)
        return any(isinstance(report, asyncpg.UniqueViolationError) for report in reports)

    await until_lost(collided)


async def test_no_unit_goes_away_under_a_booking(arena: Arena) -> None:
    await arena.begin()
    resource_id = await factories.resource(arena.owner, units=5)
    start = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=2)
    wanted: Any = {
        "resource_id": str(resource_id),
        "starts_at": start.isoformat(),
        "ends_at": (start + timedelta(hours=1)).isoformat(),
    }
    bookings = [arena.send("POST", "/bookings", person, wanted) for person in arena.people[:20]]
    shrinking = [arena.send("PATCH", f"/resources/{resource_id}", arena.owner, {"units": n}) for n in (4, 3, 2, 1)]
    answers = await asyncio.gather(*bookings[:10], *shrinking, *bookings[10:])
    assert {answer.status_code for answer in answers} <= {200, 201, 409, 422}
    assert await db.fetchval(BEYOND) == 0
    assert arena.deadlocks() == 0
