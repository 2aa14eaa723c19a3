"""The units in which time and things are charged. Pure."""

from typing import Literal, get_args

TimeUnit = Literal[
    "second", "minute", "ten_minutes", "quarter_hour", "half_hour", "hour", "half_day", "day", "twenty_four_hours",
    "week", "thirty_days",
]  # fmt: skip
ThingUnit = Literal["booking", "sample", "element", "run", "core_hour", "seat", "square_metre_week"]
Unit = Literal[TimeUnit, ThingUnit]

# How long a unit of time is, in seconds that pass. Of `half_day` and `day` the owner says how long they are.
SECONDS: dict[str, int] = {
    "second": 1, "minute": 60, "ten_minutes": 600, "quarter_hour": 900, "half_hour": 1800, "hour": 3600,
    "twenty_four_hours": 86_400, "week": 7 * 86_400, "thirty_days": 30 * 86_400,
}  # fmt: skip
OWN_LENGTH: frozenset[str] = frozenset({"half_day", "day"})
TIME_UNITS: frozenset[str] = frozenset(get_args(TimeUnit))
