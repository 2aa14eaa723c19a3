"""Invite someone by mail to become a member, and take an invitation back."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from server import audit
from server.access.acting import acting
from server.core import db
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.doorbell import ring
from server.core.errors import Conflict, NotFound
from server.core.ids import new_id
from server.members.schemas import Invitation, NewInvitation
from server.members.set_rights import lock
from server.members.views import invitations
from server.outbox.account_mail import About, Link, owe

STANDS = timedelta(days=7)
MOST = 200  # invitations of one organization that stand
PURPOSE = "invitation"

ALREADY = """
SELECT count(*) FROM member m JOIN account a ON a.id = m.account_id
WHERE m.organization_id = $1 AND m.active AND a.email = $2
"""
OWN_RESOURCES = "SELECT count(*) FROM resource r WHERE r.owner_id = $1 AND r.id = ANY($2)"
# A new one to the same address replaces the old one, whose link ends.
REPLACE = """
UPDATE invitation SET revoked_at = now()
WHERE organization_id = $1 AND email = $2 AND accepted_at IS NULL AND revoked_at IS NULL
"""
INSERT = """
INSERT INTO invitation (id, organization_id, email, role, resource_ids, monthly_minutes, invited_by_id, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, now() + $8::interval) RETURNING expires_at
"""
REVOKE = """
UPDATE invitation i SET revoked_at = now()
WHERE i.organization_id = $1 AND i.id = $2 AND i.accepted_at IS NULL AND i.revoked_at IS NULL RETURNING i.id
"""
LOCALE = "SELECT coalesce((SELECT locale FROM account WHERE email = $1), $2)"


@rerunning
async def invite(given: NewInvitation, by: Actor) -> Invitation:
    """Owe a letter with a link that works once, for seven days. Raises NotFound for resources of others, Conflict."""
    email, id = given.email.lower(), new_id()
    async with acting(by):
        await lock(by.organization_id)
        if await db.fetchval(ALREADY, by.organization_id, email):
            raise Conflict("whoever has this address is a member already")
        named = set(given.resource_ids or ())
        if await db.fetchval(OWN_RESOURCES, by.organization_id, list(named)) < len(named):
            raise NotFound("there is no such resource of your organization")
        await db.execute(REPLACE, by.organization_id, email)
        if len(await invitations(by)) >= MOST:
            raise Conflict(f"{MOST} invitations stand; take some back, or wait until they are answered")
        expires_at: datetime = await db.fetchval(
            INSERT, id, by.organization_id, email, given.role, None if given.resource_ids is None else list(named),
            given.monthly_minutes, by.member_id, STANDS,
        )  # fmt: skip
        became = {"email": email, "role": given.role}
        await audit.record("invited", "invitation", id, by, of=by.organization_id, became=became)
        locale: Any = await db.fetchval(LOCALE, email, by.locale)
        await owe(
            "invitation", email, locale, link=Link("/invitations/{token}", PURPOSE, id), valid_until=expires_at,
            about=About(by.account_id, ("name",)), name=by.name, organization=by.organization_name,
        )  # fmt: skip
        made = next(one for one in await invitations(by) if one.id == id)
    ring()
    return made


async def take_back(id: UUID, by: Actor) -> None:
    """End an invitation that nobody has accepted. Raises NotFound."""
    async with acting(by):
        if await db.fetchval(REVOKE, by.organization_id, id) is None:
            raise NotFound("there is no such invitation")
        await audit.record("taken back", "invitation", id, by, of=by.organization_id)
