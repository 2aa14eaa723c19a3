"""How the one who books stands with a resource's owner, and what they have booked already."""

from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from server.resources.rules import Circle


class Booker(Protocol):
    """For whom time is taken: an actor, or whoever made a booking."""

    @property
    def member_id(self) -> UUID: ...
    @property
    def organization_id(self) -> UUID: ...


class Counted(msgspec.Struct, frozen=True):
    """A booking of the same organization with the same owner, as quotas count it."""

    starts_at: datetime
    ends_at: datetime
    units: int
    here: bool  # on this resource
    mine: bool  # by the same member

    @property
    def minutes(self) -> int:
        """Of all units together."""
        return int((self.ends_at - self.starts_at) / timedelta(minutes=1)) * self.units

    def day(self, zone: ZoneInfo) -> date:
        """The local day on which it counts."""
        return self.starts_at.astimezone(zone).date()


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules may know of the one who books. The defaults are a stranger."""

    circle: Circle = "everyone"
    known: bool = False  # a booking of theirs on this resource has been confirmed before
    accepted: int = 0  # the newest version of the terms that they accepted
    booked: tuple[Counted, ...] = ()


STRANGER = Standing()
