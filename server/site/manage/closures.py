"""The pages that close a resource and open it again. Before bookings are cancelled they are shown."""

from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.access.permissions import open_to
from server.bookings.closures import close
from server.bookings.closures.views import coming
from server.bookings.schemas import Affected, Booking, NewClosure
from server.core.actor import Actor
from server.core.errors import DomainError, Invalid, SlotTaken
from server.core.http import Request
from server.core.recurrence import NoSuchTime
from server.core.spans import Span
from server.core.translations import N_
from server.resources.own import own_resource
from server.resources.schemas import ResourceOut
from server.site.manage import close_form
from server.web.forms import Form, local, post, redirect, text_fields
from server.web.refusal_texts import refusal
from server.web.render import language, page

MOST_SHOWN = 60  # times of a rule
DONE = {"closed": N_("Closed. Nobody can book this time."), "reopened": N_("Open again.")}


class Met(msgspec.Struct, frozen=True):
    """What a closure would close, and the bookings that it would cancel."""

    times: list[Span]
    bookings: list[Booking]


@get("/manage/resources/{id:uuid}/closures", opt=open_to("manager", "read"))
async def closures(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """List what is closed and not over, and offer the form."""
    resource = await own_resource(id, by)
    return await _shown(request, resource, by, close_form.shown(None, ZoneInfo(resource.time_zone)))


async def _shown(
    request: Request, resource: ResourceOut, by: Actor, form: Form[NewClosure], *, status: int = 200,
    met: Met | None = None,
) -> Response[str]:  # fmt: skip
    return page(
        request, "manage/closures.html", status=status, resource=resource, form=form, met=met, most=MOST_SHOWN,
        coming=await coming(resource, by), repeats=close_form.REPEATS,
        done=DONE.get(request.query_params.get("done", ""), ""),
    )  # fmt: skip


@post("/manage/resources/{id:uuid}/closures", opt=open_to("manager", "manage"))
async def close_resource(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Close at once what meets nothing; else show what it meets, and close when that was seen."""
    resource = await own_resource(id, by)
    sent = await text_fields(request)
    form = close_form.read(sent, ZoneInfo(resource.time_zone), resource.units)
    wanted = form.value
    if wanted is None:
        return await _shown(request, resource, by, form, status=422)
    if "change" in sent:
        return await _shown(request, resource, by, form)
    try:
        if "sure" in sent:
            seen = _ids(sent.get("affected", ""))
            await close.close(id, msgspec.structs.replace(wanted, over_bookings="cancel", affected=seen), by)
            return _on(wanted, id)
        listed = await close.close(id, wanted, by)
        bookings = listed.affected if isinstance(listed, Affected) else []
        if not bookings and not wanted.rule:
            await close.close(id, msgspec.structs.replace(wanted, over_bookings="refuse"), by)
            return _on(wanted, id)
        first = Span(wanted.starts_at, wanted.ends_at)
        met = Met(close.times(first, wanted.rule, ZoneInfo(resource.time_zone)), bookings)
    except DomainError as error:
        said = _said(error, resource, language(request))
        status = error.status if "" in said else 422
        return await _shown(request, resource, by, form.but(**said), status=status)
    return await _shown(request, resource, by, form, met=met)


def _said(error: DomainError, resource: ResourceOut, locale: str) -> dict[str, str]:
    """What is wrong, at the field that it is wrong with."""
    if isinstance(error, NoSuchTime):
        return {"start": N_("The clocks skip this time on one of the days. Choose another.")}
    if isinstance(error, Invalid) and error.members.get("field") == "rule":
        return {"repeat": N_("The first day must be one of those that come again, and they end within three years.")}
    if isinstance(error, SlotTaken):
        return {"": N_("Something else has been booked or closed then meanwhile. Look at what would be cancelled.")}
    return {"": refusal(error, locale, resource.time_zone)}


def _ids(text: str) -> list[UUID]:
    try:
        return [UUID(one) for one in text.split(",") if one]
    except ValueError:
        return []


def _on(wanted: NewClosure, id: UUID) -> Response[str]:
    return redirect(f"/manage/resources/{id}/calendar?day={wanted.starts_at.date()}&done=closed")


@post("/manage/resources/{id:uuid}/closures/{closure_id:uuid}/reopen", opt=open_to("manager", "manage"))
async def reopen_resource(
    request: Request, id: FromPath[UUID], closure_id: FromPath[UUID], by: NamedDependency[Actor]
) -> Response[str]:
    """Open again: one closure, or all that a rule made."""
    await close.reopen(id, closure_id, by)
    here = f"/manage/resources/{id}/closures?done=reopened"
    back = (await request.form()).get("back")
    return redirect(local(back if isinstance(back, str) else None, here))


ROUTES = [closures, close_resource, reopen_resource]
