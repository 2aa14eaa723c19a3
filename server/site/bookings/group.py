"""The page of bookings that were made together: move all of them, cancel all, or go to one."""

from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.access.permissions import open_to
from server.bookings.capacity.revise import LIVE
from server.bookings.groups import groups
from server.bookings.schemas import Because, Booking
from server.core.actor import Actor
from server.core.errors import DomainError
from server.core.http import Request
from server.core.recurrence import instant
from server.core.spans import Span
from server.core.translations import N_
from server.site.bookings.booking import DONE, REASON
from server.web import time_form
from server.web.form_errors import in_words, refused_on
from server.web.forms import Form, post, read, redirect
from server.web.render import page

FARTHEST = 366 * 1440  # minutes
TOO_FAR = N_("Choose a time within a year.")


@get("/groups/{id:uuid}", opt=open_to("booker", "read"))
async def show(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Show what was booked together."""
    return await _shown(request, id, by, Form({}, {}))


async def _shown(request: Request, id: UUID, by: Actor, form: Form[Any], status: int = 200) -> Response[str]:
    parts = sorted((await groups.group(id, by)).items, key=lambda one: one.starts_at)
    standing = [one for one in parts if one.status in LIVE]
    first = standing[0] if standing else None
    entered = time_form.shown(Span(first.starts_at, first.ends_at), ZoneInfo(first.time_zone)) if first else {}
    return page(
        request,
        "bookings/group.html",
        status=status,
        id=id,
        parts=parts,
        first=first,
        form=Form(entered | form.entered, form.errors),
        changes=bool(standing) and all(one.organization_id == by.organization_id for one in parts),
        done=DONE.get(request.query_params.get("done", ""), ""),
    )


@post("/groups/{id:uuid}/move", opt=open_to("booker", "book"))
async def move(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Move all by as much as the first is moved: all of them, or none."""
    first = _first((await groups.group(id, by)).items)
    zone = ZoneInfo(first.time_zone)
    sent = await request.form()
    entered = {name: str(sent.get(name, "")) for name in ("date", "start")}
    errors: dict[str, str] = {}
    start = _start(entered, zone, errors)
    if start is None:
        return await _shown(request, id, by, Form(entered, errors), 422)
    minutes = round((start.astimezone(UTC) - first.starts_at.astimezone(UTC)) / timedelta(minutes=1))
    if abs(minutes) > FARTHEST:
        return await _shown(request, id, by, Form(entered, {"date": TOO_FAR}), 422)
    shown, said = partial(_shown, request, id, by), in_words(request, first.time_zone)
    async with refused_on(Form(entered, {}), shown, said):
        await groups.shift_group(id, by, minutes)
    return redirect(f"/groups/{id}?done=moved")


def _start(entered: dict[str, str], zone: ZoneInfo, errors: dict[str, str]) -> datetime | None:
    """The new start of the first. What is wrong is told at its field."""
    try:
        day = date.fromisoformat(entered["date"])
    except ValueError:
        errors["date"] = N_("Choose a date.")
        return None
    try:
        return instant(datetime.combine(day, time.fromisoformat(entered["start"])), zone)
    except (ValueError, DomainError):
        errors["start"] = N_("Enter a time such as 08:00.")
        return None


def _first(parts: list[Booking]) -> Booking:
    """The one that begins first, of those that stand."""
    standing = [one for one in parts if one.status in LIVE] or parts
    return min(standing, key=lambda one: one.starts_at)


@post("/groups/{id:uuid}/cancel", opt=open_to("booker", "book", while_suspended=True))
async def cancel(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Cancel all that still stand. One alone is cancelled on its own page."""
    form = await read(request, Because, REASON)
    first = _first((await groups.group(id, by)).items)
    async with refused_on(form, partial(_shown, request, id, by), in_words(request, first.time_zone)):
        await groups.cancel_group(id, by, form.wanted.reason)
    return redirect(f"/groups/{id}?done=cancelled")


ROUTES = [show, move, cancel]
