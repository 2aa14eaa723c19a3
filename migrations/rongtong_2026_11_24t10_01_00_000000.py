from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.core.db import execute

ID = "2026-11-24T10:01:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "who was here already has proven their address"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="rongtong", description=DESCRIPTION)

    async def prove():
        await execute("UPDATE account SET verified_at = created_at WHERE verified_at IS NULL")

    manager.add_raw(prove)
    return manager
