"""The JSON routes of holds."""

from uuid import UUID

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.bookings import give_back as giving_back
from server.bookings import hold as holding
from server.bookings import holds as held
from server.bookings.hold import NewHold
from server.bookings.holds import Hold
from server.errors import NotFound, OutsideOpeningHours, RuleRefused, SlotTaken, Unauthenticated
from server.organizations.actor import Actor
from server.organizations.api import SECURED
from server.problems import refusals


@post(
    "/holds",
    tags=["bookings"],
    security=SECURED,
    responses=refusals(Unauthenticated, NotFound, SlotTaken, OutsideOpeningHours, RuleRefused),
)
async def hold(by: NamedDependency[Actor], data: JSONBody[NewHold]) -> Hold:
    """Keep a time for a few minutes. Booking with its `hold_id` turns it into the booking."""
    return await holding.hold(data, by)


@get("/holds", tags=["bookings"], security=SECURED, responses=refusals(Unauthenticated))
async def holds(by: NamedDependency[Actor]) -> list[Hold]:
    """List your holds that stand: those you took, offers from the wait list, and proposals for your bookings."""
    return await held.own(by)


@delete("/holds/{id:uuid}", tags=["bookings"], security=SECURED, responses=refusals(Unauthenticated, NotFound))
async def give_back(by: NamedDependency[Actor], id: FromPath[UUID]) -> None:
    """Give back a hold that you took."""
    await giving_back.give_back(id, by)


ROUTES = [hold, holds, give_back]
