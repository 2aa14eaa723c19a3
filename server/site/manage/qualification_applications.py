"""The pages of applications for qualifications: send a proof, withdraw it; the owner's buttons."""

from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response, get
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from server.access.permissions import open_to
from server.core.actor import Actor
from server.core.errors import DomainError, Invalid, NotFound, TooLarge
from server.core.file_kinds import LARGEST
from server.core.http import Request
from server.core.text import PROSE_PATTERN
from server.core.translations import N_
from server.qualifications import applications, apply, decide
from server.qualifications.schemas import Acceptance, Refusal
from server.site.manage.qualifications import shown
from server.web.form_errors import in_words, refused_on
from server.web.forms import EMPTY, Form, post, read, redirect
from server.web.render import page, reader_zone
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


@get("/qualifications/{id:uuid}/apply", opt=open_to("booker", "read"))
async def ask(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Show what the qualification is, and a form for the proof."""
    return await _ask(request, id, by, EMPTY)


async def _ask(request: Request, id: UUID, by: Actor, form: Form[Any], status: int = 200) -> Response[str]:
    offered = await applications.offer(id, by)
    return page(request, "manage/qualification_apply.html", status=status, one=offered, form=form)


@post("/qualifications/{id:uuid}/apply", request_max_body_size=LARGEST + AROUND, opt=open_to("booker", "book"))
async def send_application(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Send the proof to the owner."""
    form = await read(request, Words, WRONG)
    if form.value is None:
        return await _ask(request, id, by, form, 422)
    sent = (await request.form()).get("file")
    file = (plain(sent.filename), await sent.read()) if isinstance(sent, UploadFile) and sent.filename else None
    try:
        await apply.apply(id, form.value.note, file, by)
    except NotFound:
        raise
    except (Invalid, TooLarge) as error:
        field = str(error.members.get("field", "file"))
        return await _ask(request, id, by, form.but(**{field: WRONG[field]}), 422)
    except DomainError as error:
        return await _ask(request, id, by, form.but(**in_words(request)(error)), error.status)
    return redirect("/qualifications?done=applied")


@post("/applications/{id:uuid}/withdraw", opt=open_to("booker", "book", while_suspended=True))
async def withdraw_application(id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Withdraw one's application."""
    await apply.withdraw(id, by)
    return redirect("/qualifications?done=withdrawn")


@post("/applications/{id:uuid}/grant", opt=open_to("manager", "manage"))
async def accept_application(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Grant what was applied for."""
    of = (await applications.application(id, by)).qualification_id
    until = str((await request.form()).get("until", "")).strip()
    ends = None
    async with refused_on(EMPTY, partial(shown, request, of, by), in_words(request)):
        try:
            if until:
                day = date.fromisoformat(until) + timedelta(days=1)
                ends = datetime.combine(day, time(), ZoneInfo(reader_zone(request)))
            await decide.accept(id, Acceptance(expires_at=ends), by)
        except (Invalid, ValueError, OverflowError):
            return await shown(request, of, by, EMPTY.but(**{f"until-{id}": DAY}), 422)
    return redirect(f"/qualifications/{of}?done=granted")


@post("/applications/{id:uuid}/decline", opt=open_to("manager", "manage"))
async def decline_application(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Say no, and why."""
    of = (await applications.application(id, by)).qualification_id
    form = await read(request, Refusal, REASON)
    if form.value is None:
        return await shown(request, of, by, Form({}, {f"reason-{id}": REASON["reason"]}), 422)
    async with refused_on(EMPTY, partial(shown, request, of, by), in_words(request)):
        await decide.decline(id, form.value, by)
    return redirect(f"/qualifications/{of}?done=declined")


ROUTES = [ask, send_application, withdraw_application, accept_application, decline_application]
