"""A database from before the baseline is taken over as it is, or refused with what to do."""

from typing import Any

import asyncpg
import pytest

from server.core import migrate, migration_files
from tests.conftest import Services
from tests.migrations.schema import schema

IDS = [step.id for step in migration_files.steps()]
OLDER = "2026-11-24T18:10:00:000000"  # the last but one of the steps before the baseline


async def as_if_migrated_before_the_baseline(url: str, *steps: str) -> None:
    """The 53 steps made what the baseline makes (decision 0222): only the record differs."""
    await migrate.forwards(url, migrate.BASELINE)
    connection: Any = await asyncpg.connect(url)
    await connection.execute("DELETE FROM migration")
    await connection.execute(migrate.RECORD, list(steps))
    await connection.execute("INSERT INTO category (id, kind, name) VALUES (gen_random_uuid(), 'equipment', 'SEM')")
    await connection.close()


async def asked(url: str, sql: str) -> list[Any]:
    connection: Any = await asyncpg.connect(url)
    try:
        return [row[0] for row in await connection.fetch(sql)]
    finally:
        await connection.close()


async def test_a_database_of_the_last_step_before_the_baseline_is_adopted(url: str, services: Services) -> None:
    await as_if_migrated_before_the_baseline(url, OLDER, migrate.LAST_BEFORE_BASELINE)
    await migrate.forwards(url)
    assert await asked(url, "SELECT name FROM migration ORDER BY name") == IDS
    assert await asked(url, "SELECT name FROM category") == ["SEM"]
    made = await schema(services.postgres.url)
    assert await schema(url) == made
    await migrate.backwards(url)
    await migrate.forwards(url)
    assert await schema(url) == made


async def test_one_of_an_earlier_step_is_refused_and_left_alone(url: str) -> None:
    await as_if_migrated_before_the_baseline(url, OLDER)
    with pytest.raises(migrate.MigrationFailed, match=rf"^the database stands at {OLDER}, .* migrate it to 2026"):
        await migrate.forwards(url)
    assert await asked(url, "SELECT name FROM migration") == [OLDER]


async def test_control_a_database_that_is_not_adopted_breaks_at_the_first_step(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await as_if_migrated_before_the_baseline(url, migrate.LAST_BEFORE_BASELINE)
    monkeypatch.setattr(migrate, "BEFORE_BASELINE", "never-")
    with pytest.raises(migrate.MigrationFailed, match=r"^0001_extensions: .* already exists"):
        await migrate.forwards(url)
