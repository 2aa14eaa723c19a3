"""Make an API token for a program. Its secret is told once; what is kept is its SHA-256."""

from datetime import datetime, timedelta
from typing import Any

from server import audit
from server.access.acting import acting
from server.access.authentication import TOKEN_PREFIX
from server.core import db
from server.core.actor import SCOPES, Actor
from server.core.db import rerunning
from server.core.errors import Conflict, Forbidden, Invalid
from server.core.ids import new_id
from server.core.secret import digest, new_secret
from server.tokens.rights import LIVE, OWN, can_grant
from server.tokens.schemas import MadeToken, NewToken, Token

USUAL, LONGEST = timedelta(days=365), timedelta(days=730)
MOST = 50  # live tokens of a member
SHOWN = 8  # characters of the secret by which it is recognised

MEMBER = "SELECT now() AS now FROM member WHERE id = $1 FOR NO KEY UPDATE"
COUNT = f"SELECT count(*) FROM api_token t WHERE {OWN} AND {LIVE}"
INSERT = """
INSERT INTO api_token (id, member_id, hash, prefix, label, scopes, created_at, expires_at, parent_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
# None where somebody came by a session.
PARENT = "SELECT id, expires_at FROM api_token WHERE id = $1 AND member_id = $2"
LIST = f"""
SELECT t.id, t.label, t.prefix, t.scopes, t.created_at, t.expires_at, t.last_used_at FROM api_token t
WHERE {OWN} AND {LIVE} ORDER BY t.id
"""


@rerunning
async def make(given: NewToken, by: Actor) -> MadeToken:
    """Make a token. Raises Forbidden for scopes that the maker lacks, Invalid for an end that cannot be, Conflict.

    What a token makes ends when it does at the latest, and is revoked with it.
    """
    scopes: set[str] = set(given.scopes)
    label = given.label.strip()
    if not can_grant(by.scopes, scopes):
        lacking = sorted(scopes - by.scopes)
        raise Forbidden("a token makes none with more scopes than it has", lacking=lacking)
    id, secret = new_id(), new_secret(TOKEN_PREFIX)
    async with acting(by):
        row: Any = await db.fetchrow(MEMBER, by.member_id)
        now: datetime = row["now"]
        parent = await db.fetchrow(PARENT, by.key, by.member_id)
        latest: datetime = (parent and parent["expires_at"]) or now + LONGEST
        expires_at = given.expires_at or min(now + USUAL, latest)
        if not now < expires_at <= now + LONGEST:
            raise Invalid("expires_at: ahead, and at most two years", field="expires_at")
        if expires_at > latest:
            raise Invalid("expires_at: not after the end of the token that makes it", field="expires_at")
        if await db.fetchval(COUNT, by.member_id) >= MOST:
            raise Conflict(f"you have {MOST} tokens; revoke one first")
        await db.execute(
            INSERT, id, by.member_id, digest(secret), secret[:SHOWN], label, sorted(scopes), now, expires_at,
            parent and parent["id"],
        )  # fmt: skip
        became = {"scopes": sorted(scopes), "expires_at": expires_at}
        await audit.record("made", "token", id, by, of=by.organization_id, became=became)
    return MadeToken(
        id=id, label=label, prefix=secret[:SHOWN], scopes=sorted(set(given.scopes)), created_at=now,
        expires_at=expires_at, last_used_at=None, token=secret,
    )  # fmt: skip


async def listed(by: Actor) -> list[Token]:
    """Read one's own live tokens. One without scopes of its own has them all."""
    rows = await db.fetch(LIST, by.member_id)
    return [Token(**{**row, "scopes": sorted(row["scopes"] or SCOPES)}) for row in rows]
