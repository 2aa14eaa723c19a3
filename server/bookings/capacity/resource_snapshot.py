"""A resource as booking sees it under its lock: its units, hours and rules. Pure."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from server.bookings.capacity.units import TakenSpan
from server.bookings.rules.daily import Override, rules_on
from server.core.spans import Minutes, Span, minutes
from server.prices.choose import Kept
from server.resources.opening.opening_hours import week_of
from server.resources.rules.schemas import Circle, Rules

TOUCHING = timedelta(microseconds=1)

Row: TypeAlias = Any  # asyncpg.Record, which this module does not know


class Relative(msgspec.Struct, frozen=True, array_like=True):
    """A part of a resource, or a whole that it is a part of."""

    id: UUID
    is_part: bool
    distance: int  # minutes between bookings there


class Related(msgspec.Struct, frozen=True, kw_only=True):
    """What a resource has to know of its parts and wholes."""

    rules: Rules  # on usual days, for everyone
    relatives: tuple[Relative, ...] = ()

    @property
    def parts(self) -> list[UUID]:
        return [one.id for one in self.relatives if one.is_part]

    @property
    def wholes(self) -> list[UUID]:
        return [one.id for one in self.relatives if not one.is_part]

    @property
    def farthest(self) -> timedelta:
        """How far from a time bookings can matter, be they on this resource, its parts or its wholes."""
        return timedelta(minutes=max(self.rules.distance, *(one.distance for one in self.relatives), 0))

    @property
    def seen_around(self) -> timedelta:
        """How far around a time to look: also at what ends just where it begins, for a block may need that one."""
        return self.farthest + TOUCHING

    def distance_to(self, relative_id: UUID) -> int:
        """Minutes between a booking here and one there: those of the two that want more."""
        there = (one.distance for one in self.relatives if one.id == relative_id)
        return max(self.rules.distance, *there, 0)


_rules = msgspec.json.Decoder(Rules)
_overrides = msgspec.json.Decoder(tuple[Override, ...])
_prices = msgspec.json.Decoder(tuple[Kept, ...])
_relatives = msgspec.json.Decoder(tuple[Relative, ...])


class ResourceSnapshot(Related, frozen=True, kw_only=True):
    """What never changes while the resource is locked."""

    id: UUID
    owner_id: UUID
    owner_name: str
    name: str
    name_en: str
    country: str = ""
    place: str
    time_zone: str
    units: int
    week: Minutes
    overrides: tuple[Override, ...] = ()
    terms_version: int | None = None  # the newest; none: there is nothing to accept
    qualified_only: bool = False
    withheld: bool = False  # its owner is suspended
    prices: tuple[Kept, ...] = ()  # that hold or are planned, of the resource and of its owner
    price_per_hour: Decimal | None = None  # where no other is set
    currency: str = ""
    now: datetime  # of the database

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def due_at(self, starts_at: datetime) -> datetime:
        """By when a request made now for a time from `starts_at` is to be decided."""
        return min(self.now + timedelta(minutes=self.rules.decide_within_minutes), starts_at)

    @classmethod
    def from_row(cls, row: Row) -> "ResourceSnapshot":
        """Read the columns of claims.COLUMNS."""
        return cls(
            id=row["id"],
            owner_id=row["owner_id"],
            owner_name=row["owner_name"],
            name=row["name"],
            name_en=row["name_en"],
            country=row["country"],
            place=row["city"],
            time_zone=row["time_zone"],
            units=row["units"],
            week=week_of(minutes(row["week_hours"]), minutes(row["week_shifts"])),
            rules=_rules.decode(row["rules"]),
            overrides=_overrides.decode(row["overrides"]) if row["overrides"] else (),
            terms_version=row["terms_version"],
            qualified_only=row["qualified_only"],
            relatives=_relatives.decode(row["relatives"]) if row["relatives"] else (),
            withheld=row["withheld"],
            prices=_prices.decode(row["prices"]) if row["prices"] else (),
            price_per_hour=row["price_per_hour"],
            currency=row["currency"],
            now=row["now"],
        )

    @property
    def asks_who(self) -> bool:
        """Whether it matters who books."""
        if self.terms_version is not None or self.overrides or self.rules.for_audience or self.qualified_only:
            return True
        if self.rules.suspend_at_strikes is not None:
            return True
        if any(one.circle != "everyone" for one in self.prices):
            return True
        return self.rules.audience != "everyone" or self.rules.approval_first_time or bool(self.rules.quotas)

    def rules_at(self, moment: datetime, circle: Circle) -> Rules:
        """The rules for bookings of a circle that start on the local day of `moment`."""
        return rules_on(self.rules, self.overrides, moment.astimezone(ZoneInfo(self.time_zone)).date(), circle)


def taken_span(
    resource: Related, unit: int, starts_at: datetime, ends_at: datetime, reason: str, relative_id: UUID | None,
    id: UUID | None = None,
) -> TakenSpan:  # fmt: skip
    """A claim as it stands in the way, taken on the resource itself or through a relative."""
    apart = reason in ("booking", "hold")
    if relative_id is None:
        return TakenSpan(unit, Span(starts_at, ends_at), apart, id)
    distance = resource.distance_to(relative_id) if apart else 0
    return TakenSpan(unit, Span(starts_at, ends_at), False, id, distance)
