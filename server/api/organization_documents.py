"""The JSON routes of the documents with which an organization proves what it is."""

from uuid import UUID

from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from server.access.permissions import open_to
from server.access.rights import refuse_unless_own
from server.core.actor import Actor
from server.core.errors import Conflict, Forbidden, NotFound, TooLarge, Unauthenticated
from server.core.file_kinds import LARGEST, SIGNATURES
from server.core.http import Request
from server.core.problem_details import refusals
from server.organizations import documents
from server.organizations.schemas import Document, DocumentKind
from server.web.downloads import download
from server.web.uploads import AROUND, file_in, taking


@post(
    "/organizations/{id:uuid}/documents",
    tags=["Organization"],
    opt=open_to("admin", "manage", while_suspended=True, id="organization"),
    request_max_body_size=LARGEST + AROUND,
    operation_class=taking(*SIGNATURES.values()),
    responses=refusals(Unauthenticated, Forbidden, NotFound, Conflict, TooLarge),
)
async def add_document(
    request: Request, by: NamedDependency[Actor], id: FromPath[UUID],
    kind: FromQuery[DocumentKind] = "other",
) -> Document:  # fmt: skip
    """Send a document that proves something about your organization: a PDF, PNG or JPEG file of at most 10 MB."""
    name, data = await file_in(request)
    return await documents.keep(id, kind, name, data, by)


@get(
    "/organizations/{id:uuid}/documents",
    tags=["Organization"],
    opt=open_to("admin", "read", id="organization"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def list_documents(by: NamedDependency[Actor], id: FromPath[UUID]) -> list[Document]:
    """List the documents of your organization."""
    return await documents.listed(id, by)


@get(
    "/organizations/{id:uuid}/documents/{document_id:uuid}",
    tags=["Organization"],
    opt=open_to("admin", "read", id="organization", document_id="document"),
    media_type="application/octet-stream",
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def download_document(
    by: NamedDependency[Actor], id: FromPath[UUID], document_id: FromPath[UUID]
) -> Response[bytes]:
    """Download a document of your organization."""
    refuse_unless_own(by, id)
    file = await documents.hand_out(id, document_id)
    return download(file.name, file.content)


@delete(
    "/organizations/{id:uuid}/documents/{document_id:uuid}",
    tags=["Organization"],
    opt=open_to("admin", "manage", while_suspended=True, id="organization", document_id="document"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def remove_document(by: NamedDependency[Actor], id: FromPath[UUID], document_id: FromPath[UUID]) -> None:
    """Remove a document of your organization."""
    await documents.remove(id, document_id, by)


ROUTES = [add_document, list_documents, download_document, remove_document]
