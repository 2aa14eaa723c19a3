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
    reader = with_token(member, (await made(member, "read"))["token"])
    problem = await made(reader, "read", "manage", expect=403)
    assert problem["lacking"] == ["manage"]
    await made(reader, "read")


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
