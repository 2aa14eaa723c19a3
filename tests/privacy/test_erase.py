"""After an erasure nothing says who the person was; what was booked stays."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from server.audit import chain_verify, seal
from server.core import db
from server.core.settings import settings
from server.outbox.account_mail import owe
from server.privacy import retention
from tests import factories
from tests.privacy.signed_in import signed_in
from tests.times import at

NAME = "李雷 Canary"
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migration' ORDER BY 1"


async def dump() -> str:
    """All that stands in the database, as text."""
    rows = [
        await db.fetchval(f"SELECT string_agg(t::text, '') FROM \"{row['tablename']}\" t")
        for row in await db.fetch(TABLES)
    ]
    return "\n".join(row or "" for row in rows)


class Scene:
    """A person who booked, was invited along, holds and waits; an owner; and a colleague of theirs."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def begin(self, **rules: Any) -> "Scene":
        self.owner = await factories.person(kind="university")
        self.me = await factories.person()
        self.colleague = await factories.person(self.me.actor.organization_id)
        await db.execute("UPDATE account SET name = $2 WHERE id = $1", self.me.actor.account_id, NAME)
        self.resource = await factories.resource(self.owner, units=3, **rules)
        return self

    async def post(self, path: str, by: factories.Person, status: int = 201, **body: Any) -> Any:
        body = {name.rstrip("_"): value for name, value in body.items()}
        headers = by.bearer | {"Idempotency-Key": f"key {path} {body}"[:60]}
        answer = await self.client.post(f"/api/v1/{path}", json=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def book(self, by: factories.Person, hour: int = 9, **more: Any) -> str:
        body = {"resource_id": str(self.resource), "starts_at": at(hour), "ends_at": at(hour + 1), **more}
        return str((await self.post("bookings", by, **body))["id"])

    async def everything(self) -> None:
        along = [{"email": self.me.actor.email.upper(), "name": NAME}]
        self.own = await self.book(self.me, 9)
        self.others = await self.book(self.colleague, 11, attendees=along)
        self.past = await factories.booking(
            self.resource, self.me, datetime.now(UTC) - timedelta(days=3), status="completed",
            attendees=[{"email": self.me.actor.email, "name": NAME}],
        )  # fmt: skip
        await self.post("holds", self.me, resource_id=str(self.resource), starts_at=at(13), ends_at=at(14))
        await factories.waiting(self.resource, self.me, datetime.fromisoformat(at(8)), datetime.fromisoformat(at(20)))
        await self.post("feeds", self.me, scope="person")
        await self.client.patch(f"/api/v1/bookings/{self.own}", json={"purpose": "断口"},
                                headers=self.me.bearer | {"If-Match": "*"})  # fmt: skip
        await db.execute("UPDATE notice SET sent_at = now()")  # of all of this the mail has gone out
        async with db.transaction():
            await owe("hello", self.me.actor.email, "en", name=NAME)

    async def erase(self, who: factories.Person | None = None) -> httpx.Response:
        who = who or self.me
        return await self.client.delete("/api/v1/me", headers=await signed_in(who.actor.account_id))

    async def deliver(self) -> None:
        """Let the worker send all there is, and look for what to delete."""
        await db.execute("UPDATE notice SET sent_at = now() WHERE sent_at IS NULL")
        await db.execute("UPDATE letter SET sent_at = now(), facts = '{\"facts\": {}}' WHERE sent_at IS NULL")
        await retention.forget()


@pytest.fixture
async def scene(client: httpx.AsyncClient) -> Scene:
    return await Scene(client).begin()


async def test_nothing_says_any_more_who_the_person_was(scene: Scene) -> None:
    await scene.everything()
    before = await dump()
    assert before.count(scene.me.actor.email) > 5
    answer = await scene.erase()
    assert answer.status_code == 200, answer.text
    await scene.deliver()
    left = await dump()
    assert scene.me.actor.email not in left.lower()
    assert NAME not in left


async def test_what_lies_ahead_is_cancelled_and_told(scene: Scene) -> None:
    await scene.everything()
    await scene.erase()
    assert await db.fetchval("SELECT status FROM booking WHERE id = $1::text::uuid", scene.own) == "cancelled"
    told = await db.fetch("SELECT kind, recipient FROM notice WHERE sent_at IS NULL")
    assert {(row["kind"], row["recipient"]) for row in told} >= {
        ("owner_cancelled", scene.owner.actor.email),
        ("cancelled", scene.me.actor.email),
    }
    assert await db.fetchval("SELECT count(*) FROM hold WHERE ended_at IS NULL") == 0
    assert await db.fetchval("SELECT count(*) FROM waiting WHERE status = 'waiting'") == 0


async def test_facts_of_bookings_stay_under_the_pseudonym(scene: Scene) -> None:
    await scene.everything()
    statistics = "SELECT count(*), sum(ends_at - starts_at) FROM booking WHERE resource_id = $1"
    before = await db.fetchrow(statistics, scene.resource)
    pseudonym = (await scene.erase()).json()["pseudonym"]
    assert await db.fetchrow(statistics, scene.resource) == before
    shown = await scene.client.get(f"/api/v1/bookings/{scene.past}", headers=scene.owner.bearer)
    assert shown.json()["booker_name"] == pseudonym
    assert len(shown.json()["attendees"]) == 1  # that somebody came along stays true
    ahead = await scene.client.get(f"/api/v1/bookings/{scene.others}", headers=scene.colleague.bearer)
    assert ahead.json()["attendees"] == []
    history = await scene.client.get(f"/api/v1/bookings/{scene.own}/history", headers=scene.owner.bearer)
    assert {entry["by"] for entry in history.json()} == {pseudonym}


async def test_the_audit_log_still_verifies_and_tells_of_the_erasure(scene: Scene) -> None:
    await scene.everything()
    await seal.seal()
    await scene.erase()
    await seal.seal()
    found = await chain_verify.verify(settings().secrets)
    assert found.broken == []
    assert await db.fetchval("SELECT count(*) FROM audit_entry WHERE verb = 'erased' AND noun = 'account'") == 1


async def test_every_way_in_is_closed(scene: Scene) -> None:
    await scene.everything()
    await scene.erase()
    assert (await scene.client.get("/api/v1/me", headers=scene.me.bearer)).status_code == 401
    assert await db.fetchval("SELECT count(*) FROM feed") == 0


async def test_the_last_letter_goes_to_the_old_address_and_is_then_deleted(scene: Scene) -> None:
    await scene.erase()
    letters = await db.fetch("SELECT kind, recipient FROM letter")
    assert [tuple(row) for row in letters] == [("erased", scene.me.actor.email)]
    await scene.deliver()
    assert await db.fetchval("SELECT count(*) FROM letter") == 0


async def test_what_the_owner_lets_nobody_cancel_stays_and_nobody_is_mailed_at_the_pseudonym(
    client: httpx.AsyncClient,
) -> None:
    scene = await Scene(client).begin(cancel_minutes=60 * 24 * 365)
    booking = await scene.book(scene.me)
    answer = await scene.erase()
    assert answer.json()["bookings_kept"] == [booking]
    await scene.client.post(f"/api/v1/bookings/{booking}/cancel", json={}, headers=scene.owner.bearer)
    waiting = await db.fetch("SELECT recipient FROM notice WHERE sent_at IS NULL AND lapsed_at IS NULL")
    assert not [row for row in waiting if row["recipient"].endswith(".invalid")]


async def test_an_only_admin_of_others_is_asked_to_make_another_first(scene: Scene) -> None:
    admin = await factories.person()
    await factories.person(admin.actor.organization_id, role="booker")
    answer = await scene.erase(admin)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/last-admin")


async def test_an_operator_erases_on_request_and_others_may_not(scene: Scene) -> None:
    path = f"/api/v1/operator/accounts/{scene.me.actor.account_id}/erase"
    colleague = await signed_in(scene.colleague.actor.account_id)
    assert (await scene.client.post(path, headers=colleague)).status_code == 403
    await db.execute("UPDATE account SET is_operator = true WHERE id = $1", scene.owner.actor.account_id)
    operator = await signed_in(scene.owner.actor.account_id)
    assert (await scene.client.post(path, headers=scene.owner.bearer)).status_code == 403  # a token is not enough
    assert (await scene.client.post(path, headers=operator)).status_code == 200
    assert (await scene.client.post(path, headers=operator)).status_code == 200  # changes nothing more
    entry = await db.fetchrow("SELECT actor, account_id FROM audit_entry WHERE verb = 'erased'")
    assert entry is not None
    assert tuple(entry) == ("operator", scene.owner.actor.account_id)
