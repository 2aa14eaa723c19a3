"""What the rules are asked about a booking, and how each says no. Pure."""

from datetime import date, datetime
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import msgspec

from server.bookings.rules.guest_context import STRANGER, Standing
from server.core.errors import RuleRefused
from server.core.spans import Span
from server.resources.rules.schemas import Rules


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """All a rule may look at."""

    rules: Rules
    time_zone: str
    total_units: int  # of the resource
    span: Span
    units: int
    attendees: int
    now: datetime  # of the database
    opening: list[Span]  # when the resource is open, some days around the span
    allowed: list[Span] | None = None  # when this guest's bookings may be, if not whenever it is open
    holidays: dict[date, int | None] = {}
    guest: Standing = STRANGER
    terms: int | None = None  # the version to accept
    accepts: int | None = None  # the version that comes with the request
    follows: bool = False  # something booked ends right before it
    withheld: bool = False  # the resource, because its owner is suspended


def local(spans: list[Span], zone: ZoneInfo) -> list[dict[str, str]]:
    return [
        {"starts_at": s.starts_at.astimezone(zone).isoformat(), "ends_at": s.ends_at.astimezone(zone).isoformat()}
        for s in sorted(spans)
    ]


def refuse(rule: str, remedy: str, limit: Any, actual: Any, passing: str | None = None, **more: Any) -> NoReturn:
    members = {"rule": rule, "limit": limit, "actual": actual, "remedy": remedy, **more}
    if passing is not None:
        members["earliest"] = passing
    raise RuleRefused(remedy, **members)
