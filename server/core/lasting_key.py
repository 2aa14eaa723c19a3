"""The lasting key: what others keep for long is made with it, and stays the same when RONGTONG_SECRET is rotated.

Addresses to which invitations are answered (ORGANIZER must not change), screens on walls, codes at the door, names of
busy time in feeds, references in the audit log. It is made once, at random, and stands in the database sealed.
"""

import hmac

from server.core import keyring

_key = ""  # of this process, once it is open (server/operator/open_lasting_key.py)


def hold(key: str) -> None:
    """Keep the key for this process."""
    global _key
    _key = key


def is_loaded() -> bool:
    return bool(_key)


def key() -> str:
    if not _key:
        raise RuntimeError("the lasting key is not loaded: open it once there is a database")
    return _key


def sign(said: str) -> bytes:
    """Prove that we said this, for as long as the installation lasts."""
    return keyring.prove(key(), said)


def is_signed(said: str, proof: bytes) -> bool:
    """Whether the lasting key proves that we said this."""
    return hmac.compare_digest(proof, sign(said))
