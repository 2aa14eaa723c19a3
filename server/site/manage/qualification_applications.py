"""The pages of applications for qualifications: send a proof, withdraw it; the owner's buttons."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from server.access.permissions import open_to
from server.core.actor import Actor
from server.core.errors import DomainError, Invalid, NotFound, TooLarge
from server.core.file_kinds import LARGEST
from server.core.text import PROSE_PATTERN
from server.core.translations import N_
from server.qualifications import applications
from server.qualifications import apply as applying
from server.qualifications import decide as deciding
from server.qualifications.schemas import Acceptance, Refusal
from server.site.manage.qualifications import shown
from server.web.forms import EMPTY, Form, read, redirect
from server.web.refusal_texts import refusal
from server.web.render import language, page, reader_zone
from server.web.uploads import AROUND, plain

WRONG = {
    "note": N_("Say in at most 2,000 characters what you have, or send a file that proves it."),
    "file": N_("Choose a whole PDF, PNG or JPEG file of at most 10 MB."),
}
REASON = {"reason": N_("Say why not, on one line of at most 200 characters.")}
DAY = N_("Choose a day that is still to come.")


class Words(msgspec.Struct, frozen=True):
    """What the applicant says."""

    note: Annotated[str, Meta(max_length=2000, pattern=PROSE_PATTERN)] = ""


@get("/qualifications/{id:uuid}/apply", include_in_schema=False, opt=open_to("booker", "read"))
async def ask(request: Request[Any, Any, Any], id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Show what the qualification is, and a form for the proof."""
    return await _ask(request, id, by, EMPTY)


async def _ask(
    request: Request[Any, Any, Any], id: UUID, by: Actor, form: Form[Any], status: int = 200
) -> Response[str]:
    return page(request, "qualifications/apply.html", status=status, one=await applications.offer(id, by), form=form)


@post(
    "/qualifications/{id:uuid}/apply", include_in_schema=False, status_code=200, request_max_body_size=LARGEST + AROUND,
    opt=open_to("booker", "book"),
)  # fmt: skip
async def apply(request: Request[Any, Any, Any], id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Send the proof to the owner."""
    form = await read(request, Words, WRONG)
    if form.value is None:
        return await _ask(request, id, by, form, 422)
    sent = (await request.form()).get("file")
    file = (plain(sent.filename), await sent.read()) if isinstance(sent, UploadFile) and sent.filename else None
    try:
        await applying.apply(id, form.value.note, file, by)
    except NotFound:
        raise
    except (Invalid, TooLarge) as error:
        field = str(error.members.get("field", "file"))
        return await _ask(request, id, by, form.but(**{field: WRONG[field]}), 422)
    except DomainError as error:
        return await _ask(request, id, by, form.but(**{"": _said(request, error)}), error.status)
    return redirect("/qualifications?done=applied")


@post(
    "/applications/{id:uuid}/withdraw", include_in_schema=False, status_code=200,
    opt=open_to("booker", "book", while_suspended=True),
)  # fmt: skip
async def withdraw(id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Withdraw one's application."""
    await applying.withdraw(id, by)
    return redirect("/qualifications?done=withdrawn")


@post("/applications/{id:uuid}/grant", include_in_schema=False, status_code=200, opt=open_to("manager", "manage"))
async def accept(request: Request[Any, Any, Any], id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Grant what was applied for."""
    of = (await applications.application(id, by)).qualification_id
    until = str((await request.form()).get("until", "")).strip()
    form, ends = Form[Any]({}, {}), None
    try:
        if until:
            day = date.fromisoformat(until) + timedelta(days=1)
            ends = datetime.combine(day, time(), ZoneInfo(reader_zone(request)))
        await deciding.accept(id, Acceptance(expires_at=ends), by)
    except (Invalid, ValueError, OverflowError):
        return await shown(request, of, by, form.but(**{f"until-{id}": DAY}), 422)
    except DomainError as error:
        return await shown(request, of, by, form.but(**{"": _said(request, error)}), error.status)
    return redirect(f"/qualifications/{of}?done=granted")


@post("/applications/{id:uuid}/decline", include_in_schema=False, status_code=200, opt=open_to("manager", "manage"))
async def decline(request: Request[Any, Any, Any], id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Say no, and why."""
    of = (await applications.application(id, by)).qualification_id
    form = await read(request, Refusal, REASON)
    if form.value is None:
        return await shown(request, of, by, Form({}, {f"reason-{id}": REASON["reason"]}), 422)
    try:
        await deciding.decline(id, form.value, by)
    except DomainError as error:
        return await shown(request, of, by, Form({}, {"": _said(request, error)}), error.status)
    return redirect(f"/qualifications/{of}?done=declined")


def _said(request: Request[Any, Any, Any], error: DomainError) -> str:
    return refusal(error, language(request), reader_zone(request))


ROUTES = [ask, apply, withdraw, accept, decline]
