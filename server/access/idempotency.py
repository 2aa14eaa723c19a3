"""A request that carries an Idempotency-Key may be sent again: it is done once, and answered the same each time."""

import hashlib
from typing import TypeVar
from uuid import UUID

import msgspec

from server.core import db
from server.core.errors import IdempotencyMismatch

T = TypeVar("T")

RECALL = "SELECT fingerprint, body FROM idempotency_key WHERE member_id = $1 AND key = $2"
REMEMBER = """
INSERT INTO idempotency_key (member_id, key, fingerprint, status, body) VALUES ($1, $2, $3, 201, $4)
ON CONFLICT DO NOTHING RETURNING 1
"""


class Once(msgspec.Struct, frozen=True):
    """A member's key, and what it was used for."""

    member_id: UUID
    key: str
    fingerprint: bytes

    @classmethod
    def of(cls, member_id: UUID, key: str, request: object) -> "Once":
        return cls(member_id, key, hashlib.sha256(msgspec.json.encode(request)).digest())


async def recall(once: Once | None, kind: type[T]) -> T | None:
    """The answer already given, if any. Raises IdempotencyMismatch when the key was used for something else."""
    row = once and await db.fetchrow(RECALL, once.member_id, once.key)
    if not row or once is None:
        return None
    if row["fingerprint"] != once.fingerprint:
        raise IdempotencyMismatch("take a new key for a new request")
    return msgspec.json.decode(row["body"], type=kind)


async def remember(once: Once | None, answer: object) -> None:
    """Keep the answer, in the transaction of the change. Raises IdempotencyMismatch when another took the key."""
    if once is None:
        return
    body = msgspec.json.encode(answer).decode()
    if not await db.fetchval(REMEMBER, once.member_id, once.key, once.fingerprint, body):
        raise IdempotencyMismatch("the key was used by another request at the same moment; take a new key")
