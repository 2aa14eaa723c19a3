"""Quotas under competition: one on a resource is counted under its lock, one on all of an owner under the guest's."""

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

import pytest

from server.bookings.capacity import lock
from server.core import db
from tests import factories
from tests.losing import UntilLost
from tests.races.conftest import Arena
from tests.races.test_races import wanted

pytestmark = pytest.mark.races

QUOTA = 5


async def race(arena: Arena, resources: list[UUID]) -> Counter[int]:
    """Let 40 colleagues book at once, each another hour."""
    organization = arena.people[0].actor.organization_id
    people = [await factories.person(organization, role="booker") for _ in range(40)]
    answers = await asyncio.gather(*(
        arena.send("POST", "/bookings", person, wanted(resources[n % len(resources)], 2 * n, 2))
        for n, person in enumerate(people)
    ))  # fmt: skip
    return Counter(answer.status_code for answer in answers)


async def test_a_quota_of_a_resource_is_never_exceeded(arena: Arena) -> None:
    await arena.begin()
    resource = await factories.resource(arena.owner, quotas=[{"bookings": QUOTA}])
    assert await race(arena, [resource]) == {201: QUOTA, 422: 40 - QUOTA}
    assert arena.deadlocks() == 0


async def shared(arena: Arena) -> list[UUID]:
    rules: dict[str, Any] = {"quotas": [{"bookings": QUOTA, "across": "owner"}]}
    return [await factories.resource(arena.owner, **rules) for _ in range(8)]


async def test_a_quota_across_resources_is_never_exceeded(arena: Arena) -> None:
    await arena.begin()
    assert await race(arena, await shared(arena)) == {201: QUOTA, 422: 40 - QUOTA}
    assert arena.deadlocks() == 0


async def test_without_the_lock_on_the_organization_it_is(
    arena: Arena, monkeypatch: pytest.MonkeyPatch, until_lost: UntilLost
) -> None:
    """Negative control."""

    async def no_lock(*_: Any) -> None:
        """Forget the lock."""

    await arena.begin()
    monkeypatch.setattr(lock, "lock_organization", no_lock)

    async def exceeded(_: int) -> bool:
        await db.execute("UPDATE booking SET status = 'cancelled'")
        return (await race(arena, await shared(arena)))[201] > QUOTA

    await until_lost(exceeded)
