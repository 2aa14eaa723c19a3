"""Begin single sign-on: send a browser to an identity provider, and remember that it was this browser."""

from datetime import timedelta
from uuid import UUID

import msgspec

from server.core import db
from server.core.secret import digest, new_secret
from server.identities import views
from server.identities.adapter import Adapter, Attempt
from server.identities.oidc import Oidc

ADAPTERS: dict[str, Adapter] = {"oidc": Oidc()}
LASTS = timedelta(minutes=10)  # to sign in at the provider

FORGET = "DELETE FROM sign_in_attempt WHERE expires_at < now()"
INSERT = """
INSERT INTO sign_in_attempt (hash, provider_id, return_to, expires_at) VALUES ($1, $2, $3, now() + $4::interval)
"""


class Begun(msgspec.Struct, frozen=True):
    """Where the browser goes, and the secret that it has to bring back."""

    address: str
    secret: str


async def begin(provider_id: UUID, return_to: str) -> Begun:
    """Begin to sign in with a provider. Raises NotFound, SignInRefused when it does not answer."""
    provider = await views.open_one(provider_id)
    attempt = Attempt(new_secret(), views.callback_url(provider_id))
    address = await ADAPTERS[provider.kind].authorize_url(provider, attempt)
    async with db.transaction():
        await db.execute(FORGET)
        await db.execute(INSERT, digest(attempt.secret), provider_id, here(return_to), LASTS)
    return Begun(address, attempt.secret)


def here(address: str) -> str:
    """Keep an address only when it is a path of ours: `//evil.example` and `/\\evil.example` are not."""
    is_path = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if is_path and len(address) <= 500 else "/"
