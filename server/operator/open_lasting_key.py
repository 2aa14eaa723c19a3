"""Open the lasting key when a process starts (server/core/lasting_key.py), make it the first time, or make another."""

from server.core import db, keyring, lasting_key
from server.core.encryption import Unreadable, seal, unseal
from server.core.secret import new_secret

READ = "SELECT sealed, EXISTS (SELECT FROM account) AS used FROM (SELECT 1) one LEFT JOIN lasting_key ON true"
MAKE = "INSERT INTO lasting_key (sealed) VALUES ($1) ON CONFLICT DO NOTHING"
REPLACE = "INSERT INTO lasting_key (sealed) VALUES ($1) ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed"


class AnotherSecret(Exception):
    """The database was made with another RONGTONG_SECRET."""


async def load() -> None:
    """Open the lasting key, or make it. Raises AnotherSecret."""
    row = await db.fetchrow(READ)
    if row is not None and row["sealed"] is None:
        # Before there was a lasting key, what lasts was made with the first secret.
        await db.execute(MAKE, seal(keyring.ring()[-1] if row["used"] else new_secret()))
        row = await db.fetchrow(READ)
    assert row is not None  # noqa: S101 - it has just been made
    try:
        lasting_key.hold(unseal(row["sealed"]))
    except Unreadable:
        keys = ", ".join(keyring.key_id(one) for one in keyring.ring())
        raise AnotherSecret(
            f"RONGTONG_SECRET is another secret than this database was made with (key {keys}); set that one, or put it "
            "behind the new one with a comma between them; docs/running.md says what to do when it is lost"
        ) from None


async def replace() -> None:
    """Make another one: what was made with the one before is void."""
    await db.execute(REPLACE, seal(new_secret()))
    await load()
