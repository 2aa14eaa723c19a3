"""What a migration may do to a table that is large and in use. What is not known to be safe is not."""

import re
from collections.abc import Iterator

from server.core.migration_files import Step

# Words of SQL: comments go, the texts of strings are no words, and what stands between dollars stays whole.
TOKENS = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$|;|[^-/'$;]+|.", re.DOTALL)

CONSTANT = r"(?:''|-?\d[\d.]*|TRUE|FALSE|NULL|NOW\(\)|CURRENT_TIMESTAMP|CURRENT_DATE)(?:::\w+(?:\[\])?)?"
NAME = r'"?\w+"?'

# How statements and actions of ALTER TABLE begin that must not be, and what to do instead; the first that fits is told.
UNSAFE = (
    (r"VACUUM\b.*\bFULL\b", "rewrites the table while nobody can read it"),
    (r"CLUSTER\b", "rewrites the table while nobody can read it"),
    (r"LOCK\b", "holds a lock longer than what needs it"),
    (r"TRUNCATE\b", "takes away rows that somebody may be reading"),
    (r"SET (LOCAL |SESSION )?\w+ ?(=|TO\b)|SELECT\b.*SET_CONFIG", "the wait for locks is bounded by the runner"),
    (r"UPDATE\b|DELETE\b|MERGE\b|INSERT\b.*\bSELECT\b|WITH\b", "all rows at once: in batches, by DO"),
    (r"DO\b(?!.*\bLIMIT\b.*\bCOMMIT\b)", "rows are changed in batches: LIMIT and COMMIT in a loop"),
    (r"DO\b.*\b(EXECUTE|CREATE|ALTER|DROP|LOCK|TRUNCATE)\b", "tables are changed by steps, not inside DO"),
    (r"CREATE (UNIQUE )?INDEX (?!CONCURRENTLY)", "nobody could write meanwhile: CONCURRENTLY IF NOT EXISTS"),
    (r"CREATE (UNIQUE )?INDEX CONCURRENTLY (?!IF NOT EXISTS )", "is run again when broken off: IF NOT EXISTS"),
    (r"DROP INDEX (?!CONCURRENTLY IF EXISTS )", "stops readers: DROP INDEX CONCURRENTLY IF EXISTS"),
    (r"CREATE TABLE\b.*\bAS (SELECT|TABLE|WITH)\b", "copies a table in one transaction"),
    (rf"ALTER (COLUMN )?{NAME} (SET DATA )?TYPE\b", "rewrites the table: a new column, filled in batches"),
    (r"ADD CONSTRAINT\b.*\bEXCLUDE\b", "stops writers and cannot be NOT VALID: a new table, filled in batches"),
    (
        r"ADD (CONSTRAINT \S+ )?(UNIQUE|PRIMARY KEY)\b(?!.* ?USING INDEX )",
        "stops writers: CREATE UNIQUE INDEX CONCURRENTLY in a step before, then USING INDEX",
    ),
    (r"ADD (CONSTRAINT \S+ )?(FOREIGN KEY|CHECK)\b(?!.* NOT VALID$)", "reads all rows: NOT VALID, and VALIDATE later"),
    (r"ADD\b.*\b(\w*SERIAL|GENERATED|IDENTITY)\b", "rewrites the table: fill it in batches"),
    (r"ADD (?!CONSTRAINT).*\b(REFERENCES|CHECK|UNIQUE|PRIMARY)\b", "a constraint of its own, NOT VALID"),
    (rf"ADD (?!CONSTRAINT).*\bDEFAULT (?!{CONSTANT}(?: NOT NULL| NULL|$))", "no constant: rewrites the table"),
    (r"ADD (?!CONSTRAINT)(?!.*\bDEFAULT\b).*\bNOT NULL\b", "fails where there are rows: with a DEFAULT"),
)  # fmt: skip

# What is quick: it only changes the catalog, or lets others read and write.
SAFE = (
    r"CREATE TABLE (IF NOT EXISTS )?\S+ \(",
    r"CREATE (UNIQUE )?INDEX CONCURRENTLY IF NOT EXISTS ",
    r"CREATE EXTENSION IF NOT EXISTS ",
    r"CREATE (OR REPLACE )?(VIEW|FUNCTION|TRIGGER|SEQUENCE|TYPE|DOMAIN)\b",
    r"DROP (TABLE|VIEW|FUNCTION|TRIGGER|SEQUENCE|TYPE|DOMAIN)\b(?!.*\bCASCADE\b)",
    r"DROP INDEX CONCURRENTLY IF EXISTS ",
    r"COMMENT ON ",
    r"INSERT INTO \S+ \([^)]*\) VALUES ",
    r"DO\b",
    rf"ADD (COLUMN )?(IF NOT EXISTS )?{NAME} \w+",
    r"ADD CONSTRAINT \S+ (FOREIGN KEY|CHECK|UNIQUE|PRIMARY KEY)\b",
    r"VALIDATE CONSTRAINT ",
    r"DROP (COLUMN|CONSTRAINT) (?!.*\bCASCADE\b)",
    rf"ALTER (COLUMN )?{NAME} (SET DEFAULT|DROP DEFAULT|DROP NOT NULL|SET STATISTICS|SET STORAGE)\b",
    r"(RE)?SET \(",
)
APART = ("CREATE INDEX", "CREATE UNIQUE INDEX", "DROP INDEX", "DO ")  # the only statements outside a transaction


def dangers(step: Step, before: list[Step]) -> list[str]:
    """Tell what of a step would hold up those who work meanwhile. `before` are the steps that ran before it."""
    found = list(statements(step.up.sql))
    made = {match[1] for one in found if (match := re.match(r"CREATE TABLE (?!IF )(\S+) \(", one))}
    told = [f"{shortened(part)}: {why}" for one in found for part, why in _dangers_of(one, made, before)]
    if not step.up.in_transaction and (len(found) != 1 or not found[0].startswith(APART)):
        told.append("outside a transaction there is one statement: an index, or DO with batches")
    if step.up.in_transaction and re.search(r"\bCONCURRENTLY\b|^DO\b", "\n".join(found), re.MULTILINE):
        told.append("CONCURRENTLY and DO with batches: `-- migrate:up transaction:false`")
    if any(re.search(r"\bVALIDATE CONSTRAINT\b", one) for one in found) and (len(found) > 1 or "," in found[0]):
        told.append("VALIDATE CONSTRAINT reads all rows: in a step of its own, where no other lock is held meanwhile")
    return told


def statements(sql: str) -> Iterator[str]:
    """Cut SQL into its statements, in capitals, without comments and texts."""
    words = ""
    for match in TOKENS.finditer(sql + "\n;"):
        token = match[0]
        if token == ";":
            if words.strip():
                yield " ".join(words.split()).upper()
            words = ""
        elif token.startswith("'"):
            words += "''"
        elif not token.startswith(("--", "/*")):
            words += token


def shortened(statement: str) -> str:
    return statement if len(statement) <= 70 else f"{statement[:70]}…"


def _dangers_of(statement: str, made: set[str], before: list[Step]) -> Iterator[tuple[str, str]]:
    changed = re.match(r"(?:ALTER TABLE (?:IF EXISTS )?(?:ONLY )?|CREATE (?:UNIQUE )?INDEX \w+ ON )(\S+) ", statement)
    if changed and changed[1] in made:  # nobody knows it yet
        return
    if not statement.startswith("ALTER TABLE "):
        yield from _danger(statement)
        return
    parts = re.fullmatch(r"ALTER TABLE (?:IF EXISTS )?(?:ONLY )?(\S+) (.*)", statement)
    assert parts, statement
    table, actions = parts.groups()
    for action in re.split(r", *(?![^()]*\))", actions):
        column = re.fullmatch(rf"ALTER (?:COLUMN )?({NAME}) SET NOT NULL", action)
        if column is None:
            yield from _danger(action)
        elif not is_validated(table, column[1], before):
            yield action, "reads all rows: CHECK (… IS NOT NULL) NOT VALID, then VALIDATE, in steps before"


def _danger(action: str) -> Iterator[tuple[str, str]]:
    for pattern, why in UNSAFE:
        if re.match(pattern, action, re.DOTALL):
            yield action, why
            return
    if not any(re.match(pattern, action) for pattern in SAFE):
        yield action, "is not known to be safe; if it is, say so in tests/migrations/safety.py"


def is_validated(table: str, column: str, before: list[Step]) -> bool:
    """Tell whether PostgreSQL knows already that a column is never null, and need not look."""
    ran = [one for step in before for one in statements(step.up.sql) if f" {table} " in one]
    checks = re.compile(rf"ADD CONSTRAINT (\S+) CHECK \( ?{column} IS NOT NULL ?\) NOT VALID")
    names = [match[1] for one in ran for match in checks.finditer(one)]
    return any(re.search(rf"VALIDATE CONSTRAINT {name}$", one) for one in ran for name in names)
