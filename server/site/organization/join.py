"""The page on which somebody registers an organization, or asks to join one that knows their mail domain."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from server.access import cookie
from server.access.permissions import open_to
from server.access.person import Person
from server.accounts import own_sessions
from server.core.errors import DomainError
from server.members import ask_to_join
from server.members.schemas import NewJoinRequest
from server.organizations import sign_up as signing_up
from server.organizations.schemas import NewOrganization
from server.site.organization.organization import words
from server.site.organization.texts import DONE, REGISTER
from server.web import forms
from server.web.form_errors import complain
from server.web.forms import EMPTY, Form, redirect
from server.web.render import unkept

NEW = "/organization/new"
PERSON = open_to("person", "manage", while_suspended=True)


@get(NEW, include_in_schema=False, opt=open_to("person", "read"))
async def new(request: Request[Any, Any, Any], person: NamedDependency[Person]) -> Response[str]:
    """Offer to register an organization, and those that one could join."""
    return await _new(request, person)


async def _new(
    request: Request[Any, Any, Any], person: Person, form: Form[Any] = EMPTY, status: int = 200
) -> Response[str]:
    joinable = await ask_to_join.joinable_by(person) if person.verified else []
    done = DONE.get(request.query_params.get("done", ""), "")
    shown = {"person": person, "joinable": joinable, "done": done, "form": form, **words()}
    return unkept(request, "organizations/new.html", status=status, **shown)


@post(NEW, include_in_schema=False, status_code=200, opt=PERSON)
async def register(request: Request[Any, Any, Any], person: NamedDependency[Person]) -> Response[str]:
    """Register an organization and act for it."""
    form = await forms.read(request, NewOrganization, REGISTER)
    if form.value is None:
        return await _new(request, person, form, 422)
    try:
        made = await signing_up.sign_up(form.value, person)
    except DomainError as error:
        return await _new(request, person, complain(form, error, REGISTER), error.status)
    secret = await own_sessions.choose_organization(person.own_session, person.account_id, made.id)
    return redirect("/organization?done=registered", cookie.given(secret))


@post("/organization/join", include_in_schema=False, status_code=200, opt=open_to("person", "manage"))
async def join(request: Request[Any, Any, Any], person: NamedDependency[Person]) -> Response[str]:
    """Ask to join an organization."""
    form = await forms.read(request, NewJoinRequest, {"organization_id": REGISTER["name"]})
    if form.value is not None:
        await ask_to_join.ask(form.value.organization_id, person, person.name)
    return redirect(f"{NEW}?done=asked")


ROUTES = [new, register, join]
