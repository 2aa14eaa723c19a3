"""What the measurements need in the database: organizations, resources, a million claims, and one full calendar.

A resource is open from 8 to 18. Of each of its days hours 8, 11, 14 and 17 are for the claims that are there before;
the others stay free to be booked. A run begins with the day after tomorrow.
"""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import UUID

import msgspec

from bench.scale import Scale
from bench.straight import Booking
from server.access.authentication import TOKEN_PREFIX
from server.core import db
from server.demo.sow import Organization, Person, Shared, fixed_id, sow
from server.resources.opening.week import WEEK_DAYS, OpeningHours, WeekSpan
from server.resources.schemas import ResourceIn

OWNERS, SMES = 100, 200
HOURS = OpeningHours((WeekSpan(WEEK_DAYS, "08:00", "18:00"),))
TAKEN, FREE = (8, 11, 14, 17), (9, 10, 12, 13, 15, 16)  # o'clock, in Shanghai

# Bookings of one hour, confirmed yesterday, as many on every resource as $3 says, and their claims.
BOOKINGS = """
WITH booked AS (
    INSERT INTO booking (resource_id, id, organization_id, member_id, status, starts_at, ends_at, units, uid,
                         created_at, confirmed_at, revised_at)
    SELECT r.id, made.id, m.organization_id, m.id, 'confirmed', made.starts_at, made.starts_at + interval '1 hour', 1,
           made.id || '@rongtong.example', yesterday, yesterday, yesterday
    FROM date_trunc('second', now() - interval '1 day') AS yesterday
    CROSS JOIN generate_series(0, $3 - 1) AS n
    CROSS JOIN (SELECT id, row_number() OVER () AS number FROM resource WHERE id = ANY($1)) AS r
    JOIN (SELECT id, organization_id, row_number() OVER () - 1 AS number FROM member WHERE id = ANY($2)) AS m
        ON m.number = (r.number + n) % cardinality($2)
    CROSS JOIN LATERAL (
        SELECT uuidv7() AS id, $4::timestamptz + make_interval(days => n / 4, hours => n % 4 * 3) AS starts_at
    ) made
    RETURNING resource_id, id, starts_at, ends_at
)
INSERT INTO claim (resource_id, id, unit, during, reason, booking_id)
SELECT resource_id, uuidv7(), 1, tstzrange(starts_at, ends_at), 'booking', id FROM booked
"""


class Seeded(msgspec.Struct):
    """What is there to be measured with."""

    today: datetime  # 8 o'clock in Shanghai
    owners: list[Organization]
    smes: list[Organization]
    resources: list[Shared]
    full: Shared  # its calendar is fed, nobody books it
    bookings: Iterator[Booking]  # free slots, each once

    def some(self, count: int) -> list[Booking]:
        """Take free slots that nobody else takes."""
        return list(islice(self.bookings, count))


async def people_and_resources(scale: Scale) -> Seeded:
    """Make OWNERS with one admin each, SMES with one booker each, and what the owners share."""
    owners = [_organization(number, "university", "owner", "admin") for number in range(OWNERS)]
    smes = [_organization(number, "sme", "sme", "booker") for number in range(SMES)]
    resources = [_resource(number, owners[number % OWNERS].id) for number in range(scale.resources + 1)]
    await sow([*owners, *smes], resources)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    full = resources.pop()
    seeded = Seeded(today, owners, smes, resources, full, _free_slots(today, smes, resources))
    await _book_up([full], seeded, scale.events)
    await db.execute("VACUUM ANALYZE")
    return seeded


async def claims(seeded: Seeded, each: int) -> int:
    """Book every resource `each` times; return the number of claims in the database."""
    await _book_up(seeded.resources, seeded, each)
    await db.execute("VACUUM ANALYZE")
    return int(await db.fetchval("SELECT count(*) FROM claim"))


async def _book_up(resources: list[Shared], seeded: Seeded, each: int) -> None:
    first = seeded.today + timedelta(days=2)
    ids, guests = [it.id for it in resources], [member_id(of) for of in seeded.smes]
    async with db.transaction():
        await db.execute("SET LOCAL statement_timeout = 0")
        await db.execute("SET LOCAL session_replication_role = replica")  # no foreign key is looked up: half the time
        await db.execute(BOOKINGS, ids, guests, each, first)


def _free_slots(today: datetime, smes: list[Organization], resources: list[Shared]) -> Iterator[Booking]:
    number = 0
    for day in range(2, 360):
        for hour in FREE:
            starts_at = today + timedelta(days=day, hours=hour - TAKEN[0])
            for resource in resources:
                number += 1
                yield _booking(smes[number % SMES], resource, starts_at, starts_at + timedelta(hours=1))


def booking(seeded: Seeded, on: Shared, starts_at: datetime, ends_at: datetime, rule: str = "") -> Booking:
    """A booking by the first SME."""
    return _booking(seeded.smes[0], on, starts_at, ends_at, rule)


def _booking(sme: Organization, on: Shared, starts_at: datetime, ends_at: datetime, rule: str = "") -> Booking:
    return Booking(
        resource_id=on.id,
        owner_id=on.owner_id,
        organization_id=sme.id,
        member_id=member_id(sme),
        account_id=fixed_id(0, "account", sme.members[0].email),
        token=sme.members[0].token,
        starts_at=starts_at,
        ends_at=ends_at,
        rule=rule,
    )


def member_id(of: Organization) -> UUID:
    """The id that sow() gives to the first member."""
    return fixed_id(0, "member", of.id, of.members[0].email)


def _organization(number: int, kind: str, name: str, role: str) -> Organization:
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    person = Person(email=f"{role}@{name}{number}.example", name=f"{name} {number} {role}", role=role, token=token)
    return Organization(id=fixed_id(number, name), kind=kind, name=f"{name} {number}", members=[person])


def _resource(number: int, owner_id: UUID) -> Shared:
    resource = ResourceIn(
        kind="equipment",
        name=f"扫描电子显微镜 {number}",
        name_en=f"Scanning electron microscope {number}",
        city="苏州",
        time_zone="Asia/Shanghai",
        opening_hours=HOURS,
    )
    return Shared(fixed_id(number, "resource", number), owner_id, resource)
