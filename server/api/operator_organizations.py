"""The JSON routes of organizations for operators: look at them, verify, reject, suspend, reinstate, merge."""

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from server.access.permissions import open_to
from server.access.person import Person
from server.accounts.proof import PROVEN, prove
from server.core import http
from server.core.errors import Conflict, Forbidden, NotFound, Unauthenticated
from server.core.http import Cursor, Limit, Page
from server.core.problem_details import refusals
from server.organizations import decide, documents, merge, views
from server.organizations.schemas import Dossier, Merge, Organization, Ruling, State
from server.web.downloads import download

Search = Annotated[str, QueryParameter(max_length=200, required=False, description="a part of the name, or the code")]
OfState = Annotated[State | None, QueryParameter(name="state", required=False)]  # `state` itself is Litestar's
READ = open_to("operator", "read")
DECISIONS = refusals(Unauthenticated, Forbidden, NotFound, Conflict)
BY_ID = open_to("operator", "manage", id="organization")


@get(
    "/operator/organizations",
    tags=["Operator"],
    opt=READ,
    responses=refusals(Unauthenticated, Forbidden),
)
async def list_organizations(
    person: NamedDependency[Person], state_: OfState = None, q: Search = "", cursor: Cursor = None, limit: Limit = 50
) -> Page[Organization]:
    """List organizations, those of one state or all, oldest first."""
    rows = await views.organizations(state_, http.after(cursor), limit + 1, q)
    return http.page(rows, limit, key=lambda one: one.id)


@get(
    "/operator/organizations/{id:uuid}",
    tags=["Operator"],
    opt=open_to("operator", "read", id="organization"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def read_organization_dossier(person: NamedDependency[Person], id: FromPath[UUID]) -> Dossier:
    """Read an organization with its documents and what was decided about it."""
    found = await views.any_organization(id)
    return Dossier(found, await views.documents(id), await views.decisions(id))


@get(
    "/operator/organizations/{id:uuid}/documents/{document_id:uuid}",
    tags=["Operator"],
    opt=open_to("operator", "read", id="organization", document_id="document"),
    media_type="application/octet-stream",
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def download_organization_document(
    person: NamedDependency[Person], id: FromPath[UUID], document_id: FromPath[UUID]
) -> Response[bytes]:
    """Download a document of an organization."""
    file = await documents.hand_out(id, document_id)
    return download(file.name, file.content)


@post(
    "/operator/organizations/{id:uuid}/verify",
    tags=["Operator"],
    opt=BY_ID,
    status_code=200,
    responses=DECISIONS,
)
async def verify_organization(
    person: NamedDependency[Person], id: FromPath[UUID], data: JSONBody[Ruling]
) -> Organization:
    """Verify an organization."""
    return await decide.decide("verified", id, data.reason, person)


@post(
    "/operator/organizations/{id:uuid}/reject",
    tags=["Operator"],
    opt=BY_ID,
    status_code=200,
    responses=DECISIONS,
)
async def reject_organization(
    person: NamedDependency[Person], id: FromPath[UUID], data: JSONBody[Ruling]
) -> Organization:
    """Reject what an organization says it is. It may correct it."""
    return await decide.decide("rejected", id, data.reason, person)


@post(
    "/operator/organizations/{id:uuid}/suspend",
    tags=["Operator"],
    opt=BY_ID,
    status_code=200,
    responses=DECISIONS,
)
async def suspend_organization(
    person: NamedDependency[Person], id: FromPath[UUID], data: JSONBody[Ruling]
) -> Organization:
    """Suspend an organization: its people read and cancel, and nobody books what it owns."""
    return await decide.decide("suspended", id, data.reason, person)


@post(
    "/operator/organizations/{id:uuid}/reinstate",
    tags=["Operator"],
    opt=BY_ID,
    status_code=200,
    responses=DECISIONS,
)
async def reinstate_organization(
    person: NamedDependency[Person], id: FromPath[UUID], data: JSONBody[Ruling]
) -> Organization:
    """End a suspension."""
    return await decide.decide("reinstated", id, data.reason, person)


@post(
    "/operator/organizations/{id:uuid}/merge",
    tags=["Operator"],
    opt=open_to("operator", "manage", once=False, id="organization", into="organization"),
    status_code=200,
    responses=refusals(*PROVEN, NotFound, Conflict),
)
async def merge_organization(
    person: NamedDependency[Person], id: FromPath[UUID], data: JSONBody[Merge]
) -> Organization:
    """Merge a duplicate into another organization. Its id leads there afterwards. There is no way back.

    Not with a token: by a session of the last ten minutes, or with the operator's password.
    """
    await prove(person, data.password)
    return await merge.merge(id, data.into, data.reason, person)


ROUTES = [
    list_organizations,
    read_organization_dossier,
    download_organization_document,
    verify_organization,
    reject_organization,
    suspend_organization,
    reinstate_organization,
    merge_organization,
]
