"""Strangers lock out strangers, never the person: their device is known, they have a second factor, or their mail."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pyotp
import pytest

from server.access import attempts
from server.access.device import KNOWN_MOST, Origin
from server.accounts import second_factor, tickets
from server.core import db
from server.core.ids import new_id
from tests import factories
from tests.accounts.browser import Browser
from tests.accounts.letters import letters
from tests.site.reader import Reader

EMAIL, NEW_PASSWORD = "lei@example.com", "window river seven"
At = Callable[[str], Browser]


@pytest.fixture
async def at(rolled_back: None, app: Any) -> AsyncIterator[At]:
    """A new browser at an address."""
    async with AsyncExitStack() as open_ones:
        made: list[httpx.AsyncClient] = []

        def browser(address: str) -> Browser:
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(address, 5000))
            made.append(httpx.AsyncClient(transport=transport, base_url="http://rongtong.test"))
            open_ones.push_async_callback(made[-1].aclose)
            return Browser(made[-1])

        yield browser


async def guess(at: At, email: str = EMAIL, *, addresses: int = 6, times: int = 10) -> list[int]:
    """Guess a password from some addresses, as often as each may."""
    seen = []
    for number in range(addresses):
        stranger = at(f"198.51.100.{number}")
        seen += [(await stranger.sign_in(email, f"guess {number} {time}")).status_code for time in range(times)]
    return seen


async def code_of(account_id: Any) -> Any:
    """Give the account a second factor; return what makes the codes of its next steps."""
    made = await second_factor.start(account_id, EMAIL)
    await db.execute("UPDATE second_factor SET confirmed_at = now() WHERE account_id = $1", account_id)
    now = await db.fetchval("SELECT floor(extract(epoch FROM clock_timestamp()) / 30)::bigint")
    return lambda step=0: pyotp.TOTP(made.secret).generate_otp(now + step)


async def test_the_known_device_of_a_person_is_not_locked_by_strangers(at: At) -> None:
    await factories.account(EMAIL)
    own = at("192.0.2.1")
    assert (await own.sign_in(EMAIL)).status_code == 201
    assert await guess(at) == [401] * 60
    assert (await at("192.0.2.9").sign_in(EMAIL)).status_code == 429, "an unknown one is"
    assert (await own.sign_in(EMAIL)).status_code == 201
    elsewhere = at("203.0.113.7")
    elsewhere.cookies = {"device": own.cookies["device"]}
    assert (await elsewhere.sign_in(EMAIL)).status_code == 201, "a device is known wherever it is"


async def test_control_without_knowing_devices_the_person_is_locked_out(
    at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    await factories.account(EMAIL)
    own = at("192.0.2.1")
    await own.sign_in(EMAIL)
    await guess(at)
    monkeypatch.setattr(Origin, "known_to", lambda self, account_id: None)
    assert (await own.sign_in(EMAIL)).status_code == 429


async def test_a_known_device_has_its_own_allowance_and_does_not_spend_that_of_others(at: At) -> None:
    await factories.account(EMAIL)
    own = at("192.0.2.1")
    await own.sign_in(EMAIL)
    before = await db.fetchval("SELECT count(*) FROM attempt")
    for _ in range(attempts.KNOWN_DEVICE.times):
        assert (await own.sign_in(EMAIL, "mistyped again")).status_code == 401
    assert (await own.sign_in(EMAIL)).status_code == 429
    assert await db.fetchval("SELECT count(*) FROM attempt") == before + 1
    assert (await at("192.0.2.9").sign_in(EMAIL)).status_code == 201


async def test_a_proof_of_one_account_is_none_of_another_and_cannot_be_made_up(at: At) -> None:
    await factories.account(EMAIL)
    await factories.account("other@example.com")
    stranger = at("192.0.2.1")
    await stranger.sign_in("other@example.com")
    await guess(at)
    assert (await stranger.sign_in(EMAIL)).status_code == 429
    for forged in ("", ".", "A" * 64, f"{stranger.cookies['device']}.{'A' * 64}", "." * 9000):
        stranger.cookies = {"device": forged}
        assert (await stranger.sign_in(EMAIL)).status_code == 429


async def test_a_browser_of_several_people_is_known_to_the_last_of_them(at: At) -> None:
    one = Origin()
    people = [new_id() for _ in range(KNOWN_MOST + 2)]
    for person in people:
        one = Origin(proofs=tuple(one.remembering(person).split(".")))
    assert [one.known_to(person) is not None for person in people] == [False] * 2 + [True] * KNOWN_MOST
    assert one.known_to(people[3]) == Origin(proofs=tuple(one.remembering(people[3]).split("."))).known_to(people[3])


async def test_who_solves_their_second_factor_passes_the_lock(at: At) -> None:
    code = await code_of(await factories.account(EMAIL))
    await guess(at)
    person = at("192.0.2.1")
    assert (await person.sign_in(EMAIL)).status_code == 429, "the password alone does not"
    assert (await person.sign_in(EMAIL, code="000000")).status_code == 429
    assert (await person.sign_in(EMAIL, "wrong password", code=code())).status_code == 429
    assert (await person.sign_in(EMAIL, code=code())).status_code == 201


async def test_a_lock_tells_nothing_of_the_password(at: At) -> None:
    await code_of(await factories.account(EMAIL))
    await factories.account("plain@example.com")
    for email in (EMAIL, "plain@example.com", "nobody@example.com"):
        await guess(at, email)
    person, seen = at("192.0.2.1"), set()
    for email in (EMAIL, "plain@example.com", "nobody@example.com"):
        for password in (factories.PASSWORD, "wrong password"):
            for _ in range(attempts.CODES.times + 1):  # also once the codes are used up
                answer = await person.sign_in(email, password, code="000000")
                seen.add((answer.status_code, answer.json()["detail"], answer.json()["limit"]))
    assert seen <= {(429, "60 attempts within 1:00:00", "sign-in"), (429, ANSWER_OF_AN_ADDRESS, ONE_ADDRESS)}


ANSWER_OF_AN_ADDRESS, ONE_ADDRESS = "10 attempts within 0:15:00", "sign-in from one address"


async def test_strangers_do_not_spend_the_codes_of_a_person(at: At) -> None:
    account = await factories.account(EMAIL)
    code = await code_of(account)
    own = at("192.0.2.1")
    assert (await own.sign_in(EMAIL, code=code(-1))).status_code == 201
    thief = at("198.51.100.1")  # who knows the password
    for _ in range(attempts.CODES.times):
        assert (await thief.sign_in(EMAIL, code="000000")).status_code == 401
    assert (await thief.sign_in(EMAIL, code=code())).status_code == 429
    assert (await own.sign_in(EMAIL, code=code())).status_code == 201


async def test_a_new_password_by_mail_lifts_the_lock_and_makes_the_device_known(at: At) -> None:
    await factories.account(EMAIL)
    await guess(at)
    person = at("192.0.2.1")
    assert (await person.sign_in(EMAIL)).status_code == 429
    await person.send("POST", "/accounts/password-resets", {"email": EMAIL})
    secret = (await letters("reset"))[-1]["link"].rpartition("/")[2]
    answer = await person.send("POST", "/accounts/password", {"token": secret, "password": NEW_PASSWORD})
    assert answer.status_code == 204
    assert (await at("192.0.2.9").sign_in(EMAIL, NEW_PASSWORD)).status_code == 201, "it is lifted for all"
    await guess(at, addresses=20)
    assert (await person.sign_in(EMAIL, NEW_PASSWORD)).status_code == 201, "and strangers lock them out no more"


async def test_control_without_lifting_it_the_new_password_is_of_no_use(
    at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def kept(*_: Any) -> None:
        return None

    await factories.account(EMAIL)
    await guess(at)
    monkeypatch.setattr(attempts, "lift", kept)
    person = at("192.0.2.1")
    await person.send("POST", "/accounts/password-resets", {"email": EMAIL})
    secret = (await letters("reset"))[-1]["link"].rpartition("/")[2]
    await person.send("POST", "/accounts/password", {"token": secret, "password": NEW_PASSWORD})
    assert (await at("192.0.2.9").sign_in(EMAIL, NEW_PASSWORD)).status_code == 429


async def test_guesses_of_a_day_are_bounded_however_many_addresses(at: At) -> None:
    """60 an hour, 1,440 a day for one account; and 480 a day for who has stolen a device that is known to it."""
    await factories.account(EMAIL)
    assert (await guess(at, addresses=20)).count(401) == attempts.SIGN_INS.times
    assert attempts.SIGN_INS.times * (attempts.DAY / attempts.SIGN_INS.within) == 1440
    assert attempts.KNOWN_DEVICE.times * (attempts.DAY / attempts.KNOWN_DEVICE.within) == 480


async def test_control_without_the_count_of_the_account_they_grow_with_the_addresses(
    at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "SIGN_INS", attempts.Most("sign-in", 10**6, attempts.HOUR))
    await factories.account(EMAIL)
    assert (await guess(at, addresses=20)).count(401) == 200


async def ask(browser: Browser, times: int = 1) -> None:
    for _ in range(times):
        assert (await browser.send("POST", "/accounts/password-resets", {"email": EMAIL})).status_code == 202


async def later(minutes: int) -> None:
    """Let time pass for what is counted and for tickets."""
    await db.execute(f"UPDATE attempt SET counted_from = counted_from - interval '{minutes} minutes'")
    await db.execute(f"UPDATE ticket SET expires_at = expires_at - interval '{minutes} minutes'")


async def test_whoever_asks_there_is_always_a_link_that_is_good(at: At) -> None:
    await factories.account(EMAIL)
    person = at("192.0.2.1")
    await ask(at("198.51.100.1"), 30)
    await ask(person)
    (one,) = await letters("reset")
    secret = one["link"].rpartition("/")[2]
    await later(21)
    await ask(at("198.51.100.2"), 30)
    assert len(await letters("reset")) == 2
    sent = {"token": secret, "password": NEW_PASSWORD}  # the newer one has not spoiled it
    assert (await person.send("POST", "/accounts/password", sent)).status_code == 204, (
        "the newer one has not spoiled it"
    )


async def test_the_person_gets_a_mail_after_a_while_whatever_strangers_ask_for(at: At) -> None:
    await factories.account(EMAIL)
    for number in range(1, 13):
        await ask(at(f"198.51.100.{number}"), 30)
        await later(20)
    await later(1)
    before = len(await letters("reset"))
    await ask(at("192.0.2.1"))
    assert len(await letters("reset")) == before + 1


async def test_a_known_device_gets_its_mail_at_once(at: At) -> None:
    await factories.account(EMAIL)
    own = at("192.0.2.1")
    await own.sign_in(EMAIL)
    await ask(at("198.51.100.1"), 30)
    before = len(await letters("reset"))
    await ask(own)
    assert len(await letters("reset")) == before + 1


async def test_a_stranger_sends_a_mail_every_forty_minutes_and_all_of_them_three_an_hour(at: At) -> None:
    await factories.account(EMAIL)
    for _ in range(12):
        await ask(at("198.51.100.1"), 10)
        await later(21)
    assert len(await letters("reset")) == 6
    for round in range(12):
        for number in range(1, 4):
            await ask(at(f"203.0.113.{round * 3 + number}"))
        await later(21)
    assert len(await letters("reset")) == 6 + 12


async def test_a_link_lasts_longer_than_the_wait_for_the_next(at: At) -> None:
    assert tickets.GOOD_FOR["reset"] > attempts.SLOWER_PACE.within > attempts.PACE.within


async def test_an_account_that_strangers_have_asked_for_is_still_made(at: At) -> None:
    wanted = {"email": EMAIL, "name": "Lei", "password": NEW_PASSWORD, "locale": "en"}
    await at("198.51.100.1").send("POST", "/accounts", wanted | {"password": "not the person's own"})
    await at("192.0.2.1").send("POST", "/accounts", wanted)
    assert [one["kind"] for one in await letters()] == ["verify", "account_exists"]


async def test_the_page_says_how_to_get_past_the_lock(at: At) -> None:
    code = await code_of(await factories.account(EMAIL))
    await guess(at)
    reader = Reader(at("192.0.2.1").client)
    await reader.open("/sign-in")
    assert 'name="code"' not in reader.text
    await reader.send("/sign-in", email=EMAIL, password=factories.PASSWORD)
    assert (reader.status, reader.errors) == (429, ["code"])
    await reader.send("/sign-in", email=EMAIL, password=factories.PASSWORD, code=code())
    assert reader.path.startswith("/account")
    assert "device" in reader.cookies
