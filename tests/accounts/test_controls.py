"""Defences of accounts that are switched off: then the harm is seen."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from server.access import attempts, sessions
from server.access.device import Origin
from server.accounts import tickets
from server.core import db
from server.core.errors import LinkSpent
from server.web import forms
from tests import factories
from tests.accounts.browser import Browser
from tests.site.reader import Reader

EMAIL = "lei@example.com"


async def _guessed(browser: Browser) -> int:
    """Guess as often as is allowed, then say the right password; return the answer to that."""
    await factories.account(EMAIL)
    for _ in range(attempts.FROM_ONE_ADDRESS.times):
        assert (await browser.sign_in(EMAIL, "not the password")).status_code == 401
    return (await browser.sign_in(EMAIL)).status_code


async def test_who_guesses_too_often_is_not_let_in(browser: Browser) -> None:
    assert await _guessed(browser) == 429


async def test_control_without_counting_who_guesses_gets_in(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    async def uncounted(*_: Any) -> None:
        return None

    monkeypatch.setattr(attempts, "_over", uncounted)
    assert await _guessed(browser) == 201


ENDS = {
    "last_seen_at": (sessions.IDLE, "s.last_seen_at > now() - $3::interval", "$3::interval IS NOT NULL"),
    "expires_at": (timedelta(0), "s.expires_at > now()", "true"),
}


@pytest.mark.parametrize("column", ENDS)
async def test_an_old_session_is_dead_and_without_the_predicate_it_lives(
    browser: Browser, column: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ago, predicate, without = ENDS[column]
    secret = await sessions.issue(await factories.account(EMAIL), Origin())
    assert await sessions.read(secret) is not None
    await db.execute(f"UPDATE session SET {column} = now() - $1::interval - interval '1 s'", ago)
    assert await sessions.read(secret) is None
    assert predicate in sessions.READ
    monkeypatch.setattr(sessions, "READ", sessions.READ.replace(predicate, without))
    assert await sessions.read(secret) is not None


@pytest.mark.parametrize(
    ("done", "predicate"),
    [("used_at = now()", "used_at IS NULL"), ("expires_at = now() - interval '1 s'", "expires_at > now()")],
)
async def test_a_second_step_is_taken_once_and_in_time_and_without_the_predicate_again(
    browser: Browser, done: str, predicate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await factories.account(EMAIL)
    secret = tickets.secret_of(await tickets.issue(account, "second_step"), "second_step")
    await db.execute(f"UPDATE ticket SET {done}")
    for take in (tickets.holder, tickets.use):
        with pytest.raises(LinkSpent):
            await take("second_step", secret)
    for name in ("PEEK", "USE"):
        assert predicate in getattr(tickets, name)
        monkeypatch.setattr(tickets, name, getattr(tickets, name).replace(predicate, "true"))
    assert await tickets.holder("second_step", secret) == account
    assert await tickets.use("second_step", secret) == account


async def test_control_with_a_next_that_is_not_checked_signing_in_leads_to_another_site(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await factories.account(EMAIL)
    reader = Reader(client)
    await reader.open("/sign-in")
    monkeypatch.setattr(forms, "local", lambda path, otherwise: path or otherwise)
    await reader.send("/sign-in", email=EMAIL, password=factories.PASSWORD, next="https://evil.example/")
    assert reader.path == "https://evil.example/"
