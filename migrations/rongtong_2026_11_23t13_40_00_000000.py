from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.core.db import execute

ID = "2026-11-23T13:40:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "an index of what is nailed to its unit"

FORWARDS = (
    """
    CREATE INDEX claim_nailed ON claim (resource_id)
    WHERE released_at IS NULL AND (pinned OR reason IN ('closure', 'busy'))
    """,
)
BACKWARDS = ("DROP INDEX claim_nailed",)


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
