"""Rows to test with. Each function inserts one and returns what a test needs of it."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Range

from server.access.authentication import TOKEN_PREFIX
from server.accounts import passwords
from server.core import db
from server.core.actor import Actor
from server.core.ids import new_id
from server.core.secret import digest, new_secret
from server.resources.keep_searchable import keep

_numbers = count(1)
WORKING_HOURS = [(day * 1440 + 9 * 60, day * 1440 + 17 * 60) for day in range(5)]
ALWAYS = [(0, 7 * 1440)]


class Person(msgspec.Struct):
    """A member with a token."""

    actor: Actor
    token: str

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


async def organization(kind: str = "sme", name: str = "", verified: bool = True) -> UUID:
    id = new_id()
    name = name or f"{kind} {next(_numbers)}"
    verified_at = datetime.now(UTC) if verified else None
    sql = "INSERT INTO organization (id, kind, name, country, verified_at) VALUES ($1, $2, $3, 'CN', $4)"
    await db.execute(sql, id, kind, name, verified_at)
    return id


async def person(organization_id: UUID | None = None, role: str = "admin", locale: str = "zh-CN", **org: Any) -> Person:
    """Make a member of an organization (a new SME when none is given) and a token for them."""
    organization_id = organization_id or await organization(**org)
    number = next(_numbers)
    account_id, member_id, token = new_id(), new_id(), new_secret(TOKEN_PREFIX)
    email, name = f"person{number}@example.com", f"Person {number}"
    sql = "INSERT INTO account (id, email, name, locale, verified_at) VALUES ($1, $2, $3, $4, now())"
    await db.execute(sql, account_id, email, name, locale)
    sql = "INSERT INTO member (id, organization_id, account_id, role) VALUES ($1, $2, $3, $4)"
    await db.execute(sql, member_id, organization_id, account_id, role)
    sql = "INSERT INTO api_token (id, member_id, hash, prefix, scopes) VALUES ($1, $2, $3, $4, '{}')"
    await db.execute(sql, new_id(), member_id, digest(token), token[:8])
    row: Any = await db.fetchrow("SELECT name, kind FROM organization WHERE id = $1", organization_id)
    actor = Actor(
        member_id=member_id,
        organization_id=organization_id,
        role=role,
        account_id=account_id,
        email=email,
        name=name,
        locale=locale,
        organization_name=row["name"],
        organization_kind=row["kind"],
    )
    return Person(actor, token)


async def resource(
    owner: Person | UUID,
    *,
    units: int = 1,
    time_zone: str = "Asia/Shanghai",
    hours: list[tuple[int, int]] = ALWAYS,
    kind: str = "equipment",
    name: str = "",
    **rules: Any,
) -> UUID:
    """Make a resource that is always open and instantly booked unless told otherwise; keywords are booking rules."""
    id = new_id()
    owner_id = owner.actor.organization_id if isinstance(owner, Person) else owner
    sql = """
    INSERT INTO resource (id, owner_id, kind, name, time_zone, units, week_hours, rules)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    """
    name = name or f"扫描电子显微镜 {next(_numbers)}"
    week = [Range(start, end) for start, end in hours]
    await db.execute(sql, id, owner_id, kind, name, time_zone, units, week, msgspec.json.encode(rules).decode())
    await keep([id])
    return id


async def booking(
    resource_id: UUID, booker: Person, starts_at: datetime, minutes: int = 60, *, status: str = "confirmed", **more: Any
) -> UUID:
    """Make a booking with claims on units 1…`units`, revised two hours ago unless told otherwise; return its id."""
    id, units = new_id(), more.get("units", 1)
    revised_at = more.get("revised_at", datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2))
    ends_at = starts_at + timedelta(minutes=minutes)
    sql = """
    INSERT INTO booking (resource_id, id, organization_id, member_id, status, starts_at, ends_at, units, purpose,
                         attendees, uid, sequence, version, revised_at, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)
    """
    attendees = msgspec.json.encode(more.get("attendees", [])).decode()
    await db.execute(
        sql, resource_id, id, booker.actor.organization_id, booker.actor.member_id, status, starts_at, ends_at, units,
        more.get("purpose", ""), attendees, f"{id}@rongtong.test", more.get("sequence", 0), more.get("version", 1),
        revised_at,
    )  # fmt: skip
    if status not in ("declined", "cancelled", "expired"):
        for unit in range(1, units + 1):
            await claim(resource_id, starts_at, ends_at, unit=unit, booking_id=id)
    return id


async def claim(
    resource_id: UUID, starts_at: datetime, ends_at: datetime, *, unit: int = 1, reason: str = "booking", **more: Any
) -> UUID:
    """Take time on one unit; keywords are `booking_id`, `closure_id` and `expires_at`."""
    id = new_id()
    sql = """
    INSERT INTO claim (resource_id, id, unit, during, reason, booking_id, closure_id, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    """
    named = (more.get("booking_id"), more.get("closure_id"), more.get("expires_at"))
    await db.execute(sql, resource_id, id, unit, Range(starts_at, ends_at), reason, *named)
    return id


async def waiting(
    resource_id: UUID, person: Person, starts_at: datetime, ends_at: datetime, minutes: int = 60, units: int = 1
) -> UUID:
    """Let somebody stand in the wait list, also for time that is free by now; return the place."""
    id, actor = new_id(), person.actor
    sql = """
    INSERT INTO waiting (id, organization_id, member_id, resource_id, during, minutes, units)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    """
    during = Range(starts_at, ends_at)
    await db.execute(sql, id, actor.organization_id, actor.member_id, resource_id, during, minutes, units)
    return id


PASSWORD = "correct horse battery"


async def password(account_id: UUID, text: str = PASSWORD) -> None:
    """Let a person sign in."""
    sql = "INSERT INTO password (account_id, hash) VALUES ($1, $2)"
    await db.execute(sql, account_id, await passwords.hash_of(text))


async def account(email: str = "", *, verified: bool = True, operator: bool = False, locale: str = "zh-CN") -> UUID:
    """Make a person of no organization who can sign in."""
    id, number = new_id(), next(_numbers)
    sql = """
    INSERT INTO account (id, email, name, locale, is_operator, verified_at)
    VALUES ($1, $2, $3, $4, $5, CASE WHEN $6 THEN now() END)
    """
    await db.execute(sql, id, email or f"person{number}@example.com", f"Person {number}", locale, operator, verified)
    await password(id)
    return id


async def member(account_id: UUID, organization_id: UUID, role: str = "booker") -> UUID:
    """Let a person join an organization."""
    id = new_id()
    sql = "INSERT INTO member (id, organization_id, account_id, role, created_at) VALUES ($1, $2, $3, $4, $5)"
    await db.execute(sql, id, organization_id, account_id, role, datetime.now(UTC))
    return id
