"""What the guard of outgoing requests is set to, and a listener that nobody may reach."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from server.core.settings import settings
from tests.listener import Listener

Allow = Callable[..., None]


@pytest.fixture
def allow(monkeypatch: pytest.MonkeyPatch) -> Allow:
    """Let the guard be set as an administrator would."""

    def setting(*ports: int, networks: str = "", http: bool = True) -> None:
        given: dict[str, Any] = {"PORTS": ", ".join(map(str, ports)), "ALLOW": networks, "HTTP": str(http).lower()}
        for name, value in given.items():
            monkeypatch.setenv(f"RONGTONG_OUTBOUND_{name}", value)
        settings.cache_clear()

    return setting


@pytest.fixture(autouse=True)
def _forget_settings() -> Iterator[None]:
    yield
    settings.cache_clear()


@pytest.fixture
async def canary() -> AsyncIterator[Listener]:
    """A listener that nobody may reach."""
    async with Listener() as listening:
        yield listening
