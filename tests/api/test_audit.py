"""Operators search the log, an organization reads what is about itself, and nobody else's."""

import csv
import io
from typing import Any

import httpx
import pytest

from server.audit import seal
from server.core import db
from tests import factories
from tests.times import at


async def operator() -> factories.Person:
    person = await factories.person()
    await db.execute("UPDATE account SET is_operator = true WHERE id = $1", person.actor.account_id)
    return person


class Scene:
    """An owner with a resource on which an SME has booked and cancelled."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def begin(self) -> "Scene":
        self.owner, self.sme, self.other = [await factories.person(kind=kind) for kind in ("university", "sme", "sme")]
        self.resource = await factories.resource(self.owner)
        body = {"resource_id": str(self.resource), "starts_at": at(9), "ends_at": at(10), "purpose": "断口"}
        made = await self.client.post("/api/v1/bookings", json=body, headers=self.sme.bearer)
        self.booking = made.json()["id"]
        await self.client.post(f"/api/v1/bookings/{self.booking}/cancel", json={}, headers=self.sme.bearer)
        return self

    async def read(self, by: factories.Person, path: str = "organization/audit", **query: Any) -> Any:
        answer = await self.client.get(f"/api/v1/{path}", params=query, headers=by.bearer)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]


@pytest.fixture
async def scene(client: httpx.AsyncClient) -> Scene:
    return await Scene(client).begin()


async def test_a_booking_is_in_the_log_of_guest_and_owner_and_of_nobody_else(scene: Scene) -> None:
    for by, name in ((scene.sme, scene.sme.actor.name), (scene.owner, None)):
        entries = await scene.read(by, noun="booking")
        assert [(one["verb"], one["object_id"], one["name"]) for one in entries] == [
            ("cancelled", scene.booking, name),
            ("booked", scene.booking, name),
        ]
    assert await scene.read(scene.other, noun="booking") == []


async def test_an_entry_says_who_what_and_in_which_request(scene: Scene) -> None:
    cancelled, booked = await scene.read(scene.sme, noun="booking")
    assert (cancelled["was"]["status"], cancelled["became"]["status"]) == ("confirmed", "cancelled")
    assert booked["became"]["resource_id"] == str(scene.resource)
    assert booked["became"]["purpose"].startswith("text:")
    assert booked["member_id"] == str(scene.sme.actor.member_id)
    assert len(booked["request_id"]) == 32
    assert booked["actor"] == "member"


async def test_an_operator_searches_all(scene: Scene) -> None:
    by = await operator()
    asked = {"organization": str(scene.owner.actor.organization_id), "object": scene.booking}
    assert len(await scene.read(by, "operator/audit", **asked)) == 2
    asked |= {"verb": "booked", "actor": str(scene.sme.actor.account_id)}
    (one,) = await scene.read(by, "operator/audit", **asked)
    assert one["name"] == scene.sme.actor.name
    assert await scene.read(by, "operator/audit", **asked, to="2020-01-01T00:00:00Z") == []
    assert await scene.read(by, "operator/audit", **asked, **{"from": "2100-01-01T00:00:00Z"}) == []


@pytest.mark.parametrize("path", ["operator/audit", "organization/audit", "organization/audit.csv"])
async def test_others_may_not_look(client: httpx.AsyncClient, path: str) -> None:
    booker = await factories.person(role="booker")
    assert (await client.get(f"/api/v1/{path}", headers=booker.bearer)).status_code == 403
    assert (await client.get(f"/api/v1/{path}")).status_code == 401


async def test_pages_of_the_log_hold_every_entry_once(scene: Scene) -> None:
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await scene.client.get(
            "/api/v1/organization/audit", params={"limit": 1, **cursor}, headers=scene.sme.bearer
        )
        seen += [one["id"] for one in answer.json()["items"]]
        if not answer.json()["next_cursor"]:
            break
        cursor = {"cursor": answer.json()["next_cursor"]}
    assert len(seen) == len(set(seen)) == 2


async def test_the_file_has_the_same_rows(scene: Scene) -> None:
    await seal.seal()
    answer = await scene.client.get("/api/v1/organization/audit.csv", headers=scene.sme.bearer)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["verb"] for row in rows] == ["cancelled", "booked"]
    assert [row["sealed"] for row in rows] == ["2", "1"]


async def test_no_cell_of_the_file_is_a_formula(scene: Scene) -> None:
    name = '=HYPERLINK("http://evil.example")'
    await db.execute("UPDATE account SET name = $2 WHERE id = $1", scene.sme.actor.account_id, name)
    answer = await scene.client.get("/api/v1/organization/audit.csv", headers=scene.sme.bearer)
    assert {row["name"] for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))} == {f"'{name}"}
