"""Races that must be lost: where a defence is switched off, whether harm is done is luck, so it is tried until it is.

How often it had to be is said at the end of the run, by `pytest_terminal_summary` in tests/conftest.py.
"""

from collections.abc import Awaitable, Callable

import pytest

TRIES = 50  # what needs more is no control: it cannot see what it is for
SAID = "lost at try"

Race = Callable[[int], Awaitable[bool]]
UntilLost = Callable[[Race], Awaitable[None]]


@pytest.fixture
def until_lost(record_property: Callable[[str, object], None]) -> UntilLost:
    """Run a race again and again, with the number of the try, until it tells that harm was done."""

    async def run(race: Race) -> None:
        for number in range(TRIES):
            if await race(number):
                record_property(SAID, number + 1)
                return
        pytest.fail(f"{TRIES} races without the defence did no harm: this test cannot see what it is for")

    return run
