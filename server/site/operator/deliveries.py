"""The operator's page of deliveries: mails and calls of webhooks that wait, were sent or given up; send them again."""

from collections.abc import Mapping
from typing import Any, get_args
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency

from server.access.person import Person
from server.core.http import Request
from server.operator import views
from server.operator.replay import replay_mails, replay_webhooks
from server.outbox import notices
from server.site.operator.mail_kinds import MAIL_KINDS
from server.site.operator.page_support import MANAGE, READ, asked, shown
from server.site.operator.texts import DELIVERY_STATES
from server.web.forms import post, redirect

CHANNELS = ("mail", "webhooks")
STATES = ("dead", "waiting", "sent", "lapsed")


@get("/operator/deliveries", opt=READ)
async def deliveries(request: Request) -> Response[str]:
    """List deliveries in one state, the newest first."""
    channel: Any = asked(request, "channel", CHANNELS, "mail")
    state: Any = asked(request, "state", get_args(views.DeliveryState), "dead")
    q = asked(request, "q")
    if channel == "mail":
        rows: list[Any] = list(await notices.listing(state, views.MOST, q))
    else:
        rows = list(await views.webhook_deliveries(state, q))
    return shown(
        request, "deliveries", rows=rows, channel=channel, channels=CHANNELS, state=state, states=STATES, q=q,
        most=views.MOST, mail_kinds=MAIL_KINDS, delivery_states=DELIVERY_STATES,
    )  # fmt: skip


@post("/operator/deliveries/replay", opt=MANAGE)
async def replay(request: Request, person: NamedDependency[Person]) -> Response[str]:
    """Send one again, or all that were given up."""
    sent: Mapping[str, Any] = await request.form()
    ids = _ids(str(sent.get("id", "")))
    channel = "webhooks" if sent.get("channel") == "webhooks" else "mail"
    verb = replay_webhooks if channel == "webhooks" else replay_mails
    done = "replayed" if await verb(ids, person) else "nothing-replayed"
    return redirect(f"/operator/deliveries?channel={channel}&done={done}")


def _ids(text: str) -> list[UUID] | None:
    """Which one; all where none is named, and none where it is no id."""
    if not text:
        return None
    try:
        return [UUID(text)]
    except ValueError:
        return []


ROUTES = [deliveries, replay]
