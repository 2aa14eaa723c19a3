"""What every kind of identity provider does for us: two steps, and who it was in the end.

OpenID Connect is built (oidc.py). WeCom, DingTalk and Feishu are not: each has its own addresses and names for the same
two steps (a page to sign in, a code to be exchanged), and would be one more module with a class of this shape.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from typing import Protocol
from uuid import UUID

import msgspec


class Provider(msgspec.Struct, frozen=True):
    """An identity provider as an adapter needs it."""

    id: UUID
    organization_id: UUID
    kind: str
    name: str
    issuer: str
    client_id: str
    client_secret: str
    joins: bool
    domains: frozenset[str]  # the verified ones


class Attempt(msgspec.Struct, frozen=True):
    """One attempt to sign in. What has to be unguessable is derived from a secret that only the browser has."""

    secret: str
    callback: str  # where the provider sends the browser back to

    @property
    def state(self) -> str:
        return self._derived("state")

    @property
    def nonce(self) -> str:
        return self._derived("nonce")

    @property
    def code_verifier(self) -> str:
        """Prove that who exchanges the code is who asked for it (RFC 7636): 43 characters."""
        return self._derived("verifier")

    def _derived(self, purpose: str) -> str:
        made = hmac.new(self.secret.encode(), purpose.encode(), hashlib.sha256).digest()
        return urlsafe_b64encode(made).decode().rstrip("=")


class Claims(msgspec.Struct, frozen=True):
    """What a provider says about who signed in."""

    subject: str  # never changes, unique within the provider
    email: str = ""  # lower case
    name: str = ""
    locale: str = ""


class Adapter(Protocol):
    """A kind of identity provider. Both steps may go out to the network, never inside a transaction."""

    async def authorize_url(self, provider: Provider, attempt: Attempt) -> str:
        """Tell where the browser is sent to sign in. Raises SignInRefused."""

    async def exchange(self, provider: Provider, attempt: Attempt, code: str) -> Claims:
        """Exchange the code that the browser brought back for who it was. Raises SignInRefused."""
