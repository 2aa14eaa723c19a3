"""Finish single sign-on: take a browser back from an identity provider, and find out who it is."""

import hmac
import re
from uuid import UUID

import msgspec

from server.core import db
from server.core.errors import SignInRefused
from server.core.secret import digest
from server.identities import views
from server.identities.adapter import Attempt
from server.identities.begin import ADAPTERS
from server.identities.link import Linked, link

TAKE = """
DELETE FROM sign_in_attempt WHERE hash = $1 AND provider_id = $2 AND expires_at > now() RETURNING return_to
"""
ERROR = re.compile(r"[a-z_]{1,40}")  # as RFC 6749 4.1.2.1 names them; anything else is not repeated


class Brought(msgspec.Struct, frozen=True):
    """What a browser brings back in its address and its cookie."""

    secret: str
    state: str
    code: str
    error: str
    iss: str


class Finished(msgspec.Struct, frozen=True):
    """Who signed in, and where they wanted to go."""

    linked: Linked
    return_to: str


async def finish(provider_id: UUID, brought: Brought) -> Finished:
    """Find out who signed in. Each attempt counts once. Raises NotFound, SignInRefused."""
    provider = await views.open_one(provider_id)
    attempt = Attempt(brought.secret, views.callback_url(provider_id))
    if not brought.secret or not hmac.compare_digest(brought.state.encode(), attempt.state.encode()):
        raise SignInRefused("this was not begun in this browser; begin again")
    return_to = await db.fetchval(TAKE, digest(brought.secret), provider_id)
    if return_to is None:
        raise SignInRefused("this was begun too long ago, or finished already; begin again")
    if brought.iss and brought.iss != provider.issuer:  # RFC 9207
        raise SignInRefused("another provider answered than the one that was asked")
    if brought.error:
        said = brought.error if ERROR.fullmatch(brought.error) else "an error"
        raise SignInRefused(f"the provider says {said}")
    if not brought.code:
        raise SignInRefused("the provider sent no code")
    claims = await ADAPTERS[provider.kind].exchange(provider, attempt, brought.code)
    return Finished(await link(provider, claims), return_to)
