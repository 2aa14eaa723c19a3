from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.core.db import execute

ID = "2026-11-24T09:01:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "indexes of what is taken through wholes"

FORWARDS = (
    "CREATE INDEX claim_of_whole ON claim (whole_id, whole_claim_id) WHERE whole_id IS NOT NULL",
    "CREATE INDEX claim_through_whole ON claim (resource_id) WHERE whole_id IS NOT NULL AND released_at IS NULL",
)
BACKWARDS = ("DROP INDEX claim_through_whole", "DROP INDEX claim_of_whole")


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
