"""The secrets of the installation: a ring of keys. The newest signs and seals, all of them verify and open (rotation).

RONGTONG_SECRET holds them with commas between them, the newest first. What others keep for long is made with the
lasting key instead (server/core/lasting_key.py).
"""

import hashlib
import hmac

from server.core.settings import WrongSetting, settings

NEEDED = (
    "RONGTONG_SECRET is not set: give server, worker and commands the same one, "
    "made once by: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
)


def ring() -> tuple[str, ...]:
    """The secrets, the newest first. Raises WrongSetting when there is none: no default is secret."""
    found = settings().secrets
    if not found:
        raise WrongSetting(NEEDED)
    return found


def key_id(secret: str) -> str:
    """Name a secret so that nobody reads it from its name."""
    return hashlib.sha256(f"key id {secret}".encode()).hexdigest()[:8]


def sign(said: str) -> bytes:
    """Prove with the newest secret that we said this."""
    return prove(ring()[0], said)


def is_signed(said: str, proof: bytes) -> bool:
    """Whether one of the secrets proves that we said this."""
    return any(hmac.compare_digest(proof, prove(one, said)) for one in ring())


def prove(secret: str, said: str) -> bytes:
    return hmac.digest(secret.encode(), said.encode("utf-8", "replace"), "sha256")
