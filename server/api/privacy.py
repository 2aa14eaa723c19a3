"""The JSON routes of personal data: correct it, export it, erase it."""

from uuid import UUID

from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.access.permissions import open_to
from server.access.person import Person
from server.accounts.proof import PROVEN, prove
from server.accounts.schemas import Again
from server.core.actor import Actor
from server.core.errors import Forbidden, LastAdmin, NotFound, Unauthenticated
from server.core.problem_details import refusals
from server.privacy import correct, erase, export
from server.privacy.correct import Correction, Profile
from server.privacy.erase import Erased
from server.privacy.export import Export


@patch(
    "/me",
    tags=["Account"],
    opt=open_to("person", "manage"),
    responses=refusals(Unauthenticated),
)
async def correct_me(person: NamedDependency[Person], data: JSONBody[Correction]) -> Profile:
    """Correct your name, your language and your time zone."""
    return await correct.correct(data, person)


@get(
    "/me/export",
    tags=["Account"],
    opt=open_to("person", "manage"),
    responses=refusals(Unauthenticated),
)
async def export_me(person: NamedDependency[Person]) -> Response[Export]:
    """Download all that is kept of you, also by others."""
    headers = {"Content-Disposition": 'attachment; filename="rongtong.json"', "Cache-Control": "no-store"}
    return Response(await export.export(person.account_id, person), headers=headers)


@delete(
    "/me",
    status_code=200,
    tags=["Account"],
    opt=open_to("person", "manage"),
    responses=refusals(*PROVEN, LastAdmin),
)
async def erase_me(person: NamedDependency[Person], data: JSONBody[Again | None] = None) -> Erased:
    """Close your account: your name and address are erased, bookings ahead cancelled. There is no way back.

    Not with a token: by a session of the last ten minutes, or with the password.
    """
    await prove(person, data.password if data else None)
    return await erase.erase(person.account_id, person)


@post(
    "/operator/accounts/{id:uuid}/erase",
    status_code=200,
    tags=["Operator"],
    opt=open_to("operator", "manage", once=False, id="account"),
    responses=refusals(*PROVEN, NotFound, LastAdmin),
)
async def erase_account(
    person: NamedDependency[Person], id: FromPath[UUID], data: JSONBody[Again | None] = None
) -> Erased:
    """Erase a person who asked for it. There is no way back.

    Not with a token: by a session of the last ten minutes, or with the operator's password.
    """
    await prove(person, data.password if data else None)
    return await erase.erase(id, person, operator=True)


@get(
    "/operator/accounts/{id:uuid}/export",
    tags=["Operator"],
    opt=open_to("operator", "manage", id="account"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def export_account(by: NamedDependency[Actor], id: FromPath[UUID]) -> Export:
    """Download all that is kept of a person who asked for it."""
    return await export.export(id, by, operator=True)


ROUTES = [correct_me, export_me, erase_me, erase_account, export_account]
