"""The frame in which the worker does what time brings about."""

import pytest

from worker import periodic


async def test_a_sweep_that_fails_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    async def first() -> int:
        done.append("first")
        return 2

    async def failing() -> int:
        raise RuntimeError("a defect")

    async def last() -> int:
        done.append("last")
        return 1

    monkeypatch.setattr(periodic, "SWEEPS", (first, failing, last))
    assert await periodic.sweep() == 3
    assert done == ["first", "last"]
