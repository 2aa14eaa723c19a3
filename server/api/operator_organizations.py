"""Routes for the operators of the platform: look at organizations, verify, reject, suspend, reinstate, merge."""

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from server.access.permissions import open_to
from server.access.person import Person
from server.core import http
from server.core.errors import Conflict, Forbidden, NotFound, Unauthenticated
from server.core.http import Cursor, Limit, Page
from server.core.problem_details import refusals
from server.organizations import decide as deciding
from server.organizations import documents, views
from server.organizations import merge as merging
from server.organizations.schemas import Dossier, Merge, Organization, Ruling, State
from server.web.downloads import download

Search = Annotated[str, QueryParameter(max_length=200, required=False, description="a part of the name, or the code")]
OfState = Annotated[State | None, QueryParameter(name="state", required=False)]  # `state` itself is Litestar's
READ = open_to("operator", "read")
DECISIONS = refusals(Unauthenticated, Forbidden, NotFound, Conflict)
BY_ID = open_to("operator", "manage", id="organization")


@get(
    "/operator/organizations",
    operation_id="list_organizations",
    tags=["Operator"],
    opt=READ,
    responses=refusals(Unauthenticated, Forbidden),
)
async def organizations(
    person: NamedDependency[Person], state_: OfState = None, q: Search = "", cursor: Cursor = None, limit: Limit = 50
) -> Page[Organization]:
    """List organizations, those of one state or all, oldest first."""
    rows = await views.organizations(state_, http.after(cursor), limit + 1, q)
    return http.page(rows, limit, key=lambda one: one.id)


@get(
    "/operator/organizations/{id:uuid}",
    operation_id="read_organization_dossier",
    tags=["Operator"],
    opt=open_to("operator", "read", id="organization"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def dossier(person: NamedDependency[Person], id: FromPath[UUID]) -> Dossier:
    """Read an organization with its documents and what was decided about it."""
    found = await views.any_organization(id)
    return Dossier(found, await views.documents(id), await views.decisions(id))


@get(
    "/operator/organizations/{id:uuid}/documents/{document_id:uuid}",
    operation_id="download_organization_document",
    tags=["Operator"],
    opt=open_to("operator", "read", id="organization", document_id="document"),
    media_type="application/octet-stream",
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def document(person: NamedDependency[Person], id: FromPath[UUID], document_id: FromPath[UUID]) -> Response[bytes]:
    """Download a document of an organization."""
    file = await documents.hand_out(id, document_id)
    return download(file.name, file.content)


@post(
    "/operator/organizations/{id:uuid}/verify",
    operation_id="verify_organization",
    tags=["Operator"],
    opt=BY_ID,
    status_code=200,
    responses=DECISIONS,
)
async def verify(person: NamedDependency[Person], id: FromPath[UUID], data: JSONBody[Ruling]) -> Organization:
    """Verify an organization."""
    return await deciding.decide("verified", id, data.reason, person)


@post(
    "/operator/organizations/{id:uuid}/reject",
    operation_id="reject_organization",
    tags=["Operator"],
    opt=BY_ID,
    status_code=200,
    responses=DECISIONS,
)
async def reject(person: NamedDependency[Person], id: FromPath[UUID], data: JSONBody[Ruling]) -> Organization:
    """Reject what an organization says it is. It may correct it."""
    return await deciding.decide("rejected", id, data.reason, person)


@post(
    "/operator/organizations/{id:uuid}/suspend",
    operation_id="suspend_organization",
    tags=["Operator"],
    opt=BY_ID,
    status_code=200,
    responses=DECISIONS,
)
async def suspend(person: NamedDependency[Person], id: FromPath[UUID], data: JSONBody[Ruling]) -> Organization:
    """Suspend an organization: its people read and cancel, and nobody books what it owns."""
    return await deciding.decide("suspended", id, data.reason, person)


@post(
    "/operator/organizations/{id:uuid}/reinstate",
    operation_id="reinstate_organization",
    tags=["Operator"],
    opt=BY_ID,
    status_code=200,
    responses=DECISIONS,
)
async def reinstate(person: NamedDependency[Person], id: FromPath[UUID], data: JSONBody[Ruling]) -> Organization:
    """End a suspension."""
    return await deciding.decide("reinstated", id, data.reason, person)


@post(
    "/operator/organizations/{id:uuid}/merge",
    operation_id="merge_organization",
    tags=["Operator"],
    opt=open_to("operator", "manage", id="organization", into="organization"),
    status_code=200,
    responses=DECISIONS,
)
async def merge(person: NamedDependency[Person], id: FromPath[UUID], data: JSONBody[Merge]) -> Organization:
    """Merge a duplicate into another organization. Its id leads there afterwards."""
    return await merging.merge(id, data.into, data.reason, person)


ROUTES = [organizations, dossier, document, verify, reject, suspend, reinstate, merge]
