"""How often one may try to sign in: a rate limit counted in the database, which holds also while Valkey is away.

What one address may try in all is limited before the router (server/application/middleware.py).
"""

import math
from datetime import timedelta

import msgspec

from server.core import db, keyring
from server.core.errors import RateLimited

# Each attempt counts, by its own statement and before anything is looked at: attempts at once cannot pass together.
COUNT = """
INSERT INTO attempt (key, counted_from, times) VALUES ($1, now(), 1)
ON CONFLICT (key) DO UPDATE SET
    times = CASE WHEN attempt.counted_from < now() - $2::interval THEN 1 ELSE attempt.times + 1 END,
    counted_from = CASE WHEN attempt.counted_from < now() - $2::interval THEN now() ELSE attempt.counted_from END
RETURNING times, extract(epoch FROM counted_from + $2::interval - now())::float AS seconds
"""
CLEAR = "DELETE FROM attempt WHERE key = ANY($1::bytea[])"
FORGET = "DELETE FROM attempt WHERE counted_from < now() - $1::interval"


class Most(msgspec.Struct, frozen=True):
    """So many attempts within so long."""

    what: str
    times: int
    within: timedelta


FROM_ONE_ADDRESS = Most("sign-in from one address", 10, timedelta(minutes=15))  # into one account
SIGN_INS = Most("sign-in", 60, timedelta(hours=1))  # into one account, from wherever
CODES = Most("code", 10, timedelta(hours=1))  # 3 of 1,000,000 are right at any time
MAILS = Most("mail", 3, timedelta(hours=1))  # to one address, about its account
ALL = (FROM_ONE_ADDRESS, SIGN_INS, CODES, MAILS)


async def count(most: Most, *whose: object) -> None:
    """Count an attempt. Raises RateLimited with the seconds to wait when there were too many."""
    seconds = await _over(most, *whose)
    if seconds is not None:
        raise RateLimited(
            f"{most.times} attempts within {most.within}", retry_after=max(1, math.ceil(seconds)), limit=most.what
        )


async def is_within(most: Most, *whose: object) -> bool:
    """Count an attempt and tell whether it is still one of those that are allowed."""
    return await _over(most, *whose) is None


async def clear(*counted: tuple[Most, *tuple[object, ...]]) -> None:
    """Forget attempts: the last one succeeded."""
    await db.execute(CLEAR, [_key(*one) for one in counted])


async def forget() -> int:
    return int((await db.execute(FORGET, max(most.within for most in ALL))).split()[-1])


async def _over(most: Most, *whose: object) -> float | None:
    row = await db.fetchrow(COUNT, _key(most, *whose), most.within)
    assert row is not None  # noqa: S101 - an upsert returns its row
    return row["seconds"] if row["times"] > most.times else None


def _key(most: Most, *whose: object) -> bytes:
    """Name what is counted so that nobody reads an address from it."""
    said = "\0".join([most.what, *(str(one) for one in whose)])
    return keyring.sign(said)
