"""What the first `rongtong up` finds: a few organizations, their people and what they share, in Chinese and English."""

import msgspec

from server.calendars.feed_create import url
from server.core import db
from server.core.secret import digest
from server.demo.people import OPERATOR, let_in
from server.demo.sow import Organization, Person, Shared, fixed_id, fixed_secret, fixed_token, sow
from server.resources.opening.week import WEEK_DAYS, OpeningHours, WeekSpan
from server.resources.schemas import ResourceIn

UNIVERSITY, ENTERPRISE, SUZHOU_SME, BERLIN_SME = (fixed_id(number, "demo organization", number) for number in range(4))
WEEKDAYS = WEEK_DAYS[:5]
SCHEDULE = OpeningHours((WeekSpan(WEEKDAYS, "08:30", "17:30"),))
EVENINGS_TOO = OpeningHours((WeekSpan(WEEK_DAYS[:6], "08:00", "22:00"),))
ROUND_THE_CLOCK = OpeningHours((WeekSpan(WEEK_DAYS, "00:00", "24:00"),))

MICROSCOPE = ResourceIn(
    kind="equipment",
    name="场发射扫描电子显微镜",
    name_en="Field emission scanning electron microscope",
    description="样品直径不超过 100 mm；首次使用请先与设备主管联系。",
    country="CN",
    city="苏州",
    region_code="320500",
    time_zone="Asia/Shanghai",
    opening_hours=SCHEDULE,
    rules={"min_minutes": 30, "max_minutes": 480, "step_minutes": 30, "buffer_after_minutes": 30},
)
TRAINING_BASE = ResourceIn(
    kind="training_base",
    name="工业机器人实训基地",
    name_en="Industrial robot training base",
    description="30 个工位，可同时接待多家企业。",
    country="CN",
    city="苏州",
    region_code="320500",
    time_zone="Asia/Shanghai",
    units=30,
    opening_hours=EVENINGS_TOO,
    rules={"min_minutes": 60, "max_minutes": 600, "step_minutes": 60, "max_attendees": 30},
)
CHAMBER = ResourceIn(
    kind="test_site",
    name="十米法电波暗室",
    name_en="10 m semi-anechoic chamber",
    description="预约需经批准。",
    country="CN",
    city="上海",
    region_code="310000",
    time_zone="Asia/Shanghai",
    opening_hours=SCHEDULE,
    rules={"min_minutes": 120, "max_minutes": 480, "step_minutes": 30, "approval": "request"},
)
MACHINING = ResourceIn(
    kind="production_capacity",
    name="五轴加工中心夜班产能",
    name_en="Spare capacity of two five-axis machining centres",
    country="CN",
    city="上海",
    region_code="310000",
    time_zone="Asia/Shanghai",
    units=2,
    opening_hours=ROUND_THE_CLOCK,
    rules={"min_minutes": 60, "max_minutes": 2880, "step_minutes": 60},
)
WELDING_EXPERT = ResourceIn(
    kind="expert_service",
    name="焊接工艺专家在线咨询",
    name_en="Welding expert, online",
    country="DE",
    city="Berlin",
    time_zone="Europe/Berlin",
    opening_hours=SCHEDULE,
    rules={"min_minutes": 30, "max_minutes": 120, "step_minutes": 15},
)
SHARED = [
    Shared(fixed_id(number, "demo resource", number), owner_id, resource)
    for number, (owner_id, resource) in enumerate(
        [
            (UNIVERSITY, MICROSCOPE),
            (UNIVERSITY, TRAINING_BASE),
            (ENTERPRISE, CHAMBER),
            (ENTERPRISE, MACHINING),
            (ENTERPRISE, WELDING_EXPERT),
        ]
    )
]

FEED = """
INSERT INTO feed (id, member_id, organization_id, scope, view, resource_id, hash)
SELECT $1, m.id, m.organization_id, 'resource', 'busy', $2, $3
FROM member m JOIN account a ON a.id = m.account_id WHERE a.email = $4 LIMIT 1
ON CONFLICT DO NOTHING
"""
ANYONE = "SELECT EXISTS (SELECT FROM organization)"
OURS = "SELECT EXISTS (SELECT FROM organization WHERE id = $1)"
# Whether one of these people could sign in.
OPEN = """
SELECT EXISTS (SELECT FROM account a JOIN password p ON p.account_id = a.id
               WHERE a.email = ANY($1::text[]) AND a.locked_at IS NULL)
"""


class DemoIsOpen(Exception):
    """The people of the demo could sign in to a server that others reach, too."""


class Demo(msgspec.Struct):
    """What to try things out with."""

    people: list[tuple[str, Person]]  # with the name of their organization
    feed: str  # address of the busy times of the microscope
    password: str  # with which they sign in, and the operator as well
    operator: str = OPERATOR


def organizations(secret: str) -> list[Organization]:
    def person(email: str, name: str, role: str, locale: str = "zh-CN") -> Person:
        return Person(email=email, name=name, role=role, locale=locale, token=fixed_token(secret, email))

    return [
        Organization(id=UNIVERSITY, kind="university", name="苏州融通大学（演示）", region_code="320500", members=[
            person("admin@university.example", "李管理", "admin"),
            person("manager@university.example", "王主管", "manager"),
        ]),
        Organization(id=ENTERPRISE, kind="large_enterprise", name="上海融通重工（演示）", members=[
            person("admin@enterprise.example", "赵管理", "admin"),
        ]),
        Organization(id=SUZHOU_SME, kind="sme", name="苏州小微精密（演示）", region_code="320500", members=[
            person("admin@sme.example", "陈经理", "admin"),
            person("booker@sme.example", "周工", "booker"),
        ]),
        Organization(id=BERLIN_SME, kind="sme", name="Kleinwerk Berlin (Demo)", country="DE", members=[
            person("anna@kleinwerk.example", "Anna Klein", "booker", "en"),
        ]),
    ]  # fmt: skip


async def seed(secret: str, *, wanted: bool) -> Demo | None:
    """Seed an empty database, or a full one if `wanted`; tell what is there, or None where there is no demo."""
    seeded: bool = await db.fetchval(OURS, UNIVERSITY)
    if not (seeded or wanted) and await db.fetchval(ANYONE):
        return None
    all_of_them = organizations(secret)
    await sow(all_of_them, SHARED)
    feed_token = fixed_secret(secret, "the feed of the demo")
    await db.execute(FEED, fixed_id(0, "demo feed"), SHARED[0].id, digest(feed_token), "manager@university.example")
    members = [(of.name, person) for of in all_of_them for person in of.members]
    return Demo(members, url(feed_token), await let_in([person.email for _, person in members], secret))


async def refuse_open_demo() -> None:
    """Raise DemoIsOpen where somebody of the demo could sign in: their password is shown by each start."""
    people = [person.email for of in organizations("") for person in of.members]
    if await db.fetchval(OPEN, [*people, OPERATOR]):
        raise DemoIsOpen(
            "this database holds the demo, whose people sign in with a password that was shown, and RONGTONG_BASE_URL, "
            "RONGTONG_HOSTS, RONGTONG_PROXIES or --host let others come; name another database in "
            "RONGTONG_DATABASE_URL or a fresh RONGTONG_DATA_DIR"
        )
