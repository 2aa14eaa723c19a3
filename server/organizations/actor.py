"""Who is asking: a member of an organization, told by an access token."""

import hashlib
import secrets
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request
from litestar.connection import ASGIConnection

from server import db, limits
from server.errors import Forbidden, Unauthenticated

TOKEN_PREFIX = "rt_"  # noqa: S105 - what makes a leaked token recognisable

SCOPES = frozenset(("read", "book", "manage"))  # all there are; a token without any has all of them
KEPT = "actor"  # where a request keeps who is asking

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


def new_secret(prefix: str = "") -> str:
    """Make a secret of 256 random bits."""
    return prefix + secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What is stored of a secret. Plain SHA-256: the secret has 256 random bits, there is nothing to guess."""
    return hashlib.sha256(secret.encode()).digest()


async def actor_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Actor | None:
    """Tell who is asking, once per request; None without a token.

    Raises Unauthenticated for a token that is unknown, expired or revoked.
    """
    kept: dict[str, Any] = connection.scope["state"]
    if KEPT not in kept:
        kept[KEPT] = await _by_token(connection)
    found: Actor | None = kept[KEPT]
    return found


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
    """Who reads; None without a token. Raises Unauthenticated for a token that is unknown, expired or revoked."""
    return await actor_of(request)


async def by(request: Request[Any, Any, Any]) -> Actor:
    """Who acts. Raises Unauthenticated without a valid token."""
    actor = await actor_of(request)
    if actor is None:
        raise Unauthenticated("send `Authorization: Bearer <token>`")
    return actor


def refuse_unless_manager(actor: Actor) -> None:
    if not actor.can_manage:
        raise Forbidden("this needs the role manager or admin; ask an admin of your organization", role=actor.role)
