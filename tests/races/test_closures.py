"""An owner closes over bookings while they are made, moved and cancelled."""

import asyncio

import pytest

from tests import factories
from tests.races.conftest import Arena
from tests.races.test_races import NOTHING_WRONG, wanted

pytestmark = pytest.mark.races


async def test_closing_over_bookings_races_with_booking_and_cancelling(arena: Arena) -> None:
    await arena.begin()
    resource = await factories.resource(arena.owner, units=3)
    kept = [
        (person, (await arena.send("POST", "/bookings", person, wanted(resource, 30 + 2 * n))).json()["id"])
        for n, person in enumerate(arena.people[:8])
    ]
    times = wanted(resource, 32, 8)
    del times["resource_id"]
    path = f"/resources/{resource}/closures"
    bookers = zip(arena.people[8:32], [wanted(resource, 32 + n % 6) for n in range(24)], strict=True)
    sending = [
        *(arena.send("POST", "/bookings", person, body) for person, body in bookers),
        *(arena.send("POST", path, arena.owner, times | {"over_bookings": "cancel", "units": n}) for n in (1, 2)),
        *(arena.send("POST", f"/bookings/{id}/cancel", person, {}) for person, id in kept[:4]),
    ]  # fmt: skip
    answers = await asyncio.gather(*sending)
    assert {answer.status_code for answer in answers} <= {200, 201, 409}
    assert [answer.status_code for answer in answers[24:26]] == [201, 201]
    assert await arena.wrongs() == NOTHING_WRONG
    assert arena.deadlocks() == 0
