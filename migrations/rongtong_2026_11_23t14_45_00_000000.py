from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.core.db import execute

ID = "2026-11-23T14:45:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "keep the index by time for those who ask by time"

# While the table is nearly empty PostgreSQL takes this index also for what asks about one resource, and stays with it for
# long. `unit > 0` holds for every claim; only who says it too (the search) gets this index.
FORWARDS = (
    "DROP INDEX claim_live_during",
    """
    CREATE INDEX claim_live_during ON claim USING gist (during) INCLUDE (resource_id)
    WHERE released_at IS NULL AND unit > 0
    """,
)
BACKWARDS = (
    "DROP INDEX claim_live_during",
    "CREATE INDEX claim_live_during ON claim USING gist (during) INCLUDE (resource_id) WHERE released_at IS NULL",
)


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="rongtong", description=DESCRIPTION)

    async def create():
        for statement in FORWARDS:
            await execute(statement)

    async def restore():
        for statement in BACKWARDS:
            await execute(statement)

    manager.add_raw(create)
    manager.add_raw_backwards(restore)
    return manager
