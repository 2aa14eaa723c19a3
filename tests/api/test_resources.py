"""Listing, reading and changing a resource over HTTP."""

from typing import Any

import httpx
import pytest

from server.core import db
from server.core.ids import new_id
from server.resources import lock_own
from tests import factories

MICROSCOPE: dict[str, Any] = {
    "kind": "equipment",
    "name": "扫描电子显微镜",
    "time_zone": "Asia/Shanghai",
    "region_code": "320500",
    "units": 2,
    "price_per_hour": "350.50",
    "currency": "CNY",
    "rules": {"approval": "request", "min_minutes": 60},
    "opening_hours": {
        "weekly": [{"days": ["mon", "tue"], "opens": "21:00", "closes": "09:00"}],
        "exceptions": [{"date": "2026-12-25", "spans": [], "reason": "圣诞节"}],
    },
}
LEAST = {"kind": "equipment", "name": "流式细胞仪", "time_zone": "Asia/Shanghai"}


async def listed(client: httpx.AsyncClient, owner: factories.Person, **fields: Any) -> dict[str, Any]:
    answer = await client.post("/api/v1/resources", json=LEAST | fields, headers=owner.bearer)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def claim(resource_id: str, unit: int, start: str, end: str) -> None:
    sql = """
    INSERT INTO claim (resource_id, id, unit, during, reason)
    VALUES ($1::text::uuid, $2, $3, tstzrange(now() + $4::text::interval, now() + $5::text::interval), 'closure')
    """
    await db.execute(sql, resource_id, new_id(), unit, start, end)


async def test_what_a_manager_lists_everyone_can_read(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university", name="苏州大学", role="manager")
    made = await client.post("/api/v1/resources", json=MICROSCOPE, headers=owner.bearer)
    assert made.status_code == 201
    assert made.headers["etag"] == '"1"'
    read = await client.get(made.headers["location"])
    assert read.status_code == 200
    assert read.headers["etag"] == '"1"'
    body = read.json()
    assert body == made.json()
    assert body["owner"] == {"id": str(owner.actor.organization_id), "name": "苏州大学"}
    assert body["region_name"] == "江苏省苏州市"
    assert body["price_per_hour"] == "350.50"
    assert body["rules"]["approval"] == "request"
    assert body["rules"]["step_minutes"] == 15
    assert body["opening_hours"] == MICROSCOPE["opening_hours"]


async def test_without_more_it_is_open_on_working_days_and_has_one_unit(client: httpx.AsyncClient) -> None:
    made = await listed(client, await factories.person())
    days = ["mon", "tue", "wed", "thu", "fri"]
    assert made["opening_hours"] == {
        "weekly": [{"days": days, "opens": "09:00", "closes": "17:00"}],
        "exceptions": [],
    }
    assert (made["units"], made["listed"], made["price_per_hour"]) == (1, True, None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "microscope"),
        ("name", ""),
        ("name", " "),
        ("name", "a\nb"),
        ("time_zone", "Asia/Suzhou"),
        ("time_zone", "../../etc/passwd"),
        ("time_zone", "localtime"),
        ("units", 0),
        ("units", 10_001),
        ("units", 1.5),
        ("region_code", "990000"),
        ("region_code", "32"),
        ("country", "China"),
        ("currency", "¥"),
        ("price_per_hour", "-1"),
        ("price_per_hour", "NaN"),
        ("price_per_hour", "1e999999"),
        ("price_per_hour", "0.00001"),
        ("price_per_hour", "350"),  # in which currency?
        ("rules", {"approval": "maybe"}),
        ("rules", {"min_minutes": 60, "max_minutes": 30}),
        ("opening_hours", {"weekly": [{"days": [], "opens": "09:00", "closes": "17:00"}]}),
        ("opening_hours", {"weekly": [], "exceptions": [{"date": "2026-02-30"}]}),
        ("opening_hours", {"weekly": [], "exceptions": [{"date": "2026-12-25"}, {"date": "2026-12-25"}]}),
        ("surprise", 1),
    ],
)
async def test_nonsense_is_refused_and_says_where(client: httpx.AsyncClient, field: str, value: Any) -> None:
    owner = await factories.person()
    answer = await client.post("/api/v1/resources", json=LEAST | {field: value}, headers=owner.bearer)
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    name = {"price_per_hour": "currency"}.get(field, field) if value == "350" else field
    assert name in answer.text or "twice" in answer.text


async def test_only_managers_list_and_nobody_without_a_token(client: httpx.AsyncClient) -> None:
    booker = await factories.person(role="booker")
    assert (await client.post("/api/v1/resources", json=LEAST, headers=booker.bearer)).status_code == 403
    assert (await client.post("/api/v1/resources", json=LEAST)).status_code == 401


async def test_what_has_not_changed_is_not_sent_again(client: httpx.AsyncClient) -> None:
    made = await listed(client, await factories.person())
    address = f"/api/v1/resources/{made['id']}"
    for known in ('"1"', 'W/"1"', '"7", "1"'):
        answer = await client.get(address, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", '"1"')
    assert (await client.get(address, headers={"If-None-Match": '"2"'})).status_code == 200


async def test_a_change_needs_the_version_it_was_made_from(client: httpx.AsyncClient) -> None:
    owner = await factories.person()
    made = await listed(client, owner)
    address = f"/api/v1/resources/{made['id']}"
    missing = await client.patch(address, json={"city": "苏州"}, headers=owner.bearer)
    assert missing.status_code == 428
    done = await client.patch(address, json={"city": "苏州"}, headers=owner.bearer | {"If-Match": '"1"'})
    assert (done.status_code, done.json()["city"], done.headers["etag"]) == (200, "苏州", '"2"')
    late = await client.patch(address, json={"city": "无锡"}, headers=owner.bearer | {"If-Match": '"1"'})
    assert (late.status_code, late.json()["version"]) == (412, 2)
    assert (await client.get(address)).json() == done.json()


async def test_a_change_leaves_everything_else_as_it_was(client: httpx.AsyncClient) -> None:
    owner = await factories.person()
    made = (await client.post("/api/v1/resources", json=MICROSCOPE, headers=owner.bearer)).json()
    patch = {"rules": {"lead_minutes": 120}, "price_per_hour": None, "region_code": None}
    address = f"/api/v1/resources/{made['id']}"
    done = await client.patch(address, json=patch, headers=owner.bearer | {"If-Match": '"1"'})
    expected = made | {"price_per_hour": None, "region_code": None, "region_name": "", "version": 2}
    expected["rules"] = made["rules"] | {"lead_minutes": 120}
    expected["own_rules"] = made["own_rules"] | {"lead_minutes": 120}
    expected["updated_at"] = done.json()["updated_at"]
    assert done.json() == expected


@pytest.mark.parametrize(
    "patch",
    [
        {"time_zone": "Mars/Olympus"},
        {"rules": {"approval": "maybe"}},
        {"rules": {"surprise": 1}},
        {"rules": {"max_minutes": 5}},
        {"name": None},
        {"owner_id": "x"},
        {"price_per_hour": "5"},
        {"opening_hours": {"weekly": []}},
    ],
)
async def test_a_change_to_nonsense_is_refused(client: httpx.AsyncClient, patch: dict[str, Any]) -> None:
    owner = await factories.person()
    made = await listed(client, owner)
    address = f"/api/v1/resources/{made['id']}"
    answer = await client.patch(address, json=patch, headers=owner.bearer | {"If-Match": "*"})
    assert answer.status_code == 400, answer.text
    assert (await client.get(address)).json() == made


async def test_nobody_but_a_manager_of_the_owner_changes_it(client: httpx.AsyncClient) -> None:
    owner, stranger = await factories.person(), await factories.person()
    booker = await factories.person(owner.actor.organization_id, role="booker")
    made = await listed(client, owner)
    address = f"/api/v1/resources/{made['id']}"
    for who, status in ((stranger.bearer, 404), (booker.bearer, 403), ({}, 401)):
        headers = {**who, "If-Match": '"1"'}
        assert (await client.patch(address, json={"city": "苏州"}, headers=headers)).status_code == status
        assert (
            await client.put(f"{address}/opening-hours", json={"weekly": []}, headers=headers)
        ).status_code == status
    assert (await client.get(address)).json() == made


async def test_an_unlisted_resource_is_seen_by_its_owner_only(client: httpx.AsyncClient) -> None:
    owner, stranger = await factories.person(), await factories.person()
    made = await listed(client, owner, listed=False)
    address = f"/api/v1/resources/{made['id']}"
    assert (await client.get(address, headers=owner.bearer)).status_code == 200
    assert (await client.get(address, headers=stranger.bearer)).status_code == 404
    assert (await client.get(address)).status_code == 404


async def test_units_with_time_taken_on_them_stay(client: httpx.AsyncClient) -> None:
    owner = await factories.person()
    made = await listed(client, owner, units=5)
    address = f"/api/v1/resources/{made['id']}"
    await claim(made["id"], 3, "1 hour", "2 hours")
    await claim(made["id"], 5, "-2 hours", "-1 hour")
    headers = owner.bearer | {"If-Match": "*"}
    refused = await client.patch(address, json={"units": 2}, headers=headers)
    assert refused.status_code == 409
    assert refused.json()["type"].endswith("/units-in-use")
    assert refused.json()["units_in_use"] == [3]
    assert (await client.patch(address, json={"units": 3}, headers=headers)).status_code == 200


async def test_without_the_check_units_in_use_would_go_away(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = await factories.person()
    made = await listed(client, owner, units=5)
    await claim(made["id"], 3, "1 hour", "2 hours")
    monkeypatch.setattr(lock_own, "IN_USE", lock_own.IN_USE.replace("c.unit > given.units", "false"))
    headers = owner.bearer | {"If-Match": "*"}
    done = await client.patch(f"/api/v1/resources/{made['id']}", json={"units": 2}, headers=headers)
    assert (done.status_code, done.json()["units"]) == (200, 2)


async def test_opening_hours_are_replaced_as_a_whole(client: httpx.AsyncClient) -> None:
    owner = await factories.person()
    made = (await client.post("/api/v1/resources", json=MICROSCOPE, headers=owner.bearer)).json()
    address = f"/api/v1/resources/{made['id']}/opening-hours"
    hours = {
        "weekly": [{"days": ["sun"], "opens": "21:00", "closes": "09:00"}],
        "exceptions": [{"date": "2027-02-06", "spans": [{"opens": "08:00", "closes": "24:00"}], "reason": "补班"}],
    }
    done = await client.put(address, json=hours, headers=owner.bearer)
    assert (done.status_code, done.headers["etag"], done.json()["opening_hours"]) == (200, '"2"', hours)
    assert done.json()["rules"] == made["rules"]
    late = await client.put(address, json=hours, headers=owner.bearer | {"If-Match": '"1"'})
    assert late.status_code == 412
    row = await db.fetchrow("SELECT week_hours::text AS week FROM resource WHERE id = $1::text::uuid", made["id"])
    assert row is not None
    assert row["week"] == "{[0,540),[9900,10080)}"
