"""What the operator's pages do, a program of theirs does too; nobody else may."""

from typing import Any

import httpx
import pytest

from server.core import db
from server.core.ids import new_id
from tests import factories
from tests.factories import Person
from tests.privacy.signed_in import signed_in
from tests.site.operator.test_desk import LETTER

API = "/api/v1/operator"
READS = (
    "attention",
    "health",
    "catalogue",
    "categories",
    "foreign-calendars",
    "deliveries",
    "accounts",
    "holidays?year=2026",
)
WHY = {"reason": "telephone lost"}


@pytest.fixture
async def operator(rolled_back: None) -> Person:
    person = await factories.person(kind="public_body")
    await db.execute("UPDATE account SET is_operator = true WHERE id = $1", person.actor.account_id)
    return person


async def get(client: httpx.AsyncClient, path: str, by: Person, **params: Any) -> Any:
    answer = await client.get(f"{API}/{path}", headers=by.bearer, params=params or None)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("path", READS)
async def test_only_operators_read(client: httpx.AsyncClient, operator: Person, path: str) -> None:
    await get(client, path, operator)
    anybody = await factories.person()
    assert (await client.get(f"{API}/{path}", headers=anybody.bearer)).status_code == 403
    assert (await client.get(f"{API}/{path}")).status_code == 401


async def test_an_account_is_found_locked_and_unlocked(client: httpx.AsyncClient, operator: Person) -> None:
    person = await factories.person()
    (found,) = (await get(client, "accounts", operator, q=person.actor.email))["items"]
    path = f"{API}/accounts/{found['id']}"
    refused = await client.post(f"{path}/lock", headers=operator.bearer, json={"reason": " "})
    assert refused.status_code == 400
    locked = await client.post(f"{path}/lock", headers=operator.bearer, json=WHY)
    assert locked.json()["account"]["locked_at"]
    assert locked.json()["memberships"][0]["name"] == person.actor.organization_name
    assert (await client.get("/api/v1/me", headers=person.bearer)).status_code == 401
    assert (await client.post(f"{path}/lock", headers=operator.bearer, json=WHY)).status_code == 409
    assert [one["id"] for one in (await get(client, "accounts", operator, state="locked"))["items"]] == [found["id"]]
    await client.post(f"{path}/unlock", headers=operator.bearer, json=WHY)
    assert (await client.get("/api/v1/me", headers=person.bearer)).status_code == 200
    missing = await client.post(f"{API}/accounts/{new_id()}/lock", headers=operator.bearer, json=WHY)
    assert missing.status_code == 404
    verbs = await db.fetch(
        "SELECT verb FROM audit_entry WHERE object_id = $1 AND actor = 'operator' ORDER BY id", found["id"]
    )
    assert [row["verb"] for row in verbs] == ["locked", "unlocked"]


async def test_sessions_end_and_a_lost_second_factor_is_taken(client: httpx.AsyncClient, operator: Person) -> None:
    account = (await factories.person()).actor.account_id
    sql = "INSERT INTO second_factor (account_id, salt, created_at, confirmed_at) VALUES ($1, 'x', now(), now())"
    await db.execute(sql, account)
    path = f"{API}/accounts/{account}"
    assert (await client.post(f"{path}/sign-out", headers=operator.bearer, json=WHY)).json()["sessions"] == []
    browser = await signed_in(operator.actor.account_id)
    taken = await client.post(f"{path}/second-factor/remove", headers=browser, json=WHY)
    assert (taken.status_code, taken.json()["account"]["second_factor"]) == (200, False)
    assert await db.fetchval("SELECT count(*) FROM letter WHERE kind = 'second_factor_off'") == 1
    again = await client.post(f"{path}/second-factor/remove", headers=browser, json=WHY)
    assert again.status_code == 409


async def test_what_was_given_up_is_listed_and_sent_again(client: httpx.AsyncClient, operator: Person) -> None:
    ids = [new_id(), new_id()]
    for id in ids:
        await db.execute(LETTER, id)
    found = await get(client, "deliveries", operator, q="lost@")
    assert [(one["to"], one["state"], one["last_error"]) for one in found] == [
        ("lost@example.com", "dead", "550 no such mailbox")
    ] * 2
    assert await get(client, "deliveries", operator, channel="webhooks", state="waiting") == []
    wanted = {"ids": [str(ids[0])]}
    one = await client.post(f"{API}/deliveries/replay", headers=operator.bearer, json=wanted)
    assert one.json() == {"count": 1}
    rest = await client.post(f"{API}/deliveries/replay", headers=operator.bearer, json={})
    assert rest.json() == {"count": 1}
    assert await db.fetchval("SELECT count(*) FROM letter WHERE dead_at IS NULL") == 2
    assert await db.fetchval("SELECT count(*) FROM audit_entry WHERE verb = 'replayed' AND actor = 'operator'") == 2
    none = await client.post(f"{API}/deliveries/replay", headers=operator.bearer, json={"ids": []})
    assert none.status_code == 400


async def test_holidays_are_filled_set_and_unset(client: httpx.AsyncClient, operator: Person) -> None:
    filled = await client.post(f"{API}/holidays/fill", headers=operator.bearer, json={"country": "CN", "year": 2026})
    assert "2026-10-01" in [one["day"] for one in filled.json()]
    path = f"{API}/holidays/CN/2026-03-05"
    days = await client.put(path, headers=operator.bearer, json={"name": "校庆"})
    assert {"day": "2026-03-05", "works_like": None, "name": "校庆"} in days.json()
    await client.put(path, headers=operator.bearer, json={"works_like": 0})
    assert await db.fetchval("SELECT works_like FROM holiday WHERE day = '2026-03-05'") == 0
    assert (await client.delete(path, headers=operator.bearer)).status_code == 204
    assert await db.fetchval("SELECT works_like FROM holiday WHERE day = '2026-03-05'") == 3  # a Thursday
    for wrong in ("cn/2026-03-05", "CHN/2026-03-05", "CN/1999-01-01", "CN/2026-02-30"):
        answer = await client.put(f"{API}/holidays/{wrong}", headers=operator.bearer, json={})
        assert answer.status_code in (400, 404), wrong
    assert (await client.put(path, headers=operator.bearer, json={"works_like": 7})).status_code == 400
    by = await db.fetchval("SELECT account_id FROM audit_entry WHERE noun = 'holiday' AND verb = 'set' LIMIT 1")
    assert by == operator.actor.account_id


async def test_what_is_offered_is_counted_by_category_and_region(client: httpx.AsyncClient, operator: Person) -> None:
    resource = await factories.resource(await factories.person(kind="university"))
    await db.execute("UPDATE resource SET category = '分析仪器', region_code = '320500' WHERE id = $1", resource)
    found = await get(client, "catalogue", operator)
    assert {"kind": "equipment", "category": "分析仪器", "resources": 1, "owners": 1} in found["kinds"]
    assert found["regions"][0]["name"] == "江苏省"


async def test_categories_are_recommended_and_owners_choose_them(client: httpx.AsyncClient, operator: Person) -> None:
    owner = await factories.person(kind="university")
    resource = await factories.resource(owner)
    await db.execute("UPDATE resource SET category = '分析仪器' WHERE id = $1", resource)
    wanted = {"kind": "equipment", "name": "分析仪器", "name_en": "Analysis"}
    for name_en in ("Analysis", "Analytical instruments"):
        body = wanted | {"name_en": name_en}
        made = await client.post(f"{API}/categories", headers=operator.bearer, json=body)
        (one,) = made.json()
        assert (one["name_en"], one["resources"]) == (name_en, 1)
    assert (await client.get("/api/v1/categories")).json() == [wanted | {"name_en": "Analytical instruments"}]
    for wrong in ({"kind": "car"}, {"name": " "}, {"name": "x" * 201}, {"colour": "red"}):
        answer = await client.post(f"{API}/categories", headers=operator.bearer, json=wanted | wrong)
        assert answer.status_code == 400
    refused = await client.post(f"{API}/categories", headers=owner.bearer, json=wanted)
    assert refused.status_code == 403
    path = f"{API}/categories/{one['id']}"
    assert (await client.delete(path, headers=owner.bearer)).status_code == 403
    assert (await client.delete(path, headers=operator.bearer)).status_code == 204
    assert (await client.delete(path, headers=operator.bearer)).status_code == 404
    assert await db.fetchval("SELECT category FROM resource WHERE id = $1", resource) == "分析仪器"
    verbs = await db.fetch("SELECT verb FROM audit_entry WHERE noun = 'category' ORDER BY id")
    assert [row["verb"] for row in verbs] == ["set", "set", "removed"]
