"""Sessions: issued only by us, read by the SHA-256 of what the browser shows, deleted when they end.

A session is bound to the rights that it was issued with. When they change it is no longer good, whoever changed them;
what a person changes themselves gives them a new one.
"""

from datetime import timedelta
from uuid import UUID

import msgspec

from server import audit
from server.access.device import Origin
from server.core import db
from server.core.actor import ACTING
from server.core.errors import AccountLocked, Unauthenticated
from server.core.ids import new_id
from server.core.secret import digest, new_secret

IDLE = timedelta(days=7)  # nobody used it
LONGEST = timedelta(days=30)  # however much it is used
SEEN_EVERY = timedelta(minutes=5)  # a request writes down that it came, at most so often

# m is the member acted for, a the account. Nobody acts for an organization before their address is proven.
MEMBER = "m.account_id = a.id AND m.active AND a.verified_at IS NOT NULL"
RIGHTS = "concat_ws(' ', m.id, m.role, CASE WHEN a.is_operator THEN 'operator' END)"

READ = f"""
SELECT {ACTING}, a.authority AS own_authority, s.id AS session_id, a.time_zone, a.verified_at IS NOT NULL AS verified,
       s.last_seen_at < now() - $2::interval AS unseen
FROM session s
JOIN account a ON a.id = s.account_id
LEFT JOIN member m ON m.id = s.member_id AND {MEMBER}
LEFT JOIN organization o ON o.id = m.organization_id
WHERE s.hash = $1 AND s.expires_at > now() AND s.last_seen_at > now() - $3::interval AND s.rights = {RIGHTS}
      AND a.locked_at IS NULL
"""

SEEN = "UPDATE session SET last_seen_at = now() WHERE id = $1"

# For the member $4, or without one for the first organization that the person joined.
ISSUE = f"""
INSERT INTO session (id, hash, account_id, member_id, rights, device, network, created_at, last_seen_at, expires_at)
SELECT $1, $2, a.id, m.id, {RIGHTS}, $5, $6, now(), now(), now() + $7::interval
FROM account a
LEFT JOIN LATERAL (
    SELECT m.id, m.role FROM member m WHERE {MEMBER} AND ($4::uuid IS NULL OR m.id = $4)
    ORDER BY m.created_at, m.id LIMIT 1
) m ON true
WHERE a.id = $3 AND a.locked_at IS NULL
RETURNING id
"""

# It keeps its end, and where it came from.
ROTATE = f"""
WITH old AS (DELETE FROM session WHERE id = $3 RETURNING account_id, member_id, device, network, created_at, expires_at)
INSERT INTO session (id, hash, account_id, member_id, rights, device, network, created_at, last_seen_at, expires_at)
SELECT $1, $2, a.id, m.id, {RIGHTS}, old.device, old.network, old.created_at, now(), old.expires_at
FROM old JOIN account a ON a.id = old.account_id
LEFT JOIN member m ON m.id = coalesce($4, old.member_id) AND {MEMBER}
RETURNING account_id
"""

END = "DELETE FROM session WHERE id = $1 AND account_id = $2 RETURNING id, account_id"
END_SHOWN = "DELETE FROM session WHERE hash = $1 RETURNING id, account_id"
END_ALL = "DELETE FROM session WHERE account_id = $1 AND id IS DISTINCT FROM $2 RETURNING id, account_id"
FORGET = "DELETE FROM session WHERE expires_at < now() OR last_seen_at < now() - $1::interval"


class SignedIn(msgspec.Struct, frozen=True):
    """A person in a session, and the member they act as; none while they act for no organization."""

    session_id: UUID
    account_id: UUID
    email: str
    name: str
    locale: str
    time_zone: str
    is_operator: bool
    verified: bool
    member_id: UUID | None
    organization_id: UUID | None
    role: str | None
    organization_name: str | None
    organization_kind: str | None
    named: tuple[UUID, ...] | None
    monthly_minutes: int | None
    suspended: bool
    authority: int | None
    own_authority: int  # of the account alone


async def read(secret: str) -> SignedIn | None:
    """Tell who is signed in; None for a session that is unknown, has ended or was issued with other rights."""
    row = await db.fetchrow(READ, digest(secret), SEEN_EVERY, IDLE)
    if row is None:
        return None
    if row["unseen"]:
        await db.execute(SEEN, row["session_id"])
    values = {name: row[name] for name in SignedIn.__struct_fields__}
    values["named"] = None if row["named"] is None else tuple(row["named"])
    return SignedIn(**values)


async def issue(account_id: UUID, at: Origin, *, instead_of: str | None = None, member_id: UUID | None = None) -> str:
    """Sign a person in; return what their browser is given. What it showed before ends: its id is never taken over.

    Raises AccountLocked.
    """
    secret = new_secret()
    async with db.transaction():
        if instead_of:
            await _end(END_SHOWN, digest(instead_of))
        id = new_id()
        given = (id, digest(secret), account_id, member_id, at.device, at.network, LONGEST)
        if await db.fetchval(ISSUE, *given) is None:
            raise AccountLocked("an operator of the platform has locked it; ask them why")
        became = {"device": at.device, "network": at.network}
        await audit.record("signed in", "session", id, audit.Account(account_id), of=None, became=became)
    return secret


async def rotate(session_id: UUID, member_id: UUID | None = None) -> str:
    """Give a session a new id with the rights of now, for another member if one is named.

    Raises Unauthenticated when it has ended meanwhile.
    """
    secret = new_secret()
    async with db.transaction():
        id = new_id()
        account_id = await db.fetchval(ROTATE, id, digest(secret), session_id, member_id)
        if account_id is None:
            raise Unauthenticated("the session has ended")
        was, became = {"session_id": session_id}, {"session_id": id, "acting_as": member_id}
        await audit.record("renewed", "session", id, audit.Account(account_id), of=None, was=was, became=became)
    return secret


async def end(session_id: UUID, account_id: UUID) -> bool:
    """End one session of a person; tell whether there was one."""
    return await _end(END, session_id, account_id) > 0


async def end_all(account_id: UUID, but: UUID | None = None) -> None:
    """End all sessions of a person, but for one if it is named."""
    await _end(END_ALL, account_id, but)


async def _end(sql: str, *which: object) -> int:
    async with db.transaction():
        ended = await db.fetch(sql, *which)
        for row in ended:
            await audit.record("ended", "session", row["id"], audit.Account(row["account_id"]), of=None)
    return len(ended)


async def forget_ended() -> int:
    """Delete what has expired; return how many that were. A sweep of the worker."""
    return int((await db.execute(FORGET, IDLE)).split()[-1])
