"""What owners enter over CalDAV where a foreign calendar says busy, and the other way round: never an error."""

import httpx

from tests.caldav.speaking import event, program
from tests.foreign import files
from tests.foreign.conftest import Scene, noon
from tests.foreign.test_foreign import HOUR


async def test_an_owners_event_takes_the_place_of_busy_time_and_gives_it_back(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    await scene.connect()
    await scene.says(files.event(noon(2), 120))
    dav = await program(client, scene.owner)
    path = f"{dav.calendar(scene.resource)}a.ics"
    assert (await dav.put(path, event("a@x", noon(2) + HOUR, 2))).status_code == 201
    assert await scene.taken() == [(1, noon(2), noon(2) + HOUR)]
    await scene.book(noon(2) + 2 * HOUR, status=409)
    assert (await dav.ask("DELETE", path)).status_code == 204
    assert await scene.taken() == [(1, noon(2), noon(2) + 2 * HOUR)]


async def test_busy_time_takes_what_an_owners_event_leaves(scene: Scene, client: httpx.AsyncClient) -> None:
    dav = await program(client, scene.owner)
    weekly = event("a@x", noon(2), 1, "RRULE:FREQ=DAILY;COUNT=3")
    assert (await dav.put(f"{dav.calendar(scene.resource)}a.ics", weekly)).status_code == 201
    id = await scene.connect()
    await scene.says(files.event(noon(2) - HOUR, 180), files.event(noon(3), 60))
    assert await scene.taken() == [(1, noon(2) - HOUR, noon(2)), (1, noon(2) + HOUR, noon(2) + 2 * HOUR)]
    assert (await scene.check(id))["conflicts"] == 0


async def test_a_booking_stands_against_both(scene: Scene, client: httpx.AsyncClient) -> None:
    await scene.book(noon(2))
    id = await scene.connect()
    await scene.says(files.event(noon(2)))
    dav = await program(client, scene.owner)
    refused = await dav.put(f"{dav.calendar(scene.resource)}a.ics", event("a@x", noon(2), 1))
    assert refused.status_code in (403, 409)
    assert (await scene.check(id))["conflicts"] == 1
    assert await scene.taken() == []
