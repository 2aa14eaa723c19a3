"""Refuse to wait in vain: for what is free now, or what no cancellation would ever make free."""

from typing import Any

from msgspec.structs import replace

from server.bookings.capacity.occupancy import Occupancy, rule_context
from server.bookings.capacity.occupancy_read import occupancies
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.rules import rules
from server.bookings.rules.audience import without_terms
from server.bookings.rules.blocks import next_on_grid
from server.bookings.rules.daily import Override
from server.bookings.rules.lengths import end_after
from server.core.actor import Actor
from server.core.errors import DomainError, RuleRefused
from server.core.spans import Span
from server.resources.rules.schemas import Rules, laid_over

FARTHEST = {"horizon_days": 1100}  # who waits may wait for a day to come within the horizon
NOTHING_FITS = "no time of this length could be booked then; look at the hours and rules, and wait for another"


async def refuse_vain(resources: list[ResourceSnapshot], window: Span, minutes: int, units: int, by: Actor) -> None:
    """Raise RuleRefused or OutsideOpeningHours, with what stands in the way of the first of them."""
    refusals = []
    for resource, seen in await occupancies(window, resources, by):
        if seen.free(resource, units, minutes):
            remedy = "this time is free: book it"
            raise RuleRefused(remedy, rule="waiting_free", limit=None, actual=None, remedy=remedy, id=resource.id)
        refusals.append(_never(resource, seen, window, minutes, units))
    if refusals and None not in refusals and refusals[0] is not None:
        raise refusals[0]


def _never(resource: ResourceSnapshot, seen: Occupancy, window: Span, minutes: int, units: int) -> DomainError | None:
    """What would refuse any time of a wish even if nothing else were booked; None when there is hope."""
    hoping = _at_any_distance(resource)
    guest = replace(seen.guest, booked=(), spent=(), strikes=(), needs=())  # all of which may change
    alone = replace(seen, taken=[], guest=guest)
    if alone.free(hoping, units, minutes):
        return None
    opening = [span for span in alone.opening(hoping) if span.ends_at > resource.now]
    for start in [one.starts_at for one in opening[:3]] or [window.starts_at]:
        that_day = alone.rules(hoping, start)
        start = max(start, resource.now)
        if not that_day.blocks:
            start = next_on_grid(start, resource.zone, that_day.step_minutes)
        time = Span(start, end_after(start, minutes, resource.zone, that_day))
        try:
            rules.refuse_unless_allowed(without_terms(rule_context(hoping, alone, time, units, 0)))
        except DomainError as refusal:
            return refusal
    return RuleRefused(NOTHING_FITS, rule="waiting_vain", limit=minutes, actual=minutes, remedy=NOTHING_FITS)


def _at_any_distance(resource: ResourceSnapshot) -> ResourceSnapshot:
    """A resource as it may be booked once its days have come near."""
    overrides = tuple(Override(one.first_day, one.last_day, _farthest(one.rules)) for one in resource.overrides)
    said: dict[str, Any] = {
        **FARTHEST, "for_audience": {name: part | FARTHEST for name, part in resource.rules.for_audience.items()}
    }  # fmt: skip
    far: Rules = laid_over(resource.rules, said)
    return replace(resource, rules=far, overrides=overrides)


def _farthest(said: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name != "horizon_days"}
