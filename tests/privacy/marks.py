"""What a person has said of themselves, as marks, and the search for them in all that is kept."""

import io
import zipfile
from pathlib import Path
from typing import Any

from server.core import db
from server.core.settings import settings

BEFORE, NAME, EMAIL = "韩梅 Before", "李雷 Canary", "lilei.canary@works.example"
ZONE, APPEAL, PHONE, WORDS = "Antarctica/Troll", "why it should not count", "+86 139 1234 5678", "words of theirs"
FREELY = "what the time is for"  # what both sides go by stays

MARKS = {
    "name": NAME, "name before": BEFORE, "email": EMAIL, "zone": ZONE, "appeal": APPEAL, "phone": PHONE,
    "words": WORDS, "freely": FREELY,
}  # fmt: skip
ALL = f"{NAME} {EMAIL} {PHONE} {WORDS} "  # what stands wherever nothing of it stays

COLUMNS = """
SELECT table_name, column_name, data_type FROM information_schema.columns
WHERE table_schema = 'public' AND table_name IN (SELECT tablename FROM pg_tables WHERE schemaname = 'public')
  AND table_name <> 'migration'
ORDER BY 1, 2
"""
SERVERS = {"postgres", "valkey"}  # their files hold the database itself, and what is rolled back


async def types() -> dict[tuple[str, str], str]:
    """Of which type every column is."""
    return {(row["table_name"], row["column_name"]): row["data_type"] for row in await db.fetch(COLUMNS)}


async def in_database() -> dict[str, set[str]]:
    """In which columns which marks stand."""
    found: dict[str, set[str]] = {}
    for table in sorted({table for table, _ in await types()}):
        for row in await db.fetch(f'SELECT * FROM "{table}"'):
            for column, value in row.items():
                if marks := in_text(text_of(value)):
                    found.setdefault(f"{table}.{column}", set()).update(marks)
    return found


def in_files() -> set[str]:
    """In which folders of the data directory any stands."""
    data = settings().data_dir
    names = [path.relative_to(data) for path in data.rglob("*")]
    names = [name for name in names if name.parts[0] not in SERVERS and (data / name).is_file()]
    return {name.parts[0] for name in names if in_text(text_of((data / name).read_bytes()))}


def in_text(text: str) -> set[str]:
    """Which marks stand there, however they are written."""
    text = text.lower()
    return {mark for mark, said in MARKS.items() if said.lower() in text}


def text_of(value: Any) -> str:
    """All that a value says, also in a file that is packed."""
    if not isinstance(value, bytes):
        return str(value)
    if value.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(value)) as packed:
            return " ".join(packed.read(name).decode(errors="replace") for name in packed.namelist())
    return value.decode(errors="replace")


def write(path: Path) -> None:
    """Let a file that is there say all of them."""
    path.write_bytes(b"%PDF-1.7\n" + " ".join(MARKS.values()).encode() + b"\n%%EOF\n")
