"""What a person can see and correct, and what is deleted with time."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from server.core import db
from server.privacy import retention
from tests.privacy.test_erase import NAME, Scene


@pytest.fixture
async def scene(client: httpx.AsyncClient) -> Scene:
    scene = await Scene(client).begin()
    await scene.everything()
    return scene


async def test_the_export_has_everything_of_the_person_and_nothing_of_others(scene: Scene) -> None:
    answer = await scene.client.get("/api/v1/me/export", headers=scene.me.bearer)
    assert answer.status_code == 200
    shown: Any = answer.json()
    kept = shown["kept"]
    assert kept["account"][0]["name"] == NAME
    assert {one["id"] for one in kept["bookings"]} == {scene.own, str(scene.past)}
    along = {one["id"]: one["you"] for one in kept["invited_along"]}
    assert along[scene.others] == {"email": scene.me.actor.email.upper(), "name": NAME}
    for name in ("memberships", "tokens", "feeds", "holds", "wait_list", "notices", "letters", "changes_of_bookings",
                 "repeatable_requests"):  # fmt: skip
        assert kept[name], name
    assert "booked" in {entry["verb"] for entry in shown["audit"]}
    assert scene.me.token not in answer.text


async def test_the_export_of_another_is_for_operators(scene: Scene) -> None:
    path = f"/api/v1/operator/accounts/{scene.me.actor.account_id}/export"
    assert (await scene.client.get(path, headers=scene.colleague.bearer)).status_code == 403


async def test_name_language_and_zone_can_be_corrected(scene: Scene) -> None:
    async def correct(**given: str) -> httpx.Response:
        return await scene.client.patch("/api/v1/me", json=given, headers=scene.me.bearer)

    answer = await correct(name="Li Lei", locale="en", time_zone="Europe/Berlin")
    assert answer.json() == {
        "email": scene.me.actor.email, "name": "Li Lei", "locale": "en", "time_zone": "Europe/Berlin",
    }  # fmt: skip
    assert (await correct(locale="zh-CN")).json()["time_zone"] == "Europe/Berlin"
    for wrong in ({"locale": "tlh"}, {"time_zone": "Mars/Olympus"}, {"name": ""}, {"email": "a@example.com"}):
        assert (await correct(**wrong)).status_code == 400
    assert "Li Lei" not in await db.fetchval("SELECT string_agg(e::text, '') FROM audit_entry e")


PAST = '{"ends_at": "2020-01-01T00:00Z"}'
# How something is made older.
AGED = [
    ("notice", retention.NOTICE, f"sent_at = now() - $1::interval, facts = facts || '{PAST}'"),
    ("letter", retention.LETTER, "sent_at = now() - $1::interval"),
    ("idempotency_key", retention.ANSWER, "created_at = now() - $1::interval"),
    ("feed", retention.FEED, "revoked_at = now() - $1::interval"),
    ("api_token", retention.TOKEN, "revoked_at = now() - $1::interval"),
]


@pytest.mark.parametrize(("table", "period", "change"), AGED, ids=[table for table, _, _ in AGED])
async def test_what_is_older_than_its_period_is_deleted(
    scene: Scene, table: str, period: timedelta, change: str
) -> None:
    count = f"SELECT count(*) FROM {table}"
    before = await db.fetchval(count)
    assert before > 0
    await db.execute(f"UPDATE {table} SET {change}", period - timedelta(hours=1))
    await retention.forget_expired()
    assert await db.fetchval(count) == before
    await db.execute(f"UPDATE {table} SET {change}", period + timedelta(hours=1))
    await retention.forget_expired()
    assert await db.fetchval(count) == 0


async def test_the_notice_of_a_booking_that_is_not_over_stays(scene: Scene) -> None:
    await db.execute("UPDATE notice SET sent_at = now() - interval '1 year'")
    before = await db.fetchval("SELECT count(*) FROM notice")
    await retention.forget_expired()
    assert await db.fetchval("SELECT count(*) FROM notice") == before
