"""The page of what a resource costs: what holds, what is planned, a form for another, and what bookings would cost."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.access.permissions import open_to
from server.core.actor import Actor
from server.core.http import Request
from server.core.spans import Span
from server.core.translations import N_
from server.prices import views
from server.prices.asked import Asked
from server.prices.choose import Kept, choose
from server.prices.compute import compute
from server.prices.cost import Cost
from server.prices.end_price import end_price
from server.prices.set_price import set_price
from server.resources.own import own_resource
from server.resources.rules.schemas import CIRCLES, Circle
from server.resources.schemas import ResourceOut
from server.site.manage import price_form
from server.site.manage.rule_fields import CIRCLES as NAMES
from server.web.form_errors import in_words, refused_on
from server.web.forms import EMPTY, Form, post, redirect, text_fields
from server.web.render import language, page

# What people book, to see what it would cost: the hour of a Monday at which it starts, and how many minutes it lasts.
TYPICAL = ((9, 30), (9, 60), (9, 150), (19, 180), (24 * 5 + 9, 480), (9, 1440))
DONE = N_("Saved. What was booked before keeps its price.")


class Typical(NamedTuple):
    """A time, and what it costs each circle that stands beside it."""

    time: Span
    costs: list[Cost | None]


@get("/manage/resources/{id:uuid}/prices", opt=open_to("manager", "read"))
async def show_prices(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Show what a resource costs whom, and offer the form for another price."""
    return await _shown(request, await own_resource(id, by), by, EMPTY)


async def _shown(
    request: Request, resource: ResourceOut, by: Actor, form: Form[Any], *, status: int = 200
) -> Response[str]:
    kept = await views.prices(resource.id, by)
    now = datetime.now(ZoneInfo(resource.time_zone))
    return page(
        request, "manage/prices.html", status=status, resource=resource, form=form, now=now, circles=NAMES,
        prices=[one for one in kept if one.valid_to is None or one.valid_to > now],
        typical=_typical(kept, resource.time_zone, now), choices=price_form.choices(language(request)),
        done=DONE if "done" in request.query_params else "",
    )  # fmt: skip


def _typical(kept: Sequence[Kept], time_zone: str, now: datetime) -> list[Typical]:
    """What bookings of next week would cost, by the prices that hold now."""
    monday = (now + timedelta(days=7 - now.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    found = []
    for hour, minutes in TYPICAL:
        start = monday + timedelta(hours=hour)
        time = Span(start, start + timedelta(minutes=minutes))
        found.append(Typical(time, [_cost(kept, circle, Asked(time, time_zone), now) for circle in CIRCLES]))
    return found


def _cost(kept: Sequence[Kept], circle: Circle, asked: Asked, now: datetime) -> Cost | None:
    one = choose(kept, mode="self", guest=None, circle=circle, at=now)
    return compute(one.rule, asked) if one and (circle != "own" or one.circle == "own") else None


@post("/manage/resources/{id:uuid}/prices", opt=open_to("manager", "manage"))
async def state_price(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Set a price; it ends the one that held for the same guests."""
    resource = await own_resource(id, by)
    form = price_form.read(await text_fields(request), resource.time_zone)
    async with refused_on(form, partial(_shown, request, resource, by), in_words(request, resource.time_zone)):
        await set_price(id, form.wanted, by)
    return redirect(f"/manage/resources/{id}/prices?done=1")


@post("/manage/resources/{id:uuid}/prices/{price_id:uuid}/end", opt=open_to("manager", "manage"))
async def end(id: FromPath[UUID], price_id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """End a price: from now on it holds for nobody."""
    await end_price(price_id, by)
    return redirect(f"/manage/resources/{id}/prices?done=1")


ROUTES = [show_prices, state_price, end]
