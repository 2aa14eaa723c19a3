"""All doors against the model: random steps, some of them at once, each answer explained by some serial order."""

import asyncio
import os
import random
from collections import Counter
from collections.abc import Callable
from itertools import combinations, permutations
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from server.bookings.waitlist import offers, wait
from server.claims import door
from server.core import db
from tests import clock
from tests.conftest import Services
from tests.machine.deeds import NEAR, Doing, deeds
from tests.machine.doors.world import RESOURCES, Answer, Step, World
from tests.machine.model.nouns import DAY, GIVEN_UP, Resource
from tests.machine.model.state import State, Wrong
from tests.machine.model.time import sweep

STEPS = 80
SLOTS = 28  # of which availability is compared at a time
EXAMPLES = int(os.environ.get("RONGTONG_MACHINE_EXAMPLES", "65"))
SEED = int(os.environ.get("RONGTONG_MACHINE_SEED", random.randrange(10**6)))


class Doors(RuleBasedStateMachine):
    """The program and the model, step by step."""

    runner: asyncio.Runner
    client: httpx.AsyncClient
    steps = 0
    told: Counter[tuple[str, int]]

    @initialize()
    def begin(self) -> None:
        self.world = self.runner.run(World(self.client).begin())
        self.models = [State({one.name: one for one in RESOURCES})]

    models: list[State]

    @property
    def model(self) -> State:
        """One of the states that explain all that was seen. What is not told in answers shows up later."""
        return self.models[0]

    @rule(deed=deeds)
    def one_by_one(self, deed: Any) -> None:
        if step := Doing(self.world, self.model).step(deed):
            self.explain([step], self.runner.run(self.world.do([step])))

    @precondition(lambda self: self.model.bookings)
    @rule(together=st.lists(deeds, min_size=2, max_size=4))
    def at_once(self, together: list[Any]) -> None:
        doing = Doing(self.world, self.model)
        steps = [step for deed in together if (step := doing.step(deed))]
        free = [step for step in steps if not step.alone] or steps[:1]
        self.explain(free, self.runner.run(self.world.do(free)))

    @precondition(lambda self: self.model.bookings)
    @rule(slots=st.sampled_from([0, 0, 0, 0, 1, 1, 1, 2, 4, 8, 30, DAY]), rounds=st.sampled_from([0, 1, 1]))
    def time_passes(self, slots: int, rounds: int) -> None:
        self.runner.run(self.world.let_pass(slots))
        for _ in range(rounds):
            self.runner.run(self.world.work())
        for model in self.models:
            model.now += slots
            for _ in range(rounds):
                sweep(model)
        self.keep(lambda model: model.everyones(), self.runner.run(self.world.everyones()))
        self.availability_is_right(RESOURCES[slots % len(RESOURCES)], self.model.now // NEAR * NEAR + rounds * DAY)

    def teardown(self) -> None:
        if not hasattr(self, "world") or not self.models:
            return
        self.availability_is_right(RESOURCES[len(self.model.bookings) % len(RESOURCES)], self.model.now)
        self.bookings_are_right()
        self.time_passes(5 * DAY, 1)  # all that is left comes to its end
        self.bookings_are_right()

    def availability_is_right(self, resource: Resource, start: int) -> None:
        shown = self.runner.run(self.world.free_slots(resource, start, start + SLOTS))
        self.keep(lambda model: model.free_slots(resource, start, start + SLOTS), shown)

    def bookings_are_right(self) -> None:
        shown = self.runner.run(self.world.bookings())
        told = {one.id: (one.resource, one.start, one.end, len(one.numbers), one.status, one.sequence) for one in shown}
        self.keep(lambda model: model.shown(), told)
        for one, other in combinations(shown, 2):
            distance = self.model.resources[one.resource].distance
            near = one.resource == other.resource
            near = near and one.start < other.end + distance and other.start < one.end + distance
            assert not near or not {*one.numbers} & {*other.numbers}, f"{one} and {other} meet"

    def keep(self, right: Callable[[State], Any], shown: Any) -> None:
        """Keep the states in which just this would be shown."""
        rights = [right(model) for model in self.models]
        left = [model for model, one in zip(self.models, rights, strict=True) if one == shown]
        self.models = left
        assert left, f"{shown} is shown, {rights} would be right"

    def explain(self, steps: list[Step], answers: list[Answer]) -> None:
        """Find the orders in which the model gives the same answers, and go on from there."""
        type(self).steps += len(steps)
        told = [
            f"{step.what} -> {answer.status} {answer.text[:200]}" for step, answer in zip(steps, answers, strict=True)
        ]
        assert all(answer.status < 500 for answer in answers), told
        self.told.update((step.kind, answer.status) for step, answer in zip(steps, answers, strict=True))
        numbered = frozenset(one.name for one in RESOURCES if one.by_number and len(steps) > 1)
        found: list[State] = []
        reasons = []
        for model in self.models:
            for order in permutations(range(len(steps))):
                trial = model.copy()
                trial.unsure = numbered
                try:
                    for index in order:
                        steps[index].judge(trial, answers[index])
                except Wrong as wrong:
                    reasons.append(f"{order}: {wrong}")
                    continue
                if trial not in found:
                    found.append(trial)
        self.models = found
        assert found, "no order explains " + "; ".join(told) + " because " + "; ".join(reasons)
        self.look_who_has_which_unit()

    def look_who_has_which_unit(self) -> None:
        """Learn it from the program, where it matters. Who is pinned keeps the units."""
        for name in [one.name for one in RESOURCES if one.by_number]:
            arrangement = self.runner.run(self.world.arrangement(name))
            for model in self.models:
                model.unsure = frozenset()
                for id, booking in model.bookings.items():
                    if booking.pinned and booking.resource.name == name and booking.status not in GIVEN_UP:
                        assert arrangement[id] == booking.numbers, f"{booking} is on {arrangement[id]}"
                for table in (model.bookings, model.holds, model.closures):
                    for id, one in table.items():
                        if one.resource.name == name:
                            one.numbers = arrangement.get(id, ())


@pytest.fixture
def machine(services: Services, app: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The machine with a loop, a database, connections and a clock of its own."""
    usual, config = db.DB.pool, db.DB.config
    db.DB.pool = None
    with asyncio.Runner() as runner:
        url = runner.run(services.new_database("machine"))
        runner.run(clock.install(url, monkeypatch))
        # Most wishes that are drawn are for what is free: the line would stay empty (tests/bookings/waitlist).
        monkeypatch.setattr(wait, "refuse_vain", forget)
        pool = db.connected(url)
        runner.run(pool.__aenter__())
        Doors.runner = runner
        Doors.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app, raise_app_exceptions=False),
            base_url="http://rongtong.test",
            timeout=60,
        )
        Doors.steps = 0
        Doors.told = Counter()
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
        if never := {kind for kind, _ in machine.told} - {kind for kind, status in machine.told if status < 300}:
            print("never with success:", ", ".join(sorted(never)))


async def forget(*_: Any) -> None:
    pass


def test_a_door_left_open_is_noticed(machine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: a move that forgets to give the old time back."""
    monkeypatch.setattr(door, "release", forget)
    with pytest.raises(Exception, match=r"no order explains|is shown"):
        play(machine, 40)


def test_a_line_in_which_nobody_is_asked_is_noticed(machine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: time that becomes free is offered to nobody."""
    monkeypatch.setattr(offers, "offer", forget)
    with pytest.raises(Exception, match=r"no order explains|is shown"):
        play(machine, 40)
