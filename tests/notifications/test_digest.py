"""The mail of the day: once, at seven in the morning of the recipient, with all that happened."""

from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest

from server.account_mail.write import write
from server.core import db
from server.notifications import digest
from server.outbox.account_mail import Told
from tests.notifications.test_choose import Scene

LETTERS = "SELECT id, recipient, locale, facts, owed_at FROM letter WHERE kind = 'digest' ORDER BY position"
SINCE = f"SELECT {digest._SINCE} FROM (SELECT $1::text AS time_zone) a"


@pytest.fixture
async def scene(client: httpx.AsyncClient) -> Scene:
    """An owner who wants a digest, of two bookings and a cancellation."""
    scene = Scene(client)
    await scene.begin(resource_news="digest")
    booking = await scene.book(9)
    await scene.book(11)
    await client.post(f"/api/v1/bookings/{booking}/cancel", json={}, headers=scene.sme.bearer)
    return scene


async def age(interval: str) -> None:
    await db.execute("UPDATE digest_item SET owed_at = owed_at - $1::text::interval", interval)


async def test_before_seven_nothing_is_sent(scene: Scene) -> None:
    await db.execute(f"UPDATE digest_item i SET owed_at = {digest._SINCE} FROM account a WHERE a.id = i.account_id")
    assert await digest.send_digests() == 0


async def test_all_news_come_in_one_mail_and_only_once(scene: Scene) -> None:
    await age("25 hours")
    assert await digest.send_digests() == 1
    assert await digest.send_digests() == 0
    (letter,) = await db.fetch(LETTERS)
    assert letter["recipient"] == scene.owner.actor.email
    told = msgspec.json.decode(letter["facts"], type=Told)
    assert told.facts["count"] == "3"
    mail = write(
        id=letter["id"], kind="digest", recipient=letter["recipient"], locale="en", owed_at=letter["owed_at"],
        facts=told.facts, link=None, sender="bookings@rongtong.example", base_url="https://rongtong.example",
    )  # fmt: skip
    assert b"3 pieces of news" in mail
    assert [line.split("：")[0] for line in told.facts["news"].split("\n")] == ["• 新预约", "• 新预约", "• 预约已取消"]


async def test_after_an_outage_of_days_one_mail_tells_all(scene: Scene) -> None:
    await age("5 days")
    assert await digest.send_digests() == 1
    assert await db.fetchval("SELECT count(*) FROM digest_item") == 0


async def test_news_of_today_wait_for_tomorrow(scene: Scene) -> None:
    await age("25 hours")
    await scene.book(14)
    await digest.send_digests()
    left = await db.fetchval("SELECT count(*) FROM digest_item")
    assert left == 1


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "Asia/Kolkata", "Pacific/Kiritimati"])
async def test_seven_is_that_of_the_recipient(rolled_back: None, zone: str) -> None:
    since: datetime = await db.fetchval(SINCE, zone)
    local: Any = await db.fetchval("SELECT to_char($1::timestamptz AT TIME ZONE $2, 'HH24:MI')", since, zone)
    assert local == "07:00"
    assert 0 <= (datetime.now(UTC) - since).total_seconds() < 25 * 3600


async def test_the_mail_of_very_many_news_stays_short(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digest, "LINES", 2)
    await age("25 hours")
    await digest.send_digests()
    (letter,) = await db.fetch(LETTERS)
    lines = msgspec.json.decode(letter["facts"], type=Told).facts["news"].split("\n")
    assert len(lines) == 3
