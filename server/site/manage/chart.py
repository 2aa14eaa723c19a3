"""Draw bars of hours as SVG: attributes and classes only, for the content policy allows no styles. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

WIDTH, HEIGHT = 720, 260
LEFT, RIGHT, TOP, BOTTOM = 56, 8, 12, 28
GAP = 0.3  # of the room of a group
SERIES = ("open", "booked", "used", "no_show")


class Bar(NamedTuple):
    """A bar, in the units of the drawing."""

    series: str
    x: float
    y: float
    width: float
    height: float


class Chart(NamedTuple):
    """Bars in groups, the labels below them, and lines with their amounts."""

    bars: list[Bar]
    labels: list[tuple[float, str]]
    lines: list[tuple[float, str]]


def chart(groups: Sequence[tuple[str, Sequence[float]]]) -> Chart:
    """Lay out a group of bars for each label, one bar for each of SERIES."""
    top = nice(max((value for _, values in groups for value in values), default=0))
    room = (WIDTH - LEFT - RIGHT) / max(len(groups), 1)
    width = room * (1 - GAP) / len(SERIES)
    bars, labels = [], []
    for number, (label, values) in enumerate(groups):
        start = LEFT + number * room + room * GAP / 2
        for place, (series, value) in enumerate(zip(SERIES, values, strict=True)):
            height = (HEIGHT - TOP - BOTTOM) * value / top
            bars.append(
                Bar(series, round(start + place * width, 1), round(HEIGHT - BOTTOM - height, 1), round(width, 1),
                    round(height, 1))
            )  # fmt: skip
        labels.append((round(start + room * (1 - GAP) / 2, 1), label))
    lines = [
        (round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * part / 4, 1), f"{top * part / 4:,.10g}") for part in range(5)
    ]
    return Chart(bars, labels, lines)


def nice(value: float) -> float:
    """The next round number above: 4, 8, 10, 20 and as many zeros; quarters of it are round as well."""
    size = 4.0
    while True:
        for step in (1, 2, 2.5, 5):
            if size * step >= value:
                return size * step
        size *= 10
