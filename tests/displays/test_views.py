"""What stands on a screen: how it is now, and until when."""

from datetime import UTC, datetime, timedelta

import pytest

from server.core.spans import Span
from server.displays.views import Part, stands

NOW = datetime.now(UTC).replace(second=0, microsecond=0)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("taken", "units", "expected"),
    [
        ([], 1, ("free", 4)),
        ([(0, 2, 1)], 1, ("taken", 2)),
        ([(2, 3, 1)], 1, ("free", 2)),
        ([(0, 2, 1)], 2, ("free", 4)),
        ([(0, 2, 1), (-1, 3, 1)], 2, ("taken", 2)),
        ([(0, 4, 1)], 1, ("taken", 4)),
    ],
)
def test_how_it_stands_now_and_until_when(
    taken: list[tuple[int, int, int]], units: int, expected: tuple[str, int]
) -> None:
    parts = [Part(NOW + start * HOUR, NOW + end * HOUR, False, units) for start, end, units in taken]
    opening = [Span(NOW - HOUR, NOW + 4 * HOUR)]
    state, until = stands(NOW, opening, parts, units)
    assert (state, until) == (expected[0], NOW + expected[1] * HOUR)
    assert stands(NOW + 5 * HOUR, opening, parts, units) == ("closed", None)
