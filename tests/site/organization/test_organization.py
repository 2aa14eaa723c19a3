"""The pages of organizations: registered, proven, changed; what the role does not open is refused."""

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from server.audit import object_labels
from server.audit.schemas import Entry
from server.core import db
from tests import factories
from tests.organizations.test_organizations import PDF
from tests.site.reader import Reader
from tests.site.visiting import seated, visiting

DAY = (datetime.now(UTC) + timedelta(days=8)).date()


def token(reader: Reader) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', reader.text)
    assert found
    return found[1]


async def upload(reader: Reader, client: httpx.AsyncClient, name: str, content: bytes) -> httpx.Response:
    cookies = "; ".join(f"{key}={value}" for key, value in reader.cookies.items())
    client.cookies.clear()
    fields = {"csrf_token": token(reader), "document": "licence"}
    return await client.post(
        "/organization/documents", data=fields, files={"file": (name, content)} if name else {"none": b""},
        headers={"Cookie": cookies, "Accept": "text/html", "Accept-Language": "en"},
    )  # fmt: skip


async def test_somebody_registers_an_organization_and_acts_for_it(client: httpx.AsyncClient) -> None:
    reader = await seated(client, await factories.account("new@example.com", locale="en"))
    await reader.open("/organization")
    assert reader.status == 403
    await reader.open("/organization/new")
    await reader.send("/organization/new", name="", uscc="nonsense")
    assert (reader.status, sorted(reader.errors)) == (422, ["name", "uscc"])
    await reader.send("/organization/new", name="Example Works", kind="sme", uscc="91350100M000100Y44")
    assert (reader.status, reader.errors) == (400, ["uscc"])
    await reader.send("/organization/new", name="Example Works", kind="sme", country="DE", uscc="")
    assert reader.path == "/organization?done=registered"
    assert "waits to be verified" in reader.text
    await reader.open("/organization/new")
    await reader.send("/organization/new", name="Example Works", kind="sme", country="DE", uscc="")
    assert (reader.status, "already" in reader.text) == (409, True)


async def test_an_unproven_address_registers_nothing(client: httpx.AsyncClient) -> None:
    reader = await seated(client, await factories.account("new@example.com", verified=False, locale="en"))
    await reader.open("/organization/new")
    await reader.send("/organization/new", name="Example Works", kind="sme", country="DE")
    assert (reader.status, "Confirm your mail address first" in reader.text) == (403, True)
    assert not await db.fetchval("SELECT count(*) FROM organization WHERE name = 'Example Works'")


async def test_documents_are_added_shown_to_admins_and_removed(client: httpx.AsyncClient) -> None:
    admin = await factories.person(verified=False, locale="en")
    reader = await visiting(client, admin)
    await reader.open("/organization")
    assert (await upload(reader, client, "", b"")).status_code == 422
    wrong = await upload(reader, client, "page.html", b"<script>alert(1)</script>")
    assert (wrong.status_code, 'id="file-error"' in wrong.text) == (400, True)
    assert (await upload(reader, client, "licence.pdf", PDF)).status_code == 303
    await reader.open("/organization")
    assert "licence.pdf" in reader.text
    id = await db.fetchval("SELECT id FROM document")
    booker = await factories.person(admin.actor.organization_id, role="booker", locale="en")
    other = await visiting(client, booker)
    await other.open("/organization")
    assert (other.status, "licence.pdf" in other.text) == (200, False)
    await reader.send(f"/organization/documents/{id}/remove")
    assert (reader.path, "licence.pdf" in reader.text) == ("/organization?done=removed", False)


async def test_what_is_verified_stays_and_the_rest_is_changed(client: httpx.AsyncClient) -> None:
    admin = await factories.person(locale="en")
    reader = await visiting(client, admin)
    await reader.open("/organization")
    await reader.send("/organization", staff="many")
    assert (reader.status, reader.errors) == (422, ["staff"])
    assert 'value="many"' in reader.text
    await reader.send("/organization", staff="12", revenue="300", sector="industry", region_code="320500")
    assert (reader.path, "small" in reader.text or "micro" in reader.text) == ("/organization?done=saved", True)
    await reader.open("/organization", "POST", {"csrf_token": token(reader), "name": "Another"})
    assert (reader.status, "The operator has verified this" in reader.text) == (409, True)
    await reader.open("/organization", "POST", {"csrf_token": "", "staff": "13"})
    assert reader.status == 403


async def test_a_booker_changes_nothing_of_the_organization(client: httpx.AsyncClient) -> None:
    admin = await factories.person()
    booker = await factories.person(admin.actor.organization_id, role="booker", locale="en")
    reader = await visiting(client, booker)
    await reader.open("/organization")
    assert 'action="/organization"' not in reader.text
    for path in ("/organization", "/organization/documents", "/organization/members/invite"):
        await reader.open(path, "POST", {"csrf_token": token(reader), "email": "x@example.com", "role": "admin"})
        assert reader.status == 403, path
        await reader.open("/organization")
    for path in ("/organization/log", "/organization/webhooks"):
        await reader.open(path)
        assert reader.status == 403, path
    await reader.open("/organization/members")
    assert (reader.status, "/organization/members/invite" in reader.text) == (200, False)


async def test_the_log_names_what_it_is_about_only_where_it_may_be_seen(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, other = await factories.person(kind="university", locale="en"), await factories.person(locale="en")
    resource = await factories.resource(admin, name="Shaker table")
    sent = {"resource_id": str(resource), "starts_at": f"{DAY}T02:00:00Z", "ends_at": f"{DAY}T03:00:00Z"}
    assert (await client.post("/api/v1/bookings", json=sent, headers=other.bearer)).status_code == 201
    await client.patch(f"/api/v1/resources/{resource}", json={"city": "Ulm"}, headers=admin.bearer | {"If-Match": "*"})
    reader = await visiting(client, admin)
    await reader.open("/organization/log")
    assert f'<a href="/manage/resources/{resource}">Shaker table</a>' in reader.text
    assert re.search(r'<a href="/bookings/[\w-]+">Shaker table, ', reader.text)
    theirs = await visiting(client, other)
    await theirs.open("/organization/log?noun=resource")
    assert "Shaker table" not in theirs.text
    entry = Entry(
        id=resource, at=datetime.now(UTC), actor="member", account_id=None, member_id=None, name=None,
        organization_id=None, owner_id=None, noun="resource", object_id=resource, verb="changed", was={}, became={},
        request_id="", sealed=None,
    )  # fmt: skip
    assert await object_labels.things([entry], other.actor) == {}
    unguarded = object_labels.THINGS.replace("r.owner_id = $1 AND r.id", "$1::uuid IS NOT NULL AND r.id")
    monkeypatch.setattr(object_labels, "THINGS", unguarded)
    assert resource in await object_labels.things([entry], other.actor)  # control: without the right in the SQL


async def test_the_log_tells_in_words_and_only_of_the_own_organization(client: httpx.AsyncClient) -> None:
    admin, other = await factories.person(locale="en"), await factories.person(locale="en")
    for person in (admin, other):
        await client.post("/api/v1/feeds", json={"scope": "person"}, headers=person.bearer)
    reader = await visiting(client, admin)
    await reader.open("/organization/log?noun=feed")
    assert "created · calendar subscription" in reader.text
    assert other.actor.name not in reader.text
    await reader.open("/organization/log?noun=document")
    assert "Nothing of this kind" in reader.text
