"""Signing in with a session: issued by us, renewed when rights change, dead when ended."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from server.access import cookie, sessions
from server.core import db
from server.core.settings import settings
from tests import factories
from tests.accounts.browser import Browser

EMAIL = "lei@example.com"


async def joined(role: str = "booker", email: str = EMAIL, **kind: Any) -> Any:
    """Make a person with an account who is a member of a new organization; return its id."""
    organization = await factories.organization(**kind)
    await factories.member(await factories.account(email), organization, role)
    return organization


async def test_a_session_acts_for_the_organization_of_its_person(browser: Browser) -> None:
    organization = await joined("manager")
    answer = await browser.sign_in(EMAIL)
    assert answer.status_code == 201
    assert answer.json()["acting_as"]["organization_id"] == str(organization)
    me = await browser.send("GET", "/me")
    assert (me.json()["email"], me.json()["role"]) == (EMAIL, "manager")
    assert (await browser.send("GET", "/session")).json() == answer.json()


async def test_the_case_of_the_address_does_not_matter(browser: Browser) -> None:
    await factories.account(EMAIL)
    assert (await browser.sign_in("Lei@Example.COM")).status_code == 201


async def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(browser: Browser) -> None:
    await factories.account(EMAIL)
    wrong = await browser.sign_in(EMAIL, "not the password")
    unknown = await browser.sign_in("nobody@example.com", "not the password")
    without = await browser.sign_in((await factories.person()).actor.email)
    for answer in (wrong, unknown, without):
        assert answer.status_code == 401
        assert answer.json() | {"request_id": ""} == wrong.json() | {"request_id": ""}
        assert "set-cookie" not in answer.headers


async def test_only_the_digest_of_a_session_is_stored(browser: Browser) -> None:
    await factories.account(EMAIL)
    await browser.sign_in(EMAIL)
    secret = browser.cookies[cookie.name()]
    assert len(secret) >= 43  # 256 bits
    dump = await db.fetchval("SELECT string_agg(s::text, '') FROM session s")
    assert secret not in dump


async def test_signing_out_ends_the_session(browser: Browser) -> None:
    await factories.account(EMAIL)
    await browser.sign_in(EMAIL)
    kept = dict(browser.cookies)
    answer = await browser.send("DELETE", "/session")
    assert answer.status_code == 204
    assert "Max-Age=0" in answer.headers["set-cookie"]
    browser.cookies = kept
    assert (await browser.send("GET", "/session")).status_code == 401
    assert (await browser.send("DELETE", "/session")).status_code == 204


async def test_an_id_that_the_browser_brings_is_never_taken_over(browser: Browser, another_browser: Browser) -> None:
    await factories.account(EMAIL)
    await factories.account("attacker@example.com")
    await another_browser.sign_in("attacker@example.com")
    planted = another_browser.cookies[cookie.name()]
    for chosen in ("chosen-by-the-attacker", planted):
        browser.cookies[cookie.name()] = chosen
        browser.csrf_token = another_browser.csrf_token
        assert (await browser.sign_in(EMAIL)).status_code == 201
        assert browser.cookies[cookie.name()] not in (chosen, planted)
        assert await sessions.read(chosen) is None


async def test_control_with_an_id_that_is_taken_over_the_attacker_is_in(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    await factories.account(EMAIL)
    monkeypatch.setattr(sessions, "new_secret", lambda: "chosen-by-the-attacker")
    await browser.sign_in(EMAIL)
    signed_in = await sessions.read("chosen-by-the-attacker")
    assert signed_in is not None
    assert signed_in.email == EMAIL


async def test_choosing_another_organization_renews_the_session(browser: Browser) -> None:
    account = await factories.account(EMAIL)
    first, second = await factories.organization(), await factories.organization("university")
    await factories.member(account, first, "admin")
    await factories.member(account, second, "booker")
    before = (await browser.sign_in(EMAIL)).json()
    assert [one["role"] for one in before["memberships"]] == ["admin", "booker"]
    secret = browser.cookies[cookie.name()]
    answer = await browser.send("PUT", "/session/organization", {"organization_id": str(second)})
    assert answer.json()["acting_as"]["organization_id"] == str(second)
    assert answer.json()["csrf_token"] != before["csrf_token"]
    assert (await browser.send("GET", "/me")).json()["role"] == "booker"
    assert browser.cookies[cookie.name()] != secret
    assert await sessions.read(secret) is None


async def test_only_an_organization_of_ones_own_can_be_chosen(browser: Browser) -> None:
    await joined()
    await browser.sign_in(EMAIL)
    for other in (await factories.organization(), uuid4()):
        answer = await browser.send("PUT", "/session/organization", {"organization_id": str(other)})
        assert answer.status_code == 404


CHANGES = {
    "role": "UPDATE member SET role = 'admin' WHERE account_id = $1",
    "membership": "UPDATE member SET active = false WHERE account_id = $1",
    "operator": "UPDATE account SET is_operator = true WHERE id = $1",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_a_session_is_dead_when_its_rights_are_changed(browser: Browser, change: str) -> None:
    account = await factories.account(EMAIL)
    await factories.member(account, await factories.organization())
    await browser.sign_in(EMAIL)
    await db.execute(change, account)
    assert (await browser.send("GET", "/me")).status_code == 401


async def test_control_without_its_rights_a_session_would_live_on(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await factories.account(EMAIL)
    await browser.sign_in(EMAIL)
    monkeypatch.setattr(sessions, "READ", sessions.READ.replace(f"AND s.rights = {sessions.RIGHTS}", ""))
    await db.execute(CHANGES["operator"], account)
    assert (await browser.send("GET", "/session")).json()["is_operator"]


@pytest.mark.parametrize(
    ("moment", "past"),
    [
        ("last_seen_at", sessions.IDLE),
        ("expires_at", timedelta(0)),
    ],
)
async def test_a_session_ends_when_idle_or_old_and_is_swept(browser: Browser, moment: str, past: timedelta) -> None:
    await factories.account(EMAIL)
    await browser.sign_in(EMAIL)
    await db.execute(f"UPDATE session SET {moment} = now() - $1::interval - interval '1 second'", past)
    assert (await browser.send("GET", "/session")).status_code == 401
    assert await sessions.forget_ended() == 1
    assert await sessions.forget_ended() == 0


async def test_a_session_that_is_used_stays(browser: Browser) -> None:
    await factories.account(EMAIL)
    await browser.sign_in(EMAIL)
    await db.execute("UPDATE session SET last_seen_at = now() - interval '6 days'")
    assert (await browser.send("GET", "/session")).status_code == 200
    assert await db.fetchval("SELECT last_seen_at = now() FROM session")


async def test_sessions_are_listed_and_ended(browser: Browser, another_browser: Browser) -> None:
    await factories.account(EMAIL)
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
    await another_browser.send("POST", "/session", {"email": EMAIL, "password": factories.PASSWORD}, User_Agent=firefox)
    await browser.sign_in(EMAIL)
    here, there = (await browser.send("GET", "/sessions")).json()
    assert (here["current"], there["current"]) == (True, False)
    assert (there["device"], there["network"]) == ("Firefox, Linux", "127.0.0.0/24")
    assert (await browser.send("DELETE", f"/sessions/{there['id']}")).status_code == 204
    assert (await another_browser.send("GET", "/session")).status_code == 401
    assert (await browser.send("DELETE", f"/sessions/{there['id']}")).status_code == 404


async def test_all_other_sessions_end_at_once(browser: Browser, another_browser: Browser) -> None:
    await factories.account(EMAIL)
    await another_browser.sign_in(EMAIL)
    await browser.sign_in(EMAIL)
    assert (await browser.send("DELETE", "/sessions")).status_code == 204
    assert (await another_browser.send("GET", "/session")).status_code == 401
    assert (await browser.send("GET", "/session")).status_code == 200


async def test_nobody_ends_the_session_of_another(browser: Browser, another_browser: Browser) -> None:
    await factories.account(EMAIL)
    await factories.account("other@example.com")
    theirs = (await another_browser.sign_in("other@example.com")).json()["id"]
    await browser.sign_in(EMAIL)
    assert (await browser.send("DELETE", f"/sessions/{theirs}")).status_code == 404
    assert (await another_browser.send("GET", "/session")).status_code == 200


async def test_without_a_proven_address_a_person_acts_for_nobody(browser: Browser) -> None:
    account = await factories.account(EMAIL, verified=False)
    organization = await factories.organization()
    await factories.member(account, organization, "admin")
    session = (await browser.sign_in(EMAIL)).json()
    assert (session["verified"], session["acting_as"], session["memberships"]) == (False, None, [])
    assert (await browser.send("GET", "/bookings")).status_code == 403
    answer = await browser.send("PUT", "/session/organization", {"organization_id": str(organization)})
    assert answer.status_code == 404


async def test_a_token_has_no_session(browser: Browser) -> None:
    person = await factories.person()
    for path in ("/session", "/sessions"):
        assert (await browser.send("GET", path, **person.bearer)).status_code == 403


async def test_where_a_token_is_sent_the_cookie_does_not_count(browser: Browser) -> None:
    await joined()
    await browser.sign_in(EMAIL)
    assert (await browser.send("GET", "/me", Authorization="Bearer rt_wrong")).status_code == 401
    person = await factories.person()
    assert (await browser.send("GET", "/me", **person.bearer)).json()["email"] == person.actor.email


@pytest.mark.parametrize(
    ("base_url", "name", "device", "flags"),
    [
        ("http://127.0.0.1:8000", "session", "device", {"HttpOnly", "SameSite=lax", "Path=/"}),
        (
            "https://rongtong.example",
            "__Host-session",
            "__Host-device",
            {"HttpOnly", "SameSite=lax", "Path=/", "Secure"},
        ),
    ],
)
async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, base_url: str, name: str, device: str, flags: set[str]
) -> None:
    monkeypatch.setenv("RONGTONG_BASE_URL", base_url)
    settings.cache_clear()
    await factories.account(EMAIL)
    answer = await browser.sign_in(EMAIL)
    monkeypatch.undo()
    settings.cache_clear()
    for given, called in zip(answer.headers.get_list("set-cookie"), (name, device), strict=True):
        said, *rest = given.split("; ")
        assert said.startswith(f"{called}=")
        assert {part for part in rest if not part.startswith("Max-Age")} == flags
