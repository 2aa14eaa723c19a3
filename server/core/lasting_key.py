"""The lasting key: what others keep for long is made with it, and stays the same when RONGTONG_SECRET is rotated.

Addresses to which invitations are answered (ORGANIZER must not change), screens on walls, codes at the door, names of
busy time in feeds, references in the audit log. It is made once, at random, and stands in the database sealed.
"""

import hmac

from server.core import db, keyring
from server.core.encryption import Unreadable, seal, unseal
from server.core.secret import new_secret

READ = "SELECT sealed, EXISTS (SELECT FROM account) AS used FROM (SELECT 1) one LEFT JOIN lasting_key ON true"
MAKE = "INSERT INTO lasting_key (sealed) VALUES ($1) ON CONFLICT DO NOTHING"
REPLACE = "INSERT INTO lasting_key (sealed) VALUES ($1) ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed"

_key = ""  # of this process, once it is loaded


class AnotherSecret(Exception):
    """The database was made with another RONGTONG_SECRET."""


async def load() -> None:
    """Open the lasting key, or make it. Raises AnotherSecret."""
    global _key
    row = await db.fetchrow(READ)
    if row is not None and row["sealed"] is None:
        # Before there was a lasting key, what lasts was made with the first secret.
        await db.execute(MAKE, seal(keyring.ring()[-1] if row["used"] else new_secret()))
        row = await db.fetchrow(READ)
    assert row is not None  # noqa: S101 - it has just been made
    try:
        _key = unseal(row["sealed"])
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


def is_loaded() -> bool:
    return bool(_key)


def key() -> str:
    if not _key:
        raise RuntimeError("the lasting key is not loaded: await lasting_key.load() once there is a database")
    return _key


def sign(said: str) -> bytes:
    """Prove that we said this, for as long as the installation lasts."""
    return keyring.prove(key(), said)


def is_signed(said: str, proof: bytes) -> bool:
    """Whether the lasting key proves that we said this."""
    return hmac.compare_digest(proof, sign(said))
