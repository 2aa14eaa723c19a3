"""A manager of named resources runs these, and has no part in what the organization books elsewhere."""

from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from server.core import db
from tests import factories
from tests.organizations.scene import Speaker
from tests.times import at

PURPOSE = "calibration of the secret alloy"


class Scene:
    """An organization with an admin, a manager of X and a booker; the admin has booked Y and X of their own, and Z."""

    async def begin(self, client: httpx.AsyncClient) -> "Scene":
        self.admin = Speaker(client, await factories.person(kind="university"))
        of = self.admin.organization_id
        self.x, self.y = [await factories.resource(of) for _ in range(2)]
        self.z = await factories.resource(await factories.person(kind="university"))
        self.booker = Speaker(client, await factories.person(of, "booker"))
        self.scoped = await self.manager(client)
        self.on = {one: await self.book(self.admin, one) for one in (self.x, self.y, self.z)}
        return self

    async def manager(self, client: httpx.AsyncClient) -> Speaker:
        """One who was invited with `resource_ids: [X]`."""
        person = await factories.person(self.admin.organization_id, "booker")
        rights = {"role": "manager", "resource_ids": [str(self.x)]}
        await self.admin.send("PUT", f"/members/{person.actor.member_id}/rights", 200, json=rights)
        named = msgspec.structs.replace(person.actor, role="manager", named=(self.x,))
        return Speaker(client, factories.Person(named, person.token))

    async def book(self, by: Speaker, resource: UUID, day: int = 0) -> Any:
        body = {
            "resource_id": str(resource), "starts_at": at(day, 600), "ends_at": at(day, 660), "purpose": PURPOSE,
            "attendees": [{"email": "guest@example.org", "name": "Guest"}],
        }  # fmt: skip
        return await by.send("POST", "/bookings", 201, json=body)


@pytest.fixture
async def scene(client: httpx.AsyncClient) -> Scene:
    return await Scene().begin(client)


async def listed(by: Speaker) -> set[str]:
    return {one["id"] for one in (await by.send("GET", "/bookings", 200))["items"]}


async def test_what_a_colleague_booked_elsewhere_is_not_theirs_to_see(scene: Scene) -> None:
    assert await listed(scene.scoped) == {scene.on[scene.x]["id"]}
    for elsewhere in (scene.y, scene.z):
        id = scene.on[elsewhere]["id"]
        for path in (f"/bookings/{id}", f"/bookings/{id}/history", f"/bookings/{id}/calendar"):
            await scene.scoped.send("GET", path, 404)
        await scene.scoped.send("GET", f"/bookings/{id}/check-in-code", 404)


async def test_nor_to_change(scene: Scene) -> None:
    whole = {"If-Match": "*"} | scene.scoped.person.bearer
    for elsewhere in (scene.y, scene.z):
        id = scene.on[elsewhere]["id"]
        for path in ("cancel", "check-out", "accept-proposal", "refuse-proposal"):
            await scene.scoped.send("POST", f"/bookings/{id}/{path}", 404, json={})
        # Everyone of the owner's organization checks in whoever shows the code.
        expect = 403 if elsewhere == scene.y else 404
        await scene.scoped.send("POST", f"/bookings/{id}/check-in", expect, json={})
        to = {"member_id": str(scene.booker.member_id)}
        await scene.scoped.send("POST", f"/bookings/{id}/hand-over", 404, json=to)
        moved = await scene.scoped.client.patch(f"/api/v1/bookings/{id}", headers=whole, json={"purpose": "mine"})
        assert moved.status_code == 404
        assert await db.fetchval("SELECT status FROM booking WHERE id = $1::uuid", id) == "confirmed"


async def test_nor_in_a_series_or_a_group_or_an_export(scene: Scene) -> None:
    series = {"resource_id": str(scene.y), "starts_at": at(3, 600), "ends_at": at(3, 660), "purpose": PURPOSE}
    made = await scene.admin.send("POST", "/series", 201, json=series | {"rule": "FREQ=DAILY;COUNT=2"})
    await scene.scoped.send("GET", f"/series/{made['id']}", 404)
    await scene.scoped.send("POST", f"/series/{made['id']}/cancel", 404, json={})
    items = [
        {"resource_id": str(one), "starts_at": at(6, 600), "ends_at": at(6, 660), "purpose": PURPOSE}
        for one in (scene.y, scene.z)
    ]
    group = await scene.admin.send("POST", "/bookings", 201, json={"items": items})
    id = (group.get("items") or group["bookings"])[0]["group_id"]
    await scene.scoped.send("GET", f"/groups/{id}", 404)
    await scene.scoped.send("POST", f"/groups/{id}/cancel", 404, json={})


async def test_nor_in_the_feed_of_the_organization(scene: Scene) -> None:
    await scene.book(scene.scoped, scene.y, day=8)
    address = (await scene.scoped.send("POST", "/feeds", 201, json={"scope": "organization"}))["url"]
    feed = (await scene.scoped.client.get(httpx.URL(address).path)).text
    assert feed.count("BEGIN:VEVENT") == 1
    address = (await scene.booker.send("POST", "/feeds", 201, json={"scope": "organization"}))["url"]
    assert (await scene.booker.client.get(httpx.URL(address).path)).text.count("BEGIN:VEVENT") == 4


async def test_what_stands_on_their_resource_and_what_they_booked_is_theirs(scene: Scene) -> None:
    own = await scene.book(scene.scoped, scene.y, day=1)
    assert await listed(scene.scoped) == {scene.on[scene.x]["id"], own["id"]}
    for one in (scene.on[scene.x], own):
        seen = await scene.scoped.send("GET", f"/bookings/{one['id']}", 200)
        assert seen["purpose"] == PURPOSE
        await scene.scoped.send("POST", f"/bookings/{one['id']}/cancel", 200, json={})


async def test_those_who_manage_all_and_bookers_see_what_the_organization_booked(scene: Scene) -> None:
    every = {one["id"] for one in scene.on.values()}
    assert await listed(scene.admin) == await listed(scene.booker) == every
    await scene.booker.send("POST", f"/bookings/{scene.on[scene.y]['id']}/cancel", 403, json={})
    manager = Speaker(scene.admin.client, await factories.person(scene.admin.organization_id, "manager"))
    assert await listed(manager) == every
    await manager.send("POST", f"/bookings/{scene.on[scene.z]['id']}/cancel", 200, json={})


async def test_control_a_manager_of_all_would_be_seen_through(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: without the right of its own, they see and cancel what the admin booked."""
    monkeypatch.setattr("server.core.actor.Actor.guest", None)
    id = scene.on[scene.y]["id"]
    assert (await scene.scoped.send("GET", f"/bookings/{id}", 200))["purpose"] == PURPOSE
    await scene.scoped.send("POST", f"/bookings/{id}/cancel", 200, json={})
