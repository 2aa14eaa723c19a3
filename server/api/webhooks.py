"""The JSON routes of webhooks and of what is delivered to them."""

from typing import Annotated
from uuid import UUID

from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from server.access.permissions import open_to
from server.core import http
from server.core.actor import Actor
from server.core.errors import AddressRefused, Forbidden, NotFound, TooManyWebhooks, Unauthenticated
from server.core.http import Cursor, Limit, Page
from server.core.problem_details import refusals
from server.webhooks import register, replay, views
from server.webhooks.schemas import (
    Delivery,
    Endpoint,
    EndpointPatch,
    EndpointWithSecret,
    NewEndpoint,
    Replayed,
    State,
)

InState = Annotated[State | None, QueryParameter(name="state", required=False)]
OWN = open_to("manager", "manage", id="webhook")
REFUSALS = refusals(Unauthenticated, Forbidden, NotFound)


@post(
    "/webhooks",
    tags=["Webhooks"],
    opt=open_to("manager", "manage", once=False),
    responses=refusals(Unauthenticated, Forbidden, AddressRefused, TooManyWebhooks),
)
async def create_webhook(by: NamedDependency[Actor], data: JSONBody[NewEndpoint]) -> EndpointWithSecret:
    """Let a program of yours hear of bookings and resources. Its `secret` is told this once."""
    return await register.register(data, by)


@get(
    "/webhooks",
    tags=["Webhooks"],
    opt=open_to("manager", "manage"),
    responses=refusals(Unauthenticated, Forbidden),
)
async def list_webhooks(by: NamedDependency[Actor], cursor: Cursor = None, limit: Limit = 50) -> Page[Endpoint]:
    """List the webhooks of your organization."""
    rows = await views.endpoints(by, http.after(cursor), limit + 1)
    return http.page(rows, limit, key=lambda one: one.id)


@get("/webhooks/{id:uuid}", tags=["Webhooks"], opt=OWN, responses=REFUSALS)
async def read_webhook(by: NamedDependency[Actor], id: FromPath[UUID]) -> Endpoint:
    """Read one, and since when it fails."""
    return await views.endpoint(id, by)


@patch(
    "/webhooks/{id:uuid}",
    tags=["Webhooks"],
    opt=OWN,
    responses=refusals(Unauthenticated, Forbidden, NotFound, AddressRefused),
)
async def update_webhook(by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[EndpointPatch]) -> Endpoint:
    """Change one, or switch it off and on."""
    return await register.revise(id, data, by)


@post(
    "/webhooks/{id:uuid}/rotate",
    status_code=200,
    tags=["Webhooks"],
    opt=open_to("manager", "manage", tells_secret=True, id="webhook"),
    responses=REFUSALS,
)
async def rotate_webhook_secret(by: NamedDependency[Actor], id: FromPath[UUID]) -> EndpointWithSecret:
    """Give one a new secret. For a day both sign, so that your program can learn the new one."""
    return await register.rotate(id, by)


@delete("/webhooks/{id:uuid}", tags=["Webhooks"], opt=OWN, responses=REFUSALS)
async def remove_webhook(by: NamedDependency[Actor], id: FromPath[UUID]) -> None:
    """Remove one. What waits for it is not sent."""
    await register.remove(id, by)


@post(
    "/webhooks/{id:uuid}/test",
    status_code=202,
    tags=["Webhooks"],
    opt=OWN,
    responses=REFUSALS,
)
async def test_webhook(by: NamedDependency[Actor], id: FromPath[UUID]) -> Replayed:
    """Send it an event of the type `webhook.test`."""
    await register.test(id, by)
    return Replayed(1)


@get(
    "/webhooks/{id:uuid}/deliveries",
    tags=["Webhooks"],
    opt=OWN,
    responses=REFUSALS,
)
async def list_webhook_deliveries(
    by: NamedDependency[Actor],
    id: FromPath[UUID],
    in_state: InState = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Delivery]:
    """List what was sent to it, what it answered, and what waits; the newest first."""
    rows = await views.deliveries(id, by, in_state, http.after(cursor), limit + 1)
    return http.page(rows, limit, key=lambda one: one.id)


@post(
    "/webhooks/{id:uuid}/deliveries/{delivery_id:uuid}/replay",
    status_code=202,
    tags=["Webhooks"],
    opt=open_to("manager", "manage", id="webhook", delivery_id="delivery"),
    responses=REFUSALS,
)
async def replay_webhook_delivery(
    by: NamedDependency[Actor], id: FromPath[UUID], delivery_id: FromPath[UUID]
) -> Replayed:
    """Send one delivery again, under the same webhook-id."""
    return Replayed(await replay.replay(id, delivery_id, by))


@post(
    "/webhooks/{id:uuid}/replay",
    status_code=202,
    tags=["Webhooks"],
    opt=OWN,
    responses=REFUSALS,
)
async def replay_webhook_deliveries(by: NamedDependency[Actor], id: FromPath[UUID]) -> Replayed:
    """Send everything again that was given up."""
    return Replayed(await replay.replay(id, None, by))


ROUTES = [
    create_webhook,
    list_webhooks,
    read_webhook,
    update_webhook,
    rotate_webhook_secret,
    remove_webhook,
    test_webhook,
    list_webhook_deliveries,
    replay_webhook_delivery,
    replay_webhook_deliveries,
]
