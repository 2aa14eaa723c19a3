"""The JSON routes of accounts for operators: find one, lock and unlock it, end its sessions, take its second factor."""

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from server.access.permissions import open_to
from server.access.person import Person
from server.accounts import operator_acts
from server.accounts import views as account_views
from server.accounts.proof import PROVEN, prove
from server.api.operator import NO_STORE
from server.core import http
from server.core.errors import Conflict, Forbidden, NotFound, Unauthenticated
from server.core.http import Cursor, Limit, Page
from server.core.problem_details import refusals
from server.core.text import LINE_PATTERN
from server.operator import views
from server.operator.schemas import AccountDossier, AccountMembership
from server.operator.views import Account, AccountState
from server.organizations.schemas import ProvenRuling, Ruling

BY_ID = open_to("operator", "manage", id="account")
DECISIONS = refusals(Unauthenticated, Forbidden, NotFound, Conflict)
OfState = Annotated[AccountState | None, QueryParameter(name="state", required=False)]
Search = Annotated[
    str,
    QueryParameter(
        max_length=200, pattern=LINE_PATTERN, required=False,
        description="a part of the address, of the name, or of the name of an organization",
    ),
]  # fmt: skip


@get(
    "/operator/accounts",
    tags=["Operator"],
    opt=open_to("operator", "read"),
    responses=refusals(Unauthenticated, Forbidden),
)
async def search_accounts(
    state_: OfState = None, q: Search = "", cursor: Cursor = None, limit: Limit = 50
) -> Response[Page[Account]]:
    """Find accounts, the newest first."""
    rows = await views.accounts(q, state_, http.after(cursor), limit + 1)
    return Response(http.page(rows, limit, key=lambda one: one.id), headers=NO_STORE)


@get(
    "/operator/accounts/{id:uuid}",
    tags=["Operator"],
    opt=open_to("operator", "read", id="account"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def read_account(id: FromPath[UUID]) -> Response[AccountDossier]:
    """Read an account, where it belongs and where it is signed in."""
    return await _dossier(id)


@post(
    "/operator/accounts/{id:uuid}/lock",
    tags=["Operator"],
    opt=BY_ID,
    status_code=200,
    responses=DECISIONS,
)
async def lock_account(
    person: NamedDependency[Person], id: FromPath[UUID], data: JSONBody[Ruling]
) -> Response[AccountDossier]:
    """Lock an account and end its sessions; its tokens are not taken any more. What it booked stands."""
    await operator_acts.lock(id, data.reason, person)
    return await _dossier(id)


@post(
    "/operator/accounts/{id:uuid}/unlock",
    tags=["Operator"],
    opt=BY_ID,
    status_code=200,
    responses=DECISIONS,
)
async def unlock_account(
    person: NamedDependency[Person], id: FromPath[UUID], data: JSONBody[Ruling]
) -> Response[AccountDossier]:
    """Let an account be used again."""
    await operator_acts.unlock(id, data.reason, person)
    return await _dossier(id)


@post(
    "/operator/accounts/{id:uuid}/sign-out",
    tags=["Operator"],
    opt=BY_ID,
    status_code=200,
    responses=DECISIONS,
)
async def sign_out_account(
    person: NamedDependency[Person], id: FromPath[UUID], data: JSONBody[Ruling]
) -> Response[AccountDossier]:
    """End all sessions of an account."""
    await operator_acts.sign_out_of_all(id, data.reason, person)
    return await _dossier(id)


@post(
    "/operator/accounts/{id:uuid}/second-factor/remove",
    tags=["Operator"],
    opt=open_to("operator", "manage", once=False, id="account"),
    status_code=200,
    responses=refusals(*PROVEN, NotFound, Conflict),
)
async def remove_account_second_factor(
    person: NamedDependency[Person], id: FromPath[UUID], data: JSONBody[ProvenRuling]
) -> Response[AccountDossier]:
    """Take the second factor of an account, which the person has lost. They are told by mail.

    Not with a token: by a session of the last ten minutes, or with the operator's password.
    """
    await prove(person, data.password)
    await operator_acts.take_second_factor(id, data.reason, person)
    return await _dossier(id)


async def _dossier(id: UUID) -> Response[AccountDossier]:
    found = await views.account(id)
    joined = [AccountMembership(**row) for row in await views.memberships(id)]
    return Response(AccountDossier(found, joined, await account_views.sessions(id, None)), headers=NO_STORE)


ROUTES = [search_accounts, read_account, lock_account, unlock_account, sign_out_account, remove_account_second_factor]
