"""The page on which somebody registers an organization, or asks to join one that knows their mail domain."""

from functools import partial
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from server.access import cookie
from server.access.permissions import open_to
from server.access.person import Person
from server.accounts import own_sessions
from server.core.http import Request
from server.members import ask_to_join
from server.members.schemas import NewJoinRequest
from server.organizations import sign_up
from server.organizations.schemas import NewOrganization
from server.site.organization.organization import words
from server.site.organization.texts import DONE, REGISTER
from server.web import forms
from server.web.form_errors import at_field, refused_on
from server.web.forms import EMPTY, Form, post, redirect
from server.web.render import unkept

NEW = "/organization/new"
PERSON = open_to("person", "manage", while_suspended=True)


@get(NEW, opt=open_to("person", "read"))
async def new(request: Request, person: NamedDependency[Person]) -> Response[str]:
    """Offer to register an organization, and those that one could join."""
    return await _new(request, person)


async def _new(request: Request, person: Person, form: Form[Any] = EMPTY, status: int = 200) -> Response[str]:
    joinable = await ask_to_join.joinable_by(person) if person.verified else []
    done = DONE.get(request.query_params.get("done", ""), "")
    shown = {"person": person, "joinable": joinable, "done": done, "form": form, **words()}
    return unkept(request, "organization/join.html", status=status, **shown)


@post(NEW, opt=PERSON)
async def register(request: Request, person: NamedDependency[Person]) -> Response[str]:
    """Register an organization and act for it."""
    form = await forms.read(request, NewOrganization, REGISTER)
    async with refused_on(form, partial(_new, request, person), at_field(REGISTER)):
        made = await sign_up.sign_up(form.wanted, person)
    secret = await own_sessions.choose_organization(person.own_session, person.account_id, made.id)
    return redirect("/organization?done=registered", cookie.given(secret))


@post("/organization/join", opt=open_to("person", "manage"))
async def join(request: Request, person: NamedDependency[Person]) -> Response[str]:
    """Ask to join an organization."""
    form = await forms.read(request, NewJoinRequest, {"organization_id": REGISTER["name"]})
    if form.value is not None:
        await ask_to_join.ask(form.value.organization_id, person, person.name)
    return redirect(f"{NEW}?done=asked")


ROUTES = [new, register, join]
