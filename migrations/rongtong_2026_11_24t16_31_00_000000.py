from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.core.db import execute

ID = "2026-11-24T16:31:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "indexes of the search"

# What each is for: docs/search.md.
CREATE = (
    "CREATE INDEX search_text_grams ON search_text USING gin (grams) WITH (fastupdate = off)",
    "CREATE INDEX search_text_standards ON search_text USING gin (standards) WITH (fastupdate = off)",
    "CREATE INDEX resource_kind_region ON resource (kind, region_code)",
    "CREATE INDEX resource_region ON resource (region_code)",
    "CREATE INDEX resource_place ON resource (latitude, longitude) WHERE latitude IS NOT NULL",
)
DROP = ("search_text_grams", "search_text_standards", "resource_kind_region", "resource_region", "resource_place")


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="rongtong", description=DESCRIPTION)

    async def create():
        for statement in CREATE:
            await execute(statement)

    async def drop():
        for name in DROP:
            await execute(f"DROP INDEX {name}")

    manager.add_raw(create)
    manager.add_raw_backwards(drop)
    return manager
