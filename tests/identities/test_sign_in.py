"""Signing in with an organization's own provider, and every way in which it must not work."""

import base64
import hashlib
import re
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit
from uuid import UUID

import httpx
import msgspec
import pytest
from authlib.oidc.core import CodeIDToken

from server.core import db, outbound
from server.core.encryption import seal
from server.identities import ask, link
from server.identities.begin import here
from tests import factories
from tests.identities.provider import Provider

PERSON = "zhang"
EMAIL = "zhang.wei@uni.example.cn"
HTML = {"Accept": "text/html"}


class Setup:
    """An organization whose people sign in with the provider."""

    def __init__(self, client: httpx.AsyncClient, provider: Provider) -> None:
        self.client, self.provider = client, provider
        self.cookies: dict[str, str] = {}
        self.nonce = ""

    async def begin(self, **known: Any) -> "Setup":
        """Set everything up as people do it: the admin defines, the operator verifies."""
        self.admin = await factories.person(kind="university", name="苏州大学")
        operator = await factories.person()
        await db.execute("UPDATE account SET is_operator = true WHERE id = $1", operator.actor.account_id)
        new = {"name": "苏州大学", "issuer": self.provider.issuer, "client_id": "later", "domains": ["uni.example.cn"]}
        answer = await self.client.post("/api/v1/identity-providers", json=new, headers=self.admin.bearer)
        assert answer.status_code == 201, answer.text
        self.id = UUID(answer.json()["id"])
        client_id, secret = await self.provider.register(answer.json()["callback_url"])
        sql = "UPDATE identity_provider SET client_id = $2, sealed_secret = $3 WHERE id = $1"
        await db.execute(sql, self.id, client_id, seal(secret))
        path = f"/api/v1/identity-providers/{self.id}/domains/uni.example.cn/verify"
        assert (await self.client.post(path, headers=operator.bearer)).status_code == 204
        await self.provider.know(PERSON, **{"email": EMAIL, "email_verified": True, "name": "张伟"} | known)
        return self

    async def get(self, path: str, **params: str) -> httpx.Response:
        """Ask as a browser does, with its cookies."""
        self.client.cookies.clear()
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = HTML | ({"Cookie": cookie} if cookie else {})
        answer = await self.client.get(path, params=params or None, headers=headers)
        self.cookies |= dict(answer.cookies)
        return answer

    async def go(self, next: str = "/mail") -> str:
        answer = await self.get(f"/sign-in/with/{self.id}", next=next)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    async def come_back(self, **brought: str) -> httpx.Response:
        return await self.get(f"/sign-in/with/{self.id}/callback", **brought)

    async def sign_in(self, subject: str = PERSON) -> httpx.Response:
        return await self.come_back(**await self.provider.sign_in(await self.go(), subject))

    async def who(self) -> Any:
        """Who the browser's session belongs to."""
        answer = await self.get("/api/v1/me")
        return answer.json() if answer.status_code == 200 else None


@pytest.fixture
async def world(client: httpx.AsyncClient, provider: Provider) -> Setup:
    return await Setup(client, provider).begin()


def refused(answer: httpx.Response, reason: str) -> None:
    """A page says why, and nobody is signed in."""
    assert answer.status_code == 403, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert reason in answer.text
    assert "session" not in dict(answer.cookies)


async def test_who_signs_in_for_the_first_time_joins_as_a_booker(world: Setup) -> None:
    answer = await world.sign_in()
    assert (answer.status_code, answer.headers["location"]) == (303, "/mail")
    me = await world.who()
    assert (me["email"], me["name"], me["role"]) == (EMAIL, "张伟", "booker")
    assert me["organization_id"] == str(world.admin.actor.organization_id)


async def test_the_second_time_it_is_the_same_person_in_a_new_session_whatever_their_address_is_now(
    world: Setup,
) -> None:
    await world.sign_in()
    first, session = await world.who(), world.cookies["session"]
    await world.provider.know(PERSON, email="zhang.wei@elsewhere.example", email_verified=False)
    refused(await world.sign_in(), "not proven")
    await world.provider.know(PERSON, email="zhang.wei@elsewhere.example")
    assert (await world.sign_in()).status_code == 303
    assert (await world.who())["member_id"] == first["member_id"]
    assert world.cookies["session"] != session
    world.cookies = {"session": session}
    assert await world.who() is None, "what the browser showed before has ended"


async def test_the_browser_is_sent_with_everything_that_protects_it(world: Setup) -> None:
    query = {name: values[0] for name, values in parse_qs(urlsplit(await world.go()).query).items()}
    assert query["response_type"] == "code"
    assert query["code_challenge_method"] == "S256"
    assert query["redirect_uri"].endswith(f"/sign-in/with/{world.id}/callback")
    assert len({query["state"], query["nonce"], query["code_challenge"]}) == 3
    assert min(len(query[one]) for one in ("state", "nonce", "code_challenge")) == 43
    attempts = await db.fetch("SELECT t::text FROM sign_in_attempt t")
    kept = str([row["t"] for row in attempts])
    assert len(attempts) == 1
    assert not [one for one in (*query.values(), world.cookies["sign-in"]) if len(one) == 43 and one in kept]


async def test_the_code_is_redeemed_with_what_only_this_browser_has(
    world: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[dict[str, str]] = []
    real = ask.post

    async def post(url: str, form: dict[str, str], headers: Any = None) -> Any:
        sent.append(form)
        return await real(url, form, headers)

    monkeypatch.setattr(ask, "post", post)
    address = await world.go()
    challenge = dict(parse_qsl(urlsplit(address).query))["code_challenge"]
    await world.come_back(**await world.provider.sign_in(address, PERSON))
    made = hashlib.sha256(sent[0]["code_verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(made).decode().rstrip("=") == challenge


async def test_another_state_is_refused(world: Setup) -> None:
    brought = await world.provider.sign_in(await world.go(), PERSON)
    refused(await world.come_back(**brought | {"state": "x" * 43}), "begin again")
    refused(await world.come_back(code=brought["code"]), "begin again")


async def test_what_another_browser_began_is_refused(world: Setup, client: httpx.AsyncClient) -> None:
    """An attacker must not sign a victim in as themselves."""
    brought = await world.provider.sign_in(await world.go(), PERSON)
    world.cookies.clear()
    refused(await world.come_back(**brought), "not begun in this browser")
    await world.go()
    refused(await world.come_back(**brought), "not begun in this browser")


async def test_what_was_finished_cannot_be_finished_again(world: Setup) -> None:
    brought = await world.provider.sign_in(await world.go(), PERSON)
    cookies = dict(world.cookies)
    assert (await world.come_back(**brought)).status_code == 303
    world.cookies = cookies
    refused(await world.come_back(**brought), "finished already")


async def test_a_code_that_was_used_is_refused_in_another_attempt(world: Setup) -> None:
    used = await world.provider.sign_in(await world.go(), PERSON)
    await world.come_back(**used)
    world.cookies.clear()
    fresh = dict(parse_qsl(urlsplit(await world.go()).query))
    refused(await world.come_back(code=used["code"], state=fresh["state"]), "does not answer as one should")


async def test_an_attempt_that_is_too_old_is_refused(world: Setup) -> None:
    brought = await world.provider.sign_in(await world.go(), PERSON)
    await db.execute("UPDATE sign_in_attempt SET expires_at = now() - interval '1 second'")
    refused(await world.come_back(**brought), "too long ago")


async def test_another_nonce_is_refused(world: Setup) -> None:
    """A code that was injected: it was asked for by an attempt with another nonce."""
    address = await world.go()
    nonce = dict(parse_qsl(urlsplit(address).query))["nonce"]
    brought = await world.provider.sign_in(address.replace(nonce, "n" * 43), PERSON)
    refused(await world.come_back(**brought), "not valid (invalid_claim)")


async def test_control_without_the_check_of_the_nonce_it_would_pass(
    world: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CodeIDToken, "validate_nonce", lambda self: None)
    address = await world.go()
    nonce = dict(parse_qsl(urlsplit(address).query))["nonce"]
    brought = await world.provider.sign_in(address.replace(nonce, "n" * 43), PERSON)
    assert (await world.come_back(**brought)).status_code == 303


async def test_a_token_for_another_client_is_refused(world: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    """The token of another client of the same provider, as a dishonest other client would pass it on."""
    other_id, other_secret = await world.provider.register("http://elsewhere.test/callback")
    real = ask.post

    async def post(url: str, form: dict[str, str], headers: Any = None) -> Any:
        address = f"{world.provider.issuer}/oauth2/authorize?response_type=code&scope=openid+email"
        address += f"&client_id={other_id}&redirect_uri=http://elsewhere.test/callback&state=s&nonce={world.nonce}"
        code = (await world.provider.sign_in(address, PERSON))["code"]
        form |= {"code": code, "client_id": other_id, "redirect_uri": "http://elsewhere.test/callback"}
        return await real(url, form, ask.basic(other_id, other_secret))

    address = await world.go()
    world.nonce = dict(parse_qsl(urlsplit(address).query))["nonce"]
    brought = await world.provider.sign_in(address, PERSON)
    monkeypatch.setattr(ask, "post", post)
    refused(await world.come_back(**brought), "not valid")


async def test_another_issuer_is_refused(world: Setup) -> None:
    brought = await world.provider.sign_in(await world.go(), PERSON)
    refused(await world.come_back(**brought, iss="https://evil.example"), "another provider")
    await db.execute("UPDATE identity_provider SET issuer = issuer || '/'")
    refused(await world.get(f"/sign-in/with/{world.id}"), "another issuer")


async def test_what_the_provider_refuses_is_said_in_its_words_only_where_they_are_known_ones(world: Setup) -> None:
    for error, said in (("access_denied", "says access_denied"), ("<script>Call 110</script>", "says an error")):
        state = dict(parse_qsl(urlsplit(await world.go()).query))["state"]
        refused(await world.come_back(error=error, state=state), said)


@pytest.mark.parametrize("email", ["zhang.wei@other.example", "zhang@evil.uni.example.cn", "a@b@uni.example.cn", ""])
async def test_an_address_of_no_verified_domain_is_refused(world: Setup, email: str) -> None:
    await world.provider.know(PERSON, email=email)
    refused(await world.sign_in(), "yours is not one of them")


async def test_an_address_that_the_provider_does_not_vouch_for_is_refused(world: Setup) -> None:
    await world.provider.know(PERSON, email=EMAIL, email_verified=False)
    refused(await world.sign_in(), "not proven")


async def test_without_a_verified_domain_a_provider_does_not_exist(world: Setup) -> None:
    assert EMAIL.partition("@")[2] in (await world.get("/sign-in/with", email=EMAIL)).text
    await db.execute("UPDATE identity_domain SET verified_at = NULL")
    assert (await world.get(f"/sign-in/with/{world.id}")).status_code == 404
    assert str(world.id) not in (await world.get("/sign-in/with", email=EMAIL)).text


async def test_a_provider_that_is_off_does_not_exist(world: Setup) -> None:
    path = f"/api/v1/identity-providers/{world.id}"
    assert (await world.client.patch(path, json={"enabled": False}, headers=world.admin.bearer)).status_code == 200
    assert (await world.get(f"/sign-in/with/{world.id}")).status_code == 404


async def test_who_has_an_account_with_that_address_is_the_same_person(world: Setup) -> None:
    account_id = await factories.account(EMAIL)
    await world.sign_in()
    sql = "SELECT account_id FROM member WHERE id = $1::uuid"
    assert await db.fetchval(sql, (await world.who())["member_id"]) == account_id
    assert await db.fetchval("SELECT count(*) FROM password WHERE account_id = $1", account_id) == 1


async def test_whoever_signed_up_with_an_address_that_is_not_theirs_is_shut_out(world: Setup) -> None:
    """An account that was made beforehand, with the attacker's password, must not be the victim's afterwards."""
    account_id = await factories.account(EMAIL, verified=False)
    await world.sign_in()
    assert (await world.who())["email"] == EMAIL
    assert await db.fetchval("SELECT count(*) FROM password WHERE account_id = $1", account_id) == 0


async def test_control_without_the_cleaning_the_attackers_password_would_stay(
    world: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    account_id = await factories.account(EMAIL, verified=False)
    monkeypatch.setattr(link, "NO_PASSWORD", "SELECT $1::uuid")
    await world.sign_in()
    assert await db.fetchval("SELECT count(*) FROM password WHERE account_id = $1", account_id) == 1


async def test_who_has_a_second_factor_here_is_asked_for_it(world: Setup) -> None:
    account_id = await factories.account(EMAIL)
    sql = "INSERT INTO second_factor (account_id, salt, created_at, confirmed_at) VALUES ($1, $2, now(), now())"
    await db.execute(sql, account_id, b"salt")
    answer = await world.sign_in()
    assert answer.status_code == 200
    assert 'action="/sign-in/code"' in answer.text
    assert "session" not in world.cookies
    assert await world.who() is None


async def test_an_address_that_was_another_persons_opens_nothing(world: Setup) -> None:
    await world.sign_in()
    world.cookies.clear()
    await world.provider.know("newcomer", email=EMAIL, email_verified=True)
    refused(await world.sign_in("newcomer"), "another person")


async def test_who_has_left_the_organization_is_refused(world: Setup) -> None:
    await world.sign_in()
    await db.execute("UPDATE member SET active = false WHERE id = $1::uuid", (await world.who())["member_id"])
    world.cookies.clear()
    refused(await world.sign_in(), "you have left")


async def test_nobody_joins_where_the_organization_does_not_want_it(world: Setup) -> None:
    path = f"/api/v1/identity-providers/{world.id}"
    assert (await world.client.patch(path, json={"joins": False}, headers=world.admin.bearer)).status_code == 200
    refused(await world.sign_in(), "not a member")


@pytest.mark.parametrize(
    "next", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:x", "/a\nb", ""]
)
def test_one_is_led_back_only_to_pages_of_ours(next: str) -> None:
    assert here(next) == "/"
    assert here("/mail?x=1") == "/mail?x=1"


async def test_the_page_leads_there_without_scripts_in_both_languages(world: Setup) -> None:
    for lang in ("en", "zh-CN"):
        html = (await world.get("/sign-in/with", email=f" {EMAIL.upper()} ", lang=lang, next="/mail")).text
        link = re.search(rf'href="(/sign-in/with/{world.id}\?next=/mail)"', html)
        assert link is not None
        assert (await world.get(link[1])).status_code == 303


async def test_a_provider_on_this_machine_is_refused_where_nobody_allowed_it(
    world: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowing: Any = vars(outbound)["settings"]()
    for change in ({"outbound_allow": ""}, {"outbound_http": False}, {"outbound_ports": ""}):
        stricter: Any = msgspec.structs.replace(allowing, **change)
        monkeypatch.setattr(outbound, "settings", lambda stricter=stricter: stricter)
        refused(await world.get(f"/sign-in/with/{world.id}"), "the address of the provider does not work")
