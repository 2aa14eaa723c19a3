from collections.abc import Callable, Iterator

import pytest

from server.core import lasting_key
from server.core.settings import settings


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Let these be the secrets of the installation, the newest first."""
    monkeypatch.setattr(lasting_key, "_key", lasting_key.key())  # so that it is what it was when the test is over

    def give(*secrets: str) -> None:
        monkeypatch.setenv("RONGTONG_SECRET", ",".join(secrets))
        settings.cache_clear()

    yield give
    monkeypatch.undo()
    settings.cache_clear()
