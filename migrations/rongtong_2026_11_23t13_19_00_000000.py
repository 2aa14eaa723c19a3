from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.core.db import execute

ID = "2026-11-23T13:19:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "history is only added to"

FORWARDS = (
    "CREATE INDEX booking_change_of_booking_key ON booking_change (booking_id, id)",
    """
    CREATE FUNCTION refuse_rewriting_history() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'history is only added to' USING ERRCODE = 'restrict_violation';
    END
    $$
    """,
    """
    CREATE TRIGGER booking_change_is_kept BEFORE UPDATE OR DELETE ON booking_change
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history()
    """,
)
BACKWARDS = (
    "DROP TRIGGER booking_change_is_kept ON booking_change",
    "DROP FUNCTION refuse_rewriting_history",
    "DROP INDEX booking_change_of_booking_key",
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
