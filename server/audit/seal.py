"""Seal new entries into the chain. A sweep: the transactions that write entries share no lock and wait for nothing."""

import time
from typing import Any
from uuid import UUID

from server.audit import chain
from server.core import db, keyring
from server.core.db import transaction

LOCK = 5_172_839_405  # any number; one worker seals at a time
BATCH = 500
BATCHES = 20  # of one round
MINUTE = 60_000  # milliseconds, as in ids of version 7
RECENT = 2 * MINUTE  # a transaction that began so long before the last sealed one is found in every round ...
LATE = 60 * MINUTE  # ... and a longer one when the worker looks further back
LOOK_BACK_SECONDS = 300  # from one such look to the next

ALONE = "SELECT pg_try_advisory_xact_lock($1)"
HEAD = "SELECT number, hash, entry_id FROM audit_seal ORDER BY number DESC LIMIT 1"

# What is committed and has no place yet. An entry whose transaction took long gets a later place, it is never left out.
UNSEALED = f"""
SELECT {chain.SEALED} FROM audit_entry e
WHERE e.id > $2 AND NOT EXISTS (SELECT FROM audit_seal s WHERE s.entry_id = e.id)
ORDER BY e.at, e.id LIMIT $1
"""
SEAL = """
INSERT INTO audit_seal (number, entry_id, hash, key_id)
SELECT number, entry_id, hash, $4 FROM unnest($1::bigint[], $2::uuid[], $3::bytea[]) new (number, entry_id, hash)
"""

_looked_back = -LOOK_BACK_SECONDS  # when this process did so last; monotonic


async def seal() -> int:
    """Give every new entry its place in the chain. Return how many, but 0 when none are left for another round."""
    global _looked_back
    back = time.monotonic() - _looked_back >= LOOK_BACK_SECONDS
    total = 0
    for _ in range(BATCHES):
        sealed = await _seal_some(LATE if back else RECENT)
        total += sealed
        if sealed < BATCH:
            if back:
                _looked_back = int(time.monotonic())
            return 0
    return total


async def _seal_some(back: int) -> int:
    async with transaction():
        if not await db.fetchval(ALONE, LOCK):
            return 0
        head = await db.fetchrow(HEAD)
        number, before, last = tuple(head) if head else (0, chain.START, UUID(int=0))
        entries = await db.fetch(UNSEALED, BATCH, _earlier(last, back))
        secret, places = keyring.ring()[0], list[tuple[int, UUID, bytes]]()
        key = chain.key(secret)
        for entry in entries:
            number += 1
            before = chain.link(key, before, number, entry)
            places.append((number, entry["id"], before))
        if places:
            columns: Any = zip(*places, strict=True)
            await db.execute(SEAL, *map(list, columns), keyring.key_id(secret))
    return len(places)


def _earlier(id: UUID, milliseconds: int) -> UUID:
    """An id of version 7 as it was made so long before another."""
    return UUID(int=max((id.int >> 80) - milliseconds, 0) << 80)
