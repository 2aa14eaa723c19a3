from typing import Any

import httpx
import pytest

from server.core import db
from server.demo import demo, seed
from server.demo.people import OPERATOR
from server.demo.sow import fixed_id

COUNTS = """
SELECT (SELECT count(*) FROM organization) AS organizations, (SELECT count(*) FROM account) AS accounts,
       (SELECT count(*) FROM member) AS members, (SELECT count(*) FROM api_token) AS tokens,
       (SELECT count(*) FROM resource) AS resources, (SELECT count(*) FROM feed) AS feeds
"""


async def seeded(owners: int = 3, smes: int = 2, resources: int = 50) -> seed.Document:
    return await seed.seed(owners, smes, resources, secret="s", base_url="http://rongtong.test")


async def counts() -> dict[str, Any]:
    row = await db.fetchrow(COUNTS)
    assert row is not None
    return dict(row)


@pytest.mark.usefixtures("rolled_back")
async def test_the_same_numbers_seed_the_same_once() -> None:
    first = await seeded()
    before = await counts()
    assert await seeded() == first
    assert await counts() == before
    assert before == {
        "organizations": 5, "accounts": 13, "members": 13, "tokens": 13, "resources": 50, "feeds": 0,
    }  # fmt: skip


@pytest.mark.usefixtures("rolled_back")
async def test_larger_numbers_add_to_what_is_there() -> None:
    few = await seeded(resources=10)
    many = await seeded(smes=4, resources=20)
    assert many.resources[:10] == few.resources
    assert many.organizations[:5] == few.organizations


@pytest.mark.usefixtures("rolled_back")
async def test_owners_and_smes_have_the_people_they_need() -> None:
    document = await seeded()
    roles = {of.name: [one.role for one in of.members] for of in document.organizations}
    assert list(roles.values()) == [["admin", "manager", "booker"]] * 3 + [["admin", "booker"]] * 2
    assert {one.kind for one in document.resources} == {kind for kind, _, _ in seed.KINDS}
    assert {one.time_zone for one in document.resources} >= {"Asia/Shanghai", "America/New_York", "Europe/Berlin"}
    assert (min(one.units for one in document.resources), max(one.units for one in document.resources)) == (1, 30)
    approvals = await db.fetch("SELECT DISTINCT rules ->> 'approval' AS approval FROM resource")
    assert {row["approval"] for row in approvals} == {"instant", "request"}


async def test_every_token_works_and_every_resource_can_be_read(client: httpx.AsyncClient) -> None:
    document = await seeded(resources=12)
    for of in document.organizations:
        for one in of.members:
            me = await client.get("/api/v1/me", headers={"Authorization": f"Bearer {one.token}"})
            assert (me.json()["email"], me.json()["role"]) == (one.email, one.role)
            assert me.json()["organization_id"] == str(of.id)
    for resource in document.resources:
        read = await client.get(f"/api/v1/resources/{resource.id}")
        assert (read.json()["kind"], read.json()["units"]) == (resource.kind, resource.units)


@pytest.mark.usefixtures("rolled_back")
async def test_another_installation_has_other_tokens() -> None:
    mine = await seeded()
    theirs = await seed.seed(3, 2, 50, secret="t", base_url="")
    assert mine.organizations[0].id == theirs.organizations[0].id
    assert mine.organizations[0].members[0].token != theirs.organizations[0].members[0].token


def test_a_fixed_id_is_a_uuid_of_version_7_that_sorts_by_number() -> None:
    ids = [fixed_id(number, "thing") for number in range(300)]
    assert {one.version for one in ids} == {7}
    assert {one.variant for one in ids} == {"specified in RFC 4122"}
    assert ids == sorted(ids)


async def test_the_demo_comes_to_an_empty_database_and_is_told_again(client: httpx.AsyncClient) -> None:
    shown = await demo.seed("s", wanted=False)
    assert shown is not None
    before = await counts()
    assert await demo.seed("s", wanted=False) == shown
    assert await counts() == before
    _, person = shown.people[0]
    me = await client.get("/api/v1/me", headers={"Authorization": f"Bearer {person.token}"})
    assert me.status_code == 200
    for email in (person.email, shown.operator):
        signed_in = await client.post("/api/v1/session", json={"email": email, "password": shown.password})
        assert signed_in.json()["is_operator"] == (email == shown.operator)
        client.cookies.clear()
    feed = await client.get(shown.feed.removeprefix("http://127.0.0.1:8000"))
    assert feed.text.startswith("BEGIN:VCALENDAR")


@pytest.mark.usefixtures("rolled_back")
async def test_the_demo_leaves_a_database_with_data_alone_unless_asked() -> None:
    await seeded()
    assert await demo.seed("s", wanted=False) is None
    assert await demo.seed("s", wanted=True) is not None


@pytest.mark.usefixtures("rolled_back")
async def test_a_server_that_others_reach_does_not_let_the_people_of_the_demo_in() -> None:
    await demo.refuse_open_demo()
    await demo.seed("s", wanted=True)
    with pytest.raises(demo.DemoIsOpen):
        await demo.refuse_open_demo()
    await db.execute("UPDATE account SET locked_at = now()")
    await demo.refuse_open_demo()
    await db.execute("UPDATE account SET locked_at = NULL WHERE email = $1", OPERATOR)
    with pytest.raises(demo.DemoIsOpen):
        await demo.refuse_open_demo()
