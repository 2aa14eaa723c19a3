"""The page of a series that was booked: its times, this and all that follow, and what was skipped."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.access.permissions import open_to
from server.bookings.rights import can_change
from server.bookings.schemas import Because
from server.bookings.series import add, cancel, move, series
from server.bookings.series.schemas import Made, SeriesChange
from server.core import instants
from server.core.actor import Actor
from server.core.errors import DomainError
from server.core.http import Request
from server.core.translations import N_
from server.web import time_form
from server.web.forms import EMPTY, Form, post, read, redirect, text_fields
from server.web.refusal_texts import refusal
from server.web.render import language, page

DONE = {
    "booked": N_("Done. It is in your list, and a mail is on its way."),
    "moved": N_("Changed. Everyone who was invited is told."),
    "cancelled": N_("Cancelled. Everyone who was invited is told."),
    "added": N_("Booked after all. Everyone who was invited is told."),
}
REASON = {"reason": N_("Give the reason on one line, in at most 200 characters.")}


@get("/series/{id:uuid}", opt=open_to("booker", "read"))
async def show(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Show a series: its bookings, and what was skipped. `?from=` chooses one of them with all that follow."""
    return await _shown(request, id, by, EMPTY)


async def _shown(request: Request, id: UUID, by: Actor, form: Form[Any], status: int = 200) -> Response[str]:
    whole = await series.view(id, by)
    zone = ZoneInfo(whole.time_zone)
    now = datetime.now(zone)
    ahead = series.ahead(whole.bookings, None, now)
    since = _moment(form.entered.get("from_recurrence_id") or request.query_params.get("from") or "")
    first = next((one for one in ahead if since is None or one.recurrence_id == since), ahead[0] if ahead else None)
    entered = time_form.shown(instants.span(first.starts_at, first.ends_at), zone) if first else {}
    missing = [one for one in (*whole.skipped, *whole.excluded) if one > now]
    gone = [one.recurrence_id for one in whole.bookings if one.status in ("cancelled", "declined", "expired")]
    missing += [one for one in gone if one is not None and one > now]
    return page(
        request,
        "bookings/series.html",
        status=status,
        series=whole,
        ahead=ahead,
        first=first,
        length=whole.ends_at - whole.starts_at,
        missing=sorted(set(missing)),
        form=Form(entered | form.entered, form.errors),
        changes=bool(whole.bookings) and can_change(by, whole.bookings[0]),
        done=DONE.get(request.query_params.get("done", ""), ""),
    )


def _moment(text: str) -> datetime | None:
    try:
        return instants.instant(text, "from") if text else None
    except DomainError:
        return None


async def _done(
    request: Request, id: UUID, by: Actor, done: str, form: Form[Any],
    verb: Callable[[], Awaitable[Made]],
) -> Response[str]:  # fmt: skip
    try:
        made = await verb()
    except DomainError as error:
        zone = (await series.view(id, by)).time_zone
        said = form.but(**{"": refusal(error, language(request), zone)})
        return await _shown(request, id, by, said, error.status)
    return redirect(f"/series/{made.id}?done={done}")


@post("/series/{id:uuid}/cancel", opt=open_to("booker", "book", while_suspended=True))
async def cancel_series(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Cancel what lies ahead from one occurrence on."""
    form = await read(request, Because, REASON)
    if form.value is None:
        return await _shown(request, id, by, form, 422)
    since, reason = _moment(form.entered.get("from_recurrence_id", "")), form.value.reason
    return await _done(
        request, id, by, "cancelled", form, lambda: cancel.cancel_series(id, by, since, reason)
    )  # fmt: skip


@post("/series/{id:uuid}/move", opt=open_to("booker", "book"))
async def move_series(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Move one occurrence and all that follow by as much on the wall clock."""
    sent = await text_fields(request)
    whole = await series.view(id, by)
    asked = time_form.read(sent, ZoneInfo(whole.time_zone), 10_000)
    said = {name: sent.get(name, "") for name in ("from_recurrence_id", "on_conflict")}
    form: Form[Any] = Form(asked.entered | said, asked.errors)
    if asked.value is None:
        return await _shown(request, id, by, form, 422)
    zone = ZoneInfo(whole.time_zone)
    change = SeriesChange(
        from_recurrence_id=_moment(said["from_recurrence_id"]),
        starts_at=asked.value.span.starts_at.astimezone(zone),
        ends_at=asked.value.span.ends_at.astimezone(zone),
        on_conflict="skip" if said["on_conflict"] == "skip" else "refuse",
    )
    return await _done(request, id, by, "moved", form, lambda: move.move_series(id, change, by))


@post("/series/{id:uuid}/add", opt=open_to("booker", "book"))
async def add_time(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Book a time of the series that was skipped, left out or cancelled."""
    sent = await request.form()
    start = instants.instant(str(sent.get("starts_at", "")), "starts_at")
    return await _done(request, id, by, "added", EMPTY, lambda: add.add(id, start, by))


ROUTES = [show, cancel_series, move_series, add_time]
