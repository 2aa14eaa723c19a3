"""Who sets up identity providers, and what becomes of their secrets and domains."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from server.core import db, encryption
from server.identities.views import open_one
from tests import factories
from tests.identities.provider import Provider

PATH = "/api/v1/identity-providers"
SECRET = "a-secret-of-the-client"


def new(provider: Provider, **changes: Any) -> dict[str, Any]:
    said = {"name": "SSO", "issuer": provider.issuer, "client_id": "rongtong", "client_secret": SECRET}
    return said | {"domains": ["uni.example.cn", "lab.example.cn"]} | changes


async def operator() -> factories.Person:
    person = await factories.person()
    await db.execute("UPDATE account SET is_operator = true WHERE id = $1", person.actor.account_id)
    return person


async def test_the_secret_is_never_shown_and_never_stored_as_it_is(
    client: httpx.AsyncClient, provider: Provider
) -> None:
    admin = await factories.person()
    answer = await client.post(PATH, json=new(provider), headers=admin.bearer)
    assert answer.status_code == 201, answer.text
    shown = answer.json()
    assert shown["has_secret"] is True
    assert [one["verified_at"] for one in shown["domains"]] == [None, None]
    assert SECRET not in answer.text + (await client.get(PATH, headers=admin.bearer)).text
    sealed = await db.fetchval("SELECT sealed_secret FROM identity_provider WHERE id = $1::uuid", shown["id"])
    assert SECRET not in sealed
    assert encryption.unseal(sealed) == SECRET


async def test_with_another_installation_secret_it_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = encryption.seal(SECRET)
    assert sealed != encryption.seal(SECRET)
    monkeypatch.setattr(encryption, "ring", lambda: ("another",))
    with pytest.raises(encryption.Unreadable):
        encryption.unseal(sealed)


@pytest.mark.parametrize("issuer", ["http://nowhere.example", "https://127.0.0.1:1", "ftp://x", "", "https://u:p@x/"])
async def test_an_issuer_that_does_not_answer_is_refused_and_says_nothing_of_why(
    client: httpx.AsyncClient, provider: Provider, issuer: str
) -> None:
    admin = await factories.person()
    answer = await client.post(PATH, json=new(provider, issuer=issuer), headers=admin.bearer)
    assert answer.status_code == 400
    assert await db.fetchval("SELECT count(*) FROM identity_provider") == 0


@pytest.mark.parametrize("domain", ["*", "UNI.example", "uni", "a b.cn", "x@y.cn", "-.cn", "https://uni.cn", "uni.cn."])
async def test_what_is_no_domain_is_refused(client: httpx.AsyncClient, provider: Provider, domain: str) -> None:
    admin = await factories.person()
    answer = await client.post(PATH, json=new(provider, domains=[domain]), headers=admin.bearer)
    assert answer.status_code == 400


async def test_only_admins_set_one_up_and_only_their_own(client: httpx.AsyncClient, provider: Provider) -> None:
    admin, stranger = await factories.person(), await factories.person()
    manager = await factories.person(admin.actor.organization_id, role="manager")
    assert (await client.post(PATH, json=new(provider), headers=manager.bearer)).status_code == 403
    id = (await client.post(PATH, json=new(provider), headers=admin.bearer)).json()["id"]
    assert (await client.get(PATH, headers=stranger.bearer)).json() == []
    assert (await client.patch(f"{PATH}/{id}", json={"name": "x"}, headers=stranger.bearer)).status_code == 404
    assert (await client.delete(f"{PATH}/{id}", headers=stranger.bearer)).status_code == 404
    assert (await client.post(PATH, json=new(provider), headers=admin.bearer)).status_code == 409
    assert (await client.delete(f"{PATH}/{id}", headers=admin.bearer)).status_code == 204


async def test_an_operator_verifies_domains_and_nobody_else(client: httpx.AsyncClient, provider: Provider) -> None:
    admin, runs = await factories.person(), await operator()
    id = (await client.post(PATH, json=new(provider), headers=admin.bearer)).json()["id"]
    path = f"{PATH}/{id}/domains/uni.example.cn/verify"
    assert (await client.post(path, headers=admin.bearer)).status_code == 403
    waiting = (await client.get("/api/v1/identity-domains", headers=runs.bearer)).json()
    assert [one["domain"] for one in waiting] == ["lab.example.cn", "uni.example.cn"]
    assert (await client.post(path, headers=runs.bearer)).status_code == 204
    assert (await client.post(path, headers=runs.bearer)).status_code == 204
    assert (await client.post(f"{PATH}/{id}/domains/x.cn/verify", headers=runs.bearer)).status_code == 404
    assert (await open_one(UUID(id))).domains == {"uni.example.cn"}


async def test_a_domain_speaks_through_one_provider_only(client: httpx.AsyncClient, provider: Provider) -> None:
    runs = await operator()
    ids = []
    for _ in range(2):
        admin = await factories.person()
        ids.append((await client.post(PATH, json=new(provider), headers=admin.bearer)).json()["id"])
    first, second = (f"{PATH}/{id}/domains/uni.example.cn/verify" for id in ids)
    assert (await client.post(first, headers=runs.bearer)).status_code == 204
    assert (await client.post(second, headers=runs.bearer)).status_code == 409


async def test_a_domain_that_is_new_waits_again_and_one_that_stays_does_not(
    client: httpx.AsyncClient, provider: Provider
) -> None:
    admin = await factories.person()
    id = (await client.post(PATH, json=new(provider), headers=admin.bearer)).json()["id"]
    path = f"{PATH}/{id}/domains/uni.example.cn/verify"
    assert (await client.post(path, headers=(await operator()).bearer)).status_code == 204
    change = {"domains": ["uni.example.cn", "new.example.cn"], "client_secret": ""}
    changed = (await client.patch(f"{PATH}/{id}", json=change, headers=admin.bearer)).json()
    assert {one["domain"]: one["verified_at"] is not None for one in changed["domains"]} == {
        "new.example.cn": False,
        "uni.example.cn": True,
    }
    assert changed["has_secret"] is False


async def test_what_is_done_with_a_provider_stands_in_the_log_without_its_secret(
    client: httpx.AsyncClient, provider: Provider
) -> None:
    admin = await factories.person()
    id = (await client.post(PATH, json=new(provider), headers=admin.bearer)).json()["id"]
    await client.patch(f"{PATH}/{id}", json={"client_secret": SECRET + "2", "joins": False}, headers=admin.bearer)
    await client.post(f"{PATH}/{id}/domains/uni.example.cn/verify", headers=(await operator()).bearer)
    await client.delete(f"{PATH}/{id}", headers=admin.bearer)
    rows = await db.fetch("SELECT verb, actor, e::text AS said FROM audit_entry e WHERE object_id = $1::uuid", id)
    assert [row["verb"] for row in rows] == ["defined", "changed", "verified", "removed"]
    assert [row["actor"] for row in rows] == ["member", "member", "operator", "member"]
    assert SECRET not in str([row["said"] for row in rows])
