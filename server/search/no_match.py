"""Help whom nothing fits: the filter that excludes most, other times of what would match, and a shorter time."""

from datetime import timedelta
from typing import Any

import msgspec

from server.bookings.capacity import alternatives, lock
from server.core.actor import Actor
from server.core.errors import SlotTaken
from server.core.spans import Span
from server.search import counts
from server.search.form import Asked, fields_of
from server.search.found import Found, Look
from server.search.search import shown_all

MOST = 3  # resources whose other times are looked for
SHORTER = (240, 120, 60, 30)  # minutes that are proposed instead


class Other(msgspec.Struct, frozen=True):
    """A resource that matches, and the times nearest to the wanted one at which it can be booked."""

    resource: Found
    times: list[Span]


class Help(msgspec.Struct, frozen=True):
    """What to do when nothing fits. `without`: a filter, how many there are without it, and its fields."""

    without: tuple[str, int, dict[str, Any]] | None = None
    others: list[Other] = []
    shorter: int | None = None  # minutes on the same day


async def help_with(asked: Asked, looks: list[Look], viewer: Actor | None) -> Help:
    """Look for a way out with the functions that search and book."""
    found = {name: await counts.found(asked.without(name), viewer) for name in asked.active}
    name = max(found, key=lambda one: found[one], default=None)
    without = None
    if name is not None and found[name]:
        without = (name, found[name], dict.fromkeys(fields_of(name)))
    return Help(without, await _others(asked, looks, viewer), _shorter(asked))


async def _others(asked: Asked, looks: list[Look], viewer: Actor | None) -> list[Other]:
    if asked.wanted.exactly is None:
        return []
    near = sorted(looks, key=lambda one: not isinstance(one.refusal, SlotTaken))[: 2 * MOST]
    found = []
    for resource in await shown_all(near, viewer):
        seen = await lock.read(resource.id, viewer.organization_id if viewer else None)
        times = await alternatives.alternatives(seen, asked.wanted.exactly, asked.wanted.units, guest=viewer)
        if times:
            found.append(Other(resource, times))
        if len(found) == MOST:
            break
    return found


def _shorter(asked: Asked) -> int | None:
    """A shorter time within the same days, where a time was asked for that is longer than all of them."""
    wanted = asked.wanted
    if not wanted.timed:
        return None
    minutes = wanted.exactly.length // timedelta(minutes=1) if wanted.exactly else wanted.minutes
    return next((one for one in SHORTER if one < minutes), None)
