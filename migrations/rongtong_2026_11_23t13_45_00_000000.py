from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.core.db import execute

ID = "2026-11-23T13:45:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "indexes for what expires, is due or waits"

FORWARDS = (
    "CREATE INDEX hold_by_expiry ON hold (expires_at) WHERE ended_at IS NULL",
    "CREATE INDEX hold_of_booking ON hold (resource_id, booking_id) WHERE ended_at IS NULL",
    "CREATE INDEX hold_by_id ON hold (id)",
    "CREATE INDEX claim_of_hold_key ON claim (resource_id, hold_id) WHERE hold_id IS NOT NULL",
    "CREATE INDEX booking_by_due ON booking (due_at) WHERE status = 'requested'",
    "CREATE INDEX booking_by_start ON booking (starts_at) WHERE status = 'confirmed'",
    "CREATE INDEX waiting_in_line ON waiting (position) WHERE status IN ('waiting', 'offered')",
)
BACKWARDS = (
    "DROP INDEX waiting_in_line",
    "DROP INDEX booking_by_start",
    "DROP INDEX booking_by_due",
    "DROP INDEX claim_of_hold_key",
    "DROP INDEX hold_by_id",
    "DROP INDEX hold_of_booking",
    "DROP INDEX hold_by_expiry",
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
