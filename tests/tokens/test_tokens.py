"""Members make tokens for their programs: of less scope than they have, for a time, to be recognised and revoked."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from server.core import db
from server.tokens import make
from tests import factories
from tests.organizations.scene import Speaker


@pytest.fixture
async def member(client: httpx.AsyncClient) -> Speaker:
    return Speaker(client, await factories.person())


def with_token(of: Speaker, token: str) -> Speaker:
    return Speaker(of.client, factories.Person(of.person.actor, token))


async def made(by: Speaker, *scopes: str, expect: int = 201, **more: Any) -> Any:
    return await by.send("POST", "/tokens", expect, json={"label": "lab", "scopes": scopes or ("read",), **more})


async def test_the_secret_is_told_once_and_only_its_digest_kept(member: Speaker) -> None:
    token = await made(member, "read", "book")
    assert token["token"].startswith(token["prefix"])
    listed = await member.send("GET", "/tokens", 200)
    assert {one["id"]: one["scopes"] for one in listed}[token["id"]] == ["book", "read"]
    assert token["token"] not in str(listed)
    everything = await db.fetch("SELECT t::text AS row FROM api_token t")
    assert token["token"] not in str([row["row"] for row in everything])


async def test_a_token_lives_a_year_and_at_most_two(member: Speaker) -> None:
    year = datetime.fromisoformat((await made(member))["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=364) < year <= timedelta(days=365)
    for days in (-1, 731):
        await made(member, expect=400, expires_at=(datetime.now(UTC) + timedelta(days=days)).isoformat())


async def test_a_token_makes_none_with_more_scopes_than_it_has(member: Speaker) -> None:
    manager = with_token(member, (await made(member, "read", "manage"))["token"])
    problem = await made(manager, "read", "book", expect=403)
    assert problem["lacking"] == ["book"]
    await made(manager, "read")


async def test_a_token_that_is_revoked_or_over_opens_nothing(member: Speaker) -> None:
    token, over = await made(member), await made(member)
    program, late = with_token(member, token["token"]), with_token(member, over["token"])
    await program.send("GET", "/me", 200)
    await (Speaker(member.client, await factories.person())).send("DELETE", f"/tokens/{token['id']}", 404)
    await member.send("DELETE", f"/tokens/{token['id']}", 204)
    await db.execute("UPDATE api_token SET expires_at = now() - interval '1 s' WHERE id = $1::uuid", over["id"])
    await program.send("GET", "/me", 401)
    await late.send("GET", "/me", 401)


async def test_its_use_is_noted_once_a_minute(member: Speaker) -> None:
    token = await made(member)
    read = "SELECT last_used_at FROM api_token WHERE id = $1::uuid"
    assert await db.fetchval(read, token["id"]) is None
    program = with_token(member, token["token"])
    await program.send("GET", "/me", 200)
    first = await db.fetchval(read, token["id"])
    assert first is not None
    await db.execute(
        "UPDATE api_token SET last_used_at = $2 WHERE id = $1::uuid", token["id"], first - timedelta(seconds=30)
    )
    await program.send("GET", "/me", 200)
    assert await db.fetchval(read, token["id"]) == first - timedelta(seconds=30)
    await db.execute(
        "UPDATE api_token SET last_used_at = $2 WHERE id = $1::uuid", token["id"], first - timedelta(minutes=2)
    )
    await program.send("GET", "/me", 200)
    assert await db.fetchval(read, token["id"]) >= first


async def test_nobody_has_any_number_of_tokens(member: Speaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make, "MOST", 2)  # one is theirs already
    await made(member)
    await made(member, expect=409)


async def test_what_a_token_makes_is_gone_with_it(member: Speaker) -> None:
    """Also what that makes in its turn, and feeds and app passwords."""
    token = await made(member, "read", "book", "manage")
    parent = with_token(member, token["token"])
    child = with_token(member, (await made(parent, "read", "manage"))["token"])
    grandchild = with_token(member, (await made(child, "read"))["token"])
    feed = httpx.URL((await parent.send("POST", "/feeds", 201, json={"scope": "person"}))["url"]).path
    apps = await child.send("POST", "/app-passwords", 201, json={"label": "phone"})
    basic: dict[str, Any] = {"auth": (apps["user"], apps["password"]), "headers": {"Depth": "0"}}
    assert (await member.client.get(feed)).status_code == 200
    assert (await member.client.request("PROPFIND", "/dav/", **basic)).status_code == 207
    await member.send("DELETE", f"/tokens/{token['id']}", 204)
    for one in (parent, child, grandchild):
        await one.send("GET", "/me", 401)
    assert (await member.client.get(feed)).status_code == 404
    assert (await member.client.request("PROPFIND", "/dav/", **basic)).status_code == 401
    assert await member.send("GET", "/app-passwords", 200) == []
    revoked = await db.fetchval("SELECT count(*) FROM audit_entry WHERE noun = 'token' AND verb = 'revoked'")
    assert revoked == 3


async def test_it_ends_when_that_does_at_the_latest(member: Speaker) -> None:
    end = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0)
    token = await made(member, "read", "book", "manage", expires_at=end.isoformat())
    parent = with_token(member, token["token"])
    await made(parent, "read", expect=400, expires_at=(end + timedelta(seconds=1)).isoformat())
    assert datetime.fromisoformat((await made(parent, "read"))["expires_at"]) == end
    feed = httpx.URL((await parent.send("POST", "/feeds", 201, json={"scope": "person"}))["url"]).path
    await db.execute("UPDATE api_token SET expires_at = now() - interval '1 s' WHERE id = $1::uuid", token["id"])
    assert (await member.client.get(feed)).status_code == 404


async def test_what_it_makes_opens_no_more_than_it_does(member: Speaker) -> None:
    for scopes, path, body in (
        (("manage",), "/app-passwords", {"label": "phone"}),
        (("book",), "/feeds", {"scope": "person"}),
    ):
        program = with_token(member, (await made(member, *scopes))["token"])
        assert (await program.send("POST", path, 403, json=body))["lacking"] == ["read"]


async def test_a_token_that_reads_makes_and_ends_nothing(member: Speaker) -> None:
    other = await made(member)
    feed = await member.send("POST", "/feeds", 201, json={"scope": "person"})
    apps = await member.send("POST", "/app-passwords", 201, json={"label": "phone"})
    reader = with_token(member, (await made(member, "read"))["token"])
    for method, path, body in (
        ("POST", "/tokens", {"label": "more", "scopes": ["read"]}),
        ("DELETE", f"/tokens/{other['id']}", None),
        ("POST", "/feeds", {"scope": "person"}),
        ("POST", f"/feeds/{feed['id']}/rotate", None),
        ("DELETE", f"/feeds/{feed['id']}", None),
        ("POST", "/app-passwords", {"label": "tablet"}),
        ("DELETE", f"/app-passwords/{apps['id']}", None),
        ("POST", "/exports", {"subject": "bookings", "format": "csv"}),
    ):
        assert "scope" in await reader.send(method, path, 403, **({"json": body} if body else {}))
