"""The operator's pages of accounts: find one, lock and unlock it, end its sessions, take its second factor."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, get_args
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.access.person import Person
from server.accounts import views as account_views
from server.accounts.operator_acts import lock, sign_out_of_all, take_second_factor, unlock
from server.accounts.proof import prove
from server.core import http
from server.core.http import Request
from server.operator import views
from server.organizations.schemas import ProvenRuling, Ruling
from server.site.operator.page_support import (
    MANAGE,
    PAGE,
    PROVEN,
    READ,
    REASON,
    asked,
    in_detail,
    in_detail_or_unproven,
    shown,
)
from server.web.form_errors import refused_on
from server.web.forms import EMPTY, Form, post, read, redirect

Verb = Callable[[UUID, str, Person], Awaitable[None]]


@get("/operator/accounts", opt=READ)
async def accounts(request: Request) -> Response[str]:
    """Find accounts."""
    q, state = asked(request, "q"), asked(request, "state", get_args(views.AccountState))
    wanted: Any = state or None
    rows = await views.accounts(q, wanted, http.after(request.query_params.get("cursor")), PAGE + 1)
    return shown(request, "accounts", found=http.page(rows, PAGE, key=lambda one: one.id), q=q, state=state)


@get("/operator/accounts/{id:uuid}", opt=READ)
async def account(request: Request, id: FromPath[UUID]) -> Response[str]:
    """Show an account, where it is signed in and what can be done with it."""
    return await _account(request, id)


async def _account(request: Request, id: UUID, form: Form[Any] = EMPTY, status: int = 200) -> Response[str]:
    return shown(
        request, "account", status=status, account=await views.account(id), form=form,
        memberships=await views.memberships(id), sessions=await account_views.sessions(id, None),
    )  # fmt: skip


async def _done(request: Request, id: UUID, person: Person, verb: Verb, done: str) -> Response[str]:
    """Do something for a reason that the form gives, and show what has become of the account."""
    form = await read(request, Ruling, REASON)
    async with refused_on(form, partial(_account, request, id), in_detail(request)):
        await verb(id, form.wanted.reason, person)
    return redirect(f"/operator/accounts/{id}?done={done}")


@post("/operator/accounts/{id:uuid}/lock", opt=MANAGE)
async def lock_account(request: Request, person: NamedDependency[Person], id: FromPath[UUID]) -> Response[str]:
    """Lock it."""
    return await _done(request, id, person, lock, "locked")


@post("/operator/accounts/{id:uuid}/unlock", opt=MANAGE)
async def unlock_account(request: Request, person: NamedDependency[Person], id: FromPath[UUID]) -> Response[str]:
    """Unlock it."""
    return await _done(request, id, person, unlock, "unlocked")


@post("/operator/accounts/{id:uuid}/sign-out", opt=MANAGE)
async def sign_out_account(request: Request, person: NamedDependency[Person], id: FromPath[UUID]) -> Response[str]:
    """End all its sessions."""
    return await _done(request, id, person, sign_out_of_all, "signed-out")


@post("/operator/accounts/{id:uuid}/second-factor", opt=MANAGE)
async def take_factor(request: Request, person: NamedDependency[Person], id: FromPath[UUID]) -> Response[str]:
    """Take its second factor, which the person has lost, for whoever has just signed in or says their password."""
    form = await read(request, ProvenRuling, PROVEN)
    async with refused_on(form, partial(_account, request, id), in_detail_or_unproven(request)):
        await prove(person, form.wanted.password)
        await take_second_factor(id, form.wanted.reason, person)
    return redirect(f"/operator/accounts/{id}?done=second-factor")


ROUTES = [accounts, account, lock_account, unlock_account, sign_out_account, take_factor]
