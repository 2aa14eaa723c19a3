"""A database clock that stands where a test sets it, for what the program leaves to the database clock."""

from datetime import datetime, timedelta

import asyncpg
import pytest

from server.core import db

# now() without a schema is looked up along the search path, so that every statement of the program reads this clock.
SESSION = {"search_path": "clock, pg_catalog, public"}

MAKE = """
CREATE SCHEMA clock;
CREATE TABLE clock.stands (at timestamptz NOT NULL);
INSERT INTO clock.stands VALUES (pg_catalog.now());
GRANT USAGE ON SCHEMA clock TO {role};
GRANT SELECT, UPDATE ON clock.stands TO {role};
CREATE FUNCTION clock.now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT at FROM clock.stands';
"""


async def install(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a database such a clock, and let the connections opened from now on read it."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(MAKE.format(role=db.ROLE))
    finally:
        await connection.close()
    monkeypatch.setattr(db, "SESSION", db.SESSION | SESSION)


async def stop_at(moment: datetime) -> None:
    """Let now() be this moment for the rest of the test's transaction, which takes the clock away again."""
    role = await db.fetchval("SELECT current_user")
    await db.execute("SET LOCAL ROLE NONE")  # the application may make no schemas
    for statement in filter(str.strip, MAKE.format(role=role).split(";")):
        await db.execute(statement)
    await db.execute(f"SET LOCAL ROLE {role}")
    await db.execute(f"SET LOCAL search_path = {SESSION['search_path']}")
    await put_to(moment)


async def put_to(moment: datetime) -> None:
    await db.execute("UPDATE clock.stands SET at = $1", moment)


async def put_on(time: timedelta) -> None:
    await db.execute("UPDATE clock.stands SET at = at + $1", time)
