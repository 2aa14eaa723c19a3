from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from server.core.pgtypes import References

ID = "2026-11-23T13:21:52:181615"
VERSION = "1.38.0"
DESCRIPTION = "holds and units belong to their resource"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="rongtong", description=DESCRIPTION
    )

    manager.add_constraint(
        table_class_name="Unit",
        tablename="unit",
        constraint_name="unit_of_resource",
        constraint_class=References,
        params={"definition": "(resource_id) REFERENCES resource (id)"},
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Claim",
        tablename="claim",
        constraint_name="claim_of_hold",
        constraint_class=References,
        params={
            "definition": "(resource_id, hold_id) REFERENCES hold (resource_id, id)"
        },
        schema=None,
    )

    return manager
