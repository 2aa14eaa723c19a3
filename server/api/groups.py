"""The JSON routes of groups, and of times when several resources are free together."""

from datetime import timedelta
from typing import Annotated, TypeVar
from uuid import UUID

import msgspec
from litestar import get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from server.access.permissions import open_to
from server.bookings.groups import groups
from server.bookings.schemas import Because, Group
from server.core import instants
from server.core.actor import Actor
from server.core.errors import (
    Forbidden,
    Invalid,
    NotFound,
    OutsideOpeningHours,
    RuleRefused,
    SlotTaken,
    Unauthenticated,
    WrongState,
)
from server.core.problem_details import refusals
from server.core.regions import REGION_PATTERN
from server.resources.schemas import Kind
from server.search.find_together import TogetherFree, find_together

T = TypeVar("T")

LONGEST_WINDOW = timedelta(days=31)
MOST = 10  # resources and kinds in one question

RegionOfKinds = Annotated[
    str | None,
    QueryParameter(
        pattern=REGION_PATTERN, required=False, description="GB/T 2260 code: where the resources of a kind are to be"
    ),
]

CHANGING = (Unauthenticated, Forbidden, NotFound, WrongState, RuleRefused)


class Shift(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far to move every booking of a group; negative: earlier."""

    __schema_name__ = "GroupShift"
    shift_minutes: Annotated[int, Meta(ge=-366 * 1440, le=366 * 1440)]


@get(
    "/groups/{id:uuid}",
    tags=["Bookings"],
    opt=open_to("booker", "read", id="group"),
    responses=refusals(Unauthenticated, NotFound),
)
async def read_group(id: FromPath[UUID], by: NamedDependency[Actor]) -> Group:
    """Read the bookings of a group. Owners see those on their own resources."""
    return await groups.group(id, by)


@post(
    "/groups/{id:uuid}/cancel",
    tags=["Bookings"],
    opt=open_to("booker", "book", while_suspended=True, id="group"),
    status_code=200,
    responses=refusals(*CHANGING),
)
async def cancel_group(id: FromPath[UUID], by: NamedDependency[Actor], data: JSONBody[Because | None] = None) -> Group:
    """Cancel every booking of a group that still stands. One alone is cancelled by its own address."""
    return await groups.cancel_group(id, by, data.reason if data else "")


@patch(
    "/groups/{id:uuid}",
    tags=["Bookings"],
    opt=open_to("booker", "book", id="group"),
    responses=refusals(*CHANGING, SlotTaken, OutsideOpeningHours),
)
async def move_group(id: FromPath[UUID], by: NamedDependency[Actor], data: JSONBody[Shift]) -> Group:
    """Move every booking of a group by the same time: all of them, or none."""
    return await groups.shift_group(id, by, data.shift_minutes)


@get(
    "/availability",
    tags=["Search"],
    opt=open_to("anyone", "read", resources="resource"),
    responses=refusals(NotFound, Unauthenticated),
)
async def find_common_times(
    viewer: NamedDependency[Actor | None],
    from_: Annotated[str, QueryParameter(name="from", schema_extra={"format": "date-time"})],
    to: Annotated[str, QueryParameter(schema_extra={"format": "date-time"})],
    minutes: Annotated[int, QueryParameter(ge=1, le=31 * 1440)],
    resources: Annotated[str, QueryParameter(description="ids, with commas between them", max_length=1000)] = "",
    kinds: Annotated[str, QueryParameter(description="kinds, with commas between them", max_length=1000)] = "",
    units: Annotated[int, QueryParameter(ge=1, le=10_000)] = 1,
    region: RegionOfKinds = None,
) -> TogetherFree:
    """Find times of at least `minutes` when all of these resources, and one of each kind, are free together."""
    window = instants.span(instants.instant(from_, "from"), instants.instant(to, "to"))
    if window.length > LONGEST_WINDOW:
        raise Invalid("look at no more than 31 days at a time", field="to")
    named, any_of = _read(resources, list[UUID], "resources"), _read(kinds, list[Kind], "kinds")
    if not 1 <= len(named) + len(any_of) <= MOST:
        raise Invalid(f"name one to {MOST} resources and kinds", field="resources")
    return await find_together(list(dict.fromkeys(named)), any_of, window, minutes, units, viewer, region=region)


def _read(text: str, kind: type[list[T]], field: str) -> list[T]:
    try:
        return msgspec.convert([part for part in text.split(",") if part], kind, strict=False)
    except msgspec.ValidationError as error:
        raise Invalid(f"{field}: {error}", field=field) from None


ROUTES = [read_group, cancel_group, move_group, find_common_times]
