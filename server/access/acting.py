"""Act: open a transaction that knows what one may do now (authorization under a lock).

What a request began with may have been taken away since. So every verb opens its transaction here, and its first
statement shares a lock on the rows that say who acts: organization, account, member, in this order, before resources.
Whoever takes rights away waits for it, and is waited for (docs/decisions/0258).
"""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from server.access.person import Person
from server.audit.recording import Acting
from server.core import db
from server.core.actor import ACTING, Actor
from server.core.errors import Forbidden, Unauthenticated

_OF = """
FROM member m JOIN account a ON a.id = m.account_id JOIN organization o ON o.id = m.organization_id WHERE m.id = $1
"""
# Enough where nothing has changed since the request began: `authority` only grows.
UNCHANGED = f"""
SELECT 1 {_OF} AND m.organization_id = $2 AND m.authority + a.authority + o.authority = $3 FOR KEY SHARE OF o, a, m
"""
UNCHANGED_PERSON = "SELECT 1 FROM account a WHERE a.id = $1 AND a.authority = $2 FOR KEY SHARE OF a"

# What has changed is read anew, once nobody can change it any more.
LOCK = f"SELECT 1 {_OF} FOR KEY SHARE OF o, a, m"
LOCK_PERSON = "SELECT 1 FROM account a WHERE a.id = $1 FOR KEY SHARE OF a"
_OPENS = """
($2::uuid IS NULL
 OR EXISTS (SELECT FROM session s WHERE s.id = $2 AND s.expires_at > now())
 OR EXISTS (SELECT FROM api_token t WHERE t.id = $2 AND t.revoked_at IS NULL AND coalesce(t.expires_at > now(), true))
 OR EXISTS (SELECT FROM app_password p WHERE p.id = $2 AND p.revoked_at IS NULL))
"""
READ = f"SELECT {ACTING} {_OF} AND m.active AND a.locked_at IS NULL AND a.erased_at IS NULL AND {_OPENS}"
READ_PERSON = f"""
SELECT a.is_operator FROM account a WHERE a.id = $1 AND a.locked_at IS NULL AND a.erased_at IS NULL AND {_OPENS}
"""

# Whose rights are about to change: nobody acts as them meanwhile.
ABOVE = """
SELECT 1 FROM member m JOIN account a ON a.id = m.account_id JOIN organization o ON o.id = m.organization_id
WHERE m.organization_id = $1 AND m.id = ANY($2) ORDER BY m.id FOR KEY SHARE OF o, a
"""
MEMBERS = "SELECT id FROM member WHERE organization_id = $1 AND id = ANY($2) ORDER BY id FOR UPDATE"
ACCOUNT = "SELECT id FROM account WHERE id = $1 FOR UPDATE"
MEMBERS_OF = "SELECT id FROM member WHERE account_id = $1 ORDER BY id FOR UPDATE"

_held: ContextVar[frozenset[UUID]] = ContextVar("held", default=frozenset())  # by this transaction: members, accounts


@asynccontextmanager
async def acting(
    by: Acting | None, *, over: Collection[UUID] = (), over_account: UUID | None = None
) -> AsyncIterator[None]:
    """Open a transaction in which the actor may still do what they could when their request began.

    `over` are colleagues whose rights it changes, `over_account` is a person whose it takes. Inside another of the same
    actor it asks nothing again; without an actor the program acts by itself. Raises Unauthenticated for who is gone,
    Forbidden where their rights are others now.
    """
    async with db.transaction():
        before = held = _held.get()
        own = by is not None and by.account_id == over_account
        if own:
            held |= await _take_account(over_account, before)
        if isinstance(by, Actor) and not before.issuperset(over):
            held |= await _take(frozenset({*over, by.member_id}), by)
        if by is not None:
            held |= await _stand(by, before)
        if not own:  # whoever waits for the actor must not be waited for by them
            held |= await _take_account(over_account, before)
        token = _held.set(held)
        try:
            yield
        finally:
            _held.reset(token)


async def stand_for(member_id: UUID) -> None:
    """Let nobody take a member's rights while the transaction lasts. Called before resources are locked."""
    await db.execute(LOCK, member_id)


async def _take(members: frozenset[UUID], by: Actor) -> frozenset[UUID]:
    for sql in (ABOVE, MEMBERS):
        await db.execute(sql, by.organization_id, list(members))
    return members


async def _take_account(account_id: UUID | None, held: frozenset[UUID]) -> frozenset[UUID]:
    if account_id is None or account_id in held:
        return frozenset()
    await db.execute(ACCOUNT, account_id)
    return frozenset({account_id, *(row["id"] for row in await db.fetch(MEMBERS_OF, account_id))})


async def _stand(by: Acting, held: frozenset[UUID]) -> frozenset[UUID]:
    if isinstance(by, Person) and by.token is not None:
        by = by.token
    if isinstance(by, Actor):
        if by.member_id not in held:
            await _stand_as_member(by)
        return frozenset({by.member_id})
    if by.account_id not in held:
        await _stand_as_person(by)
    return frozenset({by.account_id})


async def _stand_as_member(by: Actor) -> None:
    if by.authority is not None and await db.fetchval(UNCHANGED, by.member_id, by.organization_id, by.authority):
        return
    await db.execute(LOCK, by.member_id)
    now = await db.fetchrow(READ, by.member_id, by.key)
    if now is None:
        raise _gone()
    if _rights(now) != _rights({name: getattr(by, name) for name in by.__struct_fields__}):
        raise Forbidden("your rights have changed since you began; look again", role=now["role"])


async def _stand_as_person(by: Acting) -> None:
    authority, key = getattr(by, "authority", None), getattr(by, "session_id", None)
    if authority is not None and await db.fetchval(UNCHANGED_PERSON, by.account_id, authority):
        return
    await db.execute(LOCK_PERSON, by.account_id)
    now = await db.fetchrow(READ_PERSON, by.account_id, key)
    if now is None:
        raise _gone()
    if getattr(by, "is_operator", False) and not now["is_operator"]:
        raise Forbidden("this is for the operators of the platform", needs="operator")


def _rights(of: Any) -> tuple[Any, ...]:
    named = None if of["named"] is None else frozenset(of["named"])
    return of["organization_id"], of["role"], named, of["monthly_minutes"], of["suspended"], of["is_operator"]


def _gone() -> Unauthenticated:
    return Unauthenticated("you were signed out, or may not act for this organization any more, since you began")
