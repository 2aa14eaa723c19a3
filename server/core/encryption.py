"""Encryption of secrets that the program itself must be able to read: sealed with RONGTONG_SECRET in the database."""

import hashlib

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from server.core.settings import settings

HEADER = {"alg": "dir", "enc": "A256GCM"}


class Unreadable(Exception):
    """It was sealed with another RONGTONG_SECRET."""


def seal(secret: str) -> str:
    return jwe.encrypt_compact(HEADER, secret.encode(), _key(settings().secret))


def unseal(sealed: str) -> str:
    """Raise Unreadable when the secret of the installation is another now."""
    try:
        plain = jwe.decrypt_compact(sealed, _key(settings().secret)).plaintext
    except (JoseError, ValueError) as error:
        raise Unreadable from error
    return (plain or b"").decode()


def _key(secret: str) -> OctKey:
    return OctKey.import_key(hashlib.sha256(b"seal " + secret.encode()).digest())
