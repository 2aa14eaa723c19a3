from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.core.db import execute

ID = "2026-11-24T10:31:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "a verified domain speaks through one identity provider"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="rongtong", description=DESCRIPTION)

    async def make():
        await execute(
            "CREATE UNIQUE INDEX identity_domain_verified_once ON identity_domain (domain) WHERE verified_at IS NOT NULL"
        )

    async def drop():
        await execute("DROP INDEX identity_domain_verified_once")

    manager.add_raw(make)
    manager.add_raw_backwards(drop)
    return manager
