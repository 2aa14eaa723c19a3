"""Who is asking: a member of an organization, told by an access token or by the session of their browser."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request
from litestar.connection import ASGIConnection

from server import db, limits
from server.accounts import cookie, sessions
from server.accounts.sessions import SignedIn
from server.errors import Forbidden, Unauthenticated
from server.secret import digest as digest  # many know them by this module
from server.secret import new_secret as new_secret

TOKEN_PREFIX = "rt_"  # noqa: S105 - what makes a leaked token recognisable

SCOPES = frozenset(("read", "book", "manage"))  # all there are; a token without any has all of them
KEPT, SESSION_KEPT = "actor", "session"  # where a request keeps who is asking
HOW = "sign in, or send `Authorization: Bearer <token>`"

ACTOR = """
SELECT m.id AS member_id, m.organization_id, m.role, a.id AS account_id, a.email, a.name, a.locale,
       a.is_operator, t.scopes, o.name AS organization_name, o.kind AS organization_kind
FROM api_token t
JOIN member m ON m.id = t.member_id AND m.active
JOIN account a ON a.id = m.account_id
JOIN organization o ON o.id = m.organization_id
WHERE t.hash = $1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now())
"""


class Actor(msgspec.Struct, frozen=True):
    """A member acting for an organization."""

    member_id: UUID
    organization_id: UUID
    role: str
    account_id: UUID
    email: str
    name: str
    locale: str
    organization_name: str
    organization_kind: str
    scopes: frozenset[str] = SCOPES
    is_operator: bool = False

    @property
    def can_manage(self) -> bool:
        """Run the organization's resources: list, close, approve."""
        return self.role in ("admin", "manager")

    def runs(self, owner_id: UUID) -> bool:
        """Whether the actor runs the resources of this owner."""
        return self.can_manage and self.organization_id == owner_id


async def actor_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Actor | None:
    """Tell who is asking, once per request; None without a token and without a session that acts for an organization.

    Raises Unauthenticated for a token that is unknown, expired or revoked.
    """
    kept: dict[str, Any] = connection.scope["state"]
    if KEPT not in kept:
        session = await session_of(connection)
        kept[KEPT] = _by_session(session) if session else await _by_token(connection)
    found: Actor | None = kept[KEPT]
    return found


async def session_of(connection: ASGIConnection[Any, Any, Any, Any]) -> SignedIn | None:
    """Tell whose browser is asking, once per request; None without a good session, and where a token is sent."""
    kept: dict[str, Any] = connection.scope["state"]
    if SESSION_KEPT not in kept:
        shown = cookie.read(connection)
        kept[SESSION_KEPT] = await sessions.read(shown) if shown else None
    found: SignedIn | None = kept[SESSION_KEPT]
    return found


def _by_session(session: SignedIn) -> Actor | None:
    if session.member_id is None:
        return None
    return Actor(**{name: getattr(session, name) for name in Actor.__struct_fields__ if name != "scopes"})


async def _by_token(connection: ASGIConnection[Any, Any, Any, Any]) -> Actor | None:
    given = connection.headers.get("authorization")
    if given is None:
        return None
    scheme, _, token = given.partition(" ")
    row = await db.fetchrow(ACTOR, digest(token.strip())) if scheme.lower() == "bearer" else None
    if row is None:
        await limits.spend_as_unknown(connection.scope)
        raise Unauthenticated("the token is unknown, expired or revoked")
    return Actor(**{**row, "scopes": frozenset(row["scopes"]) or SCOPES})


async def viewer(request: Request[Any, Any, Any]) -> Actor | None:
    """Who reads; None when nobody acts. Raises Unauthenticated for a token that is unknown, expired or revoked."""
    return await actor_of(request)


async def by(request: Request[Any, Any, Any]) -> Actor:
    """Who acts for an organization. Raises Unauthenticated when nobody does."""
    actor = await actor_of(request)
    if actor is None:
        raise Unauthenticated(HOW)
    return actor


def refuse_unless_manager(actor: Actor) -> None:
    if not actor.can_manage:
        raise Forbidden("this needs the role manager or admin; ask an admin of your organization", role=actor.role)
