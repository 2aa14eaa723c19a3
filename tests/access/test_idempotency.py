"""A request with an Idempotency-Key: when its answer is kept, for whom, and what is not kept.

That every POST of the API does so is seen in tests/rights/test_repeated.py, at the same moment in tests/races.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from server.access import idempotency
from server.core import db, encryption
from server.core.ids import new_id
from tests import factories
from tests.factories import Person
from tests.times import at

KEY = {"Idempotency-Key": "k"}


class Guest:
    """Somebody who books."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def begin(self) -> "Guest":
        self.owner = await factories.person(kind="university")
        self.me = await factories.person()
        self.resource = await factories.resource(self.owner, units=9)
        return self

    async def book(self, by: Person | None = None, hour: int = 9, key: dict[str, str] = KEY) -> httpx.Response:
        body = {"resource_id": str(self.resource), "starts_at": at(hour), "ends_at": at(hour + 1)}
        headers = (by or self.me).bearer | key
        return await self.client.post("/api/v1/bookings", json=body, headers=headers)

    async def booked(self) -> int:
        return int(await db.fetchval("SELECT count(*) FROM booking"))


@pytest.fixture
async def guest(client: httpx.AsyncClient) -> Guest:
    return await Guest(client).begin()


class Crash(Exception):
    """The process dies here."""


async def test_a_crash_before_the_answer_is_kept_undoes_the_change(
    guest: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(idempotency, "_kept", lambda *_: (_ for _ in ()).throw(Crash))
        assert (await guest.book()).status_code == 500
    assert await guest.booked() == 0
    assert await db.fetchval("SELECT count(*) FROM idempotency_key") == 0
    assert (await guest.book()).status_code == 201
    assert (await guest.book()).status_code == 201
    assert await guest.booked() == 1


async def test_control_kept_after_the_change_a_crash_between_doubles_it(
    guest: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    @asynccontextmanager
    async def none() -> AsyncIterator[None]:
        yield

    monkeypatch.setattr(idempotency, "transaction", none)
    with monkeypatch.context() as patch:
        patch.setattr(idempotency, "_kept", lambda *_: (_ for _ in ()).throw(Crash))
        assert (await guest.book()).status_code == 500
    await db.execute("DELETE FROM idempotency_key")  # it was to be written now
    await guest.book()
    assert await guest.booked() == 2


async def test_what_was_refused_may_be_tried_again_with_the_same_key(guest: Guest) -> None:
    await db.execute("UPDATE resource SET rules = '{\"lead_minutes\": 500000}' WHERE id = $1", guest.resource)
    assert (await guest.book()).status_code == 422
    await db.execute("UPDATE resource SET rules = '{}' WHERE id = $1", guest.resource)
    assert (await guest.book()).status_code == 201


async def test_the_answer_of_then_is_given_also_when_things_have_changed(guest: Guest) -> None:
    first = await guest.book()
    await guest.client.post(f"/api/v1/bookings/{first.json()['id']}/cancel", json={}, headers=guest.me.bearer)
    again = await guest.book()
    assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])


async def test_each_has_keys_of_their_own_for_each_organization(guest: Guest) -> None:
    elsewhere = await factories.organization()
    member = new_id()
    sql = "INSERT INTO member (id, organization_id, account_id, role) VALUES ($1, $2, $3, 'admin')"
    await db.execute(sql, member, elsewhere, guest.me.actor.account_id)
    colleague = await factories.person(guest.me.actor.organization_id)
    ids = {(await guest.book(by)).json()["id"] for by in (guest.me, colleague, guest.owner)}
    await db.execute("UPDATE api_token SET member_id = $2 WHERE member_id = $1", guest.me.actor.member_id, member)
    ids.add((await guest.book()).json()["id"])
    assert len(ids) == await guest.booked() == 4


async def test_another_request_with_the_same_key_is_told_so(guest: Guest) -> None:
    await guest.book()
    for other in (
        await guest.book(hour=11),
        await guest.client.post("/api/v1/holds", json={}, headers=guest.me.bearer | KEY),
    ):
        assert other.status_code in (400, 422)
    assert (await guest.book(hour=11)).json()["type"] == "/problems/idempotency-mismatch"
    body = {"resource_id": str(guest.resource), "starts_at": at(9), "ends_at": at(10)}
    elsewhere = await guest.client.post("/api/v1/holds", json=body, headers=guest.me.bearer | KEY)
    assert elsewhere.json()["type"] == "/problems/idempotency-mismatch"  # the same words to another address
    assert await guest.booked() == 1


async def test_a_form_with_a_file_is_the_same_with_another_boundary(guest: Guest) -> None:
    csv = "name,kind,time_zone\n显微镜,equipment,Asia/Shanghai\n".encode()

    async def send(what: bytes) -> httpx.Response:
        files = {"file": ("list.csv", what, "text/csv")}
        return await guest.client.post("/api/v1/imports", files=files, headers=guest.owner.bearer | KEY)

    first, again = await send(csv), await send(csv)
    assert first.status_code == 201
    assert (first.content, first.headers["location"]) == (again.content, again.headers["location"])
    assert await db.fetchval("SELECT count(*) FROM list_import") == 1
    assert (await send(csv + b"\n")).json()["type"] == "/problems/idempotency-mismatch"


async def test_a_person_of_no_organization_is_answered_the_same(guest: Guest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the first answer gave their session or token an organization to act for."""
    body = {"name": "Neue GmbH", "kind": "sme", "country": "DE", "registration_number": "HRB 1"}
    first, again = [
        await guest.client.post("/api/v1/organizations", json=body, headers=guest.me.bearer | KEY) for _ in range(2)
    ]
    assert (first.status_code, first.content) == (201, again.content)
    row = await db.fetchrow("SELECT by_id, account_id FROM idempotency_key")
    assert row is not None
    assert tuple(row) == (guest.me.actor.account_id, guest.me.actor.account_id)


async def test_an_answer_that_is_too_long_is_not_kept_and_nothing_is_done_again(
    guest: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "LONGEST", 100)
    assert (await guest.book()).status_code == 201
    again = await guest.book()
    assert (again.status_code, again.json()["type"]) == (409, "/problems/conflict")
    assert await guest.booked() == 1


async def test_what_was_told_once_is_lost_with_the_secret_of_the_installation(
    guest: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def make() -> httpx.Response:
        given = {"label": "a program", "scopes": ["read"]}
        return await guest.client.post("/api/v1/tokens", json=given, headers=guest.me.bearer | KEY)

    def other(_: str) -> str:
        raise encryption.Unreadable

    first = await make()
    assert (await make()).json()["token"] == first.json()["token"]
    monkeypatch.setattr(encryption, "unseal", other)
    lost = await make()
    assert (lost.status_code, "make another" in lost.json()["detail"]) == (409, True)


async def test_a_key_has_a_length(guest: Guest) -> None:
    for key in ("", "k" * 201):
        assert (await guest.book(key={"Idempotency-Key": key})).status_code == 400
    assert await guest.booked() == 0
