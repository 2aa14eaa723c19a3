import httpx
import pytest

from tests.accounts.browser import Browser


@pytest.fixture
def browser(client: httpx.AsyncClient) -> Browser:
    return Browser(client)


@pytest.fixture
def another_browser(client: httpx.AsyncClient) -> Browser:
    return Browser(client)
