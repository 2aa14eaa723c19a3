"""Sign what is sent, as Standard Webhooks say (standardwebhooks.com, version 1.0.0).

Secrets are derived from the installation's: what has only the database can sign nothing.
"""

import base64
import hashlib
import hmac
from uuid import UUID

from server.core.settings import settings

PREFIX = "whsec_"


def secret(endpoint_id: UUID, generation: int) -> str:
    """The secret of an endpoint, as it is told to its owner."""
    return PREFIX + base64.b64encode(_key(endpoint_id, generation)).decode()


def headers(event_id: UUID, timestamp: int, body: bytes, endpoint_id: UUID, generations: list[int]) -> dict[str, str]:
    """The headers of a request; a signature for each generation of the secret that counts."""
    id = f"msg_{event_id.hex}"
    signed = f"{id}.{timestamp}.".encode() + body
    made = [hmac.new(_key(endpoint_id, one), signed, hashlib.sha256).digest() for one in generations]
    return {
        "Content-Type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(one).decode()}" for one in made),
    }


def _key(endpoint_id: UUID, generation: int) -> bytes:
    said = f"webhook {endpoint_id} {generation}".encode()
    return hmac.new(settings().secret.encode(), said, hashlib.sha256).digest()
