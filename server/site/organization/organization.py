"""The pages of one's own organization: what it is, whether it is verified, and the documents that prove it."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.access.permissions import open_to
from server.core.actor import Actor
from server.core.errors import DomainError, TooLarge
from server.core.file_kinds import LARGEST
from server.core.regions import names, region_name
from server.organizations import documents, views
from server.organizations import revise as changing
from server.organizations.schemas import DocumentKind, OrganizationPatch
from server.site.organization.texts import CHANGE, DOCUMENTS, DONE, KEEP, KINDS, SECTORS, SIZES, STATES
from server.web import forms
from server.web.form_errors import complain
from server.web.forms import EMPTY, Form, redirect
from server.web.render import unkept

ORGANIZATION = "/organization"
CHANGES = open_to("admin", "manage")
PROVES = open_to("admin", "manage", while_suspended=True)


class Upload(msgspec.Struct, frozen=True):
    """What is said of a file beside it."""

    document: DocumentKind


def words() -> dict[str, Any]:
    """What forms about organizations offer."""
    regions = [(code, region_name(code)) for code in names() if code.endswith("00")]
    return {"organization_kinds": KINDS, "sectors": SECTORS, "sizes": SIZES, "organization_states": STATES,
            "document_kinds": DOCUMENTS, "regions": regions}  # fmt: skip


@get(ORGANIZATION, include_in_schema=False, opt=open_to("booker", "read"))
async def organization(request: Request[Any, Any, Any], by: NamedDependency[Actor]) -> Response[str]:
    """Show one's organization; its admins also change it and prove what it is."""
    return await _organization(request, by)


async def _organization(
    request: Request[Any, Any, Any], by: Actor, form: Form[Any] = EMPTY, at: str = "", status: int = 200
) -> Response[str]:
    own = await views.own(by)
    is_admin = by.role == "admin"
    return unkept(
        request,
        "organizations/own.html",
        status=status,
        form=form,
        at=at,
        own=own,
        documents=await documents.listed(own.id, by) if is_admin else [],
        done=DONE.get(request.query_params.get("done", ""), ""),
        **words(),
    )


@post(ORGANIZATION, include_in_schema=False, status_code=200, opt=CHANGES)
async def change(request: Request[Any, Any, Any], by: NamedDependency[Actor]) -> Response[str]:
    """Change what the organization is, or what it declares."""
    form = await forms.read(request, OrganizationPatch, CHANGE)
    if form.value is None:
        return await _organization(request, by, form, "data", 422)
    try:
        await changing.revise(by.organization_id, form.value, by)
    except DomainError as error:
        return await _organization(request, by, complain(form, error, CHANGE), "data", error.status)
    return redirect(f"{ORGANIZATION}?done=saved")


@post(
    f"{ORGANIZATION}/documents", include_in_schema=False, status_code=200, opt=PROVES,
    request_max_body_size=LARGEST + 64 * 1024,
)  # fmt: skip
async def add_document(request: Request[Any, Any, Any], by: NamedDependency[Actor]) -> Response[str]:
    """Add a document that proves something."""
    form = await forms.read(request, Upload, KEEP)
    file = (await request.form()).get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        form = form.but(file=KEEP["file"])
    if form.value is None or form.errors or not isinstance(file, UploadFile):
        return await _organization(request, by, form, "documents", 422)
    try:
        await documents.keep(by.organization_id, form.value.document, file.filename, await file.read(), by)
    except TooLarge as error:
        return await _organization(request, by, form.but(file=KEEP["file"]), "documents", error.status)
    except DomainError as error:
        return await _organization(request, by, complain(form, error, KEEP), "documents", error.status)
    return redirect(f"{ORGANIZATION}?done=added")


@post(f"{ORGANIZATION}/documents/{{id:uuid}}/remove", include_in_schema=False, status_code=200, opt=PROVES)
async def remove_document(id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Remove a document."""
    await documents.remove(by.organization_id, id, by)
    return redirect(f"{ORGANIZATION}?done=removed")


ROUTES = [organization, change, add_document, remove_document]
