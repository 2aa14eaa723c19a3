"""Seed a database with any number of made-up organizations and resources, the same for the same numbers."""

from uuid import UUID

import msgspec

from server.demo.sow import Organization, Person, Shared, fixed_id, fixed_token, sow
from server.resources.opening.week import WEEK_DAYS, OpeningHours, WeekSpan
from server.resources.schemas import WORKING_HOURS, Kind, ResourceIn

OWNER_KINDS = ("university", "research_institute", "large_enterprise", "public_body")
OWNER_ROLES = ("admin", "manager", "booker")
SME_ROLES = ("admin", "booker")
KINDS: tuple[tuple[Kind, str, str], ...] = (
    ("equipment", "扫描电子显微镜", "Scanning electron microscope"),
    ("test_site", "电磁兼容试验场", "Electromagnetic compatibility test site"),
    ("training_base", "智能制造实训基地", "Smart manufacturing training base"),
    ("expert_service", "材料失效分析专家", "Materials failure analyst"),
    ("technical_service", "工业设计服务", "Industrial design service"),
    ("production_capacity", "五轴加工产线", "Five-axis machining line"),
)
SUZHOU, SHANGHAI, SHENZHEN = (
    ("CN", "苏州", "320500", "Asia/Shanghai"),
    ("CN", "上海", "310000", "Asia/Shanghai"),
    ("CN", "深圳", "440300", "Asia/Shanghai"),
)
ELSEWHERE = (("US", "New York", None, "America/New_York"), ("DE", "Berlin", None, "Europe/Berlin"))
PLACES = (SUZHOU, SHANGHAI, SHENZHEN, SUZHOU, ELSEWHERE[0], SHANGHAI, SUZHOU, ELSEWHERE[1], SHENZHEN, SUZHOU, SHANGHAI)
UNITS = (1, 2, 1, 30, 1, 5, 1, 12, 3)
EVERY_DAY = OpeningHours((WeekSpan(WEEK_DAYS, "08:00", "22:00"),))
ALWAYS = OpeningHours((WeekSpan(WEEK_DAYS, "00:00", "24:00"),))
HOURS = (WORKING_HOURS, EVERY_DAY, WORKING_HOURS, ALWAYS)
RULES = (
    {"min_minutes": 30, "max_minutes": 480, "step_minutes": 30, "approval": "instant"},
    {"min_minutes": 60, "max_minutes": 1440, "step_minutes": 60, "approval": "request"},
    {"min_minutes": 30, "max_minutes": 480, "step_minutes": 30, "max_attendees": 40, "approval": "instant"},
)
ROLE_NAMES = {"admin": "管理员", "manager": "设备主管", "booker": "预约员"}


class SeededMember(msgspec.Struct):
    email: str
    role: str
    token: str


class SeededOrganization(msgspec.Struct):
    id: UUID
    name: str
    kind: str
    members: list[SeededMember]


class SeededResource(msgspec.Struct):
    id: UUID
    owner_id: UUID
    kind: str
    time_zone: str
    units: int


class Document(msgspec.Struct):
    """What was seeded, with the tokens to use it."""

    base_url: str
    organizations: list[SeededOrganization]
    resources: list[SeededResource]


async def seed(owners: int, smes: int, resources: int, *, secret: str, base_url: str) -> Document:
    """Put so many owners, SMEs and resources into the database and tell what is there.

    The same numbers give the same ids and, with the same secret, the same tokens; larger numbers add to what smaller
    ones made, as long as the number of owners stays.
    """
    organizations = [_owner(number, secret) for number in range(owners)]
    shared = [_resource(number, organizations[number % owners].id) for number in range(resources)] if owners else []
    organizations += [_sme(number, secret) for number in range(smes)]
    await sow(organizations, shared)
    return Document(
        base_url,
        [
            SeededOrganization(
                of.id, of.name, of.kind, [SeededMember(one.email, one.role, one.token) for one in of.members]
            )
            for of in organizations
        ],
        [_seeded(one) for one in shared],
    )


def _seeded(one: Shared) -> SeededResource:
    return SeededResource(one.id, one.owner_id, one.resource.kind, one.resource.time_zone, one.resource.units)


def _owner(number: int, secret: str) -> Organization:
    kind = OWNER_KINDS[number % len(OWNER_KINDS)]
    name = f"融通样例共享单位{number + 1}"
    return _organization(number, kind, name, f"owner{number + 1}", OWNER_ROLES, secret)


def _sme(number: int, secret: str) -> Organization:
    return _organization(number, "sme", f"融通样例中小企业{number + 1}", f"sme{number + 1}", SME_ROLES, secret)


def _organization(number: int, kind: str, name: str, domain: str, roles: tuple[str, ...], secret: str) -> Organization:
    locale = "en" if number % 3 == 2 else "zh-CN"
    members = [
        Person(
            email=(email := f"{role}@{domain}.example"),
            name=f"{name}{ROLE_NAMES[role]}" if locale == "zh-CN" else f"{role.title()} {domain}",
            role=role,
            token=fixed_token(secret, email),
            locale=locale,
        )
        for role in roles
    ]
    id = fixed_id(number, "organization", domain)
    return Organization(id=id, kind=kind, name=name, region_code="320500", members=members)


def _resource(number: int, owner_id: UUID) -> Shared:
    kind, name, name_en = KINDS[number % len(KINDS)]
    country, city, region_code, time_zone = PLACES[number % len(PLACES)]
    resource = ResourceIn(
        kind=kind,
        name=f"{name} {number + 1}",
        name_en=f"{name_en} {number + 1}",
        country=country,
        city=city,
        region_code=region_code,
        time_zone=time_zone,
        units=UNITS[number % len(UNITS)],
        opening_hours=HOURS[number % len(HOURS)],
        rules=RULES[number % len(RULES)],
    )
    return Shared(fixed_id(number, "resource", owner_id, number), owner_id, resource)
