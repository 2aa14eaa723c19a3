"""What is taken of a resource around a time, and what that leaves free for the one who asks. Pure."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import partial

import msgspec

from server.bookings.capacity.availability import Piece, Window, bookable, free_pieces, windows
from server.bookings.capacity.resource_snapshot import ResourceSnapshot, Row, taken_span
from server.bookings.capacity.units import TakenSpan, best_fit, busy_by_unit, follows, levelled
from server.bookings.rules.audience import suspended_until
from server.bookings.rules.blocks import dependent, one_by_one
from server.bookings.rules.context import STRANGER, GuestContext, RuleContext
from server.bookings.rules.daily import allowed, by_day, exceptional_days, runs
from server.bookings.rules.lengths import by_length
from server.core.spans import Minutes, Span, Ticks, common, merged, minutes, moment, tick, ticks, within
from server.resources.opening.opening_hours import open_spans, open_ticks
from server.resources.rules.schemas import Rules


class Occupancy(msgspec.Struct, frozen=True):
    """What is taken, which days are exceptions or holidays around a span, and how the one who asks stands."""

    window: Span
    taken: list[TakenSpan]
    exceptions: dict[date, Minutes]
    nailed: frozenset[int] = frozenset()  # units that keep what stands on them, of a resource with several
    holidays: dict[date, int | None] = {}  # of its country: None is a day off, else the weekday it is worked like
    guest: GuestContext = STRANGER

    @classmethod
    def from_row(
        cls,
        resource: ResourceSnapshot,
        window: Span,
        row: Row,
        guest: GuestContext = STRANGER,
        parts: Sequence[Row] = (),
    ) -> "Occupancy":
        """Read the columns of claims.AROUND, and rows of parts.TAKEN."""
        columns = [row[f"taken_{name}"] or () for name in ("units", "from", "until", "reasons", "wholes")]
        taken = [taken_span(resource, *values) for values in zip(*columns, strict=True)]
        taken += [
            taken_span(resource, 1, one["starts_at"], one["ends_at"], one["reason"], one["part_id"]) for one in parts
        ]
        exceptions = {
            day: minutes(hours)
            for day, hours in zip(row["exception_days"] or (), row["exception_hours"] or (), strict=True)
        }
        holidays = dict(zip(row["holidays"] or (), row["work_days"] or (), strict=True))
        return cls(window, taken, exceptions, frozenset(row["nailed_units"] or ()), holidays, guest)

    def rules(self, resource: ResourceSnapshot, moment: datetime) -> Rules:
        """The rules for a booking of theirs that starts then."""
        return resource.rules_at(moment, self.guest.circle)

    def opening(self, resource: ResourceSnapshot) -> list[Span]:
        return open_spans(resource.week, self.other_days(resource), resource.time_zone, self.window)

    def opening_ticks(self, resource: ResourceSnapshot) -> list[Ticks]:
        return open_ticks(resource.week, self.other_days(resource), resource.time_zone, self.window)

    def allowed(self, resource: ResourceSnapshot, rules: Rules, window: Span) -> list[Ticks] | None:
        """The local hours to which the rules keep bookings, besides the opening hours; None: no others."""
        return allowed(rules, self.holidays, resource.time_zone, window, resource.now)

    def busy(self, resource: ResourceSnapshot) -> dict[int, list[Span]]:
        """What stands in the way of a booking, unit by unit as it is."""
        return busy_by_unit(self.taken, resource.rules.distance)

    def busy_at_best(self, resource: ResourceSnapshot) -> dict[int, list[Span]]:
        """What stands in the way once others have moved between units; make_room.py lets it come true."""
        if resource.units == 1:
            return self.busy(resource)
        return levelled(self.taken, resource.rules.distance, resource.units, self.nailed)

    def free_on(self, resource: ResourceSnapshot, numbers: Sequence[int]) -> list[Window]:
        """The windows in which a booking that asks for just these units would be accepted."""
        busy = self.busy(resource)
        met = merged(ticks(span for number in numbers for span in busy.get(number, [])))
        found = self._bookable(resource, None, len(numbers), None, lambda cut: free_pieces(cut, {1: met}, 1, 1))
        return [window for rules, pieces in found for window in windows(pieces, rules, resource.zone)]

    def has_room(self, resource: ResourceSnapshot, wanted: Span, units: int) -> bool:
        """Whether `units` units can be had for `wanted`."""
        return best_fit(resource.units, self.busy_at_best(resource), wanted, units) is not None

    def free(self, resource: ResourceSnapshot, units: int = 1, minutes: int | None = None) -> list[Window]:
        """The windows in which a booking of `units` units would be accepted."""
        found = self.free_by_rules(resource, units, minutes)
        return [window for rules, pieces in found for window in windows(pieces, rules, resource.zone)]

    def free_by_rules(
        self, resource: ResourceSnapshot, units: int = 1, minutes: int | None = None, *,
        opening: list[Ticks] | None = None, busy: dict[int, list[Ticks]] | None = None,
    ) -> list[tuple[Rules, list[Piece[int]]]]:  # fmt: skip
        """The same in ticks, together what the same rules hold for.

        `opening` and `busy` are opening_ticks() and what is busy at best, when they are known already.
        """
        if busy is None:
            busy = {unit: ticks(spans) for unit, spans in self.busy_at_best(resource).items()}
        return self._bookable(
            resource, opening, units, minutes, lambda cut: free_pieces(cut, busy, resource.units, units)
        )

    def _bookable(
        self, resource: ResourceSnapshot, opening: list[Ticks] | None, units: int, minutes: int | None,
        free: Callable[[list[Ticks]], list[Piece[int]]],
    ) -> list[tuple[Rules, list[Piece[int]]]]:  # fmt: skip
        """What is free, day by day as the rules are for the guest."""
        if resource.withheld:
            return []
        found: list[tuple[Rules, list[Piece[int]]]] = []
        opening = self.opening_ticks(resource) if opening is None else opening
        until = self.guest.qualified_until
        if until is not None:
            opening = within(opening, (tick(min(self.window.starts_at, until)), tick(until)))
        for run in runs(
            resource.rules, resource.overrides, self.guest, resource.time_zone, self.window, units, resource.now
        ):
            if suspended_until(self.guest.strikes, run.rules, resource.now):
                continue
            cut = opening
            if run.span != self.window:
                cut = within(opening, (tick(run.span.starts_at), tick(run.span.ends_at)))
            hours = self.allowed(resource, run.rules, run.span)
            cut = cut if hours is None else common(cut, hours)
            pieces = bookable(free(run.outside_used_up(cut)), run.rules, resource.time_zone, resource.now, minutes)
            if pieces and not dependent(run.rules.blocks):
                found += by_length(run.rules, resource.zone, pieces)
            elif pieces:
                found += one_by_one(run.rules, resource.zone, pieces, partial(self.follows, resource), minutes or 0)
        return found

    def follows(self, resource: ResourceSnapshot, moment: datetime) -> bool:
        """Whether something booked ends then, but for the distance that is kept."""
        return follows(self.taken, resource.rules.distance, moment)

    def other_days(self, resource: ResourceSnapshot) -> dict[date, Minutes]:
        """The days on which other hours hold than the weekly ones: exceptions, and holidays where they close it."""
        if not self.holidays:
            return self.exceptions
        closing, on = {}, by_day(resource.rules, resource.overrides, self.guest.circle)
        for day, like in self.holidays.items():
            if on(day).closes_on_holidays(resource.country, resource.week):
                closing[day] = like
        return exceptional_days(resource.week, closing) | self.exceptions


def rule_context(
    resource: ResourceSnapshot, seen: Occupancy, span: Span, units: int, attendees: int, accepts: int | None = None
) -> RuleContext:
    """What the rules are asked about a wanted time. `accepts`: the version of the terms that comes with it."""
    rules = seen.rules(resource, span.starts_at)
    hours = seen.allowed(resource, rules, seen.window)
    return RuleContext(
        rules=rules,
        time_zone=resource.time_zone,
        total_units=resource.units,
        span=span,
        units=units,
        attendees=attendees,
        now=resource.now,
        opening=seen.opening(resource),
        allowed=None if hours is None else [Span(moment(start), moment(end)) for start, end in hours],
        holidays=seen.holidays,
        guest=seen.guest,
        terms=resource.terms_version,
        accepts=accepts,
        follows=seen.follows(resource, span.starts_at),
        withheld=resource.withheld,
    )


def around(span: Span, margin: timedelta) -> Span:
    return Span(span.starts_at - margin, span.ends_at + margin)
