from typing import Any

import asyncpg
import httpx
import pytest

from server.core import db
from tests.bookings.lifecycle.test_change import Scene
from tests.times import at


@pytest.fixture
def scene(client: httpx.AsyncClient) -> Scene:
    return Scene(client)


async def read(scene: Scene, by: str) -> list[dict[str, object]]:
    person = getattr(scene, by)
    answer = await scene.client.get(f"/api/v1/bookings/{scene.booking['id']}/history", headers=person.bearer)
    assert answer.status_code == 200, answer.text
    return list(answer.json())


async def test_both_sides_read_who_did_what_and_why(scene: Scene) -> None:
    await scene.begin({"approval": "request"})
    await scene.post("approve", scene.owner)
    await scene.patch(purpose="钢材断口")
    await scene.patch(by=scene.owner, starts_at=at(13), ends_at=at(15))
    await scene.post("cancel", scene.sme, reason="试样未到")
    history = await read(scene, "owner")
    assert history == await read(scene, "sme")
    assert [(entry["verb"], entry["by"]) for entry in history] == [
        ("booked", scene.sme.actor.name),
        ("approved", scene.owner.actor.name),
        ("edited", scene.sme.actor.name),
        ("moved", scene.owner.actor.name),
        ("cancelled", scene.sme.actor.name),
    ]
    assert history[1]["was"] == {"status": "requested"}
    assert history[1]["became"] == {"status": "confirmed"}
    assert history[2]["became"] == {"purpose": "钢材断口"}
    assert history[3]["was"] == {"starts_at": at(9), "ends_at": at(11)}
    assert history[4]["reason"] == "试样未到"


async def test_what_changed_nothing_leaves_no_entry(scene: Scene) -> None:
    await scene.begin()
    await scene.patch(purpose="")
    await scene.post("cancel", scene.sme)
    await scene.post("cancel", scene.sme)
    assert [entry["verb"] for entry in await read(scene, "sme")] == ["booked", "cancelled"]


REWRITING = ["UPDATE booking_change SET reason = 'x'", "DELETE FROM booking_change", "TRUNCATE booking_change"]


@pytest.mark.parametrize("rewriting", REWRITING)
async def test_the_application_may_not_rewrite_it(scene: Scene, rewriting: str) -> None:
    await scene.begin()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction():
            await db.execute(rewriting)


@pytest.mark.parametrize("rewriting", REWRITING)
async def test_its_owner_cannot_rewrite_it_by_mistake(scene: Scene, rewriting: str) -> None:
    await scene.begin()
    await db.execute("SET LOCAL ROLE NONE")
    with pytest.raises(asyncpg.RestrictViolationError):
        async with db.transaction():
            await db.execute(rewriting)


async def test_without_role_and_trigger_it_could_be_rewritten(scene: Scene) -> None:
    """Negative control of the tests above."""
    await scene.begin()
    await db.execute("SET LOCAL ROLE NONE")
    await db.execute("ALTER TABLE booking_change DISABLE TRIGGER booking_change_is_kept")
    await db.execute("DELETE FROM booking_change")
    assert await read(scene, "sme") == []


async def test_who_comes_along_is_named_as_long_as_they_do(scene: Scene) -> None:
    await scene.begin()
    await scene.patch(attendees=[{"email": "li@example.com", "name": "李雷"}])
    await scene.patch(attendees=[{"email": "han@example.com", "name": "韩梅梅"}])
    kept = await db.fetchval("SELECT string_agg(c::text, '') FROM booking_change c")
    assert "li@example.com" not in kept
    last = (await read(scene, "sme"))[-1]
    was: Any = last["was"]
    assert last["became"] == {"attendees": [{"email": "han@example.com", "name": "韩梅梅"}]}
    assert list(was["attendees"][0]) == ["person"]
