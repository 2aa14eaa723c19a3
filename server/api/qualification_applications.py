"""The JSON routes of applications for qualifications: send a proof, see what became of it, decide."""

from typing import Annotated
from uuid import UUID

from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from server.access.permissions import open_to
from server.core import http
from server.core.actor import Actor
from server.core.errors import Conflict, Forbidden, NotFound, TooLarge, Unauthenticated
from server.core.file_kinds import LARGEST, SIGNATURES
from server.core.http import Cursor, Limit, Page, Request
from server.core.problem_details import refusals
from server.core.text import PROSE_PATTERN
from server.qualifications import applications, apply, decide
from server.qualifications.schemas import Acceptance, Application, ApplicationState, Refusal
from server.web.downloads import download
from server.web.uploads import AROUND, file_in, taking

Note = Annotated[
    str,
    QueryParameter(max_length=2000, pattern=PROSE_PATTERN, required=False, description="what you have, in words"),
]
OfState = Annotated[ApplicationState | None, QueryParameter(name="state", required=False)]
DECISIONS = refusals(Unauthenticated, Forbidden, NotFound, Conflict)
DECIDES = open_to("manager", "manage", id="application")


@post(
    "/qualifications/{id:uuid}/applications",
    tags=["Qualifications"],
    opt=open_to("booker", "book", id="qualification"),
    request_max_body_size=LARGEST + AROUND,
    operation_class=taking(*SIGNATURES.values(), required=False),
    responses=refusals(Unauthenticated, Forbidden, NotFound, Conflict, TooLarge),
)
async def apply_for_qualification(
    request: Request, by: NamedDependency[Actor], id: FromPath[UUID], note: Note = ""
) -> Response[Application]:
    """Apply for a qualification, with a PDF, PNG or JPEG file of at most 10 MB, with words, or both.

    Only where its owner takes applications (`takes_applications` of what a resource needs). One waits at a time.
    """
    name, data = await file_in(request)
    made = await apply.apply(id, note, (name, data) if data else None, by)
    return Response(made, headers={"Location": f"/api/v1/applications/{made.id}"})


@get(
    "/qualifications/{id:uuid}/applications",
    tags=["Qualifications"],
    opt=open_to("manager", "manage", id="qualification"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def list_qualification_applications(
    by: NamedDependency[Actor], id: FromPath[UUID], state_: OfState = None, cursor: Cursor = None, limit: Limit = 50
) -> Page[Application]:
    """List who applied for a qualification of yours; newest first."""
    rows = await applications.received(id, by, state_, http.after(cursor), limit + 1)
    return http.page(rows, limit, key=lambda one: one.id)


@get(
    "/applications",
    tags=["Qualifications"],
    opt=open_to("booker", "read"),
    responses=refusals(Unauthenticated),
)
async def list_own_qualification_applications(
    by: NamedDependency[Actor], cursor: Cursor = None, limit: Limit = 50
) -> Page[Application]:
    """List what you applied for, with which owner ever; newest first."""
    rows = await applications.own(by, http.after(cursor), limit + 1)
    return http.page(rows, limit, key=lambda one: one.id)


@get(
    "/applications/{id:uuid}",
    tags=["Qualifications"],
    opt=open_to("booker", "read", id="application"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def read_qualification_application(by: NamedDependency[Actor], id: FromPath[UUID]) -> Application:
    """Read an application that you made, or that is yours to decide."""
    return await applications.application(id, by)


@get(
    "/applications/{id:uuid}/file",
    tags=["Qualifications"],
    opt=open_to("booker", "read", id="application"),
    media_type="application/octet-stream",
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def download_qualification_proof(by: NamedDependency[Actor], id: FromPath[UUID]) -> Response[bytes]:
    """Download the file of an application that you made, or that is yours to decide."""
    found = await applications.proof(id, by)
    return download(found.name, found.content)


@delete(
    "/applications/{id:uuid}",
    tags=["Qualifications"],
    opt=open_to("booker", "book", while_suspended=True, id="application"),
    responses=DECISIONS,
)
async def withdraw_qualification_application(by: NamedDependency[Actor], id: FromPath[UUID]) -> None:
    """Withdraw an application of yours that waits. Its file is forgotten."""
    await apply.withdraw(id, by)


@post(
    "/applications/{id:uuid}/grant",
    tags=["Qualifications"],
    opt=DECIDES,
    status_code=200,
    responses=DECISIONS,
)
async def grant_qualification_application(
    by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[Acceptance]
) -> Application:
    """Grant what was applied for, and tell who applied."""
    return await decide.accept(id, data, by)


@post(
    "/applications/{id:uuid}/decline",
    tags=["Qualifications"],
    opt=DECIDES,
    status_code=200,
    responses=DECISIONS,
)
async def decline_qualification_application(
    by: NamedDependency[Actor], id: FromPath[UUID], data: JSONBody[Refusal]
) -> Application:
    """Say no, and why; who applied is told and may apply again."""
    return await decide.decline(id, data, by)


ROUTES = [
    apply_for_qualification,
    list_qualification_applications,
    list_own_qualification_applications,
    read_qualification_application,
    download_qualification_proof,
    withdraw_qualification_application,
    grant_qualification_application,
    decline_qualification_application,
]
