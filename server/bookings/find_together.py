"""Find times at which several resources, named or any of a kind, can be booked together."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from server.bookings import claims, views
from server.bookings.together import Grid, Together, free_together, longest, on_grids
from server.organizations.actor import Actor
from server.resources.schemas import Kind
from server.resources.search import Search, search
from server.spans import Span

CANDIDATES = 10  # of a kind


class TogetherFree(msgspec.Struct):
    """Times when all are free. `items` says which resources; those of a kind come after those named, in order."""

    items: list[Together]


async def find_together(
    resources: Sequence[UUID], kinds: Sequence[Kind], window: Span, minutes: int, units: int, viewer: Actor | None
) -> TogetherFree:
    """Intersect what availability offers of each. Of a kind the first CANDIDATES with so long a gap are looked at.

    Raises NotFound for a resource that the viewer may not see.
    """
    shortest = timedelta(minutes=minutes)
    grids: dict[UUID, Grid] = {}
    footprints: dict[UUID, set[UUID]] = {}
    found: list[Together] | None = None
    for choice in [[id] for id in resources] + [await _of(kind, window, minutes, units, viewer) for kind in kinds]:
        free = [one for id in choice for one in await _free(id, window, minutes, units, viewer, grids, footprints)]
        found = longest(free) if found is None else free_together(found, free, shortest, footprints)
    return TogetherFree([cut for one in found or () if (cut := _cut(one, grids, shortest))])


async def _of(kind: Kind, window: Span, minutes: int, units: int, viewer: Actor | None) -> list[UUID]:
    wanted = Search(kind=kind, within=window, minutes=minutes, units=units)
    return [one.id for one in (await search(wanted, viewer, None, CANDIDATES)).items]


async def _free(
    id: UUID, window: Span, minutes: int, units: int, viewer: Actor | None, grids: dict[UUID, Grid],
    footprints: dict[UUID, set[UUID]],
) -> list[Together]:  # fmt: skip
    resource = await claims.read(id, viewer.organization_id if viewer else None)
    grids[id] = (ZoneInfo(resource.time_zone), resource.rules.step_minutes)
    footprints[id] = {id, *resource.parts}
    if resource.rules.max_minutes is not None and minutes > resource.rules.max_minutes:
        return []
    seen = await views.availability(id, window, viewer, minutes=minutes, units=units)
    return [Together(free.starts_at, free.ends_at, (id,)) for free in seen.free]


def _cut(one: Together, grids: dict[UUID, Grid], shortest: timedelta) -> Together | None:
    span = on_grids(one.span, [grids[id] for id in one.resources])
    if span is None or span.length < shortest:
        return None
    return Together(span.starts_at, span.ends_at, one.resources)
