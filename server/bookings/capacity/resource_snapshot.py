"""A resource as booking sees it under its lock: its units, hours and rules. Pure."""

from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from server.bookings.capacity.relatives import Related, Relative
from server.bookings.rules.daily import Override, rules_on
from server.core.spans import Minutes, minutes
from server.resources.rules.schemas import Circle, Rules

Row: TypeAlias = Any  # asyncpg.Record, which this module does not know

_rules = msgspec.json.Decoder(Rules)
_overrides = msgspec.json.Decoder(tuple[Override, ...])
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
            week=minutes(row["week_hours"]),
            rules=_rules.decode(row["rules"]),
            overrides=_overrides.decode(row["overrides"]) if row["overrides"] else (),
            terms_version=row["terms_version"],
            qualified_only=row["qualified_only"],
            relatives=_relatives.decode(row["relatives"]) if row["relatives"] else (),
            withheld=row["withheld"],
            now=row["now"],
        )

    @property
    def asks_who(self) -> bool:
        """Whether it matters who books."""
        if self.terms_version is not None or self.overrides or self.rules.for_audience or self.qualified_only:
            return True
        if self.rules.suspend_at_strikes is not None:
            return True
        return self.rules.audience != "everyone" or self.rules.approval_first_time or bool(self.rules.quotas)

    def rules_at(self, moment: datetime, circle: Circle) -> Rules:
        """The rules for bookings of a circle that start on the local day of `moment`."""
        return rules_on(self.rules, self.overrides, moment.astimezone(ZoneInfo(self.time_zone)).date(), circle)
