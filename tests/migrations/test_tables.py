"""The tables of the program are those of the database: types, defaults, what may be null, keys and constraints."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from piccolo.table import sort_table_classes

from server.core.pgtypes import References
from server.piccolo_app import APP_CONFIG
from tests.conftest import Services
from tests.migrations.schema import Schema, schema, schema_seen_by

OF_TABLES = ("column", "constraint", "sequence")  # what else the migrations make, the tables need not say


@pytest.fixture
async def made(url: str) -> AsyncIterator[Any]:
    """Lend a connection to a database with what the tables say, made without migrations."""
    connection: Any = await asyncpg.connect(url)
    await connection.execute("CREATE EXTENSION btree_gist; CREATE EXTENSION pg_trgm")
    for table in in_order_of_references():
        for ddl in table.create_table().ddl:
            await connection.execute(ddl)
    yield connection
    await connection.close()


def in_order_of_references() -> list[Any]:
    """Piccolo sorts by its own foreign keys; References to a table that comes later move behind it."""
    tables = sort_table_classes(list(APP_CONFIG.table_classes))
    return sorted(tables, key=lambda table: any(_refers_elsewhere(one, table) for one in table._meta.constraints))


def _refers_elsewhere(one: Any, table: Any) -> bool:
    return isinstance(one, References) and f"REFERENCES {table._meta.tablename} " not in one.definition


def differences(tables: Schema, migrated: Schema) -> list[str]:
    """Say in words what a migration has still to do, or the tables to say."""
    differ = [
        f"{kind} {name} is `{text}` by its table; the migrations make `{migrated.get((kind, name), 'none')}`"
        for (kind, name), text in tables.items()
        if migrated.get((kind, name)) != text
    ]
    unknown = [
        f"{kind} {name} is made by the migrations; no table says it"
        for kind, name in migrated.keys() - tables.keys()
        if kind in OF_TABLES and not name.startswith(("migration", "live_claims."))
    ]
    return differ + unknown


async def test_the_migrations_make_what_the_tables_say(made: Any, services: Services) -> None:
    found = differences(await schema_seen_by(made), await schema(services.postgres.url))
    assert found == [], "write a migration: CONTRIBUTING.md"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("ADD COLUMN contact_phone text", "column booking.contact_phone is `text f ` by its table"),
        ("DROP COLUMN purpose", "column booking.purpose is made by the migrations; no table says it"),
        ("ALTER COLUMN units TYPE bigint", "column booking.units is `bigint t 1` by its table"),
        ("ALTER COLUMN group_id SET NOT NULL", "column booking.group_id is `uuid t ` by its table"),
        ("ALTER COLUMN units SET DEFAULT 2", "column booking.units is `integer t 2` by its table"),
        ("DROP CONSTRAINT booking_ends_after_start", "constraint booking.booking_ends_after_start is made by"),
        (
            "DROP CONSTRAINT booking_ends_after_start,"
            " ADD CONSTRAINT booking_ends_after_start CHECK (ends_at >= starts_at)",
            "constraint booking.booking_ends_after_start is `CHECK ((ends_at >= starts_at))` by its table",
        ),
    ],
)
async def test_control_a_table_that_says_something_else_is_seen(
    made: Any, services: Services, change: str, told: str
) -> None:
    await made.execute(f"ALTER TABLE booking {change}")
    found = differences(await schema_seen_by(made), await schema(services.postgres.url))
    assert len(found) == 1
    assert found[0].startswith(told)


async def test_control_an_index_that_no_migration_makes_is_seen(made: Any, services: Services) -> None:
    await made.execute("CREATE INDEX booking_purpose ON booking (purpose)")
    (told,) = differences(await schema_seen_by(made), await schema(services.postgres.url))
    assert told.startswith("index booking_purpose is `CREATE INDEX")
    assert told.endswith("the migrations make `none`")
