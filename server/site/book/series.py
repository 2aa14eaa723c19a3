"""The pages of a series: choose how it comes again, see which times are free, book it."""

from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.access.idempotency import Once, do_once
from server.access.permissions import open_to
from server.bookings.series import book, preview
from server.bookings.series.schemas import Made, Preview
from server.core.actor import Actor
from server.core.errors import DomainError
from server.core.http import Request
from server.core.ids import new_id
from server.resources import views
from server.resources.schemas import ResourceOut
from server.resources.terms import terms
from server.site.book import series_form
from server.site.book.details_form import read_details
from server.site.book.texts import WEEKDAYS
from server.web.form_errors import in_words, refused_on
from server.web.forms import Form, post, redirect
from server.web.refusal_texts import refusal, refusal_of
from server.web.render import language, page
from server.web.times import month_name


@get("/resources/{id:uuid}/series", opt=open_to("booker", "read"))
async def plan_series(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Ask how a time comes again, and show which of its times can be had. Everything asked stands in the address."""
    resource = await views.resource(id, by)
    form = series_form.read(request.query_params, id, ZoneInfo(resource.time_zone), resource.units)
    if not any(request.query_params.get(name) for name in ("count", "until")):  # it is only begun
        form = Form(form.entered | {"count": "4", "freq": "WEEKLY"}, {})
    return await _planned(request, resource, by, form)


async def _planned(
    request: Request, resource: ResourceOut, by: Actor, form: Form[Any], status: int = 200
) -> Response[str]:
    seen: Preview | None = None
    if form.value is not None:
        try:
            seen = await preview.preview(form.value, by)
        except DomainError as error:
            form = form.but(**{"": refusal(error, language(request), resource.time_zone)})
    return page(
        request,
        "book/series.html",
        status=status,
        resource=resource,
        form=form,
        seen=seen,
        possible=sum(one.ok for one in seen.occurrences) if seen else 0,
        why={one.starts_at: refusal_of(one.why, language(request), resource.time_zone) for one in seen.occurrences
             if one.why} if seen else {},
        terms=(await terms(resource.id, by))[0] if resource.terms_version else None,
        left_out=_months_without(form, seen, language(request)),
        frequencies=series_form.FREQUENCIES,
        weekdays=WEEKDAYS,
        once=form.entered.get("once") or new_id(),
    )  # fmt: skip


def _months_without(form: Form[Any], seen: Preview | None, locale: str) -> list[str]:
    if form.value is None or seen is None:
        return []
    starts = [one.starts_at for one in seen.occurrences]
    return [month_name(one, locale) for one in series_form.skipped_months(form.value, starts)]


@post("/resources/{id:uuid}/series/book", opt=open_to("booker", "book"))
async def book_series(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Book it: every time or none; with `skip` those that can be had. Sent twice it is booked once."""
    resource = await views.resource(id, by)
    said = await read_details(request, resource.terms_version)
    form = series_form.read(said.entered, id, ZoneInfo(resource.time_zone), resource.units)
    form = Form(said.entered | form.entered, form.errors | said.errors, form.value)
    if form.errors or form.value is None or said.value is None:
        return await _planned(request, resource, by, form, 422)
    wanted = msgspec.structs.replace(form.value, **msgspec.structs.asdict(said.value))
    async with refused_on(form, partial(_planned, request, resource, by), in_words(request, resource.time_zone)):
        once = Once.of(by.member_id, by.account_id, f"series {_key(form)}", wanted)
        made = await do_once(once, Made, partial(book.book_series, wanted, by))
    return redirect(f"/series/{made.id}?done=booked")


def _key(form: Form[Any]) -> str:
    return form.entered.get("once", "")[:100]


ROUTES = [plan_series, book_series]
