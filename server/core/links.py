"""Secrets in links that are sent by mail, derived and not stored: they lead to a row that knows whether it is used.

A token names its row and proves, by an HMAC with a secret of the installation, that we made it for this purpose. The
row keeps the expiry and whether it was used, so nothing in the database lets a reader of it make the link.
"""

import base64
import binascii
import hashlib
from uuid import UUID

from server.core import keyring, lasting_key

LASTING = ("wall",)  # purposes of links that hang somewhere for years


def token(purpose: str, of: UUID) -> str:
    """Make the secret that leads to a row."""
    proof = (lasting_key if purpose in LASTING else keyring).sign(f"link {purpose} {of}")
    return base64.urlsafe_b64encode(of.bytes + proof).decode().rstrip("=")


def row_of(purpose: str, given: str) -> UUID | None:
    """The row that a token leads to; None for one that we did not make for this purpose."""
    try:
        said = base64.urlsafe_b64decode(given + "=" * (-len(given) % 4))
    except (ValueError, binascii.Error):
        return None
    if len(said) != 16 + hashlib.sha256().digest_size:
        return None
    of = UUID(bytes=said[:16])
    proven = (lasting_key if purpose in LASTING else keyring).is_signed(f"link {purpose} {of}", said[16:])
    return of if proven else None
