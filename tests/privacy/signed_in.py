"""A browser in which somebody is signed in, since now or for a while."""

from uuid import UUID

from server.access import cookie, csrf, sessions
from server.access.device import Origin
from server.core import db


async def signed_in(account_id: UUID, minutes: int = 0) -> dict[str, str]:
    """What it sends along."""
    secret = await sessions.issue(account_id, Origin("Firefox, Linux", "192.0.2.0/24"))
    session = await sessions.read(secret)
    assert session is not None
    sql = "UPDATE session SET created_at = created_at - make_interval(mins => $2) WHERE id = $1"
    await db.execute(sql, session.session_id, minutes)
    return {"Cookie": f"{cookie.name()}={secret}", csrf.HEADER: csrf.csrf_token(session.session_id)}
