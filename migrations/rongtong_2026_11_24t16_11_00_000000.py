from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.core.db import execute

ID = "2026-11-24T16:11:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "what one act owes to one recipient is found by index"

FORWARDS = """
CREATE INDEX notice_of_act ON notice (act, recipient)
WHERE sent_at IS NULL AND lapsed_at IS NULL AND dead_at IS NULL
"""
BACKWARDS = "DROP INDEX notice_of_act"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="rongtong", description=DESCRIPTION)

    async def index() -> None:
        await execute(FORWARDS)

    async def drop_index() -> None:
        await execute(BACKWARDS)

    manager.add_raw(index)
    manager.add_raw_backwards(drop_index)
    return manager
