"""Who asks: HTTP Basic with the mail address, or the member's id, and the app password of one device."""

import base64
import binascii
from typing import Any

from server.access.authentication import actor
from server.access.rights import MAKER_LIVES
from server.core import db, rate_limits
from server.core.actor import ACTING, Actor
from server.core.errors import AppPasswordNeeded
from server.core.secret import digest

ACTOR = f"""
SELECT {ACTING}, '{{read,manage}}'::text[] AS scopes, p.id AS key,
       coalesce(p.last_used_at < now() - interval '1 minute', true) AS used_long_ago
FROM app_password p
JOIN member m ON m.id = p.member_id AND m.active
JOIN account a ON a.id = m.account_id AND a.locked_at IS NULL
JOIN organization o ON o.id = m.organization_id
WHERE p.hash = $1 AND p.revoked_at IS NULL AND {MAKER_LIVES.format(id="p.token_id")}
"""
USED = """
UPDATE app_password SET last_used_at = now()
WHERE id = $1 AND coalesce(last_used_at < now() - interval '1 minute', true)
"""


async def signed_in(scope: Any, authorization: str | None) -> Actor:
    """Tell who asks. Raises AppPasswordNeeded, and RateLimited for who has tried too often."""
    if authorization is None:
        raise AppPasswordNeeded
    user, password = _read(authorization)
    row = await db.fetchrow(ACTOR, digest(password)) if password else None
    if row is None or user.strip().lower() not in (row["email"].lower(), str(row["member_id"])):
        await rate_limits.spend_as_unknown(scope)
        raise AppPasswordNeeded
    if row["used_long_ago"]:
        await db.execute(USED, row["key"])
    return actor(row)


def _read(authorization: str) -> tuple[str, str]:
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(given.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return user, password
