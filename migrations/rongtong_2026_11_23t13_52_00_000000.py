from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.core.db import execute

ID = "2026-11-23T13:52:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "indexes for attendance: what has begun, strikes by owner, grants by qualification"

FORWARDS = (
    "CREATE INDEX booking_to_begin ON booking (starts_at) WHERE status IN ('confirmed', 'in_use')",
    "CREATE INDEX strike_by_owner ON strike (owner_id, at)",
    "CREATE INDEX grant_to_expire ON \"grant\" (expires_at) WHERE revoked_at IS NULL AND reminded_at IS NULL",
    "CREATE INDEX grant_of_person ON \"grant\" (account_id, qualification_id) WHERE revoked_at IS NULL",
)
BACKWARDS = (
    "DROP INDEX grant_of_person",
    "DROP INDEX grant_to_expire",
    "DROP INDEX strike_by_owner",
    "DROP INDEX booking_to_begin",
)


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
