"""Book a series: every occurrence that a recurrence rule gives, or those that can be had. One lock, one transaction."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from server.access.acting import acting
from server.bookings.capacity import lock
from server.bookings.capacity.occupancy import Occupancy
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.lifecycle import book
from server.bookings.rules.context import RuleContext
from server.bookings.schemas import Booking
from server.bookings.series import plan, write
from server.bookings.series.plan import OccurrenceRefused, Slot
from server.bookings.series.schemas import Made, NewSeries
from server.bookings.series.series import Series, insert
from server.bookings.series.tell import tell_requests, tell_series
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.doorbell import ring
from server.core.ids import new_id
from server.core.instants import span
from server.core.recurrence import walls
from server.core.spans import Span
from server.resources.terms import accept


@rerunning
async def book_series(wanted: NewSeries, by: Actor) -> Made:
    """Book all occurrences, or with `skip` those that can be had; never a part by accident.

    Raises Invalid for a rule that is none, NotFound, and what refused the first occurrence (RuleRefused,
    OutsideOpeningHours, NoSuchTime, SlotTaken with alternatives) with its `occurrence`.
    """
    first = span(wanted.starts_at, wanted.ends_at)
    try:
        async with acting(by):
            made = await _book(wanted, first, by)
    except OccurrenceRefused as refusal:
        raise await refusal.problem() from None
    ring()
    return made


async def _book(wanted: NewSeries, first: Span, by: Actor) -> Made:
    resource = (await lock.lock({wanted.resource_id}, by.organization_id))[wanted.resource_id]
    planned = await judge(wanted, first, resource, by)
    possible = [slot for slot in planned if slot.refusal is None]
    if not possible or (len(possible) < len(planned) and wanted.on_conflict == "refuse"):
        raise OccurrenceRefused(next(slot for slot in planned if slot.refusal), resource, wanted.units, by)
    version = resource.terms_version
    if version is not None and wanted.accept_terms == version and not by.runs(resource.owner_id, resource.id):
        await accept(resource.id, resource.owner_id, version, by)
    zone = ZoneInfo(resource.time_zone)
    series = Series(
        id=new_id(), resource_id=resource.id, time_zone=resource.time_zone, rule=wanted.rule.strip(),
        starts_at=first.starts_at.astimezone(zone), ends_at=first.ends_at.astimezone(zone), units=wanted.units,
        excluded=[moment.astimezone(zone) for moment in wanted.excluded], skipped=[], sequence=0,
    )  # fmt: skip
    booked = await occupy(series, possible, wanted, resource, by)
    refused = [slot for slot in planned if slot.refusal is not None]
    if not booked or (refused and wanted.on_conflict == "refuse"):
        raise OccurrenceRefused(refused[0], resource, wanted.units, by)
    await insert(replace(series, skipped=[slot.span.starts_at.astimezone(zone) for slot in refused if slot.span]), by)
    confirmed = [one for one in booked if one.confirmed_at is not None]
    if confirmed:
        await tell_series(
            series, [], booked, resource, by, change="confirmed", owner="owner_confirmed", touched=confirmed
        )  # fmt: skip
    if requested := [one for one in booked if one.confirmed_at is None]:
        await tell_requests(series, booked, requested, resource, by, booker="requested", owner="owner_requested")
    return Made(series.id, booked, await plan.explain(resource, refused, wanted.units, by))


async def judge(wanted: NewSeries, first: Span, resource: ResourceSnapshot, by: Actor) -> list[Slot]:
    """Spell out the occurrences and decide on each. Raises Invalid."""
    zone = ZoneInfo(resource.time_zone)
    planned = plan.slots(walls(wanted.rule, first.starts_at, wanted.excluded, zone), first, resource)
    for slot in planned:
        slot.asked = wanted.unit_numbers
    seen = await plan.look(resource, planned, by)

    def ask(here: Occupancy, span: Span) -> RuleContext:
        return book.ask(wanted.item(span), span, resource, here, by)

    plan.decide(resource, seen, planned, wanted.units, by.organization_id, ask)
    return planned


async def occupy(
    series: Series, slots: Sequence[Slot], wanted: NewSeries, resource: ResourceSnapshot, by: Actor
) -> list[Booking]:
    """Insert the bookings of a series for slots that were found possible."""
    made = []
    for slot in slots:
        if slot.span is None:
            continue
        single = book.new(wanted.item(slot.span), resource, by, None, slot.approval, slot.priced)
        booking = replace(
            single, series_id=series.id, recurrence_id=single.starts_at, unit_numbers=slot.units,
            sequence=series.sequence,
        )  # fmt: skip
        made.append((booking, slot))
    return await write.book(resource, made, by)
