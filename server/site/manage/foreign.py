"""The pages of foreign calendars: those that owners keep elsewhere, whose busy time a resource takes over."""

from functools import partial
from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.access.permissions import open_to
from server.core.actor import Actor
from server.core.http import Request
from server.foreign import connect, views
from server.foreign.overview import overview
from server.foreign.reasons import FOUND, said
from server.foreign.schemas import NewForeignCalendar, Reading
from server.resources import views as resource_views
from server.site.bookings.calendar_texts import DONE, FIELDS
from server.web import forms
from server.web.form_errors import at_field, refused_on
from server.web.forms import EMPTY, Form, post, redirect
from server.web.render import first_of, unkept

FOREIGN = "/calendars/foreign"
ONE = f"{FOREIGN}/{{resource_id:uuid}}/{{id:uuid}}"
RUNS = open_to("manager", "manage")
PAGE = 30  # resources on a page


@get(FOREIGN, opt=RUNS)
async def foreign(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """List the resources that one runs, and how their foreign calendars are."""
    q, first = request.query_params.get("q", "").strip()[:200], first_of(request)
    runs = await overview(by, q, first, PAGE + 1)
    later = first + PAGE if len(runs) > PAGE else 0
    return unkept(request, "manage/foreign.html", runs=runs[:PAGE], q=q, first=first, later=later)


@get(f"{FOREIGN}/{{resource_id:uuid}}", opt=RUNS)
async def of_resource(request: Request, resource_id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """List the foreign calendars of a resource, and offer to add one."""
    return await _of_resource(request, resource_id, by)


async def _of_resource(
    request: Request, resource_id: UUID, by: Actor, form: Form[Any] = EMPTY, status: int = 200
) -> Response[str]:
    calendars = await views.calendars(resource_id, by)
    return unkept(
        request,
        "manage/foreign_calendars.html",
        status=status,
        form=form,
        resource=await resource_views.resource(resource_id, by),
        calendars=calendars,
        said=said,
        done=DONE.get(request.query_params.get("done", ""), ""),
    )


@post(f"{FOREIGN}/{{resource_id:uuid}}", opt=RUNS)
async def add(request: Request, resource_id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Add a calendar to a resource."""
    form = await forms.read(request, NewForeignCalendar, FIELDS)
    async with refused_on(form, partial(_of_resource, request, resource_id, by), at_field(FIELDS, "url")):
        added = await connect.connect(resource_id, form.wanted, by)
    return redirect(f"{FOREIGN}/{resource_id}/{added.id}?done=added")


@get(ONE, opt=RUNS)
async def check(
    request: Request, resource_id: FromPath[UUID], id: FromPath[UUID], by: NamedDependency[Actor]
) -> Response[str]:
    """Show what a calendar contains now, what is wrong with it and which bookings it meets."""
    return unkept(
        request,
        "manage/foreign_check.html",
        calendar=await views.check(resource_id, id, by),
        resource=await resource_views.resource(resource_id, by),
        said=said,
        found=FOUND,
        done=DONE.get(request.query_params.get("done", ""), ""),
    )


@post(f"{ONE}/read", opt=RUNS)
async def read(
    request: Request, resource_id: FromPath[UUID], id: FromPath[UUID], by: NamedDependency[Actor]
) -> Response[str]:
    """Have it read now."""
    form = await forms.read(request, Reading, {"accept_empty": ""})
    await connect.read_soon(resource_id, id, form.value is not None and form.value.accept_empty, by)
    return redirect(f"{FOREIGN}/{resource_id}/{id}?done=asked")


@post(f"{ONE}/remove", opt=RUNS)
async def remove(resource_id: FromPath[UUID], id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Take it away."""
    await connect.disconnect(resource_id, id, by)
    return redirect(f"{FOREIGN}/{resource_id}?done=removed")


ROUTES = [foreign, of_resource, add, check, read, remove]
