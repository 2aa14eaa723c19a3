"""Who is asking: a member of an organization, told by an access token or by the session of their browser."""

from typing import Any
from uuid import UUID

from server.access import cookie, sessions
from server.access.sessions import SignedIn
from server.core import db, rate_limits
from server.core.actor import ACTING, SCOPES, Actor
from server.core.errors import Unauthenticated
from server.core.http import Connection, Request
from server.core.secret import digest

TOKEN_PREFIX = "rt_"  # noqa: S105 - what makes a leaked token recognisable

KEPT, SESSION_KEPT = "actor", "session"  # where a request keeps who is asking
HOW = "sign in, or send `Authorization: Bearer <token>`"

ACTOR = f"""
SELECT {ACTING}, t.scopes, t.id AS key,
       coalesce(t.last_used_at < now() - interval '1 minute', true) AS used_long_ago
FROM api_token t
JOIN member m ON m.id = t.member_id AND m.active
JOIN account a ON a.id = m.account_id AND a.locked_at IS NULL
JOIN organization o ON o.id = m.organization_id
WHERE t.hash = $1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now())
"""

MEMBER = f"""
SELECT {ACTING}, '{{}}'::text[] AS scopes, NULL::uuid AS key FROM member m
JOIN account a ON a.id = m.account_id AND a.locked_at IS NULL
JOIN organization o ON o.id = m.organization_id
WHERE m.id = $1 AND m.active
"""

USED = """
UPDATE api_token SET last_used_at = now()
WHERE id = $1 AND coalesce(last_used_at < now() - interval '1 minute', true)
"""


async def actor_of(connection: Connection) -> Actor | None:
    """Tell who is asking, once per request; None without a token and without a session that acts for an organization.

    Raises Unauthenticated for a token that is unknown, expired or revoked.
    """
    kept: dict[str, Any] = connection.scope["state"]
    if KEPT not in kept:
        session = await session_of(connection)
        kept[KEPT] = _by_session(session) if session else await _by_token(connection)
    found: Actor | None = kept[KEPT]
    return found


async def session_of(connection: Connection) -> SignedIn | None:
    """Tell whose browser is asking, once per request; None without a good session, and where a token is sent."""
    kept: dict[str, Any] = connection.scope["state"]
    if SESSION_KEPT not in kept:
        shown = cookie.read(connection)
        kept[SESSION_KEPT] = await sessions.read(shown) if shown else None
        if shown and kept[SESSION_KEPT] is None:
            await rate_limits.spend_as_unknown(connection.scope)
    found: SignedIn | None = kept[SESSION_KEPT]
    return found


def _by_session(session: SignedIn) -> Actor | None:
    if session.member_id is None:
        return None
    values = {name: getattr(session, name) for name in Actor.__struct_fields__ if name not in ("scopes", "key")}
    return Actor(**values, key=session.session_id)


async def _by_token(connection: Connection) -> Actor | None:
    given = connection.headers.get("authorization")
    if given is None:
        return None
    scheme, _, token = given.partition(" ")
    row = await db.fetchrow(ACTOR, digest(token.strip())) if scheme.lower() == "bearer" else None
    if row is None:
        await rate_limits.spend_as_unknown(connection.scope)
        raise Unauthenticated("the token is unknown, expired or revoked")
    if row["used_long_ago"]:
        await db.execute(USED, row["key"])
    return actor(row)


async def member(id: UUID) -> Actor | None:
    """Whom a member would act as; None for one who has left."""
    row = await db.fetchrow(MEMBER, id)
    return None if row is None else actor(row)


def actor(row: Any) -> Actor:
    """Read the columns of ACTOR."""
    values = {name: row[name] for name in Actor.__struct_fields__}
    values["scopes"] = frozenset(row["scopes"]) or SCOPES
    values["named"] = None if row["named"] is None else tuple(row["named"])
    return Actor(**values)


async def viewer(request: Request) -> Actor | None:
    """Who reads; None when nobody acts. Raises Unauthenticated for a token that is unknown, expired or revoked."""
    return await actor_of(request)


async def by(request: Request) -> Actor:
    """Who acts for an organization. Raises Unauthenticated when nobody does."""
    actor = await actor_of(request)
    if actor is None:
        raise Unauthenticated(HOW)
    return actor
