"""The marks are everywhere: a text column that carries none must be said here, or the matrix would not see it leak."""

from server.core import db
from server.operator.reseal import sealed_columns
from tests.rights.world import CANARY, world

COLUMNS = """
SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = 'public' AND data_type IN ('text', 'jsonb') AND table_name NOT IN ('migration', 'live_claims')
  AND table_name IN (SELECT tablename FROM pg_tables WHERE schemaname = 'public')
ORDER BY 1, 2
"""

# Everyone may read these: what is shared, when, and under which conditions.
PUBLIC = {
    "resource", "photo", "search_text", "terms", "unit", "opening_exception", "rule_override", "closure", "holiday",
    "category",
}  # fmt: skip
PUBLIC_COLUMNS = {"organization.name", "organization.rules"}
# One of a few words, or made by the program: no text of anybody's.
WORDS = {
    "kind", "status", "locale", "role", "scope", "scopes", "view", "verb", "country", "region_code", "time_zone",
    "sector", "media_type", "stored", "uid", "rule", "excluded", "skipped", "passed", "reason_kind", "rights", "uscc",
    "noun", "actor", "request_id", "type", "answer", "color", "circle", "mode",
}  # fmt: skip
# Read by the worker or by the program alone, never by an answer to somebody else.
NEVER_READ = {
    "notice",
    "letter",
    "digest_item",
    "idempotency_key",
    "password",
    "sign_in_attempt",
    "audit_entry",
    "audit_link",
    "audit_seal",
    "list_import",  # the pages of whoever sent it; tests/site/manage/test_imports.py
    "export",  # fetched by whoever asked for it; tests/api/test_reports.py
}
SEALED = {f"{table._meta.tablename}.{column._meta.name}" for table, column in sealed_columns()}
ALSO_NEVER_READ = SEALED | {
    "api_token.prefix",
    "claim.reason",
    "account.notifications",
    "booking_change.was",
    "ticket.purpose",
    "foreign_calendar.findings_told",
}


async def test_every_private_text_is_marked(rolled_back: None) -> None:
    await world()
    unmarked = []
    for row in await db.fetch(COLUMNS):
        table, column = row["table_name"], row["column_name"]
        name = f"{table}.{column}"
        if table in PUBLIC | NEVER_READ or column in WORDS or name in PUBLIC_COLUMNS | ALSO_NEVER_READ:
            continue
        if not await db.fetchval(f'SELECT count(*) FROM "{table}" WHERE "{column}"::text LIKE $1', f"%{CANARY}%"):
            unmarked.append(name)
    assert unmarked == [], "mark them in tests/rights/world.py, or say here why not"
