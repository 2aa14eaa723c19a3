"""What the application may do in its own database: a role that can add to what is kept, but not change or delete it.

Migrations make the role and grant it what it needs; server, worker and commands take it on (server/core/db.py). Where
the migrating user may not make roles there is none, and the triggers alone keep what is kept (docs/audit.md).
"""

import asyncpg
import structlog

from server.core.db import MAY_SET, ROLE, Connection

# Tables that are only added to, and the columns that the application states; the others say the database clock.
KEPT = {
    "booking_change": (),
    "decision": (),
    "audit_entry": (
        "id", "actor", "account_id", "member_id", "organization_id", "owner_id", "noun", "object_id", "verb", "was",
        "became", "request_id",
    ),
    "audit_seal": ("number", "entry_id", "hash", "key_id"),
}  # fmt: skip

EXISTS = f"SELECT pg_has_role(oid, {MAY_SET}) FROM pg_roles WHERE rolname = $1"
OWN = """
SELECT relname, relkind = 'S' AS sequence FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'S') AND pg_has_role(relowner, 'USAGE')
"""
COLUMNS = "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped"
# True where the log can be rewritten by whoever asks.
REWRITABLE = """
SELECT bool_or(has_table_privilege('audit_entry', privilege))
FROM unnest('{UPDATE, DELETE, TRUNCATE}'::text[]) privilege
"""

log = structlog.get_logger()


async def grant(connection: Connection) -> bool:
    """Make the role if that is allowed, and grant it what the application needs. Return whether there is one."""
    if not await _is_member(connection):
        log.warning("no role for the application: the audit log is kept by triggers alone", role=ROLE)
        return False
    own = await connection.fetch(OWN)
    tables = [f'"{row["relname"]}"' for row in own if not row["sequence"]]
    sequences = [f'"{row["relname"]}"' for row in own if row["sequence"]]
    kept = {name: columns for name, columns in KEPT.items() if f'"{name}"' in tables}
    statements = []
    if tables:
        statements.append(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(tables)} TO {ROLE}")
    if sequences:
        statements.append(f"GRANT USAGE, SELECT ON SEQUENCE {', '.join(sequences)} TO {ROLE}")
    for name, columns in kept.items():
        statements.append(f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {name} FROM {ROLE}")
        there = {row["attname"] for row in await connection.fetch(COLUMNS, name)}  # a step may be still to come
        listed = f"({', '.join(one for one in columns if one in there)})" if columns else ""
        statements.append(f"GRANT INSERT {listed} ON {name} TO {ROLE}")
    for statement in statements:
        await connection.execute(statement)
    return True


async def _is_member(connection: Connection) -> bool:
    try:
        async with connection.transaction():
            if await connection.fetchval(EXISTS, ROLE) is None:
                await connection.execute(f"CREATE ROLE {ROLE} NOLOGIN")
            if not await connection.fetchval(EXISTS, ROLE):
                await connection.execute(f"GRANT {ROLE} TO CURRENT_USER")
    except asyncpg.InsufficientPrivilegeError:
        return False
    except (asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):  # another database is migrated just now
        return await _is_member(connection)
    return True
