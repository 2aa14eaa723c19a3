from uuid import UUID

import httpx
import pytest

from tests import factories
from tests.caldav.speaking import Program, program
from tests.factories import Person


@pytest.fixture
async def owner(rolled_back: None) -> Person:
    return await factories.person(kind="university")


@pytest.fixture
async def resource(owner: Person) -> UUID:
    return await factories.resource(owner, name="透射电镜")


@pytest.fixture
async def owners(client: httpx.AsyncClient, owner: Person) -> Program:
    """The owner's calendar program."""
    return await program(client, owner)
