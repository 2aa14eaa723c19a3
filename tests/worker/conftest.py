from collections.abc import AsyncIterator

import pytest

from tests.faults.smtp import MailServer


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    server = await MailServer().start()
    yield server
    await server.stop()
