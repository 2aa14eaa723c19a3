"""Tell everyone of a series at once: one mail each, with the whole series as that person's calendar is to hold it."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC

from msgspec.structs import replace

from server.bookings.capacity.booking_facts import facts_of, invited_uid
from server.bookings.capacity.notify import PEOPLE, Guest, invited
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.schemas import Booking
from server.bookings.series.pattern import pattern
from server.bookings.series.series import Series
from server.core import db
from server.core.actor import Actor
from server.core.recurrence import LONGEST, parse
from server.core.spans import Span
from server.outbox.facts import Facts, Run, comes_twice
from server.outbox.notices import Kind, Owed, owe

GIVEN_UP = ("declined", "cancelled", "expired")


async def tell_series(
    series: Series,
    before: Sequence[Booking],
    after: Sequence[Booking],
    resource: ResourceSnapshot,
    by: Actor,
    *,
    change: Kind,
    owner: Kind | None,
    touched: Sequence[Booking],
    first: Kind = "confirmed",
) -> None:
    """Owe one notice to each guest whose calendar holds some of it or is to, and one to each who runs the resource.

    `before` and `after` are all bookings of the series, `touched` those that the change is about; `first` is the kind
    for whoever had none of it.
    """
    had, have = _by_guest(before), _by_guest(after)
    knew, promised = _promised(had), _promised(have)
    rows = await db.fetch(PEOPLE, resource.owner_id, by.account_id, list(had | have), resource.id)
    locales = {row["email"]: row["locale"] for row in rows if not row["runs"]}
    default = locales.get(by.email, by.locale)
    gone = {one.id for one in touched} - {one.id for one in after if _stands(one)}
    given_up = [one for one in touched if one.id in gone]
    notices = []
    for email in had | have:
        guest, held = had.get(email) or have[email]
        kind: Kind = "cancelled" if email not in have else first
        if email in have and (email in knew or email not in promised):
            kind = change
        standing = have[email][1] if email in have else []
        lost = given_up if standing else held
        told = [one for one in standing if one.confirmed_at is not None]
        facts = facts_of_series(series, standing, resource, lost, told)
        notices.append(Owed(kind, guest.email, locales.get(email, default), replace(facts, recipient_name=guest.name)))
    if owner is not None:
        facts = facts_of_series(series, [one for one in touched if one.id not in gone], resource, given_up)
        notices += [
            Owed(owner, row["email"], row["locale"], replace(facts, recipient_name=row["name"]))
            for row in rows if row["runs"]
        ]  # fmt: skip
    await owe(notices)


async def tell_requests(
    series: Series,
    after: Sequence[Booking],
    requests: Sequence[Booking],
    resource: ResourceSnapshot,
    by: Actor,
    *,
    booker: Kind,
    owner: Kind | None,
) -> None:
    """Owe news of what was never promised: to who booked, whose calendar holds it as tentative, and to who decides.

    `after` are all bookings of the series. While some of them stand the booker gets these anew, all in one event.
    """
    to, name = requests[0].booker_email, requests[0].booker_name
    rows = await db.fetch(PEOPLE, resource.owner_id, by.account_id, [to], resource.id)
    locale = next((row["locale"] for row in rows if not row["runs"]), by.locale)
    facts = facts_of_series(series, requests, resource, [])
    _, standing = _by_guest(after).get(to, (None, []))
    gone = [one for one in requests if one.id not in {held.id for held in standing}]
    kind: Kind = "shortened" if gone and standing else booker
    told = [one for one in standing if one.id in {asked.id for asked in requests}]
    held = facts_of_series(series, standing, resource, gone, told) if standing else facts
    notices = [Owed(kind, to, locale, replace(held, recipient_name=name))]
    if owner is not None:
        notices += [
            Owed(owner, row["email"], row["locale"], replace(facts, recipient_name=row["name"]))
            for row in rows if row["runs"]
        ]  # fmt: skip
    await owe(notices)


def facts_of_series(
    series: Series, standing: Sequence[Booking], resource: ResourceSnapshot, given_up: Sequence[Booking],
    told: Sequence[Booking] = (),
) -> Facts:  # fmt: skip
    """The facts of what stands of a series; of what was given up, when nothing stands. The news is about `told`."""
    all_ = sorted(standing or given_up, key=lambda one: one.starts_at)
    status, units, purpose, unit_names = _usual(all_)
    return replace(
        facts_of(all_[0], resource),
        booking_id=series.id,
        uid=invited_uid(all_[0]),
        sequence=series.sequence,
        version=series.sequence + 1,
        stamp=resource.now.replace(microsecond=0),
        status=status if standing else "cancelled",
        units=units,
        purpose=purpose,
        unit_names=unit_names,
        starts_at=all_[0].starts_at,
        ends_at=max(one.ends_at for one in all_),
        recurrence_id=None,
        run=replace(run_of(series, standing, resource, given_up), times=_spans(told or standing)),
    )


def run_of(series: Series, standing: Sequence[Booking], resource: ResourceSnapshot, given_up: Sequence[Booking]) -> Run:
    """The series as a rule, what is missing of it, and what is otherwise."""
    zone = series.zone
    times, gone = _spans(standing), _spans(given_up)
    standing = sorted(standing, key=lambda one: one.recurrence_id or one.starts_at)
    if not standing:
        return Run(rule="", starts_at=series.starts_at, ends_at=series.ends_at, given_up=gone)
    starts = [(one.recurrence_id or one.starts_at).astimezone(zone) for one in standing]
    rule, missing = pattern(parse(series.rule, most=LONGEST.days), [start.date() for start in starts])
    length = series.ends_at.astimezone(UTC) - series.starts_at.astimezone(UTC)
    first = Span(starts[0], (starts[0].astimezone(UTC) + length).astimezone(zone))
    usual = _usual(standing)
    changed = []
    for one, start in zip(standing, starts, strict=True):
        end = one.ends_at.astimezone(zone)
        as_ruled = one.starts_at == start and one.ends_at.astimezone(UTC) - one.starts_at.astimezone(UTC) == length
        on_the_wall = end.replace(tzinfo=None) - start.replace(tzinfo=None)
        as_shown = on_the_wall == length and not (comes_twice(start) or comes_twice(end))  # whoever reads the rule
        if not (as_ruled and as_shown and _said(one) == usual):
            changed.append(facts_of(one, resource))
    return Run(
        rule=str(rule),
        starts_at=first.starts_at,
        ends_at=first.ends_at,
        missing=tuple(f"{day:%Y%m%d}T{starts[0]:%H%M%S}" for day in missing),
        changed=tuple(changed),
        times=times,
        given_up=gone,
    )


def _said(booking: Booking) -> tuple[str, int, str, tuple[str, ...]]:
    """What an event says besides its time."""
    return booking.status, booking.units, booking.purpose, tuple(booking.unit_names)


def _usual(bookings: Sequence[Booking]) -> tuple[str, int, str, tuple[str, ...]]:
    return Counter(_said(one) for one in bookings).most_common(1)[0][0]


def _by_guest(bookings: Sequence[Booking]) -> dict[str, tuple[Guest, list[Booking]]]:
    """What stands in the calendar of each guest."""
    found: dict[str, tuple[Guest, list[Booking]]] = {}
    for one in bookings:
        if _stands(one):
            for email, guest in invited(one).items():
                found.setdefault(email, (guest, []))[1].append(one)
    return found


def _stands(booking: Booking) -> bool:
    return booking.status not in GIVEN_UP


def _promised(by_guest: dict[str, tuple[Guest, list[Booking]]]) -> set[str]:
    return {email for email, (_, held) in by_guest.items() if any(one.confirmed_at is not None for one in held)}


def _spans(bookings: Sequence[Booking]) -> tuple[Span, ...]:
    return tuple(sorted(Span(one.starts_at, one.ends_at) for one in bookings))
