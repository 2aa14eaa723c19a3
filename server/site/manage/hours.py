"""The page of opening hours: the week, exceptions and holidays, shown for four weeks before they are saved."""

from datetime import UTC, date, datetime
from functools import partial
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.access.permissions import open_to
from server.core import days
from server.core.actor import Actor
from server.core.http import Request
from server.core.translations import N_
from server.resources.opening.week import WEEK_DAYS, OpeningHours, week_minutes
from server.resources.own import own_resource
from server.resources.revise import revise
from server.resources.schemas import ResourceOut, ResourcePatch
from server.resources.set_hours import set_hours
from server.site.manage import hours_form, hours_preview
from server.site.manage.texts import DAYS
from server.web.form_errors import in_words, refused_on
from server.web.forms import Form, post, redirect, text_fields
from server.web.render import page

DONE = {"saved": N_("Saved. These hours hold from now on; bookings that were made stay.")}
HOLIDAYS = ("inherit", "closed", "open")


@get("/manage/resources/{id:uuid}/hours", opt=open_to("manager", "read"))
async def hours(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Show the hours as they are, and what they come to."""
    resource = await own_resource(id, by)
    form: Form[OpeningHours] = Form(hours_form.entered(resource.opening_hours, _today(resource)), {})
    return await _shown(request, resource, by, form)


def _today(resource: ResourceOut) -> date:
    return days.today(resource.time_zone)


async def _shown(
    request: Request, resource: ResourceOut, by: Actor, form: Form[OpeningHours], *, status: int = 200
) -> Response[str]:
    today = _today(resource)
    known = await hours_preview.holidays(resource, today.replace(day=1), 400)
    said = form.value or resource.opening_hours
    return page(
        request, "manage/hours.html", status=status, resource=resource, form=form, today=today, week_days=WEEK_DAYS,
        day_names=DAYS,
        pairs={day: hours_form.pairs_of(form.entered, day) for day in WEEK_DAYS},
        rows=[hours_form.pairs_of(form.entered, f"x{number}", 2) for number in range(hours_form.rows_of(form.entered))],
        weeks=[] if form.errors else hours_preview.weeks(resource, said, known, today),
        outside=[] if form.errors else await hours_preview.outside(resource, said, by),
        holidays=[one for one in known if one.day >= today and one.name],
        own=resource.own_rules.get("holidays", "inherit"),
        closes=resource.rules.closes_on_holidays(resource.country, week_minutes(said.weekly)),
        done=DONE.get(request.query_params.get("done", ""), ""), now=datetime.now(UTC),
    )  # fmt: skip


@post("/manage/resources/{id:uuid}/hours", opt=open_to("manager", "manage"))
async def change(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Show what changed hours come to, or save them."""
    resource = await own_resource(id, by)
    sent = await text_fields(request)
    form = hours_form.read(sent, resource.opening_hours, _today(resource))
    if form.value is None:
        return await _shown(request, resource, by, form, status=422)
    if "save" not in sent:
        return await _shown(request, resource, by, form)
    version = sent.get("version", "")
    async with refused_on(form, partial(_shown, request, resource, by), in_words(request, resource.time_zone)):
        await set_hours(id, form.value, by, int(version) if version.isdecimal() and len(version) < 10 else None)
    return redirect(f"/manage/resources/{id}/hours?done=saved")


@post("/manage/resources/{id:uuid}/holidays", opt=open_to("manager", "manage"))
async def on_holidays(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Say whether public holidays are days off."""
    resource = await own_resource(id, by)
    said = (await request.form()).get("holidays")
    await revise(id, ResourcePatch(rules={"holidays": said if said in HOLIDAYS else "inherit"}), by, None)
    return redirect(f"/manage/resources/{resource.id}/hours?done=saved")


ROUTES = [hours, change, on_holidays]
