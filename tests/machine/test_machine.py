"""All doors against the model: random steps, some of them at once, each answer explained by some serial order."""

import asyncio
import os
import random
from itertools import combinations, permutations
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from server import db
from server.bookings import door
from tests.conftest import Services
from tests.machine.doors import RESOURCES, SLOTS, Answer, Step, World
from tests.machine.model import LIVE, Model, Wrong

NAMES = [one.name for one in RESOURCES]
STEPS = 50
EXAMPLES = int(os.environ.get("RONGTONG_MACHINE_EXAMPLES", "160"))
SEED = int(os.environ.get("RONGTONG_MACHINE_SEED", random.randrange(10**6)))

times = st.tuples(st.integers(0, SLOTS - 1), st.integers(1, 8)).map(lambda pair: (pair[0], min(SLOTS, sum(pair))))
items = st.builds(
    lambda resource, time, units: {"resource": resource, "start": time[0], "end": time[1], "units": units},
    st.sampled_from(NAMES), times, st.integers(1, 3),
)  # fmt: skip
smes = st.sampled_from(["ada", "bo"])
# One thing to do, as data: who or what it is about is chosen from the state when it is done.
deeds = st.one_of(
    st.tuples(st.just("book"), smes, st.lists(items, min_size=1, max_size=1)),
    st.tuples(st.just("book"), smes, st.lists(items, min_size=2, max_size=3)),
    st.tuples(st.just("move"), st.integers(0, 99), times),
    st.tuples(st.sampled_from(["cancel", "approve", "decline"]), st.integers(0, 99)),
    st.tuples(st.just("close"), st.sampled_from(NAMES), times),
    st.tuples(st.just("reopen"), st.integers(0, 99)),
)


class Doors(RuleBasedStateMachine):
    """The program and the model, step by step."""

    runner: asyncio.Runner
    client: httpx.AsyncClient
    steps = 0

    @initialize()
    def begin(self) -> None:
        self.world = self.runner.run(World(self.client).begin())
        self.model = Model({one.name: one for one in RESOURCES})

    @rule(deed=deeds)
    def one_by_one(self, deed: Any) -> None:
        if step := self.step(deed):
            self.explain([step], self.runner.run(self.world.do([step])))

    @precondition(lambda self: self.model.bookings)
    @rule(together=st.lists(deeds, min_size=2, max_size=4))
    def at_once(self, together: list[Any]) -> None:
        steps = [step for deed in together if (step := self.step(deed))]
        self.explain(steps, self.runner.run(self.world.do(steps)))

    @rule(resource=st.sampled_from(RESOURCES))
    def availability_is_what_the_model_says(self, resource: Any) -> None:
        shown = self.runner.run(self.world.free_slots(resource.name))
        assert shown == self.model.free_slots(resource, SLOTS)

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        shown = self.runner.run(self.world.bookings())
        right = {
            id: (
                one.resource.name,
                one.start,
                one.end,
                one.units if one.status in LIVE else 0,
                one.status,
                one.sequence,
            )
            for id, one in self.model.bookings.items()
        }
        counted = {id: (*one[:3], len(one[3]), *one[4:]) for id, one in shown.items()}
        assert sorted(counted.items()) == sorted(right.items())
        for one, other in combinations(shown.values(), 2):
            distance = self.model.resources[one[0]].distance
            near = one[0] == other[0] and one[1] < other[2] + distance and other[1] < one[2] + distance
            assert not near or not set(one[3]) & set(other[3]), f"{one} and {other} meet"

    def step(self, deed: Any) -> Step | None:
        """Turn data into a step, choosing among what there is."""
        what, *details = deed
        if what == "book":
            return self.world.book(*details)
        if what == "close":
            return self.world.close(details[0], *details[1])
        if what == "reopen":
            id = self.pick(list(self.model.closures), details[0])
            return self.world.reopen(self.model.closures[id].resource.name, id) if id else None
        id = self.pick(list(self.model.bookings), details[0])
        if id is None:
            return None
        if what == "move":
            return self.world.move(self.model.bookings[id].who, id, *details[1])
        return self.world.decide("owner", id, what)

    @staticmethod
    def pick(of: list[str], number: int) -> str | None:
        return of[-1 - number % len(of)] if of else None

    def explain(self, steps: list[Step], answers: list[Answer]) -> None:
        """Find an order in which the model gives the same answers, and go on from there."""
        type(self).steps += len(steps)
        told = [
            f"{step.what} -> {answer.status} {answer.text[:200]}" for step, answer in zip(steps, answers, strict=True)
        ]
        assert all(answer.status < 500 for answer in answers), told
        reasons = []
        for order in permutations(range(len(steps))):
            trial = self.model.copy()
            try:
                for index in order:
                    steps[index].judge(trial, answers[index])
            except Wrong as wrong:
                reasons.append(f"{order}: {wrong}")
                continue
            self.model = trial
            return
        raise AssertionError("no order explains " + "; ".join(told) + " because " + "; ".join(reasons))


@pytest.fixture
def machine(services: Services, app: Any) -> Any:
    """The machine with a loop, a database and connections of its own."""
    usual, config = db.DB.pool, db.DB.config
    db.DB.pool = None
    with asyncio.Runner() as runner:
        url = runner.run(services.new_database("machine"))
        pool = db.connected(url)
        runner.run(pool.__aenter__())
        Doors.runner = runner
        Doors.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app, raise_app_exceptions=False),
            base_url="http://rongtong.test",
            timeout=60,
        )
        Doors.steps = 0
        yield Doors
        runner.run(Doors.client.aclose())
        runner.run(pool.__aexit__(None, None, None))
    db.DB.pool, db.DB.config = usual, config


def play(machine: Any, examples: int) -> None:
    run_state_machine_as_test(
        seed(SEED)(machine),
        settings=settings(
            max_examples=examples, stateful_step_count=STEPS, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
        ),
    )  # fmt: skip


def test_every_answer_is_right_in_some_order(machine: Any, capsys: pytest.CaptureFixture[str]) -> None:
    play(machine, EXAMPLES)
    with capsys.disabled():
        print(f"\n{machine.steps} steps, 0 differences; again with RONGTONG_MACHINE_SEED={SEED}")


def test_a_door_left_open_is_noticed(machine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: a move that forgets to give the old time back."""

    async def forget(*_: Any) -> None:
        pass

    monkeypatch.setattr(door, "release", forget)
    with pytest.raises(Exception, match=r"no order explains|assert"):
        play(machine, 40)
