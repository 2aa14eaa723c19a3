"""What calendars show of a booking changes with its revision: a name, the place, the zone, by whichever door."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from server.bookings.lifecycle.tell_place import tell_place
from server.calendars import feed_read
from server.core import db
from tests import factories
from tests.caldav.speaking import program, text
from tests.calendars.test_feeds import HOUR, MONDAY, World, read, subscribe, vevents, world

__all__ = ["world"]

Change = Callable[[httpx.AsyncClient, World], Awaitable[None]]


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    feed_read._kept.clear()


def of_resource(**fields: str) -> Change:
    async def change(client: httpx.AsyncClient, world: World) -> None:
        headers = world.owner.bearer | {"If-Match": "*"}
        answer = await client.patch(f"/api/v1/resources/{world.resource_id}", json=fields, headers=headers)
        assert answer.is_success, answer.text

    return change


def by_sql(statement: str) -> Change:
    async def change(client: httpx.AsyncClient, world: World) -> None:
        ids = {"owner": world.owner.actor.organization_id, "guest": world.sme.actor.organization_id}
        await db.execute(statement.format(**ids, account=world.sme.actor.account_id))

    return change


# What changes it, what is shown then, and what it adds to SEQUENCE.
CHANGES: dict[str, tuple[Change, str, int]] = {
    "the resource is renamed": (of_resource(name="新电镜"), "新电镜", 0),
    "it is moved": (of_resource(city="无锡"), "无锡", 1),
    "its zone is corrected": (of_resource(time_zone="Asia/Urumqi"), "Asia/Urumqi", 0),
    "its owner is renamed": (by_sql("UPDATE organization SET name = '新大学' WHERE id = '{owner}'"), "新大学", 0),
    "who booked is renamed": (by_sql("UPDATE organization SET name = '新公司' WHERE id = '{guest}'"), "新公司", 0),
    "the booker has another name": (by_sql("UPDATE account SET name = '新名' WHERE id = '{account}'"), "新名", 0),
}


@pytest.mark.parametrize(("change", "shown", "counts"), CHANGES.values(), ids=CHANGES)
async def test_a_text_that_changes_is_another_revision(
    client: httpx.AsyncClient, world: World, change: Change, shown: str, counts: int
) -> None:
    id = await factories.booking(world.resource_id, world.sme, MONDAY)
    feeds = [
        await subscribe(client, world.owner, scope="resource", resource_id=world.resource_id, view="owner"),
        await subscribe(client, world.sme, scope="organization"),
        await subscribe(client, world.sme, scope="person"),
    ]
    device = await program(client, world.owner)
    calendar = device.calendar(world.resource_id)
    before = [await read(client, path) for path in feeds]
    known = await device.sync(calendar)
    ctag = text((await device.find(calendar, "CS:getctag"))[0], "CS:getctag")
    await change(client, world)
    for path, old in zip(feeds, before, strict=True):
        new = await read(client, path, If_None_Match=old.headers["etag"])
        assert new.status_code == 200
        assert shown in new.text
        [was], [now] = vevents(old), vevents(new)
        assert now["DTSTAMP"].dt > was["DTSTAMP"].dt
        assert now["LAST-MODIFIED"].dt > was["LAST-MODIFIED"].dt
        assert now["SEQUENCE"] == was["SEQUENCE"] + counts
    changed = await device.sync(calendar, known.token)
    assert list(changed.changed) == [f"{calendar}booking-{id}.ics"]
    assert changed.token != known.token
    assert text((await device.find(calendar, "CS:getctag"))[0], "CS:getctag") != ctag


async def test_what_is_over_or_given_up_stays_as_it_was(client: httpx.AsyncClient, world: World) -> None:
    past = await factories.booking(world.resource_id, world.sme, MONDAY - 60 * 24 * HOUR, status="completed")
    gone = await factories.booking(world.resource_id, world.sme, MONDAY, status="cancelled")
    await of_resource(city="无锡", name="新")(client, world)
    rows: Any = await db.fetch("SELECT id, version, sequence FROM booking")
    assert {row["id"]: (row["version"], row["sequence"]) for row in rows} == {past: (1, 0), gone: (1, 0)}
    assert await tell_place() == 0


async def told(booking_id: UUID) -> list[str]:
    rows = await db.fetch(
        "SELECT recipient, facts ->> 'place' AS place, kind FROM notice WHERE booking_id = $1", booking_id
    )
    return sorted(f"{row['kind']} {row['recipient']} {row['place']}" for row in rows)


async def test_a_change_of_place_is_told_by_mail_once_and_a_name_is_not(
    client: httpx.AsyncClient, world: World
) -> None:
    id = await factories.booking(world.resource_id, world.sme, MONDAY)
    other = await factories.booking(world.resource_id, world.other, MONDAY + 24 * HOUR)
    await of_resource(name="新电镜")(client, world)
    assert await tell_place() == 0
    await of_resource(city="无锡")(client, world)
    assert await tell_place() == 1
    assert await tell_place() == 0
    for booking, person in ((id, world.sme), (other, world.other)):
        assert await told(booking) == [f"changed {person.actor.email} 无锡"]


async def test_without_the_trigger_calendars_would_keep_the_old_name(client: httpx.AsyncClient, world: World) -> None:
    """Negative control: it is the trigger that makes another revision, not what else changes."""
    await factories.booking(world.resource_id, world.sme, MONDAY)
    path = await subscribe(client, world.sme, scope="organization")
    before = await read(client, path)
    await db.execute("SET LOCAL ROLE NONE")  # the application may not do this
    await db.execute("ALTER TABLE resource DISABLE TRIGGER resource_is_shown_anew")
    await of_resource(name="新电镜")(client, world)
    assert (await read(client, path, If_None_Match=before.headers["etag"])).status_code == 304
