"""What a measurement brought, and how one is run in a process of its own."""

import subprocess
import sys
from collections import Counter

import msgspec


class Outcome(msgspec.Struct):
    """How long each request took, in seconds and in order of ending, and what was answered."""

    elapsed: float
    latencies: list[float]
    answers: dict[str, int]

    @property
    def rate(self) -> float:
        """Requests per second."""
        return len(self.latencies) / self.elapsed

    def percentile(self, percent: float) -> float:
        """Milliseconds within which so many percent of the requests were answered."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(int(len(ordered) * percent / 100), len(ordered) - 1)]

    def only(self, *answers: str) -> "Outcome":
        """Return itself; raise WrongAnswer when anything else was answered."""
        if not self.latencies or set(self.answers) - set(answers):
            raise WrongAnswer(f"expected {' or '.join(answers)}, got {self.answers}")
        return self


class WrongAnswer(Exception):
    """The server answered what makes the measurement worthless."""


def together(outcomes: list[Outcome]) -> Outcome:
    """Add up several turns of one measurement."""
    answers: Counter[str] = Counter()
    for outcome in outcomes:
        answers.update(outcome.answers)
    return Outcome(
        sum(outcome.elapsed for outcome in outcomes),
        [latency for outcome in outcomes for latency in outcome.latencies],
        dict(answers),
    )


def apart(module: str, job: msgspec.Struct) -> Outcome:
    """Run a module that reads its job from standard input and writes its Outcome to standard output."""
    done = subprocess.run(
        [sys.executable, "-m", module], input=msgspec.msgpack.encode(job), stdout=subprocess.PIPE, check=True
    )
    return msgspec.msgpack.decode(done.stdout, type=Outcome)
