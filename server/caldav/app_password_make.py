"""Make an app password for one device. It is told once; what is kept is its SHA-256."""

from typing import Any

from server import audit
from server.access.acting import acting
from server.access.rights import refuse_unless_manager
from server.caldav.paths import ROOT
from server.caldav.schemas import AppPassword, MadeAppPassword, NewAppPassword
from server.core import db
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.errors import Conflict, Forbidden
from server.core.ids import new_id
from server.core.secret import digest, new_secret
from server.core.settings import settings

PREFIX = "rtd_"
MOST = 50  # live ones of a member

MEMBER = "SELECT now() AS now FROM member WHERE id = $1 FOR NO KEY UPDATE"
COUNT = "SELECT count(*) FROM app_password WHERE member_id = $1 AND revoked_at IS NULL"
INSERT = """
INSERT INTO app_password (id, member_id, hash, label, created_at, token_id)
VALUES ($1, $2, $3, $4, $5, (SELECT id FROM api_token WHERE id = $6))
"""
OPENS = {"read", "manage"}  # the scopes of who comes with one
LIST = """
SELECT id, label, created_at, last_used_at FROM app_password WHERE member_id = $1 AND revoked_at IS NULL ORDER BY id
"""


@rerunning
async def make(given: NewAppPassword, by: Actor) -> MadeAppPassword:
    """Make one. Raises Forbidden for who runs no resources or lacks its scopes, Conflict for too many."""
    refuse_unless_manager(by)
    if lacking := sorted(OPENS - by.scopes):
        raise Forbidden("a token makes nothing that opens more than it does", lacking=lacking)
    id, secret, label = new_id(), new_secret(PREFIX), given.label.strip()
    async with acting(by):
        row: Any = await db.fetchrow(MEMBER, by.member_id)
        if await db.fetchval(COUNT, by.member_id) >= MOST:
            raise Conflict(f"you have {MOST} app passwords; revoke one first")
        await db.execute(INSERT, id, by.member_id, digest(secret), label, row["now"], by.key)
        await audit.record("made", "app_password", id, by, of=by.organization_id, became={"label": label})
    return MadeAppPassword(
        id=id, label=label, created_at=row["now"], last_used_at=None, password=secret, user=by.email,
        url=settings().base_url.rstrip("/") + ROOT,
    )  # fmt: skip


async def listed(by: Actor) -> list[AppPassword]:
    """Read one's own live ones."""
    return [AppPassword(**row) for row in await db.fetch(LIST, by.member_id)]
