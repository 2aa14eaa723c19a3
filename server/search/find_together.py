"""Find times at which several resources, named or any of a kind, can be booked together."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from server.bookings.capacity import lock
from server.bookings.capacity.resource_snapshot import Bookable, Surroundings
from server.bookings.groups.together import Together, alone, cuts, free_together, longest
from server.core.actor import Actor
from server.core.spans import Span
from server.resources.schemas import Kind
from server.search.query import Search
from server.search.search import search

CANDIDATES = 10  # of a kind


class FreeTogether(msgspec.Struct):
    """A time in which all of `resources` can be booked: from its start on, or any part of it that keeps to the steps or
    blocks of each and is neither too short nor too long."""

    __schema_name__ = "CommonFreeTime"
    starts_at: datetime
    ends_at: datetime
    resources: tuple[UUID, ...]
    min_minutes: int
    max_minutes: int | None


class TogetherFree(msgspec.Struct):
    """Times when all are free. `resources` says which; those of a kind come after those named, in order."""

    __schema_name__ = "CommonFreeTimes"
    items: list[FreeTogether]


Seen = tuple[Bookable, Surroundings]


async def find_together(
    resources: Sequence[UUID], kinds: Sequence[Kind], window: Span, minutes: int, units: int, viewer: Actor | None,
    *, region: str | None = None,
) -> TogetherFree:  # fmt: skip
    """Intersect what availability offers of each. Of a kind the first CANDIDATES with so long a gap are looked at, all
    in `region` where one is given.

    Raises NotFound for a resource that the viewer may not see.
    """
    choices = [[await _look(id, window, viewer)] for id in resources]
    for kind in kinds:
        wanted = Search(kind=kind, region=region, within=window, minutes=minutes, units=units)
        of_kind = (await search(wanted, viewer, None, CANDIDATES)).items
        choices.append([await _look(one.id, window, viewer) for one in of_kind])
    return TogetherFree([_told(one, choices[0][0][0]) for one in common_times(choices, minutes, units)])


def common_times(choices: Sequence[Sequence[Seen]], minutes: int, units: int) -> list[Together]:
    """When one of each choice can be booked, all for the same time. Pure."""
    found, shortest = list[Together](), timedelta(minutes=minutes)
    footprints = {resource.id: {resource.id, *resource.parts} for choice in choices for resource, _ in choice}
    for index, choice in enumerate(choices):
        others = [*choices[:index], *choices[index + 1 :]]
        free = [one for seen in choice for one in _free(seen, others, minutes, units)]
        found = free_together(found, free, shortest, footprints) if index else longest([*cuts(free, shortest)])
    return found


async def _look(id: UUID, window: Span, viewer: Actor | None) -> Seen:
    resource = await lock.read(id, viewer.organization_id if viewer else None)
    return resource, await lock.look_around(resource, window, guest=viewer)


def _free(one: Seen, others: Sequence[Sequence[Seen]], minutes: int, units: int) -> list[Together]:
    """The windows of one resource, when others of the same owner are booked beside it."""
    resource, seen = one
    beside = sum(any(other.owner_id == resource.owner_id for other, _ in choice) for choice in others)
    guest = msgspec.structs.replace(seen.guest, beside=beside)
    windows = msgspec.structs.replace(seen, guest=guest).free(resource, units, minutes)
    return [alone(resource.id, window, resource.time_zone) for window in windows]


def _told(one: Together, first: Bookable) -> FreeTogether:
    starts_at, ends_at = one.starts_at.astimezone(first.zone), one.ends_at.astimezone(first.zone)
    return FreeTogether(starts_at, ends_at, one.resources, one.min_minutes, one.max_minutes)
