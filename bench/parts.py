"""Bookings of many parts: a series, a group, and one that makes others move; each beside its limit."""

from bench.bookings import over_http, request, straight
from bench.house import House
from bench.load import Load
from bench.outcome import Outcome, apart, together
from bench.row import Row
from bench.scale import Scale
from bench.seeding import Seeded
from bench.special import MOVED, TOGETHER, UNITS, Special
from bench.straight import Booking

SERIES = 5.0  # at most so many times the time of one booking


def parts(house: House, seeded: Seeded, special: Special, scale: Scale) -> list[Row]:
    """Measure with one client, in turns, so that each meets the same machine."""
    turns: dict[str, list[Outcome]] = {name: [] for name in ("one", "series", "bare series", "group", "bare group")}
    for _ in range(scale.turns):
        turns["one"].append(over_http(house, seeded.some(scale.requests), scale, 1))
        turns["series"].append(over_http(house, special.some_series(scale.parts), scale, 1))
        turns["bare series"].append(straight(house, special.some_series(scale.parts), scale, 1))
        turns["group"].append(over_http(house, special.some_groups(scale.parts), scale, 1))
        turns["bare group"].append(straight(house, special.some_groups(scale.parts), scale, 1))
    done = {name: together(outcomes) for name, outcomes in turns.items()}
    series = Row("a series of 52, 1 client", done["series"], done["bare series"].rate)
    series.value, series.times = _times(done["series"], done["one"]), True
    series.aim, series.met = f"≤ {SERIES:.0f} × one", series.value <= SERIES
    group = Row(f"a group of {TOGETHER}, 1 client", done["group"], done["bare group"].rate)
    group.value, group.times = _times(done["group"], done["one"]), True
    return [
        Row("one booking, 1 client", done["one"]),
        series,
        Row("– through asyncpg, 1 connection", done["bare series"]),
        group,
        Row("– through asyncpg, 1 connection", done["bare group"]),
        *_moves(house, special, scale),
    ]


def _moves(house: House, special: Special, scale: Scale) -> list[Row]:
    """As many units for a day, when others must move first, and for an hour that is free."""
    turns: list[tuple[Outcome, Outcome]] = []
    days, hours = [*special.whole_days], [*special.hours]
    share = scale.days // scale.turns
    for turn in range(scale.turns):
        these = slice(turn * share, (turn + 1) * share)
        turns.append((_units(house, hours[these]), _units(house, days[these])))
    still, moved = (together(list(outcomes)) for outcomes in zip(*turns, strict=True))
    what = f"{MOVED} of {UNITS} units, {MOVED} claims move"
    return [
        Row(f"{what}, 1 client", moved, still.rate, value=_times(moved, still), times=True),
        Row("– nothing moves", still),
    ]


def _units(house: House, wanted: list[Booking]) -> Outcome:
    requests = [request(one, one.token, units=MOVED) for one in wanted]
    return apart("bench.load", Load(house.port, 1, 60.0, requests)).only("201")


def _times(outcome: Outcome, other: Outcome) -> float:
    """How many times as long it takes, by the medians."""
    return outcome.percentile(50) / other.percentile(50)
