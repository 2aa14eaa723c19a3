"""What people send about a resource, and what they get."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from server.core.regions import Region, is_region
from server.core.text import Address, Line, Name, Prose
from server.core.time_zones import time_zones
from server.resources.opening.week import OpeningHours, WeekSpan
from server.resources.rules.schemas import Rules, wrong_with

Kind = Literal[
    "equipment", "test_site", "training_base", "expert_service", "technical_service", "production_capacity"
]  # fmt: skip
Units = Annotated[int, Meta(ge=1, le=10_000, description="interchangeable pieces, each bookable on its own")]
Country = Annotated[str, Meta(pattern=r"\A(?:[A-Z]{2})?\Z", description="ISO 3166-1 alpha-2", examples=["CN"])]
Currency = Annotated[str, Meta(pattern=r"\A(?:[A-Z]{3})?\Z", description="ISO 4217; never guessed", examples=["CNY"])]
Latitude = Annotated[float, Meta(ge=-90, le=90, description="degrees north, WGS 84", examples=[31.3])]
Longitude = Annotated[float, Meta(ge=-180, le=180, description="degrees east, WGS 84", examples=[120.6])]
TimeZone = Annotated[str, Meta(max_length=64, description="IANA name", examples=["Asia/Shanghai"])]

DEAREST = Decimal(1_000_000_000)  # per hour in any currency; beyond it a typing error is certain
WORKING_HOURS = OpeningHours((WeekSpan(("mon", "tue", "wed", "thu", "fri"), "09:00", "17:00"),))


# The resources that this one is a part of: taking one of them takes it, and the reverse.
Wholes = Annotated[list[UUID], Meta(max_length=20, description="resources of yours of which this one is a part")]


class ResourceIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A resource as its owner describes it. The same checks hold at every door: page, API and import."""

    __schema_name__ = "NewResource"
    kind: Kind
    name: Name
    name_en: Line = ""
    description: Prose = ""
    manufacturer: Line = ""
    model: Line = ""
    category: Line = ""
    country: Country = ""
    city: Line = ""
    region_code: Region | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    time_zone: TimeZone
    units: Units = 1
    opening_hours: OpeningHours = WORKING_HOURS
    rules: dict[str, Any] = {}  # of Rules, only what the owner says; the organization's rules hold for the rest
    price_per_hour: Decimal | None = None
    currency: Currency = ""
    source_url: Address = ""
    methods: Prose = ""
    address: Line = ""
    contact: Line = ""
    price_text: Line = ""
    part_of_ids: Wholes = []
    listed: bool = True

    def __post_init__(self) -> None:
        for field, complaint in complaints(msgspec.structs.asdict(self)):
            raise ValueError(f"{field}: {complaint}")


def complaints(given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What no single type can say: which of these fields of a resource are wrong, and why."""
    found = []
    if (zone := given.get("time_zone")) is not None and zone not in time_zones():
        found.append(("time_zone", "not an IANA name such as Asia/Shanghai or Europe/Berlin"))
    if (region := given.get("region_code")) is not None and not is_region(region):
        found.append(("region_code", "not a GB/T 2260 code such as 320500"))
    if (given.get("latitude") is None) != (given.get("longitude") is None):
        found.append(("longitude", "give `latitude` and `longitude` both, or neither"))
    if (price := given.get("price_per_hour")) is not None:
        if not is_price(price):
            found.append(("price_per_hour", f"from 0 to {DEAREST:,}, with at most 4 decimals"))
        if not given.get("currency"):
            found.append(("currency", "a price needs its ISO 4217 code such as CNY"))
    if wrong := wrong_with(given.get("rules", {})):
        found.append(("rules", wrong))
    return found


def is_price(price: Decimal) -> bool:
    if not price.is_finite() or not 0 <= price <= DEAREST:
        return False
    exponent = price.as_tuple().exponent
    return isinstance(exponent, int) and -4 <= exponent <= 9


class ResourcePatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change of a resource; what is left out stays. Of `rules`, too, only those given change."""

    kind: Kind | UnsetType = UNSET
    name: Name | UnsetType = UNSET
    name_en: Line | UnsetType = UNSET
    description: Prose | UnsetType = UNSET
    manufacturer: Line | UnsetType = UNSET
    model: Line | UnsetType = UNSET
    category: Line | UnsetType = UNSET
    country: Country | UnsetType = UNSET
    city: Line | UnsetType = UNSET
    region_code: Region | UnsetType | None = UNSET
    latitude: Latitude | UnsetType | None = UNSET
    longitude: Longitude | UnsetType | None = UNSET
    time_zone: TimeZone | UnsetType = UNSET
    units: Units | UnsetType = UNSET
    rules: dict[str, Any] | UnsetType = UNSET  # a part of Rules; "inherit" takes a rule back
    price_per_hour: Decimal | UnsetType | None = UNSET
    currency: Currency | UnsetType = UNSET
    source_url: Address | UnsetType = UNSET
    methods: Prose | UnsetType = UNSET
    address: Line | UnsetType = UNSET
    contact: Line | UnsetType = UNSET
    price_text: Line | UnsetType = UNSET
    part_of_ids: Wholes | UnsetType = UNSET
    listed: bool | UnsetType = UNSET


class Owner(msgspec.Struct, frozen=True):
    """The organization that shares a resource."""

    __schema_name__ = "ResourceOwner"
    id: UUID
    name: str


class PhotoOut(msgspec.Struct, frozen=True):
    """A picture: where it is in large and in small, and what is to be seen on it."""

    __schema_name__ = "Photo"
    id: UUID
    url: str
    small_url: str
    alt: str
    width: int
    height: int


class ResourceOut(msgspec.Struct, frozen=True, kw_only=True):
    """A resource with all that someone needs who wants to book it."""

    __schema_name__ = "Resource"
    id: UUID
    owner: Owner
    kind: Kind
    name: str
    name_en: str
    description: str
    manufacturer: str
    model: str
    category: str
    country: str
    city: str
    region_code: str | None
    region_name: str
    latitude: float | None
    longitude: float | None
    time_zone: str
    units: int
    opening_hours: OpeningHours
    rules: Rules  # as they hold: what its organization says, and over it what is said of this resource
    own_rules: dict[str, Any]  # what is said of this resource only
    terms_version: int | None  # of the terms to accept with a booking, if there are any
    price_per_hour: Decimal | None
    currency: str
    source_url: str
    methods: str  # and standards
    address: str
    contact: str
    price_text: str  # as the owner wrote it
    photos: list[PhotoOut]
    part_of_ids: list[UUID]  # taking one of these takes it, and the reverse
    part_ids: list[UUID]  # what is taken with it; to a guest only those listed
    listed: bool
    version: int
    created_at: datetime
    updated_at: datetime
