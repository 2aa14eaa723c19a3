"""A line of the report."""

import msgspec

from bench.outcome import Outcome


class Row(msgspec.Struct):
    """What was measured, beside its limit."""

    what: str
    outcome: Outcome | None = None
    limit: float | None = None  # of the same run, per second
    value: float | None = None  # what the aim speaks of, when it is not the ratio
    times: bool = False  # the value is a multiple of something
    aim: str = ""
    met: bool | None = None  # none: there was no aim

    @property
    def ratio(self) -> float | None:
        return self.outcome.rate / self.limit if self.outcome and self.limit else None


def at_least(share: float, row: Row) -> Row:
    """Give a row the aim to reach a share of its limit."""
    row.aim, row.met = f"≥ {share:.0%}", (row.ratio or 0) >= share
    return row
