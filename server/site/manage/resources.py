"""The owner's pages of the catalogue: the list, and the editor of one resource."""

from functools import partial
from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.access.permissions import open_to
from server.access.rights import refuse_unless_runs_all
from server.core.actor import Actor
from server.core.errors import DomainError, Stale
from server.core.http import Request
from server.core.translations import N_
from server.resources import own
from server.resources.create import create
from server.resources.name_units import NamedUnit, name_units, named_units
from server.resources.revise import revise
from server.resources.schemas import ResourceIn, ResourceOut, ResourcePatch
from server.resources.set_category import offered
from server.site.book import resource as pages_book
from server.site.manage import editor_form
from server.web.form_errors import Said, refused_on
from server.web.forms import Form, post, redirect
from server.web.kinds import NAMES
from server.web.refusal_texts import refusal
from server.web.render import first_of, language, page, reader_zone

DONE = {
    "created": N_("Listed. Add photos and opening hours next."),
    "saved": N_("Saved. Guests see it at once."),
    "published": N_("Published. Guests find it now."),
    "withdrawn": N_("Withdrawn. Nobody but you finds it; what was booked stands."),
    "units": N_("The names of the units are saved."),
}
STATES = {"": None, "published": True, "withdrawn": False}
SHOWN_UNITS = 100  # fields on one page
STALE = N_("Somebody else has changed it meanwhile. Compare with what is saved now, and save again.")
NEW = {"kind": "equipment", "time_zone": "Asia/Shanghai", "country": "CN", "currency": "CNY", "units": "1"}


@get("/manage", opt=open_to("manager", "read"))
async def listed(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """List the resources that one runs, with their state and their next booking."""
    asked = {name: request.query_params.get(name, "").strip()[:200] for name in ("q", "kind", "state")}
    first = first_of(request)
    found, total = await own.own(by, asked["q"], asked["kind"], STATES.get(asked["state"]), first)
    return page(
        request,
        "manage/resources.html",
        found=found,
        total=total,
        first=first,
        later=first + own.PAGE if first + own.PAGE < total else 0,
        form=Form(asked, {}),
        asked=any(asked.values()),
        all_mine=by.running is None,
    )


@get("/manage/resources/new", opt=open_to("manager", "manage"))
async def new(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """Show an empty form."""
    refuse_unless_runs_all(by)
    return await _editor(request, by, None, Form(NEW, {}))


@post("/manage/resources/new", opt=open_to("manager", "manage"))
async def make(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """List a resource; as a draft unless it is to be published at once."""
    form = editor_form.read(dict(await request.form()))
    if form.value is None or "preview" in form.entered:
        return await _editor(request, by, None, form, status=422 if form.errors else 200)
    async with refused_on(form, partial(_editor, request, by, None), _said(request)):
        id = await create(ResourceIn(**form.value.fields, listed="draft" not in form.entered), by)
    return redirect(f"/manage/resources/{id}?done=created")


@get("/manage/resources/{id:uuid}", opt=open_to("manager", "read"))
async def edit(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Show a resource as its owner describes it."""
    resource = await own.own_resource(id, by)
    return await _editor(request, by, resource, Form(editor_form.shown(resource), {}))


@post("/manage/resources/{id:uuid}", opt=open_to("manager", "manage"))
async def save(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Save what is said of a resource, unless somebody else has changed it meanwhile."""
    resource = await own.own_resource(id, by)
    form = editor_form.read(dict(await request.form()))
    if form.value is None or "preview" in form.entered:
        return await _editor(request, by, resource, form, status=422 if form.errors else 200)
    version = form.entered.get("version", "")
    async with refused_on(form, partial(_editor, request, by, resource), _said(request)):
        try:
            await revise(id, ResourcePatch(**form.value.fields), by, int(version) if version.isdecimal() else None)
        except Stale:
            entered = form.entered | {"version": str(resource.version)}
            return await _editor(request, by, resource, Form(entered, {"": STALE}), status=409)
    return redirect(f"/manage/resources/{id}?done=saved")


@post("/manage/resources/{id:uuid}/listed", opt=open_to("manager", "manage"))
async def set_listed(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Publish a resource, or withdraw it."""
    publish = (await request.form()).get("listed") == "yes"
    await own.own_resource(id, by)
    await revise(id, ResourcePatch(listed=publish), by, None)
    return redirect(f"/manage/resources/{id}?done={'published' if publish else 'withdrawn'}")


@post("/manage/resources/{id:uuid}/wholes", opt=open_to("manager", "manage"))
async def set_wholes(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Say of which other resources this one is a part."""
    resource = await own.own_resource(id, by)
    sent = [value for name, value in (await request.form()).multi_items() if name == "whole"]
    form: Form[Any] = Form(editor_form.shown(resource), {})
    async with refused_on(form, partial(_editor, request, by, resource), _said(request)):
        try:
            wholes = [UUID(str(one)) for one in sent if one]
            await revise(id, ResourcePatch(part_of_ids=wholes), by, None)
        except ValueError:
            return redirect(f"/manage/resources/{id}#wholes")
    return redirect(f"/manage/resources/{id}?done=saved")


@post("/manage/resources/{id:uuid}/units", opt=open_to("manager", "manage"))
async def set_units(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Give units names, by which guests can ask for them."""
    resource = await own.own_resource(id, by)
    sent = {name: value.strip() for name, value in (await request.form()).items() if isinstance(value, str)}
    kept = [one for one in await named_units(id, by) if one.number > SHOWN_UNITS]
    numbers = range(1, min(resource.units, SHOWN_UNITS) + 1)
    named = [NamedUnit(number, sent[f"unit-{number}"]) for number in numbers if sent.get(f"unit-{number}")]
    form: Form[Any] = Form(editor_form.shown(resource), {})
    if any(len(one.name) > 200 or not one.name.isprintable() for one in named):
        return await _editor(request, by, resource, form.but(**{"": editor_form.TOO_LONG}), status=422)
    async with refused_on(form, partial(_editor, request, by, resource), _said(request)):
        await name_units(id, named + kept, by)
    return redirect(f"/manage/resources/{id}?done=units")


@get("/manage/resources/{id:uuid}/as-guest", opt=open_to("manager", "read"))
async def as_guest(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Show the page as an SME sees it, also of a resource that is not published yet."""
    resource = await own.own_resource(id, by)
    return await pages_book.shown(request, resource, None if resource.listed else by, Form({}, {}), as_guest=True)


def _said(request: Request) -> Said:
    """Say a refusal at the field of the editor that it names."""

    def said(error: DomainError) -> dict[str, str]:
        field = str(error.members.get("field", ""))
        words = refusal(error, language(request), reader_zone(request))
        return {field if field in editor_form.FIELDS else "": words}

    return said


async def _editor(
    request: Request, by: Actor, resource: ResourceOut | None, form: Form[Any], *, status: int = 200
) -> Response[str]:
    others = await own.names(by) if resource else []
    return page(
        request,
        "manage/resource.html",
        status=status,
        resource=resource,
        form=form,
        kind_names=list(NAMES.items()),
        zones=editor_form.zones(),
        categories=await offered(),
        others=[(id, name) for id, name in others if resource and id != resource.id],
        unit_names={one.number: one.name for one in await named_units(resource.id, by)} if resource else {},
        shown_units=SHOWN_UNITS,
        previewed="preview" in form.entered,
        done=DONE.get(request.query_params.get("done", ""), ""),
    )


ROUTES = [listed, new, make, edit, save, set_listed, set_wholes, set_units, as_guest]
