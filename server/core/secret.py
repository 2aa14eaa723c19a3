"""Secrets that are handed out once, such as tokens: what they are made of, and what is stored of them (a digest)."""

import hashlib
import secrets


def new_secret(prefix: str = "") -> str:
    """Make a secret of 256 random bits."""
    return prefix + secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What is stored of a secret. Plain SHA-256: the secret has 256 random bits, there is nothing to guess."""
    return hashlib.sha256(secret.encode()).digest()
