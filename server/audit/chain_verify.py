"""Go along the chain and compare: has an entry been changed, removed, added or moved since it was sealed?"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record

from server.audit import chain
from server.core import db
from server.core.keyring import key_id
from server.core.privileges import REWRITABLE

PAGE = 5000
# `at` is when the entry's transaction began, so entries are sealed a little out of order. What is older than its
# neighbours by more than this was not written when it says.
TOLERANCE = timedelta(minutes=15)

ALONG = f"""
SELECT s.number, s.entry_id, s.hash, s.key_id, s.sealed_at, e.at AS moment, {chain.SEALED}
FROM audit_seal s LEFT JOIN audit_entry e ON e.id = s.entry_id
WHERE s.number > $1 ORDER BY s.number LIMIT $2
"""
UNSEALED = """
SELECT e.id, e.at AS moment, e.at < (SELECT max(sealed_at) FROM audit_seal) - $1::interval AS passed_over
FROM audit_entry e WHERE NOT EXISTS (SELECT FROM audit_seal s WHERE s.entry_id = e.id) ORDER BY e.at, e.id
"""


class Broken(msgspec.Struct, frozen=True):
    """Where the log is not as it was written. `number` is the place in the chain; none: it has no place."""

    number: int | None
    entry_id: UUID | None
    what: str


class Stretch(msgspec.Struct):
    """Places one after the other that were made with one secret."""

    key_id: str
    first: int
    last: int
    proven: bool  # the secret is known


class Verified(msgspec.Struct, kw_only=True):
    """What was found. `number` and `head` are the end of the chain: noted elsewhere, they show later that none is cut
    off."""

    number: int
    head: str
    waiting: int  # entries that the worker has not sealed yet
    oldest_waiting: datetime | None
    rewritable: bool  # by the user that asks: only triggers stand in the way
    broken: list[Broken]
    stretches: list[Stretch]

    @property
    def unproven(self) -> list[Stretch]:
        """What was made with a secret that is not in the ring: rewritten or not, nobody can tell."""
        return [one for one in self.stretches if not one.proven]


async def verify(ring: Sequence[str], noted: tuple[int, str] | None = None) -> Verified:
    """Compare every entry with the chain, the first that differs first. `ring` are the secrets that are known.

    `noted` is an end of the chain that was told earlier: the chain must still have it.
    """
    keys = {key_id(one): chain.key(one) for one in ring}
    broken, stretches = list[Broken](), list[Stretch]()
    number, before, latest = 0, chain.START, None
    async for place in _along():
        if place["number"] != number + 1:
            broken.append(Broken(number + 1, None, f"places {number + 1} to {place['number'] - 1} are missing"))
        number = place["number"]
        made_with = _made_with(place, keys, before, stretches[-1].key_id if stretches else "")
        _go_on(stretches, made_with, number, proven=made_with in keys)
        if what := _wrong_with(place, keys.get(made_with), before, latest):
            broken.append(Broken(number, place["entry_id"], what))
        if noted and number == noted[0] and place["hash"].hex() != noted[1]:
            broken.append(Broken(number, place["entry_id"], "the chain had another hash here when it was noted"))
        before, moment = place["hash"], place["moment"]
        latest = max(filter(None, (latest, moment)), default=None)
    if noted and noted[0] > number:
        broken.append(Broken(number + 1, None, f"the chain went on to place {noted[0]} when it was noted"))
    unsealed = await db.fetch(UNSEALED, TOLERANCE)
    broken += [
        Broken(None, one["id"], "it was added behind the back of the application, or the worker has passed it over")
        for one in unsealed if one["passed_over"]
    ]  # fmt: skip
    waiting = [one["moment"] for one in unsealed if not one["passed_over"]]
    return Verified(
        number=number, head=before.hex(), waiting=len(waiting), oldest_waiting=waiting[0] if waiting else None,
        rewritable=bool(await db.fetchval(REWRITABLE)), broken=broken, stretches=stretches,
    )  # fmt: skip


async def _along() -> AsyncIterator[Record]:
    number = 0
    while rows := await db.fetch(ALONG, number, PAGE):
        for row in rows:
            yield row
        number = rows[-1]["number"]


def _made_with(place: Any, keys: dict[str, bytes], before: bytes, last: str) -> str:
    """Tell with which secret a place was made: it says so, or it is from before they did and all are tried."""
    if place["key_id"] or place["id"] is None:
        return str(place["key_id"] or last)
    fitting = [id for id, key in keys.items() if chain.link(key, before, place["number"], place) == place["hash"]]
    return fitting[0] if fitting else last


def _go_on(stretches: list[Stretch], made_with: str, number: int, *, proven: bool) -> None:
    if stretches and stretches[-1].key_id == made_with:
        stretches[-1].last = number
    else:
        stretches.append(Stretch(made_with, number, number, proven))


def _wrong_with(place: Any, key: bytes | None, before: bytes, latest: datetime | None) -> str:
    if place["id"] is None:
        return "it has been deleted"
    if key is not None and chain.link(key, before, place["number"], place) != place["hash"]:
        return "it has been changed, or another stood before it"
    if latest is not None and place["moment"] < latest - TOLERANCE:
        return f"it says {place['moment'].isoformat()} but was written after {(latest - TOLERANCE).isoformat()}"
    return ""
