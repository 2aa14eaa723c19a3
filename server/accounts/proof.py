"""Re-authentication: what cannot be undone is done by the person who is there, and by no token or old session."""

from datetime import timedelta
from uuid import UUID

from server.access.person import Person
from server.accounts import password_change
from server.core import db
from server.core.errors import Forbidden, ProofNeeded, RateLimited, Unauthenticated, WrongCredentials

FRESH = timedelta(minutes=10)  # a sign-in that is proof by itself, also with an identity provider
PROVEN = (Unauthenticated, WrongCredentials, Forbidden, ProofNeeded, RateLimited)  # as what routes that ask refuse

JUST_SIGNED_IN = "SELECT created_at > now() - $2::interval FROM session WHERE id = $1"


async def prove(person: Person, password: str | None) -> None:
    """Let through whoever has just signed in, or says their password again.

    Raises Forbidden for a token, ProofNeeded, WrongCredentials and RateLimited.
    """
    session_id: UUID = person.own_session
    if password:
        await password_change.confirm(person.account_id, password)
    elif not await db.fetchval(JUST_SIGNED_IN, session_id, FRESH):
        raise ProofNeeded("send your `password`, or sign out and in again", field="password")
