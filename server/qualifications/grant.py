"""Grant a qualification to a person, or take it back. Attending a training grants what it teaches."""

from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from server import audit
from server.access.acting import acting
from server.access.rights import refuse_unless_runs_all
from server.core import db
from server.core.actor import Actor
from server.core.errors import Invalid, NotFound
from server.core.ids import new_id
from server.qualifications import views
from server.qualifications.schemas import Grant, NewGrant

ACCOUNT = "SELECT id FROM account WHERE email = $1"
NOW = "SELECT now()"
INSERT = """
INSERT INTO "grant" (id, qualification_id, account_id, granted_by_id, expires_at) VALUES ($1, $2, $3, $4, $5)
"""
REVOKE = (
    'UPDATE "grant" SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1 AND qualification_id = $2 '
    "RETURNING revoked_at, now() AS now"
)

TAUGHT = "SELECT id, valid_days, now() AS now FROM qualification WHERE training_resource_id = $1"
ATTENDED = """
INSERT INTO "grant" (id, qualification_id, account_id, booking_id, expires_at)
SELECT $1, $2, m.account_id, $3, $4 FROM member m
WHERE m.id = $5
  AND NOT EXISTS (SELECT FROM "grant" g WHERE g.booking_id = $3 AND g.qualification_id = $2)
RETURNING id
"""


class Attended(Protocol):
    """A booking of a training that somebody has come to."""

    @property
    def id(self) -> UUID: ...
    @property
    def resource_id(self) -> UUID: ...
    @property
    def owner_id(self) -> UUID: ...
    @property
    def member_id(self) -> UUID: ...


async def grant(id: UUID, given: NewGrant, by: Actor) -> Grant:
    """Grant to whoever has this mail address. Raises Forbidden, NotFound, and Invalid for an end that has passed."""
    refuse_unless_runs_all(by)
    async with acting(by):
        person = await db.fetchval(ACCOUNT, given.email.lower())
        if person is None:
            await views.qualification(id, by)
            raise NotFound("nobody with this mail address has an account")
        return await views.grant(await grant_to(person, id, given.expires_at, by))


async def grant_to(account_id: UUID, id: UUID, expires_at: datetime | None, by: Actor) -> UUID:
    """Grant to a person, in the current transaction. Raises NotFound, and Invalid for an end that has passed."""
    qualification = await views.qualification(id, by, lock=True)
    now = await db.fetchval(NOW)
    ends = expires_at or _end(qualification.valid_days, now)
    if ends is not None and ends <= now:
        raise Invalid("this time has passed", field="expires_at")
    made = new_id()
    await db.execute(INSERT, made, id, account_id, by.member_id, ends)
    became = {"qualification_id": id, "account_id": account_id, "expires_at": ends}
    await audit.record("granted", "grant", made, by, of=by.organization_id, became=became)
    return made


async def revoke(id: UUID, grant_id: UUID, by: Actor) -> None:
    """Take a grant back. A second time changes nothing. Raises Forbidden, NotFound."""
    refuse_unless_runs_all(by)
    async with acting(by):
        await views.qualification(id, by)
        row = await db.fetchrow(REVOKE, grant_id, id)
        if row is None:
            raise NotFound("there is no such grant")
        if row["now"] == row["revoked_at"]:
            await audit.record("revoked", "grant", grant_id, by, of=by.organization_id, became={"revoked": True})


async def grant_for_attending(booking: Attended) -> None:
    """Grant the booker what a booked training teaches, once for each booking, in the current transaction."""
    for row in await db.fetch(TAUGHT, booking.resource_id):
        ends = _end(row["valid_days"], row["now"])
        made = await db.fetchval(ATTENDED, new_id(), row["id"], booking.id, ends, booking.member_id)
        if made is not None:
            became = {"qualification_id": row["id"], "booking_id": booking.id, "expires_at": ends}
            await audit.record("granted", "grant", made, None, of=booking.owner_id, became=became)


def _end(valid_days: int | None, now: datetime) -> datetime | None:
    return None if valid_days is None else now + timedelta(days=valid_days)
