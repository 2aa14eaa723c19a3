"""The second factor: codes that work once, and nothing in the database that makes one."""

from typing import Any

import pyotp
import pytest

from server.access import attempts
from server.accounts import second_factor
from server.core import db
from tests import factories
from tests.accounts.browser import Browser
from tests.accounts.letters import letters

EMAIL = "lei@example.com"
CONFIRMATION = {"password": factories.PASSWORD}


async def step() -> int:
    return int(await db.fetchval("SELECT floor(extract(epoch FROM clock_timestamp()) / 30)::bigint"))


class Authenticator:
    """A telephone with the secret; `code(1)` is one step ahead of its clock."""

    def __init__(self, secret: str) -> None:
        self.totp = pyotp.TOTP(secret)

    async def code(self, ahead: int = 0) -> str:
        return self.totp.generate_otp(await step() + ahead)


async def enrolled(browser: Browser) -> tuple[Authenticator, list[str]]:
    """Sign in and turn the second factor on, with a code of the step before: the ones of now are still good."""
    await factories.account(EMAIL)
    await browser.sign_in(EMAIL)
    made = (await browser.send("POST", "/account/second-factor", CONFIRMATION)).json()
    telephone = Authenticator(made["secret"])
    assert made["uri"].startswith("otpauth://totp/Rongtong:lei%40example.com?secret=")
    answer = await browser.send("POST", "/account/second-factor/confirm", {"code": await telephone.code(-1)})
    assert answer.status_code == 201
    await browser.send("GET", "/session")  # the session has a new id, and so another CSRF token
    return telephone, answer.json()["recovery_codes"]


async def sign_in(browser: Browser, code: str) -> Any:
    return await browser.sign_in(EMAIL, code=code)


async def test_signing_in_needs_a_code(browser: Browser, another_browser: Browser) -> None:
    telephone, _ = await enrolled(browser)
    without = await another_browser.sign_in(EMAIL)
    assert (without.status_code, without.json()["type"]) == (401, "/problems/code-needed")
    assert not another_browser.cookies
    wrong = await sign_in(another_browser, "000000")
    assert (wrong.status_code, wrong.json()["type"]) == (401, "/problems/wrong-code")
    answer = await sign_in(another_browser, await telephone.code())
    assert (answer.status_code, answer.json()["second_factor"]) == (201, True)


async def test_without_the_right_password_a_code_tells_nothing(browser: Browser, another_browser: Browser) -> None:
    telephone, _ = await enrolled(browser)
    answer = await another_browser.sign_in(EMAIL, "wrong password", code=await telephone.code())
    assert answer.json()["type"] == "/problems/wrong-credentials"


async def test_a_code_works_once(browser: Browser, another_browser: Browser) -> None:
    telephone, _ = await enrolled(browser)
    now, before = await telephone.code(1), await telephone.code(0)
    assert (await sign_in(another_browser, now)).status_code == 201
    another_browser.cookies.clear()
    for used in (now, before):  # nor does one that is older than the newest that was used
        answer = await sign_in(another_browser, used)
        assert (answer.status_code, answer.json()["type"]) == (401, "/problems/wrong-code")


async def test_control_without_the_step_a_code_would_work_again(
    browser: Browser, another_browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    telephone, _ = await enrolled(browser)
    monkeypatch.setattr(second_factor, "SPEND_STEP", "SELECT $1::uuid, $2::bigint")
    code = await telephone.code(1)
    for _ in range(2):
        another_browser.cookies.clear()
        assert (await sign_in(another_browser, code)).status_code == 201


async def test_the_code_that_turned_it_on_is_used(browser: Browser, another_browser: Browser) -> None:
    await factories.account(EMAIL)
    await browser.sign_in(EMAIL)
    telephone = Authenticator((await browser.send("POST", "/account/second-factor", CONFIRMATION)).json()["secret"])
    code = await telephone.code()
    await browser.send("POST", "/account/second-factor/confirm", {"code": code})
    assert (await sign_in(another_browser, code)).status_code == 401


async def test_a_code_that_is_too_old_or_too_early_is_wrong(browser: Browser, another_browser: Browser) -> None:
    telephone, _ = await enrolled(browser)
    for ahead in (-3, 3):
        assert (await sign_in(another_browser, await telephone.code(ahead))).status_code == 401


async def test_a_recovery_code_works_once_however_it_is_typed(browser: Browser, another_browser: Browser) -> None:
    _, codes = await enrolled(browser)
    assert len(codes) == len(set(codes)) == 10
    typed = f" {codes[0].lower().replace('-', ' ')} "
    assert (await sign_in(another_browser, typed)).status_code == 201
    another_browser.cookies.clear()
    assert (await sign_in(another_browser, codes[0])).status_code == 401
    assert (await sign_in(another_browser, codes[1])).status_code == 201


async def test_new_recovery_codes_void_the_old_ones(browser: Browser, another_browser: Browser) -> None:
    _, old = await enrolled(browser)
    new = (await browser.send("POST", "/account/recovery-codes", CONFIRMATION)).json()["recovery_codes"]
    assert (await sign_in(another_browser, old[0])).status_code == 401
    assert (await sign_in(another_browser, new[0])).status_code == 201


async def test_guessing_codes_comes_to_an_end(browser: Browser, another_browser: Browser) -> None:
    telephone, _ = await enrolled(browser)
    await db.execute("DELETE FROM attempt")
    account = await db.fetchval("SELECT id FROM account WHERE email = $1", EMAIL)
    for _ in range(attempts.CODES.times):
        await attempts.count(attempts.CODES, account)
    answer = await sign_in(another_browser, await telephone.code())
    assert (answer.status_code, answer.json()["limit"]) == (429, "code")


async def test_turning_it_on_ends_the_sessions_without_it(browser: Browser, another_browser: Browser) -> None:
    await factories.account("someone@example.com")
    telephone, _ = await enrolled(browser)
    await db.execute("DELETE FROM second_factor")
    await another_browser.sign_in(EMAIL)
    before = dict(browser.cookies)
    telephone = Authenticator((await browser.send("POST", "/account/second-factor", CONFIRMATION)).json()["secret"])
    await browser.send("POST", "/account/second-factor/confirm", {"code": await telephone.code()})
    assert browser.cookies != before
    assert (await browser.send("GET", "/session")).status_code == 200
    assert (await another_browser.send("GET", "/session")).status_code == 401


async def test_it_is_turned_off_with_the_password(browser: Browser, another_browser: Browser) -> None:
    await enrolled(browser)
    wrong = await browser.send("POST", "/account/second-factor/remove", {"password": "wrong"})
    assert wrong.status_code == 401
    assert (await browser.send("POST", "/account/second-factor", CONFIRMATION)).status_code == 409
    assert (await browser.send("POST", "/account/second-factor/remove", CONFIRMATION)).status_code == 200
    assert (await another_browser.sign_in(EMAIL)).status_code == 201
    assert [one["kind"] for one in await letters()] == ["second_factor_on", "second_factor_off"]
    assert (await browser.send("POST", "/account/recovery-codes", CONFIRMATION)).status_code == 409


async def test_before_it_is_confirmed_it_is_not_asked_for(browser: Browser, another_browser: Browser) -> None:
    await factories.account(EMAIL)
    await browser.sign_in(EMAIL)
    assert (await browser.send("POST", "/account/second-factor", {"password": "wrong"})).status_code == 401
    await browser.send("POST", "/account/second-factor", CONFIRMATION)
    assert (await browser.send("POST", "/account/second-factor/confirm", {"code": "000000"})).status_code == 401
    assert (await another_browser.sign_in(EMAIL)).status_code == 201


async def test_nothing_in_the_database_makes_a_code(browser: Browser) -> None:
    telephone, codes = await enrolled(browser)
    tables = ("second_factor", "recovery_code")
    dump = "".join([await db.fetchval(f"SELECT string_agg(t::text, '') FROM {table} t") for table in tables])
    for secret in (telephone.totp.secret, telephone.totp.byte_secret().hex(), codes[0], codes[0].replace("-", "")):
        assert secret not in dump
