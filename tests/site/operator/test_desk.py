"""The operator decides what waits, locks accounts and sends again what was given up; nobody else may."""

import json

import httpx
import pytest

from server.access import sessions
from server.core import db
from server.core.ids import new_id
from tests import factories
from tests.site.reader import HEADERS, Reader
from tests.site.visiting import signed_in

PAGES = ("", "/organizations", "/accounts", "/catalogue", "/holidays", "/deliveries", "/calendars", "/audit", "/health")
LETTER = """
INSERT INTO letter (id, kind, recipient, locale, facts, dead_at, last_error)
VALUES ($1, 'hello', 'lost@example.com', 'en', '{"facts": {"name": "Ann"}}', now(), '550 no such mailbox')
"""
IN_TROUBLE = """
INSERT INTO foreign_calendar (resource_id, id, member_id, url, fetch_at, tried_at, failures, error, etag)
VALUES ($1, $2, $3, '', now() + interval '1 hour', now(), 3, 'it answered 500', '"old"')
"""


async def operator(client: httpx.AsyncClient) -> Reader:
    await factories.account("operator@example.com", operator=True, locale="en")
    reader = Reader(client)
    await reader.open("/sign-in")
    await reader.send("/sign-in", email="operator@example.com", password=factories.PASSWORD)
    return reader


async def test_an_organization_is_verified_for_a_reason_and_its_admins_are_told(client: httpx.AsyncClient) -> None:
    waiting = await factories.organization("university", "等待大学", verified=False)
    await factories.person(waiting)
    reader = await operator(client)
    assert "等待大学" in await reader.open("/operator")
    await reader.open("/operator/organizations?q=等待")
    path = f"/operator/organizations/{waiting}"
    assert path in reader.text
    await reader.open(path)
    await reader.send(f"{path}/decide/verified", reason="")
    assert reader.status == 422
    assert reader.errors == ["reason"]
    await reader.send(f"{path}/decide/verified", reason="licence seen")
    assert "Verified. The administrators are told" in reader.text
    assert await db.fetchval("SELECT verified_at IS NOT NULL FROM organization WHERE id = $1", waiting)
    assert await db.fetchval("SELECT count(*) FROM letter WHERE kind = 'organization_verified'") == 1
    entry = "SELECT actor FROM audit_entry WHERE object_id = $1 AND verb = 'verified'"
    assert await db.fetchval(entry, waiting) == "operator"


async def test_a_duplicate_is_merged_by_the_name_of_the_other(client: httpx.AsyncClient) -> None:
    one, other = await factories.organization("sme", "重复公司"), await factories.organization("sme", "真公司")
    reader = await operator(client)
    path = f"/operator/organizations/{one}"
    await reader.open(path)
    await reader.send(f"{path}/merge", into="没有这家", reason="twice")
    assert reader.status == 404
    await reader.send(f"{path}/merge", into="真公司", reason="twice")
    assert await db.fetchval("SELECT merged_into_id FROM organization WHERE id = $1", one) == other


async def test_a_locked_account_neither_signs_in_nor_acts_until_it_is_unlocked(client: httpx.AsyncClient) -> None:
    person = await factories.person()
    account = person.actor.account_id
    await factories.password(account)
    reader = await operator(client)
    path = f"/operator/accounts/{account}"
    await reader.open(f"/operator/accounts?q={person.actor.email}")
    assert path in reader.text
    await reader.open(path)
    await reader.send(f"{path}/lock", reason="sends rubbish")
    assert "The account is locked" in reader.text
    assert (await client.get("/api/v1/me", headers=person.bearer)).status_code == 401
    theirs = Reader(client)
    await theirs.open("/sign-in")
    await theirs.send("/sign-in", email=person.actor.email, password=factories.PASSWORD)
    assert theirs.status == 403
    assert "has locked this account" in theirs.text
    await reader.open(path)
    await reader.send(f"{path}/unlock", reason="it was a mistake")
    assert (await client.get("/api/v1/me", headers=person.bearer)).status_code == 200
    verbs = await db.fetch("SELECT verb FROM audit_entry WHERE object_id = $1 AND actor = 'operator'", account)
    assert [row["verb"] for row in verbs] == ["locked", "unlocked"]


async def test_control_without_the_look_at_the_lock_a_locked_person_signs_in(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await factories.account("locked@example.com")
    await db.execute("UPDATE account SET locked_at = now() WHERE id = $1", account)
    for name in ("ISSUE", "READ"):
        monkeypatch.setattr(sessions, name, getattr(sessions, name).replace("AND a.locked_at IS NULL", ""))
    reader = Reader(client)
    await reader.open("/sign-in")
    await reader.send("/sign-in", email="locked@example.com", password=factories.PASSWORD)
    assert reader.status == 200
    assert reader.path.startswith("/account")


async def test_an_operator_is_not_locked_from_a_page(client: httpx.AsyncClient) -> None:
    reader = await operator(client)
    own = await db.fetchval("SELECT id FROM account WHERE email = 'operator@example.com'")
    text = await reader.open(f"/operator/accounts/{own}")
    assert f"/operator/accounts/{own}/lock" not in text
    token = text.split('name="csrf_token" value="')[1].split('"')[0]
    await reader.open(f"/operator/accounts/{own}/lock", "POST", {"csrf_token": token, "reason": "x"})
    assert reader.status == 409


async def test_sessions_end_and_a_lost_second_factor_is_taken(client: httpx.AsyncClient) -> None:
    person = await factories.person()
    account = person.actor.account_id
    await factories.password(account)
    theirs = Reader(client)
    await theirs.open("/sign-in")
    await theirs.send("/sign-in", email=person.actor.email, password=factories.PASSWORD)
    sql = "INSERT INTO second_factor (account_id, salt, created_at, confirmed_at) VALUES ($1, 'x', now(), now())"
    await db.execute(sql, account)
    reader = await operator(client)
    path = f"/operator/accounts/{account}"
    await reader.open(path)
    await reader.send(f"{path}/sign-out", reason="telephone lost")
    assert await db.fetchval("SELECT count(*) FROM session WHERE account_id = $1", account) == 0
    await reader.send(f"{path}/second-factor", reason="telephone lost")
    assert "The second factor is off" in reader.text
    assert await db.fetchval("SELECT count(*) FROM second_factor WHERE account_id = $1", account) == 0
    assert await db.fetchval("SELECT count(*) FROM letter WHERE kind = 'second_factor_off'") == 1


async def test_a_holiday_is_set_by_hand_and_a_year_is_filled(client: httpx.AsyncClient) -> None:
    reader = await operator(client)
    await reader.open("/operator/holidays?country=CN&year=2026")
    await reader.send("/operator/holidays/fill")
    assert "国庆节" in reader.text
    filled = await db.fetchval("SELECT became FROM audit_entry WHERE noun = 'holiday' AND verb = 'filled'")
    assert json.loads(filled)["year"] == 2026
    await reader.send("/operator/holidays", day="2026-03-05", how="off", name="校庆")
    assert "校庆" in reader.text
    assert await db.fetchval("SELECT works_like IS NULL FROM holiday WHERE day = '2026-03-05'")
    await reader.send("/operator/holidays", day="nonsense", how="off")
    assert (reader.status, reader.errors) == (422, ["day"])
    set_by = "SELECT account_id FROM audit_entry WHERE noun = 'holiday' AND verb = 'set'"
    assert await db.fetchval(set_by) == await db.fetchval("SELECT id FROM account WHERE is_operator")
    await reader.send("/operator/holidays", day="2026-03-05", how="usual")
    assert "2026-03-05" in await reader.open("/operator/audit?noun=holiday")
    assert reader.status == 200


async def test_a_category_is_recommended_offered_in_the_editor_and_removed(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university")
    resource = await factories.resource(owner)
    await db.execute("UPDATE resource SET category = '自己的说法' WHERE id = $1", resource)
    reader = await operator(client)
    assert "自己的说法" in await reader.open("/operator/catalogue")
    await reader.send("/operator/catalogue", kind="equipment", name="")
    assert (reader.status, reader.errors) == (422, ["name"])
    await reader.send("/operator/catalogue", kind="equipment", name="分析仪器", name_en="Analytical instruments")
    assert "Owners can choose it now." in reader.text
    theirs = await signed_in(client, owner)
    editor = await theirs.open(f"/manage/resources/{resource}")
    assert 'list="categories"' in editor
    assert '<option value="分析仪器">' in editor
    id = await db.fetchval("SELECT id FROM category")
    await reader.send(f"/operator/catalogue/{id}/remove")
    assert "It is recommended no longer." in reader.text
    assert 'list="categories"' not in await theirs.open(f"/manage/resources/{resource}")


async def test_what_was_given_up_is_sent_again(client: httpx.AsyncClient) -> None:
    await db.execute(LETTER, new_id())
    reader = await operator(client)
    assert "550 no such mailbox" in await reader.open("/operator/deliveries?q=lost@")
    assert "550 no such mailbox" not in await reader.open("/operator/deliveries?q=somebody-else@")
    await reader.open("/operator/deliveries")
    await reader.send("/operator/deliveries/replay")
    assert "It is sent again now." in reader.text
    assert await db.fetchval("SELECT count(*) FROM letter WHERE dead_at IS NULL") == 1
    assert await db.fetchval("SELECT count(*) FROM audit_entry WHERE verb = 'replayed' AND actor = 'operator'") == 1


async def test_a_calendar_in_trouble_is_read_again_at_once(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university", role="manager")
    resource, id = await factories.resource(owner), new_id()
    await db.execute(IN_TROUBLE, resource, id, owner.actor.member_id)
    reader = await operator(client)
    text = await reader.open("/operator/calendars")
    assert "Its server answers 500 instead of the calendar." in text
    await reader.send(f"/operator/calendars/{id}/read")
    assert "It is read again now." in reader.text
    assert await db.fetchval("SELECT fetch_at <= now() FROM foreign_calendar WHERE id = $1", id)
    entry = "SELECT actor || ' ' || verb FROM audit_entry WHERE object_id = $1"
    assert await db.fetchval(entry, id) == "operator asked to read"
    token = text.split('name="csrf_token" value="')[1].split('"')[0]
    await reader.open(f"/operator/calendars/{new_id()}/read", "POST", {"csrf_token": token})
    assert reader.status == 404


async def test_the_log_is_searched(client: httpx.AsyncClient) -> None:
    reader = await operator(client)
    assert "signed in" in await reader.open("/operator/audit?noun=session")
    assert "Nothing is found" in await reader.open("/operator/audit?noun=session&verb=flew")
    assert reader.status == 200
    await reader.open("/operator/audit?object=x&from=y")
    assert (reader.status, set(reader.errors)) == (422, {"object", "from"})
    assert ">登录</a>" in await reader.open("/operator/audit?noun=session&lang=zh-CN")


@pytest.mark.parametrize("page", PAGES)
async def test_nobody_else_sees_any_of_it(client: httpx.AsyncClient, page: str) -> None:
    anybody = await factories.person()
    assert (await client.get(f"/operator{page}", headers=HEADERS)).status_code == 303
    refused = await client.get(f"/operator{page}", headers=HEADERS | anybody.bearer)
    assert refused.status_code == 403
