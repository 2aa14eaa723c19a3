"""The pages of one's own organization: what it is, whether it is verified, and the documents that prove it."""

from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.access.permissions import open_to
from server.core.actor import Actor
from server.core.errors import TooLarge
from server.core.file_kinds import LARGEST
from server.core.http import Request
from server.core.regions import names, region_name
from server.organizations import documents, revise, views
from server.organizations.schemas import DocumentKind, OrganizationPatch
from server.site.organization.texts import CHANGE, DOCUMENTS, DONE, KEEP, KINDS, SECTORS, SIZES, STATES
from server.web import forms
from server.web.form_errors import at_field, refused_on
from server.web.forms import EMPTY, Form, post, redirect
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


@get(ORGANIZATION, opt=open_to("booker", "read"))
async def organization(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """Show one's organization; its admins also change it and prove what it is."""
    return await _organization(request, by)


async def _organization(
    request: Request, by: Actor, form: Form[Any] = EMPTY, at: str = "", status: int = 200
) -> Response[str]:
    own = await views.own(by)
    is_admin = by.role == "admin"
    return unkept(
        request,
        "organization/organization.html",
        status=status,
        form=form,
        at=at,
        own=own,
        documents=await documents.listed(own.id, by) if is_admin else [],
        done=DONE.get(request.query_params.get("done", ""), ""),
        **words(),
    )


@post(ORGANIZATION, opt=CHANGES)
async def save_organization(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """Change what the organization is, or what it declares."""
    form = await forms.read(request, OrganizationPatch, CHANGE)
    async with refused_on(form, partial(_organization, request, by, at="data"), at_field(CHANGE)):
        await revise.revise(by.organization_id, form.wanted, by)
    return redirect(f"{ORGANIZATION}?done=saved")


@post(f"{ORGANIZATION}/documents", opt=PROVES, request_max_body_size=LARGEST + 64 * 1024)
async def add_document(request: Request, by: NamedDependency[Actor]) -> Response[str]:
    """Add a document that proves something."""
    form = await forms.read(request, Upload, KEEP)
    file = (await request.form()).get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        form = form.but(file=KEEP["file"])
    shown = partial(_organization, request, by, at="documents")
    if form.value is None or form.errors or not isinstance(file, UploadFile):
        return await shown(form, status=422)
    async with refused_on(form, shown, at_field(KEEP)):
        try:
            await documents.keep(by.organization_id, form.value.document, file.filename, await file.read(), by)
        except TooLarge as error:
            return await shown(form.but(file=KEEP["file"]), status=error.status)
    return redirect(f"{ORGANIZATION}?done=added")


@post(f"{ORGANIZATION}/documents/{{id:uuid}}/remove", opt=PROVES)
async def remove_document(id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Remove a document."""
    await documents.remove(by.organization_id, id, by)
    return redirect(f"{ORGANIZATION}?done=removed")


ROUTES = [organization, save_organization, add_document, remove_document]
