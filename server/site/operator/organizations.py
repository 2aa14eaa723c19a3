"""The operator's pages of organizations: those that wait, one with its documents, and what is decided about it."""

from functools import partial
from typing import Any, get_args
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.access.person import Person
from server.accounts.passwords import GivenPassword
from server.accounts.proof import prove
from server.core import http
from server.core.http import Request
from server.core.text import Line
from server.core.translations import N_
from server.organizations import decide, documents, merge, views
from server.organizations.schemas import Reason, Ruling, State
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
from server.site.operator.texts import DECIDED, DECISIONS, DOCUMENTS, STATE_NAMES
from server.web.downloads import download
from server.web.form_errors import refused_on
from server.web.forms import EMPTY, Form, post, read, redirect

STATES = (*get_args(State), "all")
TEXTS = PROVEN | {"into": N_("Give the whole name, the code or the id of the other organization.")}


class Into(msgspec.Struct, frozen=True):
    """Into which organization, as people name it, why, and the password of who has not just signed in."""

    into: Line
    reason: Reason
    password: GivenPassword | None = None


@get("/operator/organizations", opt=READ)
async def organizations(request: Request) -> Response[str]:
    """List organizations, those that wait first of all."""
    state: Any = asked(request, "state", STATES, "pending")
    q = asked(request, "q")
    wanted = None if state == "all" else state
    rows = await views.organizations(wanted, http.after(request.query_params.get("cursor")), PAGE + 1, q)
    found = http.page(rows, PAGE, key=lambda one: one.id)
    return shown(request, "organizations", found=found, state=state, states=STATES, state_names=STATE_NAMES, q=q)


@get("/operator/organizations/{id:uuid}", opt=READ)
async def dossier(request: Request, id: FromPath[UUID]) -> Response[str]:
    """Show an organization with all that is needed to decide about it."""
    return await _dossier(request, id)


async def _dossier(
    request: Request, id: UUID, at: str = "", form: Form[Any] = EMPTY, status: int = 200
) -> Response[str]:
    """Show it; `at` names the form in which something was wrong."""
    organization = await views.any_organization(id)
    possible = [verb for verb, states in decide.FROM.items() if organization.state in states]
    return shown(
        request, "organization", status=status, organization=organization, documents=await views.documents(id),
        decisions=await views.decisions(id), possible=possible, at=at, form=form,
        decided=DECIDED, document_kinds=DOCUMENTS, verbs=DECISIONS,
    )  # fmt: skip


@get("/operator/organizations/{id:uuid}/documents/{document_id:uuid}", opt=READ)
async def document(id: FromPath[UUID], document_id: FromPath[UUID]) -> Response[bytes]:
    """Download a document."""
    file = await documents.hand_out(id, document_id)
    return download(file.name, file.content)


@post("/operator/organizations/{id:uuid}/decide/{verb:str}", opt=MANAGE)
async def decide_state(
    request: Request, person: NamedDependency[Person], id: FromPath[UUID], verb: FromPath[str]
) -> Response[str]:
    """Verify, reject, suspend or reinstate, for a reason that the admins are told."""
    known: decide.Verb | None = next((one for one in decide.FROM if one == verb), None)
    form = await read(request, Ruling, REASON)
    if known is None or form.value is None:
        return await _dossier(request, id, "decide", form, 422)
    async with refused_on(form, partial(_dossier, request, id, "decide"), in_detail(request)):
        await decide.decide(known, id, form.value.reason, person)
    return redirect(f"/operator/organizations/{id}?done={known}")


@post("/operator/organizations/{id:uuid}/merge", opt=MANAGE)
async def merge_duplicate(request: Request, person: NamedDependency[Person], id: FromPath[UUID]) -> Response[str]:
    """Merge a duplicate into another organization, and go on to that."""
    form = await read(request, Into, TEXTS)
    async with refused_on(form, partial(_dossier, request, id, "merge"), in_detail_or_unproven(request)):
        await prove(person, form.wanted.password)
        into = await views.named(form.wanted.into.strip())
        await merge.merge(id, into, form.wanted.reason, person)
    return redirect(f"/operator/organizations/{into}?done=merged")


ROUTES = [organizations, dossier, document, decide_state, merge_duplicate]
