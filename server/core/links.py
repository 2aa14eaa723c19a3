"""Secrets in links that are sent by mail, derived and not stored: they lead to a row that knows whether it is used.

A token names its row and proves, by an HMAC with the installation's secret, that we made it for this purpose. The row
keeps the expiry and whether it was used, so nothing in the database lets a reader of it make the link.
"""

import base64
import binascii
import hashlib
import hmac
from uuid import UUID

from server.core.settings import settings


def token(purpose: str, of: UUID) -> str:
    """Make the secret that leads to a row."""
    return base64.urlsafe_b64encode(of.bytes + _proof(purpose, of)).decode().rstrip("=")


def row_of(purpose: str, given: str) -> UUID | None:
    """The row that a token leads to; None for one that we did not make for this purpose."""
    try:
        said = base64.urlsafe_b64decode(given + "=" * (-len(given) % 4))
    except (ValueError, binascii.Error):
        return None
    if len(said) != 16 + hashlib.sha256().digest_size:
        return None
    of = UUID(bytes=said[:16])
    return of if hmac.compare_digest(said[16:], _proof(purpose, of)) else None


def _proof(purpose: str, of: UUID) -> bytes:
    return hmac.new(settings().secret.encode(), f"link {purpose} {of}".encode(), hashlib.sha256).digest()
