"""Ask to join an organization that knows the domain of one's mail address; an admin accepts or refuses."""

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
from server.members.accept import Verified, join
from server.members.mail_domains import domain_of
from server.members.schemas import Joinable, JoinRequest, Membership, Rights
from server.members.set_rights import lock
from server.members.views import OWN_REQUEST, REQUEST, joinable
from server.organizations.decide import ADMINS
from server.outbox.account_mail import About, Link, owe

WAITING = "SELECT id FROM join_request WHERE organization_id = $1 AND account_id = $2 AND status = 'waiting'"
INSERT = "INSERT INTO join_request (id, organization_id, account_id) VALUES ($1, $2, $3)"
DECIDE = """
UPDATE join_request j SET status = $3, decided_at = now() FROM account a
WHERE j.organization_id = $1 AND j.id = $2 AND j.status = 'waiting' AND a.id = j.account_id
RETURNING j.account_id, a.email, a.name, a.locale
"""


async def joinable_by(person: Verified) -> list[Joinable]:
    """Tell whom a person may ask. Nobody may with an address that is not proven."""
    return await joinable(domain_of(person.email), person.account_id) if person.verified else []


@rerunning
async def ask(organization_id: UUID, by: Verified, name: str) -> JoinRequest:
    """Ask; a second time changes nothing. Raises NotFound for an organization that does not know the domain."""
    async with acting(by):
        if not any(one.organization_id == organization_id for one in await joinable_by(by)):
            raise NotFound("there is no such organization that knows the domain of your address")
        await lock(organization_id)
        id = await db.fetchval(WAITING, organization_id, by.account_id)
        if id is None:
            id = new_id()
            await db.execute(INSERT, id, organization_id, by.account_id)
            await audit.record("asked", "join_request", id, by, of=organization_id)
            for admin in await db.fetch(ADMINS, organization_id):
                about = About(by.account_id, ("name", "email"))
                await owe("join_requested", admin["email"], admin["locale"], about=about, name=name, email=by.email)
        row: Any = await db.fetchrow(OWN_REQUEST, by.account_id, id)
    ring()
    return JoinRequest(**row)


@rerunning
async def accept(id: UUID, rights: Rights, by: Actor) -> Membership:
    """Let them in, as an admin. Raises NotFound, Conflict for one that is decided."""
    async with acting(by):
        await lock(by.organization_id)
        person = await _decide(id, "accepted", by)
        member_id = await join(by.organization_id, person["account_id"], rights)
        await owe(
            "join_accepted", person["email"], person["locale"], link=Link("/"), name=person["name"],
            organization=by.organization_name,
        )  # fmt: skip
    ring()
    return Membership(
        member_id=member_id, organization_id=by.organization_id, organization_name=by.organization_name,
        role=rights.role,
    )  # fmt: skip


@rerunning
async def refuse(id: UUID, by: Actor) -> JoinRequest:
    """Do not let them in, as an admin. Raises NotFound, Conflict for one that is decided."""
    async with acting(by):
        person = await _decide(id, "refused", by)
        await owe(
            "join_refused", person["email"], person["locale"], name=person["name"], organization=by.organization_name
        )
        row: Any = await db.fetchrow(REQUEST, by.organization_id, id)
    ring()
    return JoinRequest(**row)


async def _decide(id: UUID, status: str, by: Actor) -> Any:
    person = await db.fetchrow(DECIDE, by.organization_id, id, status)
    if person is None:
        if await db.fetchrow(REQUEST, by.organization_id, id) is None:
            raise NotFound("there is no such request to join")
        raise Conflict("it is decided already")
    await audit.record(status, "join_request", id, by, of=by.organization_id)
    return person
