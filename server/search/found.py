"""What a search found, as it is shown."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from server.bookings.capacity.occupancy_read import next_free
from server.core.actor import Actor
from server.core.errors import DomainError
from server.resources.schemas import ResourceOut

NEVER = datetime.max.replace(tzinfo=UTC)


class Look(msgspec.Struct, frozen=True):
    """A candidate that was looked at, and why it cannot be booked as wanted, if it cannot."""

    id: UUID
    distance_km: float | None = None
    refusal: DomainError | None = None


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """What a booking would be answered: the slug of its problem, the rule, and what would make it a yes."""

    __schema_name__ = "BookingRefusal"
    type: str
    title: str
    rule: str | None = None
    remedy: str = ""


class Found(ResourceOut, frozen=True, kw_only=True):
    """A resource that was found: how far away it is, and why it cannot be booked at the time that was asked for."""

    __schema_name__ = "ResourceHit"
    distance_km: float | None = None
    refusal: Refusal | None = None


def shown(resource: ResourceOut, look: Look) -> Found:
    """Lay what the search saw over what the resource says."""
    said = {name: getattr(resource, name) for name in ResourceOut.__struct_fields__}
    distance = None if look.distance_km is None else round(look.distance_km, 1)
    return Found(**said, distance_km=distance, refusal=_told(look.refusal))


def _told(refusal: DomainError | None) -> Refusal | None:
    if refusal is None:
        return None
    rule, remedy = refusal.members.get("rule"), refusal.members.get("remedy", refusal.detail)
    return Refusal(type=refusal.slug(), title=refusal.title(), rule=rule, remedy=remedy)


async def by_next_free(looks: Sequence[Look], viewer: Actor | None) -> list[Look]:
    """Sort by when each can next be booked by the viewer; those that cannot soon come last."""
    free = await next_free([one.id for one in looks], viewer)
    starts = {id: one.starts_at or NEVER for id, one in free.items()}
    return sorted(looks, key=lambda one: (starts.get(one.id, NEVER), one.id))
