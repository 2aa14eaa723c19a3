"""How what is taken through a part or a whole stands in the way of a resource. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from server.bookings.units import Occupation
from server.spans import Span

if TYPE_CHECKING:
    from server.bookings.bookable import Bookable


class Relative(msgspec.Struct, frozen=True, array_like=True):
    """A part of a resource, or a whole that it is a part of."""

    id: UUID
    is_part: bool
    distance: int  # minutes between bookings there


def occupation(
    resource: Bookable, unit: int, starts_at: datetime, ends_at: datetime, reason: str, relative_id: UUID | None,
    id: UUID | None = None,
) -> Occupation:  # fmt: skip
    """A claim as it stands in the way, taken on the resource itself or through a relative."""
    apart = reason in ("booking", "hold")
    if relative_id is None:
        return Occupation(unit, Span(starts_at, ends_at), apart, id)
    distance = resource.distance_to(relative_id) if apart else 0
    return Occupation(unit, Span(starts_at, ends_at), False, id, distance)
