"""A browser in which somebody is signed in, since now or for a while."""

from uuid import UUID

from server.access import cookie, csrf, sessions
from server.access.device import Origin
from server.core import db
from server.core.secret import digest


async def signed_in(account_id: UUID, minutes: int = 0) -> dict[str, str]:
    """What it sends along."""
    secret = await sessions.issue(account_id, Origin("Firefox, Linux", "192.0.2.0/24"))
    sql = "UPDATE session SET created_at = created_at - make_interval(mins => $2) WHERE hash = $1 RETURNING id"
    id = await db.fetchval(sql, digest(secret), minutes)
    return {"Cookie": f"{cookie.name()}={secret}", csrf.HEADER: csrf.csrf_token(id)}
