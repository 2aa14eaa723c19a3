"""A resource as booking sees it: its units, hours and rules, and what is taken around a span."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record

from server.bookings.availability import Window, bookable, free_windows
from server.bookings.rules import Question
from server.bookings.units import Occupation, best_fit, busy_by_unit, levelled
from server.resources.hours import Minutes, open_spans
from server.resources.rules import Rules
from server.spans import Span, merged

_rules = msgspec.json.Decoder(Rules)


class Bookable(msgspec.Struct, frozen=True, kw_only=True):
    """What never changes while the resource is locked."""

    id: UUID
    owner_id: UUID
    owner_name: str
    name: str
    name_en: str
    place: str
    time_zone: str
    units: int
    week: Minutes
    rules: Rules
    now: datetime  # of the database

    def due_at(self, starts_at: datetime) -> datetime:
        """By when a request made now for a time from `starts_at` is to be decided."""
        return min(self.now + timedelta(minutes=self.rules.decide_within_minutes), starts_at)

    @classmethod
    def from_row(cls, row: Record) -> "Bookable":
        """Read the columns of claims.COLUMNS."""
        return cls(
            id=row["id"],
            owner_id=row["owner_id"],
            owner_name=row["owner_name"],
            name=row["name"],
            name_en=row["name_en"],
            place=row["city"],
            time_zone=row["time_zone"],
            units=row["units"],
            week=minutes(row["week_hours"]),
            rules=_rules.decode(row["rules"]),
            now=row["now"],
        )


class Surroundings(msgspec.Struct, frozen=True):
    """What is taken, and which days are exceptions, around a span."""

    window: Span
    taken: list[Occupation]
    exceptions: dict[date, Minutes]
    nailed: frozenset[int] = frozenset()  # units that keep what stands on them, of a resource with several

    @classmethod
    def from_row(cls, window: Span, row: Record) -> "Surroundings":
        """Read the columns of claims.AROUND."""
        taken = [
            Occupation(unit, Span(starts_at, ends_at), reason in ("booking", "hold"))
            for unit, starts_at, ends_at, reason in zip(
                row["taken_units"] or (),
                row["taken_from"] or (),
                row["taken_until"] or (),
                row["taken_reasons"] or (),
                strict=True,
            )
        ]
        exceptions = {
            day: minutes(hours)
            for day, hours in zip(row["exception_days"] or (), row["exception_hours"] or (), strict=True)
        }
        return cls(window, taken, exceptions, frozenset(row["nailed_units"] or ()))

    def opening(self, resource: Bookable) -> list[Span]:
        return open_spans(resource.week, self.exceptions, resource.time_zone, self.window)

    def busy(self, resource: Bookable) -> dict[int, list[Span]]:
        """What stands in the way of a booking, unit by unit as it is."""
        return busy_by_unit(self.taken, resource.rules.distance)

    def busy_at_best(self, resource: Bookable) -> dict[int, list[Span]]:
        """What stands in the way once others have moved between units; make_room.py lets it come true."""
        if resource.units == 1:
            return self.busy(resource)
        return levelled(self.taken, resource.rules.distance, resource.units, self.nailed)

    def free_on(self, resource: Bookable, numbers: Sequence[int]) -> list[Window]:
        """The windows in which a booking that asks for just these units would be accepted."""
        busy = self.busy(resource)
        met = merged(span for number in numbers for span in busy.get(number, []))
        windows = free_windows(self.opening(resource), {1: met}, 1, 1)
        return bookable(windows, resource.rules, resource.time_zone, resource.now, None)

    def has_room(self, resource: Bookable, wanted: Span, units: int) -> bool:
        """Whether `units` units can be had for `wanted`."""
        return best_fit(resource.units, self.busy_at_best(resource), wanted, units) is not None

    def free(
        self, resource: Bookable, units: int = 1, minutes: int | None = None, opening: list[Span] | None = None
    ) -> list[Window]:
        """The windows in which a booking of `units` units would be accepted. `opening`, when it is known already."""
        opening = self.opening(resource) if opening is None else opening
        windows = free_windows(opening, self.busy_at_best(resource), resource.units, units)
        return bookable(windows, resource.rules, resource.time_zone, resource.now, minutes)


def question(resource: Bookable, seen: Surroundings, span: Span, units: int, attendees: int) -> Question:
    """What the rules are asked about a wanted time."""
    return Question(
        rules=resource.rules,
        time_zone=resource.time_zone,
        total_units=resource.units,
        span=span,
        units=units,
        attendees=attendees,
        now=resource.now,
        opening=seen.opening(resource),
    )


def minutes(ranges: Any) -> Minutes:
    return tuple((one.lower, one.upper) for one in ranges)


def around(span: Span, margin: timedelta) -> Span:
    return Span(span.starts_at - margin, span.ends_at + margin)
