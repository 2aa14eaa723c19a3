from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.core.db import execute

ID = "2026-11-24T08:11:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "letters that wait"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="rongtong", description=DESCRIPTION)

    async def create():
        await execute(
            "CREATE INDEX letter_waiting ON letter (attempt_at)"
            " WHERE sent_at IS NULL AND lapsed_at IS NULL AND dead_at IS NULL"
        )

    async def drop():
        await execute("DROP INDEX letter_waiting")

    manager.add_raw(create)
    manager.add_raw_backwards(drop)
    return manager
