"""The objects of a calendar as calendar files: bookings and closures are written, the rest is as it came."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from server.caldav import views
from server.caldav.calendar_file import EARLIEST
from server.caldav.views import BOOKING, CLOSURE, SUFFIX
from server.calendars import events
from server.calendars.feed_read import host
from server.core.actor import Actor
from server.core.instants import LAST
from server.core.translations import translator

Kind = Literal["booking", "closure", "own"]


class Object(msgspec.Struct, frozen=True):
    """One object of a calendar."""

    name: str
    kind: Kind
    data: bytes
    modified_at: datetime


def kind_of(name: str) -> tuple[Kind, UUID | None]:
    """What the name of an object says it is, and the id of the booking or closure."""
    kinds: tuple[tuple[str, Kind], ...] = ((BOOKING, "booking"), (CLOSURE, "closure"))
    for prefix, kind in kinds:
        if name.startswith(prefix) and name.endswith(SUFFIX):
            try:
                return kind, UUID(name.removeprefix(prefix).removesuffix(SUFFIX))
            except ValueError:
                break
    return "own", None


def shown(name: str, etag: str, by: Actor) -> str:
    """The strong ETag that the actor sees: bookings and closures are written in their language."""
    return f'"{etag}"' if kind_of(name)[0] == "own" else f'"{etag}-{by.locale}"'


async def objects(
    resource_id: UUID, by: Actor, wanted: Iterable[str] | None = None, first: datetime = EARLIEST, last: datetime = LAST
) -> list[Object]:
    """Read those of these names (None: all) that may touch a time."""
    own: Sequence[str] | None = None
    ids: dict[Kind, Sequence[UUID] | None] = {"booking": None, "closure": None}
    if wanted is not None:
        sorted_out = [(name, *kind_of(name)) for name in wanted]
        own = [name for name, kind, _ in sorted_out if kind == "own"]
        ids = {kind: [id for _, one, id in sorted_out if one == kind and id is not None] for kind in ids}
    found = [] if own == [] else [_own(one) for one in await views.objects(resource_id, by, own, first, last)]
    if ids["closure"] != []:
        found += [_closure(one, by) for one in await views.closures(resource_id, by, ids["closure"], first, last)]
    if ids["booking"] != []:
        for facts in await views.bookings(resource_id, by, ids["booking"], first, last):
            event = events.event(facts, "owner", by.locale)
            data = events.calendar([], [facts.time_zone], facts.ends_at.year, [event])
            found.append(Object(f"{BOOKING}{facts.booking_id}{SUFFIX}", "booking", data, facts.stamp))
    return found


def _own(one: views.Kept) -> Object:
    return Object(one.name, "own", one.data, one.updated_at)


def _closure(one: views.Closed, by: Actor) -> Object:
    title = translator(by.locale).gettext("Closed")
    said = f"{title}: {one.reason}" if one.reason else title
    event = events.busy(f"{one.id}@{host()}", one.starts_at, one.ends_at, one.stamp, one.time_zone, said)
    data = events.calendar([], [one.time_zone], one.ends_at.year, [event])
    return Object(f"{CLOSURE}{one.id}{SUFFIX}", "closure", data, one.stamp)
