"""What cannot be undone takes the person: not a token, not an old session, but a fresh sign-in or the password."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from server.access import sessions
from server.accounts import proof
from server.core import db
from tests import factories
from tests.accounts.conftest import _cheap_hashes
from tests.privacy.signed_in import signed_in

__all__ = ["_cheap_hashes"]

ERASED = "SELECT erased_at IS NOT NULL FROM account WHERE id = $1"
OLD = int(proof.FRESH.total_seconds() // 60)


class Two:
    """Somebody who may be erased by themselves, and by an operator."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def begin(self) -> "Two":
        self.me, self.operator = await factories.person(), await factories.person()
        for one in (self.me, self.operator):
            await factories.password(one.actor.account_id)
        sql = "UPDATE account SET is_operator = true WHERE id = $1"
        await db.execute(sql, self.operator.actor.account_id)
        self.doors = {
            self.me.actor.account_id: ("DELETE", "/api/v1/me", self.me),
            self.operator.actor.account_id: (
                "POST", f"/api/v1/operator/accounts/{self.me.actor.account_id}/erase", self.operator,
            ),
        }  # fmt: skip
        return self

    async def erase(self, by: UUID, headers: dict[str, str], **said: str) -> httpx.Response:
        method, path, _ = self.doors[by]
        return await self.client.request(method, path, headers=headers, json=said or None)

    async def erased(self) -> bool:
        return bool(await db.fetchval(ERASED, self.me.actor.account_id))


@pytest.fixture
async def two(client: httpx.AsyncClient) -> Two:
    return await Two(client).begin()


async def test_a_token_does_not_erase_and_is_told_what_does(two: Two) -> None:
    for by, (_, _, person) in two.doors.items():
        for said in ({}, {"password": factories.PASSWORD}):
            answer = await two.erase(by, person.bearer, **said)
            assert (answer.status_code, answer.json()["detail"]) == (403, "a token does not do this; sign in")
    assert not await two.erased()


async def test_an_old_session_does_not_erase_and_is_told_what_does(two: Two) -> None:
    for by in two.doors:
        answer = await two.erase(by, await signed_in(by, OLD))
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/proof-needed")
        assert (await two.erase(by, await signed_in(by, OLD), password="a wrong one")).status_code == 401
    assert not await two.erased()


async def test_a_session_with_new_rights_is_as_old_as_its_sign_in(two: Two) -> None:
    by = two.me.actor.account_id
    headers = await signed_in(by, OLD)
    session = await sessions.read(headers["Cookie"].partition("=")[2])
    assert session is not None
    await sessions.rotate(session.session_id)
    assert await db.fetchval("SELECT max(created_at) < now() - interval '9 min' FROM session WHERE account_id = $1", by)


@pytest.mark.parametrize("minutes", [0, OLD - 1])
async def test_a_fresh_session_erases(two: Two, minutes: int) -> None:
    by = two.me.actor.account_id
    assert (await two.erase(by, await signed_in(by, minutes))).status_code == 200
    assert await two.erased()


@pytest.mark.parametrize("operator", [False, True])
async def test_an_old_session_erases_with_the_password(two: Two, operator: bool) -> None:
    by = (two.operator if operator else two.me).actor.account_id
    assert (await two.erase(by, await signed_in(by, OLD), password=factories.PASSWORD)).status_code == 200
    assert await two.erased()


async def test_control_without_the_proof_an_old_session_erases(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "FRESH", timedelta(days=365))
    by = two.me.actor.account_id
    assert (await two.erase(by, await signed_in(by, OLD))).status_code == 200


async def test_wrong_passwords_are_counted(two: Two) -> None:
    by = two.me.actor.account_id
    statuses = [(await two.erase(by, await signed_in(by, OLD), password="wrong")).status_code for _ in range(61)]
    assert (statuses[0], statuses[-1]) == (401, 429)


async def test_the_document_says_so(client: httpx.AsyncClient) -> None:
    document = (await client.get("/api/v1/openapi.json")).json()
    for path, method in (
        ("/api/v1/me", "delete"), ("/api/v1/operator/accounts/{id}/erase", "post"),
        ("/api/v1/operator/accounts/{id}/second-factor/remove", "post"),
        ("/api/v1/operator/organizations/{id}/merge", "post"),
    ):  # fmt: skip
        told = document["paths"][path][method]
        assert "Not with a token" in told["description"]
        assert "proof-needed" in told["responses"]["403"]["content"]["application/problem+json"]["examples"]


async def test_the_page_asks_for_the_password_of_who_has_not_just_signed_in(two: Two) -> None:
    by = two.me.actor.account_id
    headers = await signed_in(by, OLD)
    for said, status in (({}, 403), ({"password": "wrong"}, 401), ({"password": factories.PASSWORD}, 303)):
        form = {"email": two.me.actor.email, "csrf_token": headers["X-CSRF-Token"], **said}
        answer = await two.client.post("/account/data/erase", data=form, headers={"Cookie": headers["Cookie"]})
        assert answer.status_code == status, answer.text
    assert await two.erased()


HAVE = "INSERT INTO second_factor (account_id, salt, created_at, confirmed_at) VALUES ($1, '', now(), now())"
HAS = "SELECT count(*) FROM second_factor WHERE account_id = $1"
MERGED = "SELECT merged_into_id FROM organization WHERE id = $1"


class Operated(Two):
    """The same, of whom one has lost their second factor, and whose organization is a duplicate of the operator's."""

    async def begin(self) -> "Operated":
        await super().begin()
        account, organization = self.me.actor.account_id, self.me.actor.organization_id
        kept = self.operator.actor.organization_id
        await db.execute(HAVE, account)
        self.calls: dict[str, dict[str, str]] = {
            f"/api/v1/operator/accounts/{account}/second-factor/remove": {"reason": "lost"},
            f"/api/v1/operator/organizations/{organization}/merge": {"reason": "twice", "into": str(kept)},
        }
        self.forms: dict[str, dict[str, str]] = {
            f"/operator/accounts/{account}/second-factor": {"reason": "lost"},
            f"/operator/organizations/{organization}/merge": {"reason": "twice", "into": str(kept)},
        }
        return self

    async def done(self) -> list[bool]:
        """Whether the second factor was taken, and the organization merged."""
        factor = await db.fetchval(HAS, self.me.actor.account_id)
        return [factor == 0, await db.fetchval(MERGED, self.me.actor.organization_id) is not None]

    async def browser(self, minutes: int = OLD) -> dict[str, str]:
        return await signed_in(self.operator.actor.account_id, minutes)


@pytest.fixture
async def operated(client: httpx.AsyncClient) -> Operated:
    return await Operated(client).begin()


async def test_an_operator_takes_factors_and_merges_only_as_the_person(operated: Operated) -> None:
    for path, body in operated.calls.items():
        for headers, said, status in (
            (operated.operator.bearer, {"password": factories.PASSWORD}, 403),
            (await operated.browser(), {}, 403),
            (await operated.browser(), {"password": "a wrong one"}, 401),
        ):
            answer = await operated.client.post(path, headers=headers, json=body | said)
            assert answer.status_code == status, answer.text
    assert await operated.done() == [False, False]


@pytest.mark.parametrize(("minutes", "said"), [(0, {}), (OLD, {"password": factories.PASSWORD})])
async def test_an_operator_who_is_there_takes_factors_and_merges(
    operated: Operated, minutes: int, said: dict[str, str]
) -> None:
    for path, body in operated.calls.items():
        answer = await operated.client.post(path, headers=await operated.browser(minutes), json=body | said)
        assert answer.status_code == 200, answer.text
    assert await operated.done() == [True, True]


async def test_control_without_the_proof_an_operators_old_session_does_it(
    operated: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof, "FRESH", timedelta(days=365))
    for path, body in operated.calls.items():
        await operated.client.post(path, headers=await operated.browser(), json=body)
    assert await operated.done() == [True, True]


async def test_the_pages_of_operators_ask_for_the_password_too(operated: Operated) -> None:
    headers = await operated.browser()
    cookie = {"Cookie": headers["Cookie"], "Accept-Language": "en"}
    for path, fields in operated.forms.items():
        for said, status, words in (
            ({"password": ""}, 403, "You signed in a while ago"),
            ({"password": "wrong"}, 401, "The password is wrong"),
            ({"password": factories.PASSWORD}, 303, ""),
        ):
            form = {"csrf_token": headers["X-CSRF-Token"], **fields, **said}
            answer = await operated.client.post(path, data=form, headers=cookie)
            assert answer.status_code == status, answer.text
            assert words in answer.text
    assert await operated.done() == [True, True]
