"""The pages of other rules for some days, and of the terms that a guest accepts."""

from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.access.permissions import open_to
from server.core.actor import Actor
from server.core.errors import NotFound
from server.core.http import Request
from server.core.text import Line
from server.core.translations import N_
from server.resources import override_rules
from server.resources.override_rules import NewOverride
from server.resources.own import own_resource
from server.resources.rules.rule_sentences import differences
from server.resources.schemas import ResourceOut
from server.resources.terms import NewTerms, set_terms, terms
from server.site.manage import rule_form, rule_levels
from server.site.manage.rules import shown
from server.web.form_errors import in_words, refused_on
from server.web.forms import Form, post, read, redirect, text_fields
from server.web.render import language, page

DAY = N_("Choose a date.")
ORDER = N_("The last day is not before the first.")
NOTHING = N_("Say at least one rule that is other on these days.")
TERMS = {"text": N_("Write the terms, in at most 50,000 characters.")}
REASON = N_("Give the reason on one line, in at most 200 characters.")


@get("/manage/resources/{id:uuid}/days", opt=open_to("manager", "read"))
async def days(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """List the days on which other rules hold, and offer the form for more."""
    return await _days(request, await own_resource(id, by), by, Form({}, {}))


async def _days(
    request: Request, resource: ResourceOut, by: Actor, form: Form[Any], *, status: int = 200
) -> Response[str]:
    level, locale = rule_levels.of_days(resource), language(request)
    known = [
        (one, differences(resource.rules, one.rules, locale)) for one in await override_rules.overrides(resource.id, by)
    ]
    return shown(request, "manage/days.html", level, form, None, status=status, resource=resource, overrides=known)


@post("/manage/resources/{id:uuid}/days", opt=open_to("manager", "manage"))
async def override(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Let other rules hold on some days."""
    resource = await own_resource(id, by)
    given = await text_fields(request)
    form, said = rule_form.read(given, rule_levels.of_days(resource).fields)
    bounds, errors = dict[str, date](), dict[str, str]()
    for name in ("first_day", "last_day"):
        try:
            bounds[name] = date.fromisoformat(given.get(name, "").strip())
        except ValueError:
            errors[name] = DAY
    if len(bounds) == 2 and bounds["last_day"] < bounds["first_day"]:
        errors["last_day"] = ORDER
    try:
        reason = msgspec.convert(given.get("reason", "").strip(), Line)
    except msgspec.ValidationError:
        errors["reason"] = REASON
    if not said and not form.errors:
        errors[""] = NOTHING
    form = form.but(**errors)
    if form.errors:
        return await _days(request, resource, by, form, status=422)
    async with refused_on(form, partial(_days, request, resource, by), in_words(request, resource.time_zone)):
        await override_rules.override(id, NewOverride(**bounds, rules=said, reason=reason), by)
    return redirect(f"/manage/resources/{id}/days?done=saved")


@post("/manage/resources/{id:uuid}/days/{override_id:uuid}/lift", opt=open_to("manager", "manage"))
async def lift(id: FromPath[UUID], override_id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Take the other rules of some days back."""
    await override_rules.lift(id, override_id, by)
    return redirect(f"/manage/resources/{id}/days?done=saved")


@get("/manage/resources/{id:uuid}/terms", opt=open_to("manager", "read"))
async def show_terms(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Show the terms and the versions before, and offer the form for a new version."""
    return await _terms(request, await own_resource(id, by), by, Form({}, {}))


async def _terms(
    request: Request, resource: ResourceOut, by: Actor, form: Form[Any], *, status: int = 200
) -> Response[str]:
    try:
        versions = await terms(resource.id, by)
    except NotFound:
        versions = []
    done = N_("Saved. Guests accept this version with their next booking.") if "done" in request.query_params else ""
    return page(
        request, "manage/terms.html", status=status, resource=resource, form=form, versions=versions, done=done
    )  # fmt: skip


@post("/manage/resources/{id:uuid}/terms", opt=open_to("manager", "manage"))
async def state_terms(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Set a new version of the terms."""
    resource = await own_resource(id, by)
    form = await read(request, NewTerms, TERMS)
    if form.value is None or not form.value.text.strip():
        return await _terms(request, resource, by, form.but(**TERMS), status=422)
    await set_terms(id, form.value, by)
    return redirect(f"/manage/resources/{id}/terms?done=1")


ROUTES = [days, override, lift, show_terms, state_terms]
