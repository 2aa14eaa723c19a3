"""The states of a booking, and which may follow which. The picture of them is in docs/booking.md."""

FOLLOWING: dict[str, frozenset[str]] = {
    "requested": frozenset({"confirmed", "declined", "cancelled", "expired"}),
    "confirmed": frozenset({"requested", "in_use", "completed", "cancelled", "no_show"}),
    "in_use": frozenset({"completed", "cancelled"}),
    "completed": frozenset(),
    "declined": frozenset(),
    "cancelled": frozenset(),
    "expired": frozenset(),
    "no_show": frozenset(),
}


class Impossible(Exception):
    """A defect of the program: it tried to bring a booking into a state that cannot follow."""


def refuse_unless_following(before: str, after: str) -> None:
    """Raise Impossible when `after` cannot follow `before`. To stay as it is, is always possible."""
    if after != before and after not in FOLLOWING[before]:
        raise Impossible(f"{before} → {after}")
