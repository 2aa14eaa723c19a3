"""An empty database to migrate."""

import asyncpg
import pytest

from tests.conftest import Services
from tests.losing import until_lost

__all__ = ["until_lost"]  # a fixture


@pytest.fixture
async def url(services: Services) -> str:
    name = "migrated"
    admin = await asyncpg.connect(services.postgres.url_of("postgres"))
    await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    await admin.close()
    return services.postgres.url_of(name)
