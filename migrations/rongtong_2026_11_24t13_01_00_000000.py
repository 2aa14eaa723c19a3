from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.core.db import execute

ID = "2026-11-24T13:01:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "deliveries that wait"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="rongtong", description=DESCRIPTION)

    async def create():
        await execute(
            "CREATE INDEX webhook_delivery_waiting ON webhook_delivery (endpoint_id, attempt_at)"
            " WHERE sent_at IS NULL AND lapsed_at IS NULL AND dead_at IS NULL"
        )
        await execute(
            "CREATE INDEX webhook_delivery_outstanding ON webhook_delivery (endpoint_id, subject_id, position)"
            " WHERE sent_at IS NULL AND lapsed_at IS NULL AND dead_at IS NULL"
        )
        await execute("CREATE INDEX webhook_delivery_told ON webhook_delivery (endpoint_id, position)")

    async def drop():
        await execute("DROP INDEX webhook_delivery_told")
        await execute("DROP INDEX webhook_delivery_outstanding")
        await execute("DROP INDEX webhook_delivery_waiting")

    manager.add_raw(create)
    manager.add_raw_backwards(drop)
    return manager
