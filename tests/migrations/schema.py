"""The schema of a database, as PostgreSQL itself words it."""

from typing import Any

import asyncpg

Schema = dict[tuple[str, str], str]  # by kind and name

SCHEMA = """
SELECT 'column' AS kind, format('%s.%s', c.relname, a.attname) AS name,
       format('%s %s %s', format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)) AS text
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'v') AND c.relnamespace = 'public'::regnamespace
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 'constraint', format('%s.%s', conrelid::regclass, conname), pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
UNION ALL
SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
SELECT 'view', viewname, definition FROM pg_views WHERE schemaname = 'public'
UNION ALL
SELECT 'sequence', sequencename, data_type::text FROM pg_sequences WHERE schemaname = 'public'
UNION ALL
SELECT 'trigger', format('%s.%s', tgrelid::regclass, tgname), pg_get_triggerdef(oid)
FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT 'function', proname, pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
WHERE pronamespace = 'public'::regnamespace AND lanname = 'plpgsql'
UNION ALL
SELECT 'storage', relname, reloptions::text
FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND reloptions IS NOT NULL
UNION ALL
SELECT 'storage', format('%s.%s', a.attrelid::regclass, a.attname), a.attstorage::text
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND a.attstorage <> t.typstorage
ORDER BY 1, 2
"""


async def schema(url: str) -> Schema:
    connection = await asyncpg.connect(url)
    try:
        return await schema_seen_by(connection)
    finally:
        await connection.close()


async def schema_seen_by(connection: Any) -> Schema:
    """Return the schema within the connection's transaction."""
    return {(row["kind"], row["name"]): row["text"] for row in await connection.fetch(SCHEMA)}
