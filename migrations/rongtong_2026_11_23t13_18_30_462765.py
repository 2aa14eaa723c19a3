from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from server.core.pgtypes import References

ID = "2026-11-23T13:18:30:462765"
VERSION = "1.38.0"
DESCRIPTION = "the history of bookings belongs to its booking"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="rongtong", description=DESCRIPTION
    )

    manager.add_constraint(
        table_class_name="BookingChange",
        tablename="booking_change",
        constraint_name="booking_change_of_booking",
        constraint_class=References,
        params={
            "definition": "(resource_id, booking_id) REFERENCES booking (resource_id, id)"
        },
        schema=None,
    )

    return manager
