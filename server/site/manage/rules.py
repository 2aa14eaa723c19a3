"""The pages of booking rules: of the organization, a resource and a circle of guests; in words beside the form."""

from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.access.permissions import open_to
from server.core.actor import Actor
from server.core.http import Request
from server.core.translations import N_
from server.resources import default_rules
from server.resources.own import own_resource
from server.resources.revise import revise
from server.resources.rules.rule_sentences import sentences
from server.resources.rules.schemas import CIRCLES as KNOWN
from server.resources.rules.schemas import DEFAULTS, Circle, Rules
from server.resources.schemas import ResourceOut, ResourcePatch
from server.site.manage import rule_form, rule_levels
from server.site.manage.rule_fields import CIRCLES, groups
from server.site.manage.rule_levels import Level
from server.web.form_errors import in_words, refused_on
from server.web.forms import Form, post, redirect, text_fields
from server.web.render import language, page

DONE = {"saved": N_("Saved. These rules hold for bookings that are made from now on.")}


def shown(
    request: Request, template: str, level: Level, form: Form[Any], rules: Rules | None, *,
    status: int = 200, resource: ResourceOut | None = None, **more: Any,
) -> Response[str]:  # fmt: skip
    """Show a form of rules, and beside it in words what holds with it; None: as it is."""
    locale = language(request)
    holds = rules or level.with_(level.said)
    return page(
        request, template, status=status, resource=resource, form=form, level=level, words=sentences(holds, locale),
        inherited=rule_form.entered(_plain(level.base), level.fields, locale), circles=CIRCLES,
        quota_rows=rule_form.rows_of(form.entered), previewed=rules is not None,
        done=DONE.get(request.query_params.get("done", ""), ""), **more,
    )  # fmt: skip


def _plain(rules: Rules) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(rules)
    return plain


@get("/manage/rules", opt=open_to("manager", "read"))
async def of_organization(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """Show the rules of the organization, which hold where a resource says nothing else."""
    said = (await default_rules.read(by)).own_rules
    level = Level(DEFAULTS, said, groups())
    form: Form[Any] = Form(rule_form.entered(said, level.fields, language(request)), {})
    return shown(request, "manage/rules.html", level, form, None, circle=None)


@post("/manage/rules", opt=open_to("manager", "manage"))
async def restate(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """Show in words what the rules of the organization would be, or save them."""
    level = Level(DEFAULTS, (await default_rules.read(by)).own_rules, groups())
    given = await text_fields(request)
    form, said = rule_form.read(given, level.fields)
    if form.errors:
        return shown(request, "manage/rules.html", level, form, None, status=422, circle=None)
    if "save" not in given:
        return shown(request, "manage/rules.html", level, form, level.with_(said), circle=None)
    await default_rules.restate(level.patch(said), by)
    return redirect("/manage/rules?done=saved")


def _circle(text: str | None) -> Circle | None:
    return next((one for one in KNOWN if one == text), None)


@get("/manage/resources/{id:uuid}/rules", opt=open_to("manager", "read"))
async def of_resource(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Show the rules of a resource, or with `?circle=` what is other for a circle of guests."""
    resource = await own_resource(id, by)
    circle = _circle(request.query_params.get("circle"))
    level = rule_levels.of_circle(resource, circle) if circle else await rule_levels.of_resource(resource, by)
    form: Form[Any] = Form(rule_form.entered(level.said, level.fields, language(request)), {})
    return shown(request, "manage/rules.html", level, form, None, resource=resource, circle=circle)


@post("/manage/resources/{id:uuid}/rules", opt=open_to("manager", "manage"))
async def revise_rules(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Show in words what the rules would be, or save them."""
    resource = await own_resource(id, by)
    given = await text_fields(request)
    circle = _circle(given.get("circle"))
    level = rule_levels.of_circle(resource, circle) if circle else await rule_levels.of_resource(resource, by)
    form, said = rule_form.read(given, level.fields)
    more: dict[str, Any] = {"resource": resource, "circle": circle}
    if form.errors:
        return shown(request, "manage/rules.html", level, form, None, status=422, **more)
    if "save" not in given:
        return shown(request, "manage/rules.html", level, form, level.with_(said), **more)
    patch = level.patch(said)
    if circle:
        parts = {**resource.rules.for_audience, circle: said}
        patch = {"for_audience": {name: part for name, part in parts.items() if part}}
    version = given.get("version", "")
    expected = int(version) if version.isdecimal() and len(version) < 10 else None
    again = partial(shown, request, "manage/rules.html", level, rules=None, **more)
    async with refused_on(form, again, in_words(request, resource.time_zone)):
        await revise(id, ResourcePatch(rules=patch), by, expected)
    tail = f"&circle={circle}" if circle else ""
    return redirect(f"/manage/resources/{id}/rules?done=saved{tail}")


ROUTES = [of_organization, restate, of_resource, revise_rules]
