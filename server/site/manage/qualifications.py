"""The pages of qualifications: what one has, and what the owner defines, demands and grants."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.access.permissions import open_to
from server.core.actor import Actor
from server.core.errors import NotFound
from server.core.http import Request
from server.core.text import Email
from server.core.translations import N_
from server.qualifications import applications, define, grant, views
from server.qualifications.schemas import NewGrant, NewQualification, QualificationPatch
from server.resources.own import names
from server.site.manage.texts import APPLICATION_STATES
from server.web.form_errors import Said, in_words, refused_on
from server.web.forms import EMPTY, Form, post, read, redirect
from server.web.render import page, reader_zone

PAGE = 50
NOBODY = N_("Nobody with this mail address has an account here. Ask them to sign up first.")
TEXTS = {
    "name": N_("Give it a name of at most 200 characters."),
    "how_to_get": N_("Say it on one line, in at most 200 characters."),
    "valid_days": N_("Give a number of days, or nothing if it is for ever."),
    "training_resource_id": N_("Choose one of your resources."),
    "takes_applications": N_("Choose yes or no."),
}
DONE = {
    "defined": N_("Defined. Now choose which resources demand it."),
    "changed": N_("Changed."),
    "granted": N_("Granted."),
    "declined": N_("Declined. Who applied is told why."),
    "applied": N_("Sent. The owner looks at it, and you are told by mail."),
    "withdrawn": N_("Withdrawn. Its file is forgotten."),
    "revoked": N_("Taken back. Bookings that were made stay."),
}


@get("/qualifications", opt=open_to("booker", "read"))
async def own(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """Show what the reader was granted, and to managers what their organization has defined."""
    return await _own(request, by, EMPTY)


async def _own(request: Request, by: Actor, form: Form[Any], status: int = 200) -> Response[str]:
    return page(
        request,
        "manage/qualifications.html",
        status=status,
        grants=await views.own(by, None, PAGE),
        applications=await applications.own(by, None, PAGE),
        application_states=APPLICATION_STATES,
        done=DONE.get(request.query_params.get("done", ""), ""),
        defined=await views.qualifications(by) if by.can_manage else [],
        resources=await _resources(by),
        manages=by.can_manage and by.running is None,
        form=form,
        now=datetime.now(UTC),
        zone=reader_zone(request),
    )


async def _resources(by: Actor) -> dict[str, str]:
    """The organization's resources by id, for managers to choose from."""
    if not by.can_manage:
        return {}
    return {str(id): name for id, name in await names(by)}


@post("/qualifications", opt=open_to("manager", "manage"))
async def define_qualification(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """Define a qualification."""
    form = await _asked(request, NewQualification)
    async with refused_on(form, partial(_own, request, by), in_words(request)):
        made = await define.define(form.wanted, by)
    return redirect(f"/qualifications/{made.id}?done=defined")


async def _asked(request: Request, schema: Any) -> Form[Any]:
    """Read a definition; what is left empty is none."""
    sent = await request.form()
    given: dict[str, Any] = {name: None for name in ("valid_days", "training_resource_id") if not sent.get(name)}
    if "valid_days" not in given:
        days = str(sent["valid_days"]).strip()
        given["valid_days"] = int(days) if days.isascii() and days.isdigit() else 0
    if "training_resource_id" not in given:
        try:
            given["training_resource_id"] = UUID(str(sent["training_resource_id"]))
        except ValueError:
            given["training_resource_id"] = None
    form = await read(request, schema, TEXTS, **given)
    days = given["valid_days"]
    return form if days is None or 1 <= days <= 36_600 else form.but(valid_days=TEXTS["valid_days"])


@get("/qualifications/{id:uuid}", opt=open_to("manager", "read"))
async def show(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Show a qualification to its owner: what demands it, who has it."""
    return await shown(request, id, by, EMPTY)


async def shown(request: Request, id: UUID, by: Actor, form: Form[Any], status: int = 200) -> Response[str]:
    """Show it with what was entered."""
    one = await views.qualification(id, by)
    after = request.query_params.get("after", "")
    grants = await views.grants(id, by, _uuid(after) if after else None, PAGE + 1)
    entered = {"name": one.name, "how_to_get": one.how_to_get, "valid_days": str(one.valid_days or "")}
    entered["training_resource_id"] = str(one.training_resource_id or "")
    entered["takes_applications"] = "1" if one.takes_applications else ""
    waiting = await applications.received(id, by, "waiting", None, PAGE) if by.running is None else []
    return page(
        request,
        "manage/qualification.html",
        status=status,
        one=one,
        grants=grants[:PAGE],
        applications=waiting,
        after=after,
        later=grants[PAGE - 1].id if len(grants) > PAGE else "",
        resources=await _resources(by),
        demanding={str(id) for id in one.resource_ids},
        changes=by.running is None,
        form=Form(entered | form.entered, form.errors),
        now=datetime.now(UTC),
        zone=reader_zone(request),
        done=DONE.get(request.query_params.get("done", ""), ""),
    )


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("there is no such thing") from None


async def _done(
    request: Request, id: UUID, by: Actor, done: str, form: Form[Any], verb: Callable[[], Awaitable[Any]]
) -> Response[str]:
    async with refused_on(form, partial(shown, request, id, by), _said(request)):
        await verb()
    return redirect(f"/qualifications/{id}?done={done}")


def _said(request: Request) -> Said:
    words = in_words(request)
    return lambda error: {"": NOBODY} if isinstance(error, NotFound) else words(error)


@post("/qualifications/{id:uuid}", opt=open_to("manager", "manage"))
async def redefine(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Change a qualification. Grants that were made keep their end."""
    form = await _asked(request, NewQualification)
    if form.value is None or form.errors:
        return await shown(request, id, by, form, 422)
    patch = QualificationPatch(**msgspec.structs.asdict(form.value))
    return await _done(request, id, by, "changed", form, lambda: define.redefine(id, patch, by))


@post("/qualifications/{id:uuid}/demand", opt=open_to("manager", "manage"))
async def demand(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Let a resource demand it, or no longer."""
    sent = await request.form()
    resource = _uuid(str(sent.get("resource_id", "")))
    verb = define.demand_no_longer if sent.get("no_longer") else define.demand
    return await _done(request, id, by, "changed", EMPTY, lambda: verb(id, resource, by))


@post("/qualifications/{id:uuid}/grants", opt=open_to("manager", "manage"))
async def grant_qualification(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Grant it to a person by mail address; again renews it."""
    sent = await request.form()
    entered = {name: str(sent.get(name, "")).strip() for name in ("email", "until")}
    form, ends = Form[Any](entered, {}), None
    try:
        email = msgspec.convert(entered["email"], Email)
    except msgspec.ValidationError:
        return await shown(request, id, by, form.but(email=N_("Enter a mail address.")), 422)
    if entered["until"]:
        try:
            day = date.fromisoformat(entered["until"]) + timedelta(days=1)
        except (ValueError, OverflowError):
            return await shown(request, id, by, form.but(until=N_("Choose a date.")), 422)
        ends = datetime.combine(day, time(), ZoneInfo(reader_zone(request)))
    given = NewGrant(email=email, expires_at=ends)
    return await _done(request, id, by, "granted", form, lambda: grant.grant(id, given, by))


@post("/qualifications/{id:uuid}/revoke", opt=open_to("manager", "manage"))
async def revoke_grant(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Take a grant back."""
    given = _uuid(str((await request.form()).get("grant_id", "")))
    return await _done(request, id, by, "revoked", EMPTY, lambda: grant.revoke(id, given, by))


ROUTES = [own, define_qualification, show, redefine, demand, grant_qualification, revoke_grant]
