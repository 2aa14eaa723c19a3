from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.core.db import execute

ID = "2026-11-23T13:56:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "an index of groups"

FORWARDS = ("CREATE INDEX booking_by_group ON booking (group_id) WHERE group_id IS NOT NULL",)
BACKWARDS = ("DROP INDEX booking_by_group",)


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="rongtong", description=DESCRIPTION)

    async def create():
        for statement in FORWARDS:
            await execute(statement)

    async def drop():
        for statement in BACKWARDS:
            await execute(statement)

    manager.add_raw(create)
    manager.add_raw_backwards(drop)
    return manager
