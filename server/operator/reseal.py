"""Rotate the secret: seal anew, with the newest, all that is sealed in the database.

Which columns these are is said by their type (`Sealed`). A row is written only while it is as it was read, so it can be
done while everything runs, broken off and done again.
"""

from typing import Any

import msgspec

from server import audit
from server.audit.seal import seal as seal_log
from server.core import db, keyring
from server.core.encryption import Unreadable, is_newest, seal, unseal
from server.core.ids import new_id
from server.core.pgtypes import Sealed
from server.piccolo_app import APP_CONFIG

BATCH = 500


class Resealed(msgspec.Struct):
    """What was done to one column."""

    column: str
    resealed: int = 0
    unreadable: int = 0  # no secret of the ring opens it


async def reseal() -> list[Resealed]:
    """Seal everything with the newest secret, and begin to seal the log with it."""
    told = [await _reseal(table, column) for table, column in sealed_columns()]
    became = {"key_id": keyring.key_id(keyring.ring()[0]), **{one.column: one.resealed for one in told}}
    async with db.transaction():
        await audit.record("rotated", "installation", new_id(), None, of=None, became=became)
    while await seal_log():
        pass
    return told


def sealed_columns() -> list[tuple[Any, Any]]:
    """All columns in which something is sealed, with their tables."""
    columns = [(table, column) for table in APP_CONFIG.table_classes for column in table._meta.columns]
    return [(table, column) for table, column in columns if isinstance(column, Sealed)]


async def _reseal(table: Any, column: Any) -> Resealed:
    told = Resealed(f"{table._meta.tablename}.{column._meta.name}")
    last = ""
    while rows := await table.select(column).where(column > last).order_by(column).limit(BATCH).output(as_list=True):
        for sealed in rows:
            if is_newest(sealed):
                continue
            try:
                anew = seal(unseal(sealed))
            except Unreadable:
                told.unreadable += 1
                continue
            told.resealed += await _replace(table, column, sealed, anew)
        last = rows[-1]
    return told


async def _replace(table: Any, column: Any, sealed: str, anew: str) -> bool:
    """Write what was sealed anew, unless somebody has written meanwhile. No two rows are sealed to the same."""
    return bool(await table.update({column: anew}).where(column == sealed).returning(column))
