"""How what is taken through a part or a whole stands in the way of a resource. Pure."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from server.bookings.capacity.units import Occupation
from server.core.spans import Span
from server.resources.rules.schemas import Rules

TOUCHING = timedelta(microseconds=1)


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


def occupation(
    resource: Related, unit: int, starts_at: datetime, ends_at: datetime, reason: str, relative_id: UUID | None,
    id: UUID | None = None,
) -> Occupation:  # fmt: skip
    """A claim as it stands in the way, taken on the resource itself or through a relative."""
    apart = reason in ("booking", "hold")
    if relative_id is None:
        return Occupation(unit, Span(starts_at, ends_at), apart, id)
    distance = resource.distance_to(relative_id) if apart else 0
    return Occupation(unit, Span(starts_at, ends_at), False, id, distance)
