"""Migrations do not hold up those who work meanwhile: each danger is refused, each safe way is let through."""

import pytest

from server.core import migration_files
from server.core.migration_files import Step, Way
from tests.migrations.safety import dangers

STEPS = migration_files.steps()


def step(sql: str, *, in_transaction: bool = True) -> Step:
    return Step("0099_a_step", Way(sql, in_transaction), Way("", True))


@pytest.mark.parametrize("number", range(len(STEPS)), ids=[one.id for one in STEPS])
def test_a_migration_is_safe_on_a_large_table(number: int) -> None:
    assert dangers(STEPS[number], STEPS[:number]) == []


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("CREATE INDEX booking_due ON booking (due_at)", "nobody could write meanwhile"),
        ("create unique index booking_due on booking (due_at)", "nobody could write meanwhile"),
        ("DROP INDEX booking_by_due", "stops readers"),
        ("ALTER TABLE claim ADD CONSTRAINT a FOREIGN KEY (hold_id) REFERENCES hold (id)", "VALIDATE later"),
        ("ALTER TABLE claim ADD FOREIGN KEY (hold_id) REFERENCES hold (id)", "VALIDATE later"),
        ("ALTER TABLE claim ADD CONSTRAINT a CHECK (unit > 0 AND unit < 9)", "VALIDATE later"),
        ("ALTER TABLE claim ADD CHECK (unit > 0)", "VALIDATE later"),
        ("ALTER TABLE claim ADD CONSTRAINT a UNIQUE (unit)", "then USING INDEX"),
        ("ALTER TABLE claim ADD UNIQUE (unit)", "then USING INDEX"),
        ("ALTER TABLE claim ADD CONSTRAINT a PRIMARY KEY (unit)", "then USING INDEX"),
        ("ALTER TABLE claim ADD CONSTRAINT a EXCLUDE USING gist (unit WITH =)", "cannot be NOT VALID"),
        ("ALTER TABLE claim ALTER COLUMN unit TYPE bigint", "rewrites the table"),
        ("ALTER TABLE claim ALTER unit SET DATA TYPE bigint USING unit::bigint", "rewrites the table"),
        ("ALTER TABLE claim ADD COLUMN a integer, ALTER COLUMN unit TYPE bigint", "rewrites the table"),
        ("ALTER TABLE claim ADD COLUMN key uuid DEFAULT gen_random_uuid()", "no constant"),
        ("ALTER TABLE claim ADD COLUMN seen timestamptz DEFAULT clock_timestamp()", "no constant"),
        ("ALTER TABLE claim ADD COLUMN number bigserial", "rewrites the table"),
        ("ALTER TABLE claim ADD COLUMN twice integer GENERATED ALWAYS AS (unit * 2) STORED", "rewrites the table"),
        ("ALTER TABLE claim ADD COLUMN note text NOT NULL", "with a DEFAULT"),
        ("ALTER TABLE claim ADD COLUMN hold uuid REFERENCES hold (id)", "a constraint of its own"),
        ("ALTER TABLE claim ADD COLUMN note text CHECK (note <> '')", "a constraint of its own"),
        ("ALTER TABLE claim ADD COLUMN note text UNIQUE", "a constraint of its own"),
        ("ALTER TABLE claim ALTER COLUMN hold_id SET NOT NULL", "NOT VALID, then VALIDATE"),
        ("VACUUM (FULL, ANALYZE) claim", "rewrites the table"),
        ("VACUUM FULL claim", "rewrites the table"),
        ("CLUSTER claim USING claim_pk", "rewrites the table"),
        ("LOCK TABLE claim IN SHARE MODE", "holds a lock"),
        ("TRUNCATE attempt", "takes away rows"),
        ("SET lock_timeout = 0", "bounded by the runner"),
        ("SELECT set_config('lock_timeout', '0', false)", "bounded by the runner"),
        ("UPDATE claim SET pinned = true", "in batches"),
        ("DELETE FROM claim WHERE released_at IS NOT NULL", "in batches"),
        ("INSERT INTO unit (resource_id, number) SELECT id, 1 FROM resource", "in batches"),
        ("WITH old AS (DELETE FROM claim RETURNING id) SELECT count(*) FROM old", "in batches"),
        ("CREATE TABLE claim_copy AS SELECT resource_id FROM claim", "copies a table"),
        ("ALTER TABLE claim VALIDATE CONSTRAINT a; COMMENT ON TABLE claim IS 'time'", "in a step of its own"),
        ("ALTER TABLE claim ADD COLUMN note text, VALIDATE CONSTRAINT a", "in a step of its own"),
        ("CREATE INDEX CONCURRENTLY IF NOT EXISTS a ON claim (unit)", "transaction:false"),
        ("CREATE TABLE IF NOT EXISTS claim (unit integer); ALTER TABLE claim ADD UNIQUE (unit)", "then USING INDEX"),
        ("ALTER TABLE claim RENAME COLUMN unit TO piece", "is not known to be safe"),
        ("REINDEX TABLE claim", "is not known to be safe"),
        ("DROP TABLE claim CASCADE", "is not known to be safe"),
        ("ALTER TABLE claim SET LOGGED", "is not known to be safe"),
        ("/* quick */ LOCK TABLE claim -- ;", "holds a lock"),
        ("COMMENT ON TABLE claim IS 'a; b -- c'; LOCK TABLE claim", "holds a lock"),
    ],
)  # fmt: skip
def test_what_holds_others_up_is_refused(sql: str, why: str) -> None:
    (told,) = dangers(step(sql), [])
    assert why in told


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("CREATE INDEX CONCURRENTLY a ON claim (unit)", "IF NOT EXISTS"),
        ("CREATE INDEX CONCURRENTLY IF NOT EXISTS a ON claim (unit); COMMENT ON INDEX a IS 'it'", "one statement"),
        ("ALTER TABLE claim ADD COLUMN note text", "one statement"),
        ("DO $$ BEGIN UPDATE claim SET pinned = true; COMMIT; END $$", "LIMIT and COMMIT"),
        ("DO $$ BEGIN UPDATE claim SET pinned = true WHERE id IN (SELECT id LIMIT 9); END $$", "LIMIT and COMMIT"),
        ("DO $$ BEGIN PERFORM 1 LIMIT 1; COMMIT; ALTER TABLE claim DROP COLUMN unit; END $$", "not inside DO"),
    ],
)  # fmt: skip
def test_what_holds_others_up_is_refused_outside_a_transaction(sql: str, why: str) -> None:
    (told,) = dangers(step(sql, in_transaction=False), [])
    assert why in told


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE booking ADD COLUMN contact_phone text NOT NULL DEFAULT ''",
        "ALTER TABLE booking ADD COLUMN amount numeric(12, 2), ADD COLUMN owed boolean DEFAULT false NOT NULL",
        "ALTER TABLE booking ADD COLUMN seen_at timestamptz NOT NULL DEFAULT now()",
        "ALTER TABLE booking ADD COLUMN facts jsonb NOT NULL DEFAULT '{}'::jsonb",
        "ALTER TABLE claim ADD CONSTRAINT a CHECK (unit IN (1, 2)) NOT VALID",
        "ALTER TABLE claim ADD CONSTRAINT a FOREIGN KEY (resource_id, hold_id) REFERENCES hold (resource_id, id)"
        " NOT VALID",
        "ALTER TABLE claim ADD CONSTRAINT a UNIQUE USING INDEX a",
        "ALTER TABLE claim VALIDATE CONSTRAINT a",
        "ALTER TABLE claim SET (autovacuum_vacuum_scale_factor = 0.02)",
        "ALTER TABLE claim ALTER COLUMN unit DROP NOT NULL, ALTER COLUMN unit SET DEFAULT 1",
        "CREATE TABLE price (id uuid PRIMARY KEY, amount numeric NOT NULL CHECK (amount >= 0));"
        " CREATE INDEX price_amount ON price (amount); ALTER TABLE price ALTER COLUMN amount SET STORAGE MAIN",
        "INSERT INTO category (id, kind, name) VALUES ('0', 'equipment', 'SEM; TEM')",
    ],
)  # fmt: skip
def test_what_is_safe_is_let_through(sql: str) -> None:
    assert dangers(step(sql), []) == []


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS a ON claim (unit) WHERE released_at IS NULL",
        "DROP INDEX CONCURRENTLY IF EXISTS claim_nailed",
        "DO $$ BEGIN LOOP UPDATE claim SET pinned = true WHERE id IN (SELECT id FROM claim WHERE NOT pinned LIMIT 9);"
        " EXIT WHEN NOT FOUND; COMMIT; END LOOP; END $$",
    ],
)  # fmt: skip
def test_what_is_safe_outside_a_transaction_is_let_through(sql: str) -> None:
    assert dangers(step(sql, in_transaction=False), []) == []


def test_a_column_that_is_known_never_to_be_null_need_not_be_read() -> None:
    check = step("ALTER TABLE claim ADD CONSTRAINT held CHECK (hold_id IS NOT NULL) NOT VALID")
    validated = step("ALTER TABLE claim VALIDATE CONSTRAINT held")
    wanted = step("ALTER TABLE claim ALTER COLUMN hold_id SET NOT NULL")
    assert dangers(wanted, [check, validated]) == []
    assert len(dangers(wanted, [check])) == 1
    assert len(dangers(step("ALTER TABLE hold ALTER COLUMN hold_id SET NOT NULL"), [check, validated])) == 1
