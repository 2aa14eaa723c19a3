"""Sign what is sent, as Standard Webhooks say (standardwebhooks.com, version 1.0.0).

Secrets are sealed in the database: what has only the database can sign nothing.
"""

import base64
import hmac
import secrets
from uuid import UUID

from server.core import lasting_key
from server.core.encryption import unseal

PREFIX = "whsec_"


def new_secret() -> str:
    """Make a secret, as its owner is told it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def secret(sealed: str, endpoint_id: UUID, generation: int) -> str:
    """Read a secret; one from before they were sealed is derived. Raises Unreadable."""
    if sealed:
        return unseal(sealed)
    derived = lasting_key.sign(f"webhook {endpoint_id} {generation}")
    return PREFIX + base64.b64encode(derived).decode()


def headers(event_id: UUID, timestamp: int, body: bytes, counting: list[str]) -> dict[str, str]:
    """The headers of a request; a signature for each secret that counts."""
    id = f"msg_{event_id.hex}"
    signed = f"{id}.{timestamp}.".encode() + body
    made = [hmac.digest(base64.b64decode(one.removeprefix(PREFIX)), signed, "sha256") for one in counting]
    return {
        "Content-Type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(one).decode()}" for one in made),
    }
