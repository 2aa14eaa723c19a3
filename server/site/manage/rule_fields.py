"""The booking rules as fields of a form: how each is called, what kind of value it has, what it means to have none."""

from typing import Literal

import msgspec

from server.core.translations import N_
from server.resources.rules.schemas import WHOLE

Kind = Literal["minutes", "number", "choice", "hours", "clock", "blocks", "quotas"]

YES = {"true": N_("Yes, needed"), "false": N_("Not needed")}
CIRCLES = {
    "own": N_("Your own organization"),
    "partners": N_("Partners"),
    "verified_smes": N_("Verified firms"),
    "everyone": N_("Everyone"),
}


class Field(msgspec.Struct, frozen=True):
    """A rule in a form. `none`: what it is called to have no limit; empty where it always has a value."""

    name: str
    kind: Kind
    label: str
    hint: str = ""
    none: str = ""
    options: dict[str, str] = {}


GROUPS: list[tuple[str, list[Field]]] = [
    (
        N_("Approval"),
        [
            Field(
                "approval", "choice", N_("Bookings"),
                options={"instant": N_("count at once"), "request": N_("wait for approval")},
            ),
            Field("decide_within_minutes", "minutes", N_("Requests expire after"), N_("when nobody has decided")),
            Field(
                "approval_first_time", "choice", N_("The first booking of an organization needs approval"), options=YES
            ),
            Field(
                "approval_above_minutes", "minutes", N_("Longer bookings need approval"), none=N_("However long: none")
            ),
            Field(
                "approval_outside", "hours", N_("Bookings outside these hours need approval"),
                none=N_("At no hours"),
            ),
        ],
    ),
    (
        N_("Time"),
        [
            Field("step_minutes", "minutes", N_("Bookings start and end every")),
            Field("min_minutes", "minutes", N_("Shortest booking")),
            Field("max_minutes", "minutes", N_("Longest booking"), none=N_("No limit")),
            Field(
                "blocks", "blocks", N_("Only whole blocks"),
                N_(
                    "One on each line, such as “Mon–Fri 09:00–12:00”. Write +1 after it when it ends so many days"
                    " later, and > when it is booked only right after the block before."
                ),
                none=N_("No blocks"),
            ),
            Field("lead_minutes", "minutes", N_("Book at least this long ahead")),
            Field("horizon_days", "number", N_("Book at most so many days ahead")),
            Field("buffer_before_minutes", "minutes", N_("Kept free before each booking"), N_("for setting up")),
            Field("buffer_after_minutes", "minutes", N_("Kept free after each booking"), N_("for clearing away")),
            Field(
                "holidays", "choice", N_("On public holidays"), none=N_("As usual in the country"),
                options={"closed": N_("Closed"), "open": N_("Open as usual")},
            ),
        ],
    ),
    (
        N_("Who and how much"),
        [
            Field("audience", "choice", N_("Who may book"), N_("and all who stand nearer to you"), options=CIRCLES),
            Field("bookable_hours", "hours", N_("Bookings lie within"), none=N_("All opening hours")),
            Field(
                "released_at", "clock", N_("The rest of a day is for all from"),
                N_("then the hours above no longer limit it"), none=N_("Never"),
            ),
            Field("max_units", "number", N_("Most units at a time"), none=N_("No limit")),
            Field("max_attendees", "number", N_("Most people who come along")),
            Field("quotas", "quotas", N_("Quotas"), none=N_("No quotas")),
        ],
    ),
    (
        N_("Cancelling and attendance"),
        [
            Field("cancel_minutes", "minutes", N_("Cancel and move until so long before"), none=N_("Until it begins")),
            Field("check_in_required", "choice", N_("Guests must check in"), options=YES),
            Field("check_in_from_minutes", "minutes", N_("Check in from so long before the start")),
            Field(
                "release_after_minutes", "minutes", N_("Without check-in the rest is free after"), none=N_("Never")
            ),
            Field(
                "suspend_at_strikes", "number", N_("So many strikes suspend"),
                N_("a strike is a missed booking or one cancelled too late"), none=N_("Strikes do not count"),
            ),
            Field("strikes_within_days", "number", N_("Strikes of so many days count")),
            Field("suspended_for_days", "number", N_("Suspended for so many days")),
        ],
    ),
]  # fmt: skip

NOT_OF_CIRCLES = {"audience"} | WHOLE
NOT_OF_DAYS = WHOLE


def groups(without: set[str] | frozenset[str] = frozenset()) -> list[tuple[str, list[Field]]]:
    """The fields of a form, but for some."""
    kept = [(title, [one for one in fields if one.name not in without]) for title, fields in GROUPS]
    return [(title, fields) for title, fields in kept if fields]
