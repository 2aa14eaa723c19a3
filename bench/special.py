"""Resources for what is special: bookings of many parts, a crowded month, rules of all kinds, fifty units."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import cycle, islice
from typing import Any
from uuid import UUID

import msgspec

from bench.scale import Scale
from bench.seeding import HOURS, Seeded, booking, member_id
from bench.straight import Booking
from server.core import db
from server.core.ids import new_id
from server.demo.sow import Organization, Shared, fixed_id, sow
from server.resources.opening.week import WEEK_DAYS, OpeningHours, WeekSpan
from server.resources.schemas import ResourceIn

WEEKLY = "FREQ=WEEKLY;COUNT=52"
TOGETHER = 5
GUEST = 1  # the SME whose quotas count; the first makes thousands of bookings
UNITS, MOVED = 50, 24  # what moves when 24 units are wanted for all day: 24 afternoons, onto the units of the mornings

# Confirmed bookings of one unit each, from $3 to $4 on unit $5, of the members $2 in turn.
SLOTS = """
WITH made AS MATERIALIZED (
    SELECT uuidv7() AS id, m.id AS member_id, m.organization_id, starts_at, ends_at, unit
    FROM unnest($3::timestamptz[], $4::timestamptz[], $5::int[]) WITH ORDINALITY AS slot (starts_at, ends_at, unit, n)
    JOIN (SELECT id, organization_id, row_number() OVER () - 1 AS number FROM member WHERE id = ANY($2)) m
        ON m.number = slot.n % cardinality($2)
), booked AS (
    INSERT INTO booking (resource_id, id, organization_id, member_id, status, starts_at, ends_at, units, uid,
                         created_at, confirmed_at, revised_at)
    SELECT $1, id, organization_id, member_id, 'confirmed', starts_at, ends_at, 1, id || '@rongtong.example',
           yesterday, yesterday, yesterday
    FROM made, date_trunc('second', now() - interval '1 day') AS yesterday
)
INSERT INTO claim (resource_id, id, unit, during, reason, booking_id)
SELECT $1, uuidv7(), unit, tstzrange(starts_at, ends_at), 'booking', id FROM made
"""

OVERRIDE = "INSERT INTO rule_override (resource_id, id, first_day, last_day, rules) VALUES ($1, $2, $3, $4, $5)"
HOLIDAY = "INSERT INTO holiday (id, country, day, works_like) VALUES ($1, 'CN', $2, $3) ON CONFLICT DO NOTHING"

# Something of everything that makes availability look closer, for circles, days and quotas.
RULES: dict[str, Any] = {
    "step_minutes": 30, "min_minutes": 60, "max_minutes": 480, "lead_minutes": 120, "horizon_days": 90,
    "buffer_after_minutes": 15, "holidays": "closed",
    "quotas": [
        {"bookings": 40, "period": "month", "across": "owner"},
        {"minutes": 2400, "period": "week", "per": "member"},
        {"bookings": 3, "period": "day", "during": [{"days": [*WEEK_DAYS[:5]], "opens": "09:00", "closes": "12:00"}]},
    ],
    "for_audience": {"verified_smes": {"max_minutes": 360, "lead_minutes": 60}},
    "bookable_hours": [{"days": [*WEEK_DAYS], "opens": "08:30", "closes": "17:30"}],
}  # fmt: skip


class Special(msgspec.Struct):
    """What was made."""

    series: Iterator[Booking]
    groups: Iterator[Booking]
    crowded: UUID  # 2,000 claims in a month
    fed: Shared  # as many bookings as a feed holds, nearly
    ruled: UUID
    pool: UUID
    whole_days: Iterator[Booking]  # on the pool: each needs MOVED others to move
    hours: Iterator[Booking]  # on the pool: as many units, and nothing has to move

    def some_series(self, count: int) -> list[Booking]:
        return list(islice(self.series, count))

    def some_groups(self, count: int) -> list[Booking]:
        return list(islice(self.groups, count))


async def special(seeded: Seeded, scale: Scale) -> Special:
    """Make the resources and what is booked on them."""
    owners = cycle(seeded.owners)
    quiet = [_shared(n, next(owners).id) for n in range(scale.quiet)]
    day_and_night = OpeningHours((WeekSpan(WEEK_DAYS, "00:00", "24:00"),))
    crowded = _shared(scale.quiet, next(owners).id, opening_hours=day_and_night)
    ruled = _shared(scale.quiet + 1, next(owners).id, rules=RULES, country="CN")
    pool = _shared(scale.quiet + 2, next(owners).id, units=UNITS)
    fed = _shared(scale.quiet + 3, next(owners).id, opening_hours=day_and_night)
    await sow([], [*quiet, crowded, ruled, pool, fed])
    await _crowd(crowded.id, seeded, scale.crowd)
    await _crowd(fed.id, seeded, scale.fed)
    await _rule(ruled.id, seeded)
    await _fill(pool.id, seeded, scale)
    await db.execute("VACUUM ANALYZE")
    return Special(
        _series(seeded, quiet), _groups(seeded, quiet), crowded.id, fed, ruled.id, pool.id,
        (booking(seeded, pool, _day(seeded, n), _day(seeded, n, 6)) for n in range(scale.days)),
        (booking(seeded, pool, _day(seeded, n, -1), _day(seeded, n)) for n in range(scale.days)),
    )  # fmt: skip


def _shared(number: int, owner_id: UUID, **different: Any) -> Shared:
    name, different = f"透射电子显微镜 {number}", {"opening_hours": HOURS} | different
    resource = ResourceIn(kind="equipment", name=name, time_zone="Asia/Shanghai", **different)
    return Shared(fixed_id(number, "special", number), owner_id, resource)


def _day(seeded: Seeded, n: int, hours: int = 0) -> datetime:
    """Nine o'clock and so many hours on the n-th day of the bookings."""
    return seeded.today + timedelta(days=n + 2, hours=1 + hours)


def _series(seeded: Seeded, quiet: list[Shared]) -> Iterator[Booking]:
    for hour in range(-1, 9):
        for resource in quiet:
            yield booking(seeded, resource, _day(seeded, 0, hour), _day(seeded, 0, hour + 1), rule=WEEKLY)


def _groups(seeded: Seeded, quiet: list[Shared]) -> Iterator[Booking]:
    """On the days on which there are no series."""
    for day in (day for day in range(1, 340) if day % 7):
        for hour in range(-1, 9):
            parts = iter(booking(seeded, it, _day(seeded, day, hour), _day(seeded, day, hour + 1)) for it in quiet)
            while len(group := list(islice(parts, TOGETHER))) == TOGETHER:
                first, *also = group
                yield msgspec.structs.replace(first, also=also)


async def _crowd(id: UUID, seeded: Seeded, count: int) -> None:
    """Four quarters of an hour booked one by one, the fifth free, and again."""
    quarter = timedelta(minutes=15)
    starts = [_day(seeded, 0) + (n + n // 4) * quarter for n in range(count)]
    await _book(id, seeded, [(start, start + quarter, 1) for start in starts])


async def _rule(id: UUID, seeded: Seeded) -> None:
    """Two bookings a day, other rules for a week, and two holidays with a day worked instead."""
    slots = [(_day(seeded, n, hour), _day(seeded, n, hour + 2), 1) for n in range(28) for hour in (0, 4)]
    await _book(id, seeded, slots, [seeded.smes[GUEST]])
    first = _day(seeded, 10).date()
    other = msgspec.json.encode({"step_minutes": 60, "max_minutes": 120}).decode()
    await db.execute(OVERRIDE, id, new_id(), first, first + timedelta(days=6), other)
    for day, works_like in ((20, None), (21, None), (25, 0)):
        await db.execute(HOLIDAY, new_id(), _day(seeded, day).date(), works_like)


async def _fill(id: UUID, seeded: Seeded, scale: Scale) -> None:
    """Of each day MOVED mornings and as many afternoons, on units of their own; the other units are taken all day."""
    slots = []
    for n in range(scale.days):
        noon, end = _day(seeded, n, 3), _day(seeded, n, 6)
        slots += [(_day(seeded, n), noon, unit) for unit in range(1, MOVED + 1)]
        slots += [(noon, end, unit) for unit in range(MOVED + 1, 2 * MOVED + 1)]
        slots += [(_day(seeded, n), end, unit) for unit in range(2 * MOVED + 1, UNITS + 1)]
    await _book(id, seeded, slots)


async def _book(
    id: UUID, seeded: Seeded, slots: list[tuple[datetime, datetime, int]], by: list[Organization] | None = None
) -> None:
    members = [member_id(of) for of in by or seeded.smes]
    starts, ends, units = zip(*slots, strict=True)
    await db.execute(SLOTS, id, members, starts, ends, units)
