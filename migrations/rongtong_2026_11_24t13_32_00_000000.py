from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.core.db import execute

ID = "2026-11-24T13:32:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "foreign calendars that are due"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="rongtong", description=DESCRIPTION)

    async def create():
        await execute("CREATE INDEX foreign_calendar_due ON foreign_calendar (fetch_at) WHERE removed_at IS NULL")

    async def drop():
        await execute("DROP INDEX foreign_calendar_due")

    manager.add_raw(create)
    manager.add_raw_backwards(drop)
    return manager
