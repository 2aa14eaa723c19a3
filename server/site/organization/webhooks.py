"""The pages of webhooks: where programs of the organization listen, what was sent to them and what became of it."""

from collections.abc import Awaitable
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.access.permissions import open_to
from server.core import http
from server.core.actor import Actor
from server.core.http import Request
from server.site.organization.webhook_texts import DONE, EVENTS, FIELDS, STATES
from server.web import forms
from server.web.form_errors import at_field, refused_on
from server.web.forms import EMPTY, Form, post, redirect
from server.web.render import unkept
from server.webhooks import register, replay, views
from server.webhooks.schemas import EndpointPatch, EndpointWithSecret, NewEndpoint

WEBHOOKS = "/organization/webhooks"
ONE = f"{WEBHOOKS}/{{id:uuid}}"
MANAGES = open_to("manager", "manage")
PAGE = 25
MOST = 200  # endpoints on the page; an organization may have fewer
Page = Response[str]


@get(WEBHOOKS, opt=MANAGES)
async def webhooks(request: Request, by: NamedDependency[Actor]) -> Page:
    """List the webhooks of the organization."""
    return await _webhooks(request, by)


async def _webhooks(
    request: Request, by: Actor, form: Form[Any] = EMPTY, made: EndpointWithSecret | None = None,
    status: int = 200,
) -> Page:  # fmt: skip
    chosen = (await request.form()).getall("events", []) if form.errors else [*EVENTS]
    done = DONE.get(request.query_params.get("done", ""), "")
    shown = {"form": form, "made": made, "events": EVENTS, "chosen": chosen, "done": done}
    return unkept(
        request, "organization/webhooks.html", status=status, endpoints=await views.endpoints(by, None, MOST), **shown
    )


@post(WEBHOOKS, opt=MANAGES)
async def register_webhook(request: Request, by: NamedDependency[Actor]) -> Page:
    """Add one and show its secret, once."""
    sent = await request.form()
    form = await forms.read(request, NewEndpoint, FIELDS)
    if not sent.getall("events", []):
        form = form.but(events=FIELDS["events"])
    async with refused_on(form, partial(_webhooks, request, by), at_field(FIELDS, "url")):
        made = await register.register(form.wanted, by)
    return await _webhooks(request, by, made=made)


@get(ONE, opt=MANAGES)
async def webhook(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Page:
    """Show one and its deliveries, the newest first."""
    return await _webhook(request, id, by)


async def _webhook(request: Request, id: UUID, by: Actor, secret: str = "") -> Page:
    after = http.after(request.query_params.get("cursor"))
    wanted = request.query_params.get("state")
    state = next((one for one in ("waiting", "sent", "lapsed", "dead") if one == wanted), None)
    found = http.page(await views.deliveries(id, by, state, after, PAGE + 1), PAGE, lambda one: one.id)  # type: ignore[arg-type]
    return unkept(
        request,
        "organization/webhook.html",
        one=await views.endpoint(id, by),
        secret=secret,
        state=state,
        delivery_states=STATES,
        deliveries=found.items,
        later=found.next_cursor,
        done=DONE.get(request.query_params.get("done", ""), ""),
    )


@post(f"{ONE}/rotate", opt=MANAGES)
async def rotate_secret(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Page:
    """Give it a new secret and show it, once."""
    return await _webhook(request, id, by, (await register.rotate(id, by)).secret)


async def _done(to: str, done: str, verb: Awaitable[Any]) -> Page:
    await verb
    return redirect(f"{to}?done={done}")


@post(f"{ONE}/test", opt=MANAGES)
async def test_webhook(id: FromPath[UUID], by: NamedDependency[Actor]) -> Page:
    """Send it a test event."""
    return await _done(f"{WEBHOOKS}/{id}", "tested", register.test(id, by))


@post(f"{ONE}/on", opt=MANAGES)
async def switch_on(id: FromPath[UUID], by: NamedDependency[Actor]) -> Page:
    """Switch it on again."""
    return await _done(f"{WEBHOOKS}/{id}", "on", register.revise(id, EndpointPatch(enabled=True), by))


@post(f"{ONE}/off", opt=MANAGES)
async def switch_off(id: FromPath[UUID], by: NamedDependency[Actor]) -> Page:
    """Switch it off."""
    return await _done(f"{WEBHOOKS}/{id}", "off", register.revise(id, EndpointPatch(enabled=False), by))


@post(f"{ONE}/remove", opt=MANAGES)
async def remove_webhook(id: FromPath[UUID], by: NamedDependency[Actor]) -> Page:
    """Remove it."""
    return await _done(WEBHOOKS, "removed", register.remove(id, by))


@post(f"{ONE}/replay", opt=MANAGES)
async def replay_dead(id: FromPath[UUID], by: NamedDependency[Actor]) -> Page:
    """Send everything again that was given up."""
    return await _done(f"{WEBHOOKS}/{id}", "replayed", replay.replay(id, None, by))


@post(f"{ONE}/deliveries/{{delivery_id:uuid}}/replay", opt=MANAGES)
async def replay_delivery(id: FromPath[UUID], delivery_id: FromPath[UUID], by: NamedDependency[Actor]) -> Page:
    """Send one delivery again."""
    return await _done(f"{WEBHOOKS}/{id}", "replayed", replay.replay(id, delivery_id, by))


ROUTES = [
    webhooks, register_webhook, webhook, rotate_secret, test_webhook, switch_on, switch_off, remove_webhook,
    replay_dead, replay_delivery,
]  # fmt: skip
