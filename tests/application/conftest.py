import msgspec
import pytest

from server.application import health
from server.core.settings import settings

TOKEN = "a token of the Prometheus"


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What a Prometheus sends."""
    given = msgspec.structs.replace(settings(), metrics_token=TOKEN)
    monkeypatch.setattr(health, "settings", lambda: given)
    return {"Authorization": f"Bearer {TOKEN}"}
