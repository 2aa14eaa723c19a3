"""Many at once about an application for a qualification: one waits at a time, and one thing becomes of it."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from server.core import db
from server.qualifications import apply, decide
from server.qualifications.define import define
from server.qualifications.schemas import Acceptance, NewQualification, Refusal
from tests import factories
from tests.factories import Person
from tests.races.conftest import Arena
from tests.races.test_accounts import outcomes

pytestmark = pytest.mark.races

WAITING = "SELECT count(*) FROM application WHERE qualification_id = $1 AND decided_at IS NULL AND withdrawn_at IS NULL"
GRANTS = 'SELECT count(*) FROM "grant" WHERE qualification_id = $1 AND revoked_at IS NULL'


async def scene() -> tuple[Person, UUID]:
    """An owner who applies for what is their own, which everybody of the organization may know of."""
    owner = await factories.person(kind="university")
    return owner, (await define(NewQualification(name="Laser", takes_applications=True), owner.actor)).id


async def applied_at_once(arena: Arena) -> tuple[list[str], int]:
    owner, id = await scene()
    found = await outcomes(*(apply.apply(id, "trained", None, owner.actor) for _ in range(2)))
    return sorted(found), await db.fetchval(WAITING, id)


async def test_of_two_applications_at_once_one_waits(arena: Arena) -> None:
    for _ in range(8):
        assert await applied_at_once(arena) == (["Conflict", "done"], 1)
    assert arena.deadlocks() == 0


async def test_control_without_the_lock_both_wait(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    both, fetchval = asyncio.Barrier(2), db.fetchval

    async def together(sql: str, *args: Any) -> Any:
        found = await fetchval(sql, *args)
        if sql == apply.WAITS:
            await both.wait()
        return found

    monkeypatch.setattr(apply, "LOCK", apply.LOCK.replace("FOR NO KEY UPDATE OF q", ""))
    monkeypatch.setattr(db, "fetchval", together)
    assert (await applied_at_once(arena))[0] == ["done", "done"]


async def test_it_is_granted_declined_or_withdrawn_and_never_two_of_them(arena: Arena) -> None:
    for _ in range(8):
        owner, id = await scene()
        made = (await apply.apply(id, "trained", None, owner.actor)).id
        found = await outcomes(
            decide.accept(made, Acceptance(), owner.actor),
            decide.decline(made, Refusal("no"), owner.actor),
            apply.withdraw(made, owner.actor),
        )
        assert sorted(found) == ["Conflict", "Conflict", "done"]
        assert await db.fetchval(GRANTS, id) == (found[0] == "done")
    assert arena.deadlocks() == 0
