"""Sign an organization up; whoever does becomes its first admin."""

from typing import Protocol
from uuid import UUID

import asyncpg

from server import audit
from server.access.acting import acting
from server.core import db
from server.core.db import rerunning
from server.core.errors import AlreadySignedUp, Conflict, Forbidden, Invalid
from server.core.ids import new_id
from server.core.regions import is_region
from server.organizations import registers
from server.organizations.schemas import NewOrganization, Organization
from server.organizations.views import any_organization

MOST = 5  # organizations that one person signs up and nobody has verified yet

# Two sign-ups of one person count each other.
PERSON = "SELECT id FROM account WHERE id = $1 FOR NO KEY UPDATE"
UNDECIDED = """
SELECT count(*) FROM member m JOIN organization o ON o.id = m.organization_id
WHERE m.account_id = $1 AND m.role = 'admin' AND o.verified_at IS NULL AND o.merged_into_id IS NULL
"""
INSERT = """
INSERT INTO organization (id, name, kind, country, region_code, uscc, registration_number)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
ADMIN = "INSERT INTO member (id, organization_id, account_id, role) VALUES ($1, $2, $3, 'admin')"


class Signed(Protocol):
    """A person who has signed in, whether or not they act for an organization."""

    @property
    def account_id(self) -> UUID: ...
    @property
    def verified(self) -> bool: ...


@rerunning
async def sign_up(given: NewOrganization, by: Signed) -> Organization:
    """Add an organization that nobody has verified yet.

    Raises Forbidden, Invalid, AlreadySignedUp for a name or a code that is there, Conflict for too many undecided ones.
    """
    if not by.verified:
        raise Forbidden("confirm your mail address first")
    uscc = registers.compact(given.uscc)
    refuse_wrong_code(given.kind, given.country, uscc)
    refuse_wrong_region(given.country, given.region_code)
    id = new_id()
    try:
        async with acting(by):
            await db.execute(PERSON, by.account_id)
            if await db.fetchval(UNDECIDED, by.account_id) >= MOST:
                raise Conflict(f"{MOST} organizations of yours wait to be verified; wait until one is")
            await db.execute(
                INSERT, id, given.name.strip(), given.kind, given.country, given.region_code, uscc,
                given.registration_number.strip(),
            )  # fmt: skip
            await db.execute(ADMIN, new_id(), id, by.account_id)
            became = {"name": given.name, "kind": given.kind, "country": given.country, "uscc": uscc}
            await audit.record("signed up", "organization", id, by, of=id, became=became)
    except asyncpg.UniqueViolationError as error:
        raise already(error) from None
    return await any_organization(id)


def refuse_wrong_code(kind: str, country: str, uscc: str | None) -> None:
    """Raise Invalid for a unified social credit code that cannot be, or is missing."""
    if wrong := registers.wrong_with(kind, country, uscc):
        raise Invalid(f"{wrong[0]}: {wrong[1]}", field=wrong[0])


def refuse_wrong_region(country: str, region_code: str | None) -> None:
    """Raise Invalid for a region that there is not in the country."""
    if region_code is not None and not (country == "CN" and is_region(region_code)):
        raise Invalid("region_code: a GB/T 2260 code of a region of China", field="region_code")


def already(error: asyncpg.UniqueViolationError) -> AlreadySignedUp:
    field = "uscc" if "uscc" in str(error.constraint_name) else "name"
    return AlreadySignedUp("ask its admins to invite you, or ask to join by your mail address", field=field)
