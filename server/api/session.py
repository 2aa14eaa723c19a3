"""The JSON routes of signing in and out, and of a person's own sessions."""

from uuid import UUID

from litestar import Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody

from server.access import cookie
from server.access.authentication import session_of
from server.access.device import origin
from server.access.permissions import open_to
from server.access.person import Person
from server.accounts import own_sessions, password_sign_in, views
from server.accounts.schemas import ChosenOrganization, OwnSession, SessionInList, SignIn
from server.core.errors import (
    CodeNeeded,
    CrossSite,
    Forbidden,
    NotFound,
    RateLimited,
    Unauthenticated,
    WrongCode,
    WrongCredentials,
)
from server.core.http import Request
from server.core.problem_details import refusals

SIGN_IN_REFUSALS = (WrongCredentials, CodeNeeded, WrongCode, CrossSite, RateLimited)


@post(
    "/session",
    tags=["Account"],
    opt=open_to("anyone", "read"),
    responses=refusals(*SIGN_IN_REFUSALS),
)
async def sign_in(request: Request, data: JSONBody[SignIn]) -> Response[OwnSession]:
    """Sign in: the answer sets the cookie that carries the session."""
    at = origin(request)
    secret = await password_sign_in.sign_in(data.email, data.password, data.code, at, shown=cookie.read(request))
    shown = await views.shown(secret)
    return Response(shown, cookies=[cookie.given(secret), cookie.known(at, shown.account_id)])


@get(
    "/session",
    tags=["Account"],
    opt=open_to("person", "read"),
    responses=refusals(Unauthenticated, Forbidden),
)
async def read_session(person: NamedDependency[Person], request: Request) -> OwnSession:
    """Tell who is signed in, for which organization they act and for which they could."""
    _ = person.own_session
    return await views.shown(cookie.read(request) or "")


@delete(
    "/session",
    tags=["Account"],
    opt=open_to("anyone", "read"),
    responses=refusals(CrossSite) | {204: ResponseSpec(None, description="Signed out")},
)
async def sign_out(request: Request) -> Response[None]:
    """Sign out: end this session. Doing it again changes nothing."""
    await own_sessions.sign_out(await session_of(request))
    return Response(None, status_code=204, cookies=[cookie.taken()])


@put(
    "/session/organization",
    tags=["Account"],
    opt=open_to("person", "manage", while_suspended=True, organization_id="organization"),
    responses=refusals(Unauthenticated, Forbidden, CrossSite, NotFound),
)
async def choose_organization(
    person: NamedDependency[Person], data: JSONBody[ChosenOrganization]
) -> Response[OwnSession]:
    """Act for another of your organizations. The session gets a new id, and with it another CSRF token."""
    secret = await own_sessions.choose_organization(person.own_session, person.account_id, data.organization_id)
    return Response(await views.shown(secret), cookies=[cookie.given(secret)])


@get(
    "/sessions",
    tags=["Account"],
    opt=open_to("person", "read"),
    responses=refusals(Unauthenticated, Forbidden),
)
async def list_sessions(person: NamedDependency[Person]) -> list[SessionInList]:
    """List the browsers in which you are signed in; this one first."""
    return await views.sessions(person.account_id, person.own_session)


@delete(
    "/sessions",
    tags=["Account"],
    opt=open_to("person", "manage"),
    responses=refusals(Unauthenticated, Forbidden, CrossSite),
)
async def end_other_sessions(person: NamedDependency[Person]) -> None:
    """End all of your sessions but this one."""
    await own_sessions.end_others(person.own_session, person.account_id)


@delete(
    "/sessions/{id:uuid}",
    tags=["Account"],
    opt=open_to("person", "manage", id="session"),
    responses=refusals(Unauthenticated, Forbidden, CrossSite, NotFound),
)
async def end_session(person: NamedDependency[Person], id: FromPath[UUID]) -> None:
    """End one of your sessions."""
    _ = person.own_session
    await own_sessions.end_session(id, person.account_id)


ROUTES = [sign_in, read_session, sign_out, choose_organization, list_sessions, end_other_sessions, end_session]
