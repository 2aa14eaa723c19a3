"""The JSON routes of prices: what an owner charges, and what a time would cost the one who asks."""

from uuid import UUID

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from server.access.permissions import open_to
from server.bookings.costs.quote import NewQuote, Quote, quote
from server.core.actor import Actor
from server.core.errors import Conflict, Forbidden, NotFound, Unauthenticated
from server.core.problem_details import refusals
from server.prices import views
from server.prices.choose import Kept
from server.prices.end_price import end_price
from server.prices.set_price import NewPrice, set_price


@get(
    "/resources/{id:uuid}/prices",
    tags=["Prices"],
    opt=open_to("manager", "read", id="resource"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def list_prices(id: FromPath[UUID], by: NamedDependency[Actor]) -> list[Kept]:
    """List what was, is and will be charged for a resource of yours, with what you charge for all."""
    return await views.prices(id, by)


@post(
    "/resources/{id:uuid}/prices",
    tags=["Prices"],
    opt=open_to("manager", "manage", id="resource"),
    responses=refusals(Unauthenticated, Forbidden, NotFound, Conflict),
)
async def set_price_of_resource(id: FromPath[UUID], data: JSONBody[NewPrice], by: NamedDependency[Actor]) -> Kept:
    """Set what a resource costs a partner or a circle from some moment on. What was booked keeps its price."""
    return await set_price(id, data, by)


@get(
    "/prices",
    tags=["Prices"],
    opt=open_to("manager", "read"),
    responses=refusals(Unauthenticated, Forbidden),
)
async def list_default_prices(by: NamedDependency[Actor]) -> list[Kept]:
    """List what you charge for all resources that have no price of their own."""
    return await views.prices(None, by)


@post(
    "/prices",
    tags=["Prices"],
    opt=open_to("manager", "manage"),
    responses=refusals(Unauthenticated, Forbidden, NotFound, Conflict),
)
async def set_default_price(data: JSONBody[NewPrice], by: NamedDependency[Actor]) -> Kept:
    """Set what all your resources cost that have no price of their own."""
    return await set_price(None, data, by)


@delete(
    "/prices/{id:uuid}",
    tags=["Prices"],
    opt=open_to("manager", "manage", id="price"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def end_a_price(id: FromPath[UUID], by: NamedDependency[Actor]) -> None:
    """End a price: from now on it holds for nobody. What was booked by it stays as it is."""
    await end_price(id, by)


@post(
    "/quotes",
    tags=["Prices"],
    opt=open_to("booker", "read", resource_id="resource", once=False),
    status_code=200,
    responses=refusals(Unauthenticated, NotFound),
)
async def ask_for_a_quote(data: JSONBody[NewQuote], by: NamedDependency[Actor]) -> Quote:
    """Tell what a time would cost your organization, line by line, and why. Nothing is taken and nothing is kept."""
    return await quote(data, by)


ROUTES: list[HTTPRouteHandler] = [
    list_prices, set_price_of_resource, list_default_prices, set_default_price, end_a_price, ask_for_a_quote,
]  # fmt: skip
