"""Nobody learns from us who has an account: the same answer after the same work."""

from typing import Any

import httpx
import pytest

from server.accounts import passwords
from server.accounts.passwords import HASHER, NOBODYS  # as they are; the tests use cheaper ones
from server.core import db
from tests import factories
from tests.accounts.browser import Browser
from tests.accounts.counted import count
from tests.accounts.letters import letters

KNOWN, UNKNOWN = "lei@example.com", "nobody@example.com"
NEW = {"name": "Lei", "password": "tractor lemon nine", "locale": "en"}


def said(answer: httpx.Response) -> tuple[int, Any]:
    body = answer.json() or {}
    return answer.status_code, {name: value for name, value in body.items() if name != "request_id"}


class Statements:
    """Listens to what is said to the database."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def __call__(self, record: Any) -> None:
        if not record.query.startswith(("SAVEPOINT", "RELEASE")):
            self.said.append(record.query)


async def statements(browser: Browser, path: str, body: Any) -> tuple[tuple[int, Any], list[str]]:
    heard = Statements()
    async with db.DB.connection() as connection:
        connection.add_query_logger(heard)
        answer = await browser.send("POST", path, body)
        connection.remove_query_logger(heard)
    return said(answer), heard.said


async def test_signing_in_tells_nothing_and_works_as_much(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    await factories.account(KNOWN)
    counted = count(monkeypatch)
    seen = []
    for email in (KNOWN, UNKNOWN):
        counted.work.clear()
        told = await statements(browser, "/session", {"email": email, "password": "wrong password"})
        seen.append((*told, list(counted.work)))
    assert seen[0] == seen[1]
    assert len(seen[0][2]) == 1


async def test_control_without_the_work_for_nobody_it_can_be_counted(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hasty(hash: str | None, password: str) -> bool:
        return hash is not None and await right(hash, password)

    right = passwords.is_right
    monkeypatch.setattr(passwords, "is_right", hasty)
    counted = count(monkeypatch)
    await browser.sign_in(UNKNOWN, "wrong password")
    assert counted.work == []


def test_what_is_checked_for_nobody_costs_what_a_password_costs() -> None:
    assert NOBODYS.rsplit("$", 2)[0] == HASHER.hash("x").rsplit("$", 2)[0] == "$argon2id$v=19$m=65536,t=3,p=4"
    assert not HASHER.check_needs_rehash(NOBODYS)


async def test_asking_for_a_new_password_tells_nothing_and_works_as_much(browser: Browser) -> None:
    await factories.account(KNOWN)
    known = await statements(browser, "/accounts/password-resets", {"email": KNOWN})
    unknown = await statements(browser, "/accounts/password-resets", {"email": UNKNOWN})
    assert known == unknown
    assert known[0][0] == 202
    assert [one["recipient"] for one in await letters()] == [KNOWN]


async def test_signing_up_tells_nothing_but_to_the_address(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    await factories.account(KNOWN)
    counted = count(monkeypatch)
    known = said(await browser.send("POST", "/accounts", NEW | {"email": "Lei@Example.com"}))
    unknown = said(await browser.send("POST", "/accounts", NEW | {"email": UNKNOWN}))
    assert known == unknown == (202, {})
    assert counted.work == ["hash", "hash"]
    told = {one["recipient"]: one["kind"] for one in await letters()}
    assert told == {KNOWN: "account_exists", UNKNOWN: "verify"}


async def test_an_account_that_exists_keeps_its_password(browser: Browser) -> None:
    await factories.account(KNOWN)
    await browser.send("POST", "/accounts", NEW | {"email": KNOWN})
    assert (await browser.sign_in(KNOWN, NEW["password"])).status_code == 401
    assert (await browser.sign_in(KNOWN)).status_code == 201
