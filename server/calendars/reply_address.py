"""The proof that an answer comes from somebody who has the invitation: a secret in the address to which it goes.

`bookings+TOKEN@host` is ORGANIZER and sender of each invitation. The token is an HMAC of the UID and the recipient, so
it is the same in all mails to that person about that booking, and good for nobody and nothing else. Base32, for
addresses lose their case on the way.
"""

import base64
import hmac
import re
from collections.abc import Iterable

from server.core import lasting_key

LENGTH = 20  # characters: 100 bits
TOKEN = re.compile(rf"\+([a-z2-7]{{{LENGTH}}})@", re.IGNORECASE)


def token(uid: str, recipient: str) -> str:
    """Make the token of one recipient of one invitation."""
    proof = lasting_key.sign(f"answer {uid} {recipient.lower()}")
    return base64.b32encode(proof).decode().lower()[:LENGTH]


def address(mailbox: str, uid: str, recipient: str) -> str:
    """The address to which one recipient answers: the mailbox with the token (RFC 5233)."""
    local, _, host = mailbox.rpartition("@")
    return f"{local}+{token(uid, recipient)}@{host}"


def tokens_in(texts: Iterable[str]) -> frozenset[str]:
    """All that may be tokens in these addresses."""
    return frozenset(found.lower() for text in texts for found in TOKEN.findall(text))


def proves(shown: frozenset[str], uid: str, recipient: str) -> bool:
    """Whether one of the tokens is this recipient's for this booking."""
    right = token(uid, recipient)
    return any(hmac.compare_digest(one, right) for one in shown)
