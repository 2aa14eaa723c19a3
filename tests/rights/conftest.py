import httpx
import pytest

from tests.rights import traces
from tests.rights.matrix import Matrix
from tests.rights.world import world


@pytest.fixture
async def matrix(client: httpx.AsyncClient) -> Matrix:
    document = (await client.get("/api/v1/openapi.json")).json()
    made = Matrix(client, await world(), document, await traces.tables())
    await made.remember()
    return made
