"""From sign-up to a new password: links that work once, and for whom they were meant."""

import msgspec
import pytest
from argon2 import PasswordHasher

from server.access import attempts
from server.accounts import passwords, sign_up, tickets
from server.accounts.guessed import known
from server.core import db
from server.core.settings import settings
from tests import factories
from tests.accounts.browser import Browser
from tests.accounts.letters import letters, secret

EMAIL, PASSWORD, NEW_PASSWORD = "lei@example.com", "tractor lemon nine", "window river seven"
WANTED = {"email": EMAIL, "name": "李雷", "password": PASSWORD, "locale": "zh-CN"}
VERIFIED = "SELECT verified_at IS NOT NULL FROM account WHERE email = $1"


async def signed_up(browser: Browser) -> str:
    """Sign up; return the secret of the link."""
    assert (await browser.send("POST", "/accounts", WANTED)).status_code == 202
    return await secret("verify")


async def test_signing_up_and_proving_the_address(browser: Browser) -> None:
    token = await signed_up(browser)
    assert not (await browser.sign_in(EMAIL, PASSWORD)).json()["verified"]
    assert (await browser.send("POST", "/accounts/verify", {"token": token})).status_code == 204
    session = (await browser.send("GET", "/session")).json()
    assert (session["verified"], session["name"]) == (True, "李雷")


async def test_the_address_is_proven_with_the_password_where_nobody_is_signed_in(browser: Browser) -> None:
    token = await signed_up(browser)
    answer = await browser.send("POST", "/accounts/verify", {"token": token, "password": PASSWORD})
    assert answer.status_code == 204
    assert await db.fetchval(VERIFIED, EMAIL)
    assert (await browser.send("POST", "/accounts/verify", {"token": token, "password": PASSWORD})).status_code == 410


async def test_who_signs_up_with_the_address_of_another_is_not_proven_by_them(browser: Browser) -> None:
    token = await signed_up(browser)  # by an attacker; the other opens the link that comes by mail
    for password in (None, "", "some other password"):
        answer = await browser.send("POST", "/accounts/verify", {"token": token, "password": password})
        assert answer.status_code == 401
    assert not await db.fetchval(VERIFIED, EMAIL)


async def test_control_without_the_password_they_would_prove_it(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def anything(hash: str | None, password: str) -> bool:
        return True

    token = await signed_up(browser)
    monkeypatch.setattr(passwords, "is_right", anything)
    await browser.send("POST", "/accounts/verify", {"token": token})
    assert await db.fetchval(VERIFIED, EMAIL)


async def test_the_session_of_another_does_not_prove_it(browser: Browser) -> None:
    token = await signed_up(browser)
    await factories.account("other@example.com")
    await browser.sign_in("other@example.com")
    assert (await browser.send("POST", "/accounts/verify", {"token": token})).status_code == 401


async def test_another_link_voids_the_first(browser: Browser) -> None:
    first = await signed_up(browser)
    await browser.sign_in(EMAIL, PASSWORD)
    assert (await browser.send("POST", "/account/verification")).status_code == 202
    assert (await browser.send("POST", "/accounts/verify", {"token": first})).status_code == 410
    assert (await browser.send("POST", "/accounts/verify", {"token": await secret("verify")})).status_code == 204


async def test_a_new_password_by_mail(browser: Browser, another_browser: Browser) -> None:
    await factories.account(EMAIL, verified=False)
    await another_browser.sign_in(EMAIL)
    assert (await browser.send("POST", "/accounts/password-resets", {"email": EMAIL})).status_code == 202
    sent = {"token": await secret("reset"), "password": NEW_PASSWORD}
    assert (await browser.send("POST", "/accounts/password", sent)).status_code == 204
    assert (await another_browser.send("GET", "/session")).status_code == 401
    assert (await browser.sign_in(EMAIL)).status_code == 401
    assert (await browser.sign_in(EMAIL, NEW_PASSWORD)).json()["verified"]
    assert [one["kind"] for one in await letters()] == ["reset", "password_changed"]


async def test_a_link_to_a_new_password_works_once(browser: Browser) -> None:
    await factories.account(EMAIL)
    for _ in range(2):
        await browser.send("POST", "/accounts/password-resets", {"email": EMAIL})
        await db.execute("UPDATE attempt SET counted_from = counted_from - interval '21 minutes'")
    first, second = [one["link"].rpartition("/")[2] for one in await letters("reset")]
    assert (await browser.send("POST", "/accounts/password", {"token": first, "password": NEW_PASSWORD})).is_success
    for token in (first, second, "nonsense", await secret("reset")):
        answer = await browser.send("POST", "/accounts/password", {"token": token, "password": "yet another one"})
        assert (answer.status_code, answer.json()["type"]) == (410, "/problems/link-spent")
    assert (await browser.sign_in(EMAIL, NEW_PASSWORD)).status_code == 201


async def test_control_without_its_mark_a_link_would_work_again(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    await factories.account(EMAIL)
    await browser.send("POST", "/accounts/password-resets", {"email": EMAIL})
    monkeypatch.setattr(tickets, "USE", tickets.PEEK)
    monkeypatch.setattr(tickets, "SPEND_ALL", "SELECT $1::uuid, $2::text")
    for password in (NEW_PASSWORD, "yet another one"):
        sent = {"token": await secret("reset"), "password": password}
        assert (await browser.send("POST", "/accounts/password", sent)).status_code == 204


async def test_a_link_is_good_for_a_while_and_for_one_purpose(browser: Browser) -> None:
    await factories.account(EMAIL)
    await browser.send("POST", "/accounts/password-resets", {"email": EMAIL})
    token = await secret("reset")
    answer = await browser.send("POST", "/accounts/verify", {"token": token, "password": factories.PASSWORD})
    assert answer.status_code == 410
    await db.execute("UPDATE ticket SET expires_at = now()")
    answer = await browser.send("POST", "/accounts/password", {"token": token, "password": NEW_PASSWORD})
    assert answer.status_code == 410
    await db.execute("UPDATE ticket SET expires_at = now() - interval '8 days'")
    assert await tickets.forget() == 1


async def test_the_secret_of_a_link_stands_nowhere_in_the_database(browser: Browser) -> None:
    token = await signed_up(browser)
    for table in ("ticket", "letter"):
        assert token not in await db.fetchval(f"SELECT string_agg(t::text, '') FROM {table} t")


HOSTS = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}


async def test_links_in_mails_lead_to_us_whatever_host_was_asked_for(browser: Browser) -> None:
    await factories.account(EMAIL)
    await browser.send("POST", "/accounts/password-resets", {"email": EMAIL}, **{"X-Forwarded-Host": "evil.example"})
    forged = await browser.send("POST", "/accounts/password-resets", {"email": EMAIL}, **HOSTS)
    assert forged.status_code == 421
    (one,) = await letters("reset")
    assert one["link"].startswith(f"{settings().base_url}/reset/")
    assert "evil.example" not in one["text"] + str(one["mail"].items())


async def test_control_a_link_made_of_the_host_would_lead_elsewhere(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    await factories.account(EMAIL)
    await browser.send("POST", "/accounts/password-resets", {"email": EMAIL})
    given = msgspec.structs.replace(settings(), base_url="http://evil.example")
    monkeypatch.setattr("tests.accounts.letters.settings", lambda: given)
    (one,) = await letters("reset")
    assert "http://evil.example/reset/" in one["text"]


@pytest.mark.parametrize(("locale", "subject"), [("zh-CN", "设置新密码"), ("en", "Choose a new password")])
async def test_letters_are_in_the_language_of_the_account(browser: Browser, locale: str, subject: str) -> None:
    await factories.account(EMAIL, locale=locale)
    await browser.send("POST", "/accounts/password-resets", {"email": EMAIL})
    (one,) = await letters("reset")
    assert one["mail"]["Subject"] == subject
    assert one["link"] in one["text"]


async def test_changing_the_password_ends_the_other_sessions(browser: Browser, another_browser: Browser) -> None:
    await factories.account(EMAIL)
    await another_browser.sign_in(EMAIL)
    await browser.sign_in(EMAIL)
    before = dict(browser.cookies)
    sent = {"current_password": factories.PASSWORD, "password": NEW_PASSWORD}
    wrong = await browser.send("PUT", "/account/password", sent | {"current_password": "wrong"})
    assert wrong.status_code == 401
    assert (await browser.send("PUT", "/account/password", sent)).status_code == 200
    assert browser.cookies != before
    assert (await browser.send("GET", "/session")).status_code == 200
    assert (await another_browser.send("GET", "/session")).status_code == 401
    another_browser.cookies = before
    assert (await another_browser.send("GET", "/session")).status_code == 401


async def test_a_password_is_hashed_anew_when_the_parameters_have_changed(browser: Browser) -> None:
    await factories.account(EMAIL)
    cheap = PasswordHasher(time_cost=1, memory_cost=16, parallelism=2).hash(factories.PASSWORD)
    await db.execute("UPDATE password SET hash = $1", cheap)
    assert (await browser.sign_in(EMAIL)).status_code == 201
    hash = await db.fetchval("SELECT hash FROM password")
    assert hash != cheap
    assert not passwords.is_outdated(hash)
    assert (await browser.sign_in(EMAIL)).status_code == 201


async def test_only_the_hash_of_a_password_is_kept(browser: Browser) -> None:
    await signed_up(browser)
    hash = await db.fetchval("SELECT hash FROM password")
    assert hash.startswith("$argon2id$")
    assert PASSWORD not in hash


async def test_the_same_password_from_another_keyboard_is_right(browser: Browser) -> None:
    await browser.send("POST", "/accounts", WANTED | {"password": "schöner Tag heute"})
    assert (await browser.sign_in(EMAIL, "scho\u0308ner Tag heute")).status_code == 201


@pytest.mark.parametrize("password", ["", "nine char", "x" * 1001])
async def test_a_password_has_ten_to_a_thousand_characters(browser: Browser, password: str) -> None:
    answer = await browser.send("POST", "/accounts", WANTED | {"password": password})
    assert (answer.status_code, "password" in answer.json()["detail"]) == (400, True)


@pytest.mark.parametrize(
    "password",
    [
        "password123",
        "P@ssw0rd2024",
        "1234567890",
        "1qaz2wsx3edc",
        "qwertyuiop!",
        "iloveyou2020",
        "woaini1314520",
        "aaaaaaaaaaaa",
        "letmeinletmein",
        "lei19900101",
        "lei@example.com",
        "rongtong2026",
    ],
)
async def test_a_password_that_is_guessed_first_is_refused(browser: Browser, password: str) -> None:
    answer = await browser.send("POST", "/accounts", WANTED | {"password": password})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/password-too-common")
    assert await letters() == []


@pytest.mark.parametrize("password", ["correct horse battery", "xK9#mP2$vL", "融通平台的密码真的很长", "x9k2m4p7w1"])
async def test_a_password_needs_no_signs_or_capitals(browser: Browser, password: str) -> None:
    assert (await browser.send("POST", "/accounts", WANTED | {"password": password})).status_code == 202


def test_the_list_of_words_is_there() -> None:
    assert len(known()) > 250


async def test_control_without_the_list_they_would_pass(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_up, "refuse_common", lambda password, *about: None)
    assert (await browser.send("POST", "/accounts", WANTED | {"password": "password123"})).status_code == 202


async def test_guessing_a_password_comes_to_an_end_for_accounts_and_for_nobody(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(hash: str | None, password: str) -> bool:
        return False

    monkeypatch.setattr(passwords, "is_right", never)
    await factories.account(EMAIL)
    for email in (EMAIL, "nobody@example.com"):
        for _ in range(attempts.FROM_ONE_ADDRESS.times):
            assert (await browser.sign_in(email, "guess")).status_code == 401
        answer = await browser.sign_in(email)
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= 900
        assert "set-cookie" not in answer.headers
    await db.execute("UPDATE attempt SET counted_from = counted_from - interval '16 minutes'")
    assert (await browser.sign_in(EMAIL, "guess")).status_code == 401


async def test_who_signs_in_has_all_attempts_again(browser: Browser) -> None:
    await factories.account(EMAIL)
    await browser.sign_in(EMAIL, "wrong password")
    await browser.sign_in(EMAIL)
    times = {row["times"] for row in await db.fetch("SELECT times FROM attempt")}
    assert times == {1}  # the wrong one, from wherever; those from this address are forgotten


async def test_nobody_is_flooded_with_mails(browser: Browser) -> None:
    await factories.account(EMAIL)
    for _ in range(attempts.ASKED.times + 2):
        assert (await browser.send("POST", "/accounts/password-resets", {"email": EMAIL})).status_code == 202
        await db.execute("UPDATE attempt SET counted_from = counted_from - interval '21 minutes'")
    assert len(await letters("reset")) == attempts.ASKED.times + 1  # and more slowly from then on


async def test_what_is_counted_names_nobody(browser: Browser) -> None:
    await browser.sign_in(EMAIL, "wrong password")
    assert EMAIL not in await db.fetchval("SELECT string_agg(a::text, '') FROM attempt a")
    await db.execute("UPDATE attempt SET counted_from = now() - interval '2 days'")
    assert await attempts.forget() == 2


async def test_name_language_and_time_zone_can_be_changed(browser: Browser) -> None:
    await factories.account(EMAIL)
    await browser.sign_in(EMAIL)
    change = {"name": "Lei Li", "locale": "en", "time_zone": "Europe/Berlin"}
    assert (await browser.send("PATCH", "/account", change)).status_code == 204
    assert (await browser.send("GET", "/session")).json().items() >= change.items()
    for bad in ({"time_zone": "Mars/Olympus"}, {"email": "x@example.com"}, {"is_operator": True}, {"name": ""}):
        assert (await browser.send("PATCH", "/account", bad)).status_code == 400


async def test_a_person_who_is_proven_gets_no_other_link(browser: Browser) -> None:
    await factories.account(EMAIL)
    await browser.sign_in(EMAIL)
    assert (await browser.send("POST", "/account/verification")).status_code == 202
    assert await letters() == []
