"""People choose how news reach them; what belongs into their own calendar always comes."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import httpx
import pytest

from server.bookings.lifecycle import remind
from server.core import db
from server.outbox import preferences
from server.outbox.notices import Kind
from tests import factories
from tests.times import at

OWNER_NEWS = "SELECT kind FROM notice WHERE recipient = $1 AND lapsed_at IS NULL ORDER BY position"


def test_every_kind_of_notice_belongs_to_one_event() -> None:
    kinds = [kind for event in preferences.EVENTS.values() for kind in event.kinds]
    assert sorted(kinds) == sorted(get_args(Kind))


class Scene:
    """An owner's manager, and an SME that books."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def begin(self, **chosen: str) -> None:
        self.owner = await factories.person(kind="university")
        self.sme = await factories.person()
        self.resource = await factories.resource(self.owner)
        if chosen:
            assert (await self.choose(self.owner, **chosen)).status_code == 200

    async def choose(self, by: factories.Person, **chosen: str) -> httpx.Response:
        return await self.client.patch("/api/v1/me/notifications", json=chosen, headers=by.bearer)

    async def book(self, hour: int = 9) -> str:
        body = {"resource_id": str(self.resource), "starts_at": at(hour), "ends_at": at(hour + 1)}
        made = await self.client.post("/api/v1/bookings", json=body, headers=self.sme.bearer)
        return str(made.json()["id"])

    async def told(self, whom: factories.Person) -> list[str]:
        return [row["kind"] for row in await db.fetch(OWNER_NEWS, whom.actor.email)]


@pytest.fixture
def scene(client: httpx.AsyncClient) -> Scene:
    return Scene(client)


async def test_until_somebody_chooses_news_come_at_once(scene: Scene) -> None:
    await scene.begin()
    await scene.book()
    assert await scene.told(scene.owner) == ["owner_confirmed"]


@pytest.mark.parametrize(("delivery", "items"), [("off", 0), ("digest", 1)])
async def test_news_that_are_off_or_for_the_digest_are_not_mailed(scene: Scene, delivery: str, items: int) -> None:
    await scene.begin(resource_news=delivery)
    await scene.book()
    assert await scene.told(scene.owner) == []
    assert await scene.told(scene.sme) == ["confirmed"]
    assert await db.fetchval("SELECT count(*) FROM digest_item") == items


async def test_where_the_setting_is_not_asked_news_are_mailed(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control."""
    await scene.begin(resource_news="off")
    monkeypatch.setattr("server.outbox.notices.chosen_by", lambda kind: "")
    await scene.book()
    assert await scene.told(scene.owner) == ["owner_confirmed"]


async def test_ones_own_invitations_cannot_be_switched_off(scene: Scene) -> None:
    await scene.begin()
    refused = await scene.choose(scene.sme, own_bookings="off")
    assert (refused.status_code, refused.json()["field"]) == (400, "own_bookings")
    for name, delivery in (("reminders", "digest"), ("no_such", "now"), ("reminders", "weekly")):
        assert (await scene.choose(scene.sme, **{name: delivery})).status_code == 400


async def test_what_is_chosen_is_shown_and_what_is_left_out_stays(scene: Scene) -> None:
    await scene.begin(resource_news="digest")
    await scene.choose(scene.owner, reminders="off")
    shown: Any = (await scene.client.get("/api/v1/me/notifications", headers=scene.owner.bearer)).json()
    assert {one["event"]: one["delivery"] for one in shown} == {
        "own_bookings": "now", "reminders": "off", "decisions": "now", "resource_news": "digest",
    }  # fmt: skip
    assert shown[0]["choices"] == ["now"]


async def test_a_reminder_that_nobody_wants_is_not_owed_again_and_again(scene: Scene) -> None:
    await scene.begin()
    await scene.choose(scene.sme, reminders="off")
    soon = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=12)
    await factories.booking(scene.resource, scene.sme, soon, revised_at=soon - timedelta(days=2))
    assert [await remind.remind_guests() for _ in range(2)] == [1, 0]
    assert await scene.told(scene.sme) == []
