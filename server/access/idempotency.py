"""A request that carries an Idempotency-Key may be sent again: it is done once, and answered the same each time.

The key is taken by the first statement of the transaction in which the request is done, and the answer is written down
by its last: both stand or fall with the change. Who sends the same at the same moment waits for that transaction.
What was refused keeps nothing, and may be tried again with the same key.
"""

import hashlib
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

import msgspec

from server.core import db, encryption
from server.core.db import rerunning, transaction
from server.core.doorbell import ring
from server.core.errors import BusyTryAgain, Conflict, IdempotencyMismatch

T = TypeVar("T")

LONGEST = 1024 * 1024  # characters of an answer; a longer one is not kept

TAKE = """
INSERT INTO idempotency_key (by_id, key, account_id, fingerprint) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING RETURNING 1
"""
RECALL = "SELECT fingerprint, answer FROM idempotency_key WHERE by_id = $1 AND key = $2"
KEEP = "UPDATE idempotency_key SET answer = $3 WHERE by_id = $1 AND key = $2"


class Once(msgspec.Struct, frozen=True):
    """Somebody's key, and what it is used for."""

    by_id: UUID  # the member, or the account of whoever acts for no organization
    account_id: UUID
    key: str
    fingerprint: bytes
    secret: bool = False  # the answer tells something once, and is sealed

    @classmethod
    def of(cls, member_id: UUID, account_id: UUID, key: str, request: object) -> "Once":
        return cls(member_id, account_id, key, hashlib.sha256(msgspec.json.encode(request)).digest())


@rerunning
async def do_once(once: Once, kind: type[T], act: Callable[[], Awaitable[T]]) -> T:
    """Act and keep the answer, or give the answer that was kept.

    Raises IdempotencyMismatch when the key was used for something else, Conflict when it was done and the answer is
    not there to be told again, and what `act` raises.
    """
    async with transaction():
        if not await db.fetchval(TAKE, once.by_id, once.key, once.account_id, once.fingerprint):
            return await _recall(once, kind)
        answer = await act()
        await db.execute(KEEP, once.by_id, once.key, _kept(once, answer))
    ring()  # what rang inside was heard before there was anything to find
    return answer


def _kept(once: Once, answer: object) -> str | None:
    said = msgspec.json.encode(answer).decode()
    if len(said) > LONGEST:
        return None
    return encryption.seal(said) if once.secret else said


async def _recall(once: Once, kind: type[T]) -> T:
    row = await db.fetchrow(RECALL, once.by_id, once.key)
    if row is None:  # it was forgotten this very moment
        raise BusyTryAgain(retry_after=1)
    if row["fingerprint"] != once.fingerprint:
        raise IdempotencyMismatch("take a new key for a new request")
    if row["answer"] is None:
        raise Conflict("this was done before; its answer is not kept any more, so read what it made")
    try:
        return msgspec.json.decode(encryption.unseal(row["answer"]) if once.secret else row["answer"], type=kind)
    except encryption.Unreadable:
        raise Conflict("this was done before; what it told once cannot be read any more, so make another") from None
