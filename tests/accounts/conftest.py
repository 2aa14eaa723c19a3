import httpx
import pytest
from argon2 import PasswordHasher

from server.accounts import passwords
from tests.accounts.browser import Browser

CHEAP = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
NOBODYS = CHEAP.hash("nobody's password")


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let argon2 do its real work, but less of it: these tests hash some hundred times."""
    monkeypatch.setattr(passwords, "HASHER", CHEAP)
    monkeypatch.setattr(passwords, "NOBODYS", NOBODYS)


@pytest.fixture
def browser(client: httpx.AsyncClient) -> Browser:
    return Browser(client)


@pytest.fixture
def another_browser(client: httpx.AsyncClient) -> Browser:
    return Browser(client)
