"""Rules are said once and hold below: defaults, organization, resource, days, circles."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from server.core import db
from server.resources.rules.schemas import Rules
from tests import factories
from tests.bookings.lifecycle.test_book import book
from tests.times import SHANGHAI, at

PATH = "/api/v1/organization/rules"


def day(days: int = 7) -> str:
    return (datetime.now(SHANGHAI).date() + timedelta(days=days)).isoformat()


async def shown(client: httpx.AsyncClient, resource: UUID) -> dict[str, Any]:
    answer: dict[str, Any] = (await client.get(f"/api/v1/resources/{resource}")).json()
    return answer


async def test_what_the_organization_says_holds_where_the_resource_says_nothing(client: httpx.AsyncClient) -> None:
    owner, sme = await factories.person(kind="university"), await factories.person()
    plain = await factories.resource(owner)
    special = await factories.resource(owner, min_minutes=60)
    said = await client.patch(PATH, json={"min_minutes": 180, "step_minutes": 30}, headers=owner.bearer)
    assert said.status_code == 200, said.text
    assert said.json()["own_rules"] == {"min_minutes": 180, "step_minutes": 30}
    assert said.json()["rules"]["lead_minutes"] == 0
    assert (await shown(client, plain))["rules"]["min_minutes"] == 180
    assert (await shown(client, plain))["own_rules"] == {}
    assert (await shown(client, special))["rules"]["min_minutes"] == 60
    assert (await shown(client, special))["rules"]["step_minutes"] == 30
    assert (await book(client, sme, plain)).json()["rule"] == "min_minutes"
    assert (await book(client, sme, special)).status_code == 201
    taken_back = await client.patch(PATH, json={"min_minutes": "inherit"}, headers=owner.bearer)
    assert taken_back.json()["own_rules"] == {"step_minutes": 30}
    assert (await book(client, sme, plain)).status_code == 201


async def test_a_change_for_all_resources_is_another_version_of_each(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university")
    resource = await factories.resource(owner)
    before = await client.get(f"/api/v1/resources/{resource}")
    await client.patch(PATH, json={"min_minutes": 180}, headers=owner.bearer)
    headers = {"If-None-Match": before.headers["etag"]}
    assert (await client.get(f"/api/v1/resources/{resource}", headers=headers)).status_code == 200


async def test_a_resource_takes_back_what_it_said(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university")
    resource = await factories.resource(owner, min_minutes=60, approval="request")
    await client.patch(PATH, json={"min_minutes": 180}, headers=owner.bearer)
    headers = owner.bearer | {"If-Match": "*"}
    address = f"/api/v1/resources/{resource}"
    answer = await client.patch(address, json={"rules": {"min_minutes": "inherit"}}, headers=headers)
    assert answer.json()["own_rules"] == {"approval": "request"}
    assert answer.json()["rules"]["min_minutes"] == 180


async def test_nonsense_is_not_kept(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university")
    wrong: list[dict[str, Any]] = [
        {"min_minutes": 0},
        {"surprise": 1},
        {"approval": "maybe"},
        {"min_minutes": 60, "max_minutes": 30},
        {"quotas": [{"bookings": 1, "minutes": 1}]},
        {"quotas": [{"minutes": 1, "during": [{"days": ["mon"], "opens": "09:00", "closes": "10:00"}]}]},
        {"blocks": [{"days": ["mon"], "opens": "09:00", "closes": "12:00"},
                    {"days": ["mon"], "opens": "11:00", "closes": "13:00"}]},
        {"for_audience": {"friends": {}}},
        {"for_audience": {"own": {"audience": "everyone"}}},
        {"for_audience": {"own": {"lead_minutes": -1}}},
        {"bookable_hours": [{"days": ["mon"], "opens": "25:00", "closes": "10:00"}]},
    ]  # fmt: skip
    resource = await factories.resource(owner)
    for rules in wrong:
        assert (await client.patch(PATH, json=rules, headers=owner.bearer)).status_code == 400, rules
        body = {"first_day": day(), "last_day": day(), "rules": rules}
        path = f"/api/v1/resources/{resource}/rule-overrides"
        assert (await client.post(path, json=body, headers=owner.bearer)).status_code == 400, rules
    assert await db.fetchval("SELECT count(*) FROM organization WHERE rules <> '{}'") == 0


async def test_other_rules_hold_on_the_days_that_are_named(client: httpx.AsyncClient) -> None:
    owner, sme = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner, units=9)
    path = f"/api/v1/resources/{resource}/rule-overrides"
    body = {"first_day": day(7), "last_day": day(8), "rules": {"min_minutes": 240}, "reason": "开放周"}
    made = await client.post(path, json=body, headers=owner.bearer)
    assert made.status_code == 201, made.text
    assert (await client.get(path)).json() == [made.json()]
    for days, status in ((6, 201), (7, 422), (8, 422), (9, 201)):
        answer = await book(client, sme, resource, starts_at=at(23, days=days), ends_at=at(25, days=days))
        assert answer.status_code == status, days
    newest = {"first_day": day(8), "last_day": day(8), "rules": {"min_minutes": 60}}
    await client.post(path, json=newest, headers=owner.bearer)
    assert (await book(client, sme, resource, starts_at=at(9, days=8), ends_at=at(10, days=8))).status_code == 201
    assert (await client.delete(f"{path}/{made.json()['id']}", headers=owner.bearer)).status_code == 204
    assert (await book(client, sme, resource)).status_code == 201


async def test_windows_are_cut_where_the_rules_change(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university")
    resource = await factories.resource(owner)
    path = f"/api/v1/resources/{resource}/rule-overrides"
    rules = {"first_day": day(7), "last_day": day(7), "rules": {"min_minutes": 240, "max_minutes": 300}}
    await client.post(path, json=rules, headers=owner.bearer)
    query = {"from": at(0, days=6), "to": at(0, days=9)}
    free = (await client.get(f"/api/v1/resources/{resource}/availability", params=query)).json()["free"]
    assert [(one["starts_at"], one["min_minutes"], one["max_minutes"]) for one in free] == [
        (at(0, days=6), 15, None), (at(0, days=7), 240, 300), (at(0, days=8), 15, None),
    ]  # fmt: skip


async def test_only_the_owner_changes_rules(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university")
    booker = await factories.person(owner.actor.organization_id, role="booker")
    stranger = await factories.person(kind="university")
    resource = await factories.resource(owner)
    override = {"first_day": day(), "last_day": day(), "rules": {}}
    for person, status in ((booker, 403), (stranger, 404)):
        for path, body in (("rule-overrides", override), ("terms", {"text": "x"})):
            answer = await client.post(f"/api/v1/resources/{resource}/{path}", json=body, headers=person.bearer)
            assert answer.status_code == status
    assert (await client.patch(PATH, json={}, headers=booker.bearer)).status_code == 403
    assert (await client.patch(PATH, json={})).status_code == 401


async def test_partners_are_named_and_forgotten(client: httpx.AsyncClient) -> None:
    owner, sme = await factories.person(kind="university"), await factories.person(verified=False)
    resource = await factories.resource(owner, audience="partners")
    named = {"organization_id": str(sme.actor.organization_id)}
    refused = await book(client, sme, resource)
    assert (refused.status_code, refused.json()["rule"], refused.json()["actual"]) == (422, "audience", "everyone")
    for _ in range(2):
        assert (await client.post("/api/v1/partners", json=named, headers=owner.bearer)).status_code == 201
    listed = (await client.get("/api/v1/partners", headers=owner.bearer)).json()
    assert [one["name"] for one in listed] == [sme.actor.organization_name]
    assert (await book(client, sme, resource)).status_code == 201
    path = f"/api/v1/partners/{sme.actor.organization_id}"
    assert (await client.delete(path, headers=owner.bearer)).status_code == 204
    assert (await client.delete(path, headers=owner.bearer)).status_code == 404
    own = {"organization_id": str(owner.actor.organization_id)}
    assert (await client.post("/api/v1/partners", json=own, headers=owner.bearer)).status_code == 404


def test_the_page_about_rules_tells_them_all() -> None:
    page = (Path(__file__).parents[3] / "docs/rules.md").read_text()
    told = set(re.findall(r"`([a-z_]+)`", page))
    assert set(Rules.__struct_fields__) - {"for_audience"} <= told
    assert "`for_audience`" in page
