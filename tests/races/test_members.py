"""Many at once about who belongs to an organization."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from server.access import acting
from server.core import db
from server.core.errors import Forbidden
from server.members import set_rights
from server.members.schemas import Rights
from tests import factories
from tests.races.conftest import Arena
from tests.races.test_accounts import outcomes

pytestmark = pytest.mark.races

ADMINS = "SELECT count(*) FROM member WHERE organization_id = $1 AND active AND role = 'admin'"


async def demoted_at_once(arena: Arena) -> tuple[list[str], int]:
    """Let two admins make each other bookers; return what became of it, and how many admins are left."""
    organization = (await factories.person(kind="university")).actor.organization_id
    await db.execute("UPDATE member SET role = 'booker' WHERE organization_id = $1", organization)
    one, other = [await factories.person(organization, "admin") for _ in range(2)]
    found = await outcomes(
        set_rights.set_rights(other.actor.member_id, Rights(role="booker"), one.actor),
        set_rights.set_rights(one.actor.member_id, Rights(role="booker"), other.actor),
    )
    return sorted(found), await db.fetchval(ADMINS, organization)


async def test_of_two_admins_who_demote_each_other_one_stays(arena: Arena) -> None:
    for _ in range(8):
        assert await demoted_at_once(arena) == (sorted([Forbidden.__name__, "done"]), 1)
    assert arena.deadlocks() == 0


async def test_control_without_the_lock_no_admin_stays(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    both, refuse = asyncio.Barrier(2), set_rights.refuse_last_admin

    async def unlocked(organization_id: UUID) -> None:
        pass

    async def together(*of: Any) -> None:
        await refuse(*of)
        await both.wait()

    async def unasked(*of: Any) -> frozenset[UUID]:
        return frozenset()

    monkeypatch.setattr(acting, "_take", unasked)
    monkeypatch.setattr(acting, "_stand", unasked)
    monkeypatch.setattr(set_rights, "lock", unlocked)
    monkeypatch.setattr(set_rights, "refuse_last_admin", together)
    assert await demoted_at_once(arena) == (["done", "done"], 0)
