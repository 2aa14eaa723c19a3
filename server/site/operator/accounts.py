"""The operator's pages of accounts: find one, lock and unlock it, end its sessions, take its second factor."""

from collections.abc import Awaitable, Callable
from typing import Any, get_args
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.access.person import Person
from server.accounts import views as account_views
from server.accounts.operator_acts import lock as locking
from server.accounts.operator_acts import sign_out_of_all, take_second_factor
from server.accounts.operator_acts import unlock as unlocking
from server.core import http
from server.core.errors import DomainError
from server.operator import views
from server.organizations.schemas import Ruling
from server.site.operator.page_support import MANAGE, PAGE, READ, REASON, asked, shown
from server.web.forms import EMPTY, Form, read, redirect
from server.web.refusal_texts import refusal
from server.web.render import language

Verb = Callable[[UUID, str, Person], Awaitable[None]]


@get("/operator/accounts", include_in_schema=False, opt=READ)
async def accounts(request: Request[Any, Any, Any]) -> Response[str]:
    """Find accounts."""
    q, state = asked(request, "q"), asked(request, "state", get_args(views.AccountState))
    wanted: Any = state or None
    rows = await views.accounts(q, wanted, http.after(request.query_params.get("cursor")), PAGE + 1)
    return shown(request, "accounts", found=http.page(rows, PAGE, key=lambda one: one.id), q=q, state=state)


@get("/operator/accounts/{id:uuid}", include_in_schema=False, opt=READ)
async def account(request: Request[Any, Any, Any], id: FromPath[UUID]) -> Response[str]:
    """Show an account, where it is signed in and what can be done with it."""
    return await _account(request, id)


async def _account(
    request: Request[Any, Any, Any], id: UUID, form: Form[Any] = EMPTY, status: int = 200
) -> Response[str]:
    return shown(
        request, "account", status=status, account=await views.account(id), form=form,
        memberships=await views.memberships(id), sessions=await account_views.sessions(id, None),
    )  # fmt: skip


async def _done(request: Request[Any, Any, Any], id: UUID, person: Person, verb: Verb, done: str) -> Response[str]:
    """Do something for a reason that the form gives, and show what has become of the account."""
    form = await read(request, Ruling, REASON)
    if form.value is None:
        return await _account(request, id, form, 422)
    try:
        await verb(id, form.value.reason, person)
    except DomainError as error:
        said = f"{refusal(error, language(request), 'UTC')} {error.detail}"
        return await _account(request, id, form.but(**{"": said}), error.status)
    return redirect(f"/operator/accounts/{id}?done={done}")


@post("/operator/accounts/{id:uuid}/lock", include_in_schema=False, status_code=200, opt=MANAGE)
async def lock(request: Request[Any, Any, Any], person: NamedDependency[Person], id: FromPath[UUID]) -> Response[str]:
    """Lock it."""
    return await _done(request, id, person, locking, "locked")


@post("/operator/accounts/{id:uuid}/unlock", include_in_schema=False, status_code=200, opt=MANAGE)
async def unlock(request: Request[Any, Any, Any], person: NamedDependency[Person], id: FromPath[UUID]) -> Response[str]:
    """Unlock it."""
    return await _done(request, id, person, unlocking, "unlocked")


@post("/operator/accounts/{id:uuid}/sign-out", include_in_schema=False, status_code=200, opt=MANAGE)
async def sign_out(
    request: Request[Any, Any, Any], person: NamedDependency[Person], id: FromPath[UUID]
) -> Response[str]:
    """End all its sessions."""
    return await _done(request, id, person, sign_out_of_all, "signed-out")


@post("/operator/accounts/{id:uuid}/second-factor", include_in_schema=False, status_code=200, opt=MANAGE)
async def second_factor(
    request: Request[Any, Any, Any], person: NamedDependency[Person], id: FromPath[UUID]
) -> Response[str]:
    """Take its second factor, which the person has lost."""
    return await _done(request, id, person, take_second_factor, "second-factor")


ROUTES = [accounts, account, lock, unlock, sign_out, second_factor]
