from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.core.db import execute

ID = "2026-11-23T12:55:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "indexes that tell whether a feed has changed"

FORWARDS = (
    "CREATE INDEX booking_by_revision ON booking (resource_id, revised_at)",
    "CREATE INDEX booking_by_organization_revision ON booking (organization_id, revised_at)",
    # Bookings one is invited to, whatever the case of the address.
    """
    CREATE INDEX booking_by_attendee ON booking USING gin ((lower(attendees::text)::jsonb) jsonb_path_ops)
    WHERE attendees <> '[]'::jsonb
    """,
    """
    CREATE INDEX claim_without_booking ON claim (resource_id)
    WHERE released_at IS NULL AND reason IN ('hold', 'busy')
    """,
)
BACKWARDS = (
    "DROP INDEX claim_without_booking",
    "DROP INDEX booking_by_attendee",
    "DROP INDEX booking_by_organization_revision",
    "DROP INDEX booking_by_revision",
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
