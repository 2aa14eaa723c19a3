"""Many resources of all kinds and regions, and claims on each, for the measurements of the search."""

import random
from itertools import islice, product
from uuid import UUID

from server.core import db
from server.core.regions import names
from server.demo.sow import Organization, Shared, fixed_id, sow
from server.resources.opening.week import WEEK_DAYS, OpeningHours, WeekSpan
from server.resources.schemas import ResourceIn
from server.search.form import KINDS

OWNERS = 1000
BATCH = 2000  # resources in one transaction
AHEAD = 365  # days over which the claims lie
HOURS = [
    OpeningHours((WeekSpan(WEEK_DAYS, "08:00", "18:00"),)),
    OpeningHours((WeekSpan(("mon", "tue", "wed", "thu", "fri"), "09:00", "17:00"),)),
    OpeningHours((WeekSpan(WEEK_DAYS, "00:00", "24:00"),)),
]
ZONES = ["Asia/Shanghai"] * 16 + ["Europe/Berlin", "America/New_York", "Asia/Tokyo", "Asia/Singapore"]
WHAT = (
    "扫描电子", "透射电子", "激光共聚焦", "高温", "低温", "电液伺服", "三坐标", "气相", "液相", "原子吸收", "红外",
    "紫外", "荧光", "金相", "超声", "疲劳", "盐雾", "冲击", "振动", "热重",
)  # fmt: skip
IT = (
    "显微镜", "试验机", "测量机", "色谱仪", "光谱仪", "分析仪", "试验箱", "试验台", "探伤仪", "硬度计", "干燥箱",
    "测试平台", "焊接中心", "培训基地", "检测服务",
)  # fmt: skip
STANDARDS = ("GB/T 228.1-2021", "GB/T 229-2020", "ISO 6892-1", "ASTM E8", "GB 5009.12", "JJG 139-2014")

# Constraint and index are made anew afterwards: sorted, in a fraction of the time.
BY_TIME = "SELECT indexdef FROM pg_indexes WHERE tablename = 'claim' AND indexname = 'claim_live_during'"
EXCLUSION = """
SELECT conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint
WHERE conrelid = 'claim'::regclass AND contype = 'x'
"""

# Each resource has its own days, and of a day one of the five times between 8 and 18 o'clock in Shanghai: so more of
# them meet a search for working hours than if they lay anywhere.
CLAIMS = """
INSERT INTO claim (resource_id, id, unit, during, reason)
SELECT r.id, uuidv7(), 1, tstzrange(at, at + interval '2 hours'), 'busy'
FROM (SELECT id, row_number() OVER (ORDER BY id) AS number FROM resource) r
CROSS JOIN generate_series(0, $1 - 1) AS n
CROSS JOIN LATERAL (
    SELECT date_trunc('day', now()) + make_interval(
        days => floor((n + r.number * 61 % 100 / 100.0) * $2 / $1)::int, hours => ((r.number + n * 3) % 5 * 2)::int
    ) AS at
) made
ORDER BY r.id, at
"""
SETTINGS = {
    "statement_timeout": "0", "lock_timeout": "0",
    "maintenance_work_mem": "512MB", "session_replication_role": "replica",
}  # fmt: skip


async def resources(count: int) -> list[UUID]:
    """Share `count` resources of OWNERS organizations."""
    owners = [
        Organization(id=fixed_id(number, "owner"), kind="university", name=f"第{number}检测研究院", members=[])
        for number in range(OWNERS)
    ]
    regions = [code for code in names() if not code.endswith("0000")]
    chance, made = random.Random(7), list[UUID]()  # noqa: S311 - the same every time
    for first in range(0, count, BATCH):
        numbers = range(first, min(first + BATCH, count))
        shared = [_resource(number, number * OWNERS // count, chance, regions) for number in numbers]
        await sow(owners if not first else [], shared)
        made += [one.id for one in shared]
    return made


def _resource(number: int, owner: int, chance: random.Random, regions: list[str]) -> Shared:
    what, it = next(islice(product(WHAT, IT), number % (len(WHAT) * len(IT)), None))
    resource = ResourceIn(
        kind=KINDS[number % len(KINDS)],
        name=f"{what}{it} {number}",
        name_en=f"Instrument {number}",
        model=f"M{number % 977}",
        description=f"按 {chance.choice(STANDARDS)} 检测" if number % 3 == 0 else "",
        region_code=chance.choice(regions),
        latitude=round(chance.uniform(22, 45), 4),
        longitude=round(chance.uniform(100, 125), 4),
        time_zone=chance.choice(ZONES),
        opening_hours=HOURS[number % len(HOURS)],
    )
    return Shared(fixed_id(number, "resource", number), fixed_id(owner, "owner"), resource)


async def claims(each: int) -> int:
    """Take `each` times of two hours on every resource, spread over a year (at most one a day), in one statement."""
    (exclusion,) = await db.fetch(EXCLUSION)
    by_time = await db.fetchval(BY_TIME)
    async with db.transaction():
        for name, value in SETTINGS.items():
            await db.execute(f"SET LOCAL {name} = '{value}'")
        await db.execute(f"ALTER TABLE claim DROP CONSTRAINT {exclusion['conname']}")
        await db.execute("DROP INDEX claim_live_during")
        await db.execute(CLAIMS, each, AHEAD)
        await db.execute(f"ALTER TABLE claim ADD CONSTRAINT {exclusion['conname']} {exclusion['definition']}")
        await db.execute(by_time)
    for table in ("claim", "resource", "search_text", "organization"):
        await db.execute(f"VACUUM ANALYZE {table}")
    return int(await db.fetchval("SELECT count(*) FROM claim"))


async def kept() -> int:
    """How many claims were made before."""
    return int(await db.fetchval("SELECT count(*) FROM claim"))


async def one() -> UUID:
    """One of the resources."""
    found: UUID = await db.fetchval("SELECT id FROM resource ORDER BY id LIMIT 1")
    return found
