"""The pages of one resource: look at it, choose a time, hold it, say what for, review, book."""

from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from urllib.parse import quote as quoted
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.access.idempotency import Once, do_once
from server.access.permissions import open_to
from server.bookings.capacity import availability_read
from server.bookings.costs import quote
from server.bookings.holds import hold, holds
from server.bookings.holds.held_before import HeldBefore, held_before
from server.bookings.holds.hold import NewHold
from server.bookings.holds.holds import Hold
from server.bookings.lifecycle import book
from server.bookings.schemas import Booking, Details, Wanted, details_of
from server.core.actor import Actor
from server.core.errors import NotFound, PriceChanged, SlotTaken
from server.core.http import Request
from server.core.spans import Span
from server.core.translations import N_
from server.qualifications.views import needs
from server.resources import views
from server.resources.rules.rule_sentences import sentences, weekly
from server.resources.schemas import ResourceOut
from server.resources.terms import terms
from server.site.book import month, slots
from server.site.book.details_form import read_details
from server.site.book.slot_texts import slot_texts
from server.web import time_form
from server.web.form_errors import in_words, refused_on
from server.web.forms import Form, post, redirect, text_fields
from server.web.money import sent_amount
from server.web.render import language, own_zone, page

OVER = N_("This time is no longer held for you. If it is still free, hold it again.")


@get("/resources/{id:uuid}", opt=open_to("anyone", "read"))
async def show(request: Request, id: FromPath[UUID], viewer: NamedDependency[Actor | None]) -> Response[str]:
    """Show a resource, its rules, and when it can be booked in one week."""
    resource = await views.resource(id, viewer)
    form = time_form.read(request.query_params, ZoneInfo(resource.time_zone), resource.units)
    asked = any(form.entered[name] for name in ("from", "start"))
    return await shown(request, resource, viewer, form if asked else Form(form.entered, {}))


async def shown(
    request: Request, resource: ResourceOut, viewer: Actor | None, form: Form[time_form.Chosen],
    *, status: int = 200, lost: SlotTaken | None = None, as_guest: bool = False,
) -> Response[str]:  # fmt: skip
    """Show a resource with its week; `as_guest`: to its owner, as others see it."""
    zone, locale, now = ZoneInfo(resource.time_zone), language(request), datetime.now(UTC)
    chosen = form.value.span if form.value else None
    day = _day(request.query_params.get("day"), chosen.starts_at.astimezone(zone) if chosen else now.astimezone(zone))
    window, units = slots.window(day, zone), form.value.units if form.value else 1
    seen = await availability_read.availability(resource.id, window, viewer, units=units)
    around = await availability_read.availability(resource.id, month.window(day, zone), viewer, units=units)
    rules = resource.rules
    laid = slots.week(day, zone, seen, now, rules=rules, chosen=chosen)
    return page(
        request,
        "book/resource.html",
        status=status,
        resource=resource,
        form=form,
        week=laid,
        slots=slot_texts(locale),
        month=month.month(day, zone, around, now),
        seen=seen,
        lost=lost,
        now=now,
        day_shown=day,
        today=now.astimezone(zone).date(),
        window=window,
        rules=sentences(rules, locale),
        hours=weekly(resource.opening_hours.weekly, locale),
        needs=await needs(resource.id),
        terms=(await terms(resource.id, viewer))[0] if resource.terms_version else None,
        own_zone=own_zone(request),
        as_guest=as_guest,
        done=OVER if request.query_params.get("done") == "over" else "",
        signed_in=viewer is not None,
    )


def _day(text: str | None, otherwise: datetime) -> date:
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return otherwise.date()
    return found if 2000 < found.year < 2199 else otherwise.date()


@post("/resources/{id:uuid}/hold")
async def hold_time(request: Request, id: FromPath[UUID], viewer: NamedDependency[Actor | None]) -> Response[str]:
    """Hold a time and go on to the form; whoever is not signed in signs in and comes back to the same time."""
    resource = await views.resource(id, viewer)
    sent = await text_fields(request)
    said = {name: sent[name] for name in Details.__struct_fields__ if sent.get(name)}
    form = time_form.read(sent, ZoneInfo(resource.time_zone), resource.units)
    form = msgspec.structs.replace(form, entered=form.entered | said)
    if form.value is None:
        return await shown(request, resource, viewer, form, status=422)
    starts_at, ends_at = form.value.span
    if viewer is None:
        again = urlencode({"from": starts_at.isoformat(), "to": ends_at.isoformat(), "units": form.value.units})
        return redirect("/sign-in?next=" + quoted(f"/resources/{id}?{again}"))
    for one in await holds.own(viewer):  # sent twice
        if (one.resource_id, one.starts_at, one.ends_at, one.units) == (id, starts_at, ends_at, form.value.units):
            return await _on(request, one, viewer, said)
    return await _hold(request, resource, viewer, form, form.value, said)


async def _hold(
    request: Request, resource: ResourceOut, by: Actor, form: Form[time_form.Chosen],
    chosen: time_form.Chosen, said: dict[str, str],
) -> Response[str]:  # fmt: skip
    starts_at, ends_at = chosen.span
    wanted = NewHold(resource_id=resource.id, starts_at=starts_at, ends_at=ends_at, units=chosen.units)
    async with refused_on(form, partial(shown, request, resource, by), in_words(request, resource.time_zone)):
        try:
            kept = await hold.hold(wanted, by)
        except SlotTaken as taken:
            return await shown(request, resource, by, form, status=409, lost=taken)
    return await _on(request, kept, by, said)


async def _on(request: Request, kept: Hold, by: Actor, said: dict[str, str]) -> Response[str]:
    """Go on to the form. What was said before another took the time stays, and stands in no address."""
    return await _details(request, kept, by, Form(said, {}), "details") if said else redirect(f"/holds/{kept.id}")


async def _held(id: UUID, by: Actor) -> Hold | HeldBefore:
    """Read a hold of the actor's, or what became of it. Raises NotFound when it is none."""
    for one in await holds.own(by):
        if one.id == id and one.kind == "form":
            return one
    before = await held_before(id, by)
    if before is None:
        raise NotFound("this time is not held for you; choose it again")
    return before


def _led_on(before: HeldBefore) -> Response[str]:
    """Lead on whom the back button brought here: to what was booked, or to the time to choose it again."""
    if before.booking_id:
        return redirect(f"/bookings/{before.booking_id}")
    time = {"from": before.starts_at.isoformat(), "to": before.ends_at.isoformat(), "units": before.units}
    return redirect(f"/resources/{before.resource_id}?{urlencode(time | {'done': 'over'})}#book")


async def _details(
    request: Request, kept: Hold, by: Actor, form: Form[Any], template: str, status: int = 200, *, changed: bool = False
) -> Response[str]:
    resource = await views.resource(kept.resource_id, by)
    asked = quote.NewQuote(resource_id=resource.id, starts_at=kept.starts_at, ends_at=kept.ends_at, units=kept.units)
    shown = page(
        request, f"book/{template}.html", status=status, held=kept, form=form, resource=resource,
        cost=(await quote.quote(asked, by)).cost, changed=changed,
        terms=(await terms(resource.id, by))[0] if resource.terms_version else None,
    )  # fmt: skip
    if request.method == "GET":  # what answers a form must be kept, or going back to it ends at an error of the browser
        shown.headers["Cache-Control"] = "no-store"
    return shown


async def _again(
    request: Request, id: UUID, by: Actor, form: Form[Any], template: str, status: int, *, changed: bool = False
) -> Response[str]:
    """Show a step anew; where the hold has ended meanwhile, what became of it."""
    kept = await _held(id, by)
    if isinstance(kept, HeldBefore):
        return _led_on(kept)
    return await _details(request, kept, by, form, template, status, changed=changed)


@get("/holds/{id:uuid}", opt=open_to("booker", "book"))
async def details(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Ask what the booking is for and who comes along."""
    kept = await _held(id, by)
    return _led_on(kept) if isinstance(kept, HeldBefore) else await _details(request, kept, by, Form({}, {}), "details")


@post("/holds/{id:uuid}", opt=open_to("booker", "book"))
async def review(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Show all that will be booked; nothing is changed yet. A time that is over is held anew, with what was said."""
    kept = await _held(id, by)
    resource = await views.resource(kept.resource_id, by)
    form = await read_details(request, resource.terms_version)
    if isinstance(kept, HeldBefore):
        if kept.booking_id:
            return _led_on(kept)
        chosen = time_form.Chosen(Span(kept.starts_at, kept.ends_at), kept.units)
        said = {name: form.entered[name] for name in Details.__struct_fields__ if form.entered.get(name)}
        entered = time_form.shown(chosen.span, ZoneInfo(resource.time_zone)) | said
        return await _hold(request, resource, by, Form(entered, {}, chosen), chosen, said)
    again = bool(form.errors) or "change" in form.entered
    return await _details(request, kept, by, form, "details" if again else "review", 422 if form.errors else 200)


@post("/holds/{id:uuid}/book", opt=open_to("booker", "book"))
async def book_held(request: Request, id: FromPath[UUID], by: NamedDependency[Actor]) -> Response[str]:
    """Book what is held. Sent twice it is booked once."""
    sent = await request.form()
    resource = await views.resource(_uuid(sent.get("resource_id")), by)
    form = await read_details(request, resource.terms_version)
    time = time_form.read(form.entered, ZoneInfo(resource.time_zone), resource.units)
    if form.value is None or time.value is None:
        return await _again(request, id, by, form, "details", 422)
    starts_at, ends_at = time.value.span
    said = form.value
    wanted = Wanted(
        resource_id=resource.id, starts_at=starts_at, ends_at=ends_at, units=time.value.units, hold_id=id,
        accept_terms=said.accept_terms, expected_total=sent_amount(sent.get("expected_total")), **details_of(said),
    )  # fmt: skip
    async with refused_on(time, partial(shown, request, resource, by), in_words(request, resource.time_zone)):
        try:
            made = await do_once(
                Once.of(by.member_id, by.account_id, f"hold {id}", wanted),
                list[Booking],
                partial(book.book, [wanted], by),
            )
        except SlotTaken as taken:
            lost = msgspec.structs.replace(time, entered=time.entered | form.entered)
            return await shown(request, resource, by, lost, status=409, lost=taken)
        except PriceChanged:
            return await _again(request, id, by, form, "review", 409, changed=True)
    return redirect(f"/bookings/{made[0].id}?done=booked")


def _uuid(text: Any) -> UUID:
    try:
        return UUID(str(text))
    except ValueError:
        raise NotFound("there is no such resource") from None


ROUTES = [show, hold_time, details, review, book_held]
