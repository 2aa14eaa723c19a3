"""The JSON routes of webhooks."""

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
from server.webhooks import register as registering
from server.webhooks import replay as replaying
from server.webhooks import views
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
    operation_id="create_webhook",
    tags=["Webhooks"],
    opt=open_to("manager", "manage"),
    responses=refusals(Unauthenticated, Forbidden, AddressRefused, TooManyWebhooks),
)
async def register(by: NamedDependency[Actor], data: JSONBody[NewEndpoint]) -> EndpointWithSecret:
    """Let a program of yours hear of bookings and resources. Its `secret` is told this once."""
    return await registering.register(data, by)


@get(
    "/webhooks",
    operation_id="list_webhooks",
    tags=["Webhooks"],
    opt=open_to("manager", "manage"),
    responses=refusals(Unauthenticated, Forbidden),
)
async def webhooks(by: NamedDependency[Actor], cursor: Cursor = None, limit: Limit = 50) -> Page[Endpoint]:
    """List the webhooks of your organization."""
    rows = await views.endpoints(by, http.after(cursor), limit + 1)
    return http.page(rows, limit, key=lambda one: one.id)


@get("/webhooks/{id:uuid}", operation_id="read_webhook", tags=["Webhooks"], opt=OWN, responses=REFUSALS)
async def webhook(by: NamedDependency[Actor], id: FromPath[UUID]) -> Endpoint:
    """Read one, and since when it fails."""
    return await views.endpoint(id, by)


@patch(
    "/webhooks/{id:uuid}",
    operation_id="update_webhook",
    tags=["Webhooks"],
    opt=OWN,
    responses=refusals(Unauthenticated, Forbidden, NotFound, AddressRefused),
)
async def revise(by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[EndpointPatch]) -> Endpoint:
    """Change one, or switch it off and on."""
    return await registering.revise(id, data, by)


@post(
    "/webhooks/{id:uuid}/rotate",
    status_code=200,
    operation_id="rotate_webhook_secret",
    tags=["Webhooks"],
    opt=OWN,
    responses=REFUSALS,
)
async def rotate(by: NamedDependency[Actor], id: FromPath[UUID]) -> EndpointWithSecret:
    """Give one a new secret. For a day both sign, so that your program can learn the new one."""
    return await registering.rotate(id, by)


@delete("/webhooks/{id:uuid}", operation_id="remove_webhook", tags=["Webhooks"], opt=OWN, responses=REFUSALS)
async def remove(by: NamedDependency[Actor], id: FromPath[UUID]) -> None:
    """Remove one. What waits for it is not sent."""
    await registering.remove(id, by)


@post(
    "/webhooks/{id:uuid}/test",
    status_code=202,
    operation_id="test_webhook",
    tags=["Webhooks"],
    opt=OWN,
    responses=REFUSALS,
)
async def test(by: NamedDependency[Actor], id: FromPath[UUID]) -> Replayed:
    """Send it an event of the type `webhook.test`."""
    await registering.test(id, by)
    return Replayed(1)


@get(
    "/webhooks/{id:uuid}/deliveries",
    operation_id="list_webhook_deliveries",
    tags=["Webhooks"],
    opt=OWN,
    responses=REFUSALS,
)
async def deliveries(
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
    operation_id="replay_webhook_delivery",
    tags=["Webhooks"],
    opt=open_to("manager", "manage", id="webhook", delivery_id="delivery"),
    responses=REFUSALS,
)
async def replay(by: NamedDependency[Actor], id: FromPath[UUID], delivery_id: FromPath[UUID]) -> Replayed:
    """Send one delivery again, under the same webhook-id."""
    return Replayed(await replaying.replay(id, delivery_id, by))


@post(
    "/webhooks/{id:uuid}/replay",
    status_code=202,
    operation_id="replay_webhook_deliveries",
    tags=["Webhooks"],
    opt=OWN,
    responses=REFUSALS,
)
async def replay_dead(by: NamedDependency[Actor], id: FromPath[UUID]) -> Replayed:
    """Send everything again that was given up."""
    return Replayed(await replaying.replay(id, None, by))


ROUTES = [register, webhooks, webhook, revise, rotate, remove, test, deliveries, replay, replay_dead]
