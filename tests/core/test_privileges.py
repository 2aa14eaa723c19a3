"""The application can add to the audit log and read it, and do nothing else with it."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from server.audit.recording import record
from server.core import db, migrate, privileges
from server.core.ids import new_id
from server.operator.read_health import read_readiness
from tests.conftest import Services

REWRITING = [
    f"{statement} {table}{rest}"
    for table, column in (("audit_entry", "verb"), ("audit_seal", "hash"), ("booking_change", "verb"))
    for statement, rest in (("UPDATE", f" SET {column} = {column}"), ("DELETE FROM", ""), ("TRUNCATE", ""))
]


@pytest.mark.usefixtures("rolled_back")
async def test_the_application_works_as_its_role() -> None:
    assert await db.fetchval("SELECT current_user") == db.ROLE


@pytest.mark.usefixtures("rolled_back")
@pytest.mark.parametrize("rewriting", REWRITING)
async def test_the_application_may_not_rewrite_what_is_kept(rewriting: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction():
            await db.execute(rewriting)


@pytest.mark.usefixtures("rolled_back")
@pytest.mark.parametrize("rewriting", REWRITING)
async def test_the_triggers_stop_whoever_has_the_right_by_mistake(rewriting: str) -> None:
    await db.execute("SET LOCAL ROLE NONE")
    with pytest.raises(asyncpg.RestrictViolationError):
        async with db.transaction():
            await db.execute(rewriting)


@pytest.mark.usefixtures("rolled_back")
async def test_the_application_cannot_say_when_an_entry_was_written() -> None:
    await record("tried", "thing", new_id(), None, of=None)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction():
            await db.execute(
                "INSERT INTO audit_entry (id, at, actor, noun, verb) VALUES ($1, now(), 'system', 'thing', 'tried')",
                new_id(),
            )


@pytest.mark.usefixtures("rolled_back")
async def test_without_role_and_trigger_the_log_could_be_rewritten() -> None:
    """Negative control."""
    await record("tried", "thing", new_id(), None, of=None)
    await db.execute("SET LOCAL ROLE NONE")
    await db.execute("ALTER TABLE audit_entry DISABLE TRIGGER ALL")
    assert await db.execute("UPDATE audit_entry SET verb = 'x'") == "UPDATE 1"


@pytest.fixture
async def apart(services: Services, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    """An administrator's connection to an empty database, and the pool of the other tests put aside."""
    monkeypatch.setattr(db.DB, "pool", None)
    monkeypatch.setattr(db.DB, "config", {})
    admin: Any = await asyncpg.connect(services.postgres.url_of("postgres"))
    for statement in (
        "DROP DATABASE IF EXISTS apart WITH (FORCE)",
        "DROP ROLE IF EXISTS plain",
        "DROP ROLE IF EXISTS other_app",
        "CREATE ROLE plain LOGIN PASSWORD 'plain'",
        "CREATE DATABASE apart OWNER plain TEMPLATE template0",
    ):
        await admin.execute(statement)
    owner: Any = await asyncpg.connect(services.postgres.url_of("apart"))
    await owner.execute("CREATE EXTENSION btree_gist; CREATE EXTENSION pg_trgm")
    await owner.close()
    yield admin
    await admin.execute("DROP DATABASE IF EXISTS apart WITH (FORCE)")
    await admin.execute("DROP ROLE IF EXISTS plain")
    await admin.execute("DROP ROLE IF EXISTS other_app")
    await admin.close()


def as_plain(services: Services) -> str:
    host = services.postgres.url_of("apart").partition("@")[2]
    return f"postgresql://plain:plain@{host}"


async def test_a_user_who_may_not_make_roles_keeps_the_triggers_and_hears_of_it(
    services: Services, apart: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privileges, "ROLE", "other_app")
    monkeypatch.setattr(db, "ROLE", "other_app")
    await migrate.forwards(as_plain(services))
    async with db.connected(as_plain(services), size=1):
        assert await db.fetchval("SELECT current_user") == "plain"
        with pytest.raises(asyncpg.RestrictViolationError):
            await db.execute("DELETE FROM audit_entry")
        assert await read_readiness()


async def test_a_user_who_is_a_member_of_the_role_uses_it(
    services: Services, apart: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privileges, "ROLE", "other_app")
    monkeypatch.setattr(db, "ROLE", "other_app")
    await apart.execute("ALTER ROLE plain CREATEROLE")
    await migrate.forwards(as_plain(services))
    async with db.connected(as_plain(services), size=1):
        assert await db.fetchval("SELECT current_user") == "other_app"
        assert not await read_readiness()


async def test_a_login_that_is_only_a_member_can_serve_and_do_no_more(services: Services, apart: Any) -> None:
    """The strictest way: migrations have one login, server and worker another."""
    await migrate.forwards(services.postgres.url_of("apart"))
    await apart.execute(f"GRANT {db.ROLE} TO plain")
    async with db.connected(as_plain(services), size=1):
        async with db.transaction():
            await record("tried", "thing", new_id(), None, of=None)
        await db.execute("SET ROLE NONE")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await db.execute("DELETE FROM audit_entry")
