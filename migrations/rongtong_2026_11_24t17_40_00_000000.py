from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.core.db import execute

ID = "2026-11-24T17:40:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "what the search reads, and no more"

# The grams are only read through their index: kept beside the table they no longer make each row three times as long.
# That goes for what is written from now on; a rewrite of all of it would stop the search for minutes.
FORWARDS = (
    "CREATE INDEX resource_time_zone ON resource (time_zone)",
    "ALTER TABLE search_text SET (toast_tuple_target = 512)",
    "ALTER TABLE search_text ALTER COLUMN grams SET STORAGE EXTERNAL",
)
BACKWARDS = (
    "ALTER TABLE search_text ALTER COLUMN grams SET STORAGE EXTENDED",
    "ALTER TABLE search_text RESET (toast_tuple_target)",
    "DROP INDEX resource_time_zone",
)


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="rongtong", description=DESCRIPTION)

    async def change():
        for statement in FORWARDS:
            await execute(statement)

    async def restore():
        for statement in BACKWARDS:
            await execute(statement)

    manager.add_raw(change)
    manager.add_raw_backwards(restore)
    return manager
