"""Encryption of secrets that the program itself must be able to read: sealed with RONGTONG_SECRET in the database.

The columns are `Sealed` (server/core/pgtypes.py): `rongtong secret rotate` finds them by that.
"""

import hashlib

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from server.core.keyring import key_id, ring


class Unreadable(Exception):
    """It was sealed with another RONGTONG_SECRET."""


def seal(secret: str) -> str:
    """Seal with the newest secret."""
    newest = ring()[0]
    header = {"alg": "dir", "enc": "A256GCM", "kid": key_id(newest)}
    return jwe.encrypt_compact(header, secret.encode(), _key(newest))


def unseal(sealed: str) -> str:
    """Open with the secret that fits. Raises Unreadable when none does."""
    for one in ring():
        try:
            return (jwe.decrypt_compact(sealed, _key(one)).plaintext or b"").decode()
        except (JoseError, ValueError):
            continue
    raise Unreadable


def is_newest(sealed: str) -> bool:
    """Whether it was sealed with the newest secret: the header says with which."""
    return sealed.partition(".")[0] == seal("").partition(".")[0]


def _key(secret: str) -> OctKey:
    return OctKey.import_key(hashlib.sha256(b"seal " + secret.encode()).digest())
