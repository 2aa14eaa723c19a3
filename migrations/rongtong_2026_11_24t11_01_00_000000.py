from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.core.db import execute

ID = "2026-11-24T11:01:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "what is asked of organizations and members"

FORWARDS = (
    "CREATE INDEX member_capped ON member (organization_id) WHERE monthly_minutes IS NOT NULL",
    "CREATE UNIQUE INDEX join_request_once ON join_request (organization_id, account_id) WHERE status = 'waiting'",
    "CREATE INDEX organization_undecided ON organization (id) WHERE verified_at IS NULL AND rejected_at IS NULL",
    """
    CREATE TRIGGER decision_is_kept BEFORE UPDATE OR DELETE ON decision
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history()
    """,
)
BACKWARDS = (
    "DROP TRIGGER decision_is_kept ON decision",
    "DROP INDEX organization_undecided",
    "DROP INDEX join_request_once",
    "DROP INDEX member_capped",
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
