"""The JSON routes for operators: what needs attention, health, what is offered, calendars in trouble, deliveries."""

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, QueryParameter

from server.access.permissions import open_to
from server.access.person import Person
from server.core.errors import Forbidden, Unauthenticated
from server.core.problem_details import refusals
from server.core.regions import region_name
from server.core.text import LINE_PATTERN
from server.operator import views
from server.operator.read_health import Health, read_health
from server.operator.replay import replay_mails, replay_webhooks
from server.operator.schemas import (
    Attention,
    Catalogue,
    Channel,
    Delivery,
    ForeignInTrouble,
    OfCategory,
    OfRegion,
    Replay,
    Replayed,
)
from server.operator.views import DeliveryState
from server.outbox import notices

READ, MANAGE = open_to("operator", "read"), open_to("operator", "manage")
ASKED = refusals(Unauthenticated, Forbidden)
OfState = Annotated[DeliveryState, QueryParameter(name="state", required=False)]  # `state` itself is Litestar's
Search = Annotated[
    str,
    QueryParameter(
        max_length=200, pattern=LINE_PATTERN, required=False,
        description="a part of the recipient's address, or of the organization's name",
    ),
]  # fmt: skip
NO_STORE = {"Cache-Control": "no-store"}  # it names people


@get("/operator/attention", tags=["Operator"], opt=READ, responses=ASKED)
async def read_attention() -> Attention:
    """Count what needs somebody, and what there is."""
    return Attention(**await views.attention())


@get("/operator/health", tags=["Operator"], opt=READ, responses=ASKED)
async def read_platform_health() -> Health:
    """Read how the parts are that the platform runs on: database, Valkey, worker, queues, mail."""
    return await read_health()


@get("/operator/catalogue", tags=["Operator"], opt=READ, responses=ASKED)
async def read_catalogue() -> Catalogue:
    """Count what is offered of each kind, in each category and region.

    Categories are what owners wrote of their resources, regions are GB/T 2260: neither is a list that is kept here.
    """
    return Catalogue(
        [OfCategory(**row) for row in await views.kinds()],
        [OfRegion(name=region_name(row["region"]) or row["country"], **row) for row in await views.regions()],
    )


@get(
    "/operator/foreign-calendars",
    tags=["Operator"],
    opt=READ,
    responses=ASKED,
)
async def list_troubled_foreign_calendars() -> list[ForeignInTrouble]:
    """List the foreign calendars that could not be read at the last try; the one that is oldest first."""
    return [ForeignInTrouble(**row) for row in await views.foreign_in_trouble()]


@get("/operator/deliveries", tags=["Operator"], opt=READ, responses=ASKED)
async def list_deliveries(
    channel: FromQuery[Channel] = "mail", state_: OfState = "dead", q: Search = ""
) -> Response[list[Delivery]]:
    """List mails or calls of webhooks that wait, were sent, lapsed or given up (`dead`); the newest hundred."""
    if channel == "mail":
        found = [Delivery.of_mail(one) for one in await notices.listing(state_, views.MOST, q)]
    else:
        found = [Delivery.of_webhook(row) for row in await views.webhook_deliveries(state_, q)]
    return Response(found, headers=NO_STORE)


@post(
    "/operator/deliveries/replay",
    tags=["Operator"],
    opt=MANAGE,
    status_code=200,
    responses=ASKED,
)
async def replay_deliveries(person: NamedDependency[Person], data: JSONBody[Replay]) -> Replayed:
    """Send again what was given up: those named, or all. Mails that later news has overtaken are left."""
    verb = replay_mails if data.channel == "mail" else replay_webhooks
    ids: list[UUID] | None = None if data.ids is None else list(data.ids)
    return Replayed(await verb(ids, person))


ROUTES = [
    read_attention,
    read_platform_health,
    read_catalogue,
    list_troubled_foreign_calendars,
    list_deliveries,
    replay_deliveries,
]
