"""How often one may try to sign in: a rate limit counted in the database, which holds also while Valkey is away.

Whoever is not known to an account meets the limits of the account and of their own address. A device that the person
has signed in with before has an allowance of its own: nobody else can use it up. What one address may try in all is
limited before the router (server/application/middleware.py).
"""

import math
from datetime import timedelta
from uuid import UUID

import msgspec

from server.access.device import Origin
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
GIVE_BACK = "UPDATE attempt SET times = times - 1 WHERE key = $1 AND times > 0"
CLEAR = "DELETE FROM attempt WHERE key = ANY($1::bytea[])"
FORGET = "DELETE FROM attempt WHERE counted_from < now() - $1::interval"


class Most(msgspec.Struct, frozen=True):
    """So many attempts within so long."""

    what: str
    times: int
    within: timedelta


HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FROM_ONE_ADDRESS = Most("sign-in from one address", 10, timedelta(minutes=15))  # into one account
SIGN_INS = Most("sign-in", 60, HOUR)  # into one account, from wherever, by devices that it does not know
KNOWN_DEVICE = Most("sign-in from a known device", 10, timedelta(minutes=30))
CODES = Most("code", 10, HOUR)  # 3 of 1,000,000 are right at any time
ASKED = Most("mail asked for", 5, DAY)  # from one address, for one account
PACE = Most("mail", 1, timedelta(minutes=20))  # to one address about its account, whoever asks: its link lasts longer
SLOWER_PACE = Most("mail", 1, timedelta(minutes=40))  # the same for who has asked for too many
ASKED_BY_DEVICE = Most("mail asked for from a known device", 3, HOUR)
LINKS = Most("mail to prove an address", 3, HOUR)  # by who is signed in
ALL = (FROM_ONE_ADDRESS, SIGN_INS, KNOWN_DEVICE, CODES, ASKED, PACE, ASKED_BY_DEVICE, LINKS)


async def locked(email: str, account_id: UUID | None, at: Origin) -> RateLimited | None:
    """Count an attempt to sign in, and tell why it is one too many. The address of nobody counts the same."""
    known = at.known_to(account_id)
    try:
        if known:
            await count(KNOWN_DEVICE, account_id, known)
        else:
            await count(FROM_ONE_ADDRESS, email.lower(), at.customer)
            await count(SIGN_INS, email.lower())
    except RateLimited as refused:
        return refused
    return None


async def succeeded(email: str, account_id: UUID, at: Origin) -> None:
    """Forget the attempts from there: this one was the person's."""
    if known := at.known_to(account_id):
        await clear((KNOWN_DEVICE, account_id, known))
    else:
        await clear((FROM_ONE_ADDRESS, email.lower(), at.customer))
        await db.execute(GIVE_BACK, _key(SIGN_INS, email.lower()))


async def lift(email: str, account_id: UUID, at: Origin) -> None:
    """Forget what locks an account, and what its owner meets: they have proven by their mailbox who they are."""
    whose, known = email.lower(), at.known_to(account_id)
    locks = ((SIGN_INS, whose), (SIGN_INS, account_id), (FROM_ONE_ADDRESS, whose, at.customer), (CODES, account_id))
    await clear(*locks, (KNOWN_DEVICE, account_id, known), (CODES, account_id, known), (PACE, "reset", whose))


async def may_mail(what: str, email: str, account_id: UUID | None, at: Origin) -> bool:
    """Count that somebody asks for a mail to an address, and tell whether it is to be sent.

    Whoever asks, a second mail does not follow soon after another: the link of that one is still good. Strangers are
    counted each, and those who have asked for many wait for longer, but never for ever: they may be the person.
    """
    if known := at.known_to(account_id):
        return await is_within(ASKED_BY_DEVICE, what, account_id, known)
    seldom = await is_within(ASKED, what, email.lower(), at.customer)
    return await is_within(PACE if seldom else SLOWER_PACE, what, email.lower())


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
