from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.core.db import execute

ID = "2026-11-23T12:30:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "indexes, and the view of live claims"

FORWARDS = (
    # Which resources are busy in a window: read by time first (docs/performance.md).
    "CREATE INDEX claim_live_during ON claim USING gist (during) INCLUDE (resource_id) WHERE released_at IS NULL",
    "CREATE INDEX claim_of_booking_key ON claim (resource_id, booking_id)",
    "CREATE INDEX booking_by_organization ON booking (organization_id, id)",
    "CREATE INDEX booking_by_id ON booking (id)",
    "CREATE INDEX booking_by_end ON booking (resource_id, ends_at)",
    "CREATE INDEX closure_by_end ON closure (resource_id, upper(during)) WHERE lifted_at IS NULL",
    "CREATE INDEX notice_waiting ON notice (attempt_at) WHERE sent_at IS NULL AND lapsed_at IS NULL AND dead_at IS NULL",
    "CREATE INDEX notice_by_booking ON notice (booking_id, recipient, position)",
    "CREATE INDEX resource_name_trigrams ON resource USING gin (name gin_trgm_ops)",
    """
    CREATE VIEW live_claims AS
    SELECT resource_id, unit, during, booking_id, reason FROM claim
    WHERE released_at IS NULL AND (expires_at IS NULL OR expires_at > now())
    """,
)
BACKWARDS = (
    "DROP VIEW live_claims",
    "DROP INDEX resource_name_trigrams",
    "DROP INDEX notice_by_booking",
    "DROP INDEX notice_waiting",
    "DROP INDEX closure_by_end",
    "DROP INDEX booking_by_end",
    "DROP INDEX booking_by_id",
    "DROP INDEX booking_by_organization",
    "DROP INDEX claim_of_booking_key",
    "DROP INDEX claim_live_during",
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
