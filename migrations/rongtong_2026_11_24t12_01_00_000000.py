from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.core.db import execute

ID = "2026-11-24T12:01:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "the audit log is only added to; history names attendees no longer"

KEPT = ("audit_entry", "audit_seal")
FORWARDS = (
    "CREATE INDEX audit_entry_of_organization ON audit_entry (organization_id, id)",
    "CREATE INDEX audit_entry_of_owner ON audit_entry (owner_id, id) WHERE owner_id IS NOT NULL",
    "CREATE INDEX audit_entry_of_object ON audit_entry (object_id, id)",
    "CREATE INDEX audit_entry_of_account ON audit_entry (account_id, id)",
    "CREATE INDEX notice_to_erase ON notice (id) WHERE erase",
    "CREATE INDEX letter_to_erase ON letter (id) WHERE erase",
    *(
        f"""
        CREATE TRIGGER {table}_is_kept BEFORE UPDATE OR DELETE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history()
        """
        for table in KEPT
    ),
    *(
        f"""
        CREATE TRIGGER {table}_is_not_emptied BEFORE TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history()
        """
        for table in (*KEPT, "booking_change")
    ),
    # Who came along stood in the clear: how many is left. New entries refer to people (server/audit/references.py).
    "ALTER TABLE booking_change DISABLE TRIGGER booking_change_is_kept",
    """
    UPDATE booking_change
    SET was = CASE WHEN jsonb_typeof(was -> 'attendees') = 'array'
            THEN was || jsonb_build_object('attendees', jsonb_array_length(was -> 'attendees')) ELSE was END,
        became = CASE WHEN jsonb_typeof(became -> 'attendees') = 'array'
            THEN became || jsonb_build_object('attendees', jsonb_array_length(became -> 'attendees')) ELSE became END
    WHERE was ? 'attendees' OR became ? 'attendees'
    """,
    "ALTER TABLE booking_change ENABLE TRIGGER booking_change_is_kept",
)
BACKWARDS = (
    *(f"DROP TRIGGER {table}_is_not_emptied ON {table}" for table in (*KEPT, "booking_change")),
    *(f"DROP TRIGGER {table}_is_kept ON {table}" for table in KEPT),
    "DROP INDEX letter_to_erase",
    "DROP INDEX notice_to_erase",
    "DROP INDEX audit_entry_of_account",
    "DROP INDEX audit_entry_of_object",
    "DROP INDEX audit_entry_of_owner",
    "DROP INDEX audit_entry_of_organization",
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
