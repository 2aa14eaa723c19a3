"""How large and how long a run is."""

from typing import Any

import msgspec


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """The size of one run. Defaults are the run of `make bench`: under five minutes."""

    resources: int = 10_000
    claims_each: int = 100  # on every resource, in the second half of the run
    clients: tuple[int, ...] = (1, 8, 64)
    turns: int = 2  # of each measurement, taken in alternation with what it is compared to
    seconds: float = 3.0  # per turn
    requests: int = 4000  # at most per turn
    races: int = 40
    events: int = 1000  # in the feed
    sign_ins: int = 40  # with a wrong password, and as many without an account
    colds: int = 20  # readings of the feed with empty caches
    quiet: int = 100  # resources for series and groups
    crowd: int = 2000  # claims in one month of one resource
    fed: int = 9_990  # events in the largest feed; 10,000 is the limit
    parts: int = 250  # series and groups at most per turn
    days: int = 40  # of the resource with fifty units


TINY: dict[str, Any] = {
    "resources": 20, "claims_each": 4, "clients": (1, 4), "turns": 1, "seconds": 0.1, "requests": 20, "races": 2,
    "events": 8, "colds": 2, "quiet": 10, "crowd": 20, "fed": 20, "parts": 20, "days": 4, "sign_ins": 2,
}  # fmt: skip
