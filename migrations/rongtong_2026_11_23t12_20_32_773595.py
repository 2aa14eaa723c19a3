from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.core.pgtypes import References

ID = "2026-11-23T12:20:32:773595"
VERSION = "1.38.0"
DESCRIPTION = "foreign keys together with the resource"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="rongtong", description=DESCRIPTION)

    manager.add_constraint(
        table_class_name="OpeningException",
        tablename="opening_exception",
        constraint_name="opening_exception_of_resource",
        constraint_class=References,
        params={"definition": "(resource_id) REFERENCES resource (id)"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Claim",
        tablename="claim",
        constraint_name="claim_of_booking",
        constraint_class=References,
        params={"definition": "(resource_id, booking_id) REFERENCES booking (resource_id, id)"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Claim",
        tablename="claim",
        constraint_name="claim_of_closure",
        constraint_class=References,
        params={"definition": "(resource_id, closure_id) REFERENCES closure (resource_id, id)"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="IdempotencyKey",
        tablename="idempotency_key",
        constraint_name="idempotency_key_of_member",
        constraint_class=References,
        params={"definition": "(member_id) REFERENCES member (id)"},
        schema=None,
    )

    return manager
