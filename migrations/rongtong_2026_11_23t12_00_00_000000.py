from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.core.db import execute

ID = "2026-11-23T12:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "extensions: gist over uuid and integer, trigrams"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="rongtong", description=DESCRIPTION)

    async def create_extensions():
        await execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
        await execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")

    manager.add_raw(create_extensions)
    return manager
