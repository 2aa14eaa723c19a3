"""What people choose about: the kinds of notices, in groups that they understand.

What belongs into one's own calendar, asks for an answer or takes rights away always comes at once.
"""

from typing import Literal

import msgspec

Delivery = Literal["now", "digest", "off"]
Name = Literal["own_bookings", "reminders", "decisions", "resource_news"]


class Event(msgspec.Struct, frozen=True):
    """Kinds of notices that are told in one way."""

    kinds: tuple[str, ...]
    choices: tuple[Delivery, ...]  # the first one holds until somebody chooses


EVENTS: dict[Name, Event] = {
    "own_bookings": Event(
        (
            "requested", "confirmed", "moved", "unsettled", "changed", "shortened", "declined", "cancelled",
            "withdrawn", "expired", "proposed", "offered", "finished", "released", "missed", "struck", "suspended",
            "forgiven", "handed_over", "passed_on", "guest_declined", "decline_refused", "counter_declined",
        ),
        ("now",),
    ),
    "reminders": Event(("reminder_day", "reminder_hour", "expiring"), ("now", "off")),
    "decisions": Event(("owner_requested", "owner_due", "owner_appealed"), ("now", "digest", "off")),
    "resource_news": Event(
        (
            "owner_confirmed", "owner_moved", "owner_cancelled", "owner_withdrawn", "owner_expired", "owner_refused",
            "owner_unanswered", "owner_finished", "owner_released",
        ),
        ("now", "digest", "off"),
    ),
}  # fmt: skip

_CHOSEN = {kind: name for name, event in EVENTS.items() if len(event.choices) > 1 for kind in event.kinds}


def chosen_by(kind: str) -> str:
    """The event whose setting decides about a kind of notice; empty where there is no choice."""
    return _CHOSEN.get(kind, "")
