"""Count what a search finds: all that match, and how many are free."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from server.core import db
from server.core.actor import Actor
from server.core.errors import SlotTaken
from server.search.candidates import common
from server.search.found import Look
from server.search.matching import Matching
from server.search.query import Search
from server.search.search import look

COUNTED = 200  # that are looked at one by one for a time; beyond it "of the first 200" is said
MOST = 10_000  # that are counted; beyond it "10,000 or more" is said

COUNT = "SELECT count(*) FROM (SELECT FROM {source} WHERE {where} LIMIT {most}) one"


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Of a search: `matching` whenever it is; for a time also what booking would say of each that was looked at."""

    matching: int
    looked_at: int | None = None  # none: no time was asked for
    free: int = 0
    busy: int = 0
    unqualified: int = 0
    otherwise: int = 0  # closed then, or refused by another rule

    @property
    def more(self) -> bool:
        """There are more than were looked at."""
        return self.looked_at is not None and self.matching > self.looked_at


async def counts(wanted: Search, viewer: Actor | None) -> tuple[Counts, list[Look]]:
    """Count with the functions that find, and tell what was looked at: booking's own rules say what is free."""
    matching = await matches(wanted, viewer, common=await common(wanted))
    if not wanted.timed:
        return Counts(matching=matching), []
    looks, _ = await look(msgspec.structs.replace(wanted, refused=True), viewer, None, COUNTED)
    return told(matching, looks), looks


async def matches(wanted: Search, viewer: Actor | None, *, common: bool) -> int:
    """How many match whenever it is, up to MOST; `common`: its words are."""
    given = Matching(wanted, viewer, counting=True, common=common)
    statement = COUNT.format(source=given.source, where=given.where, most=given.put(MOST))
    return int(await db.fetchval(statement, *given.values))


def told(matching: int, looks: Sequence[Look]) -> Counts:
    """Sort by what booking says. Pure."""
    refused = [one.refusal for one in looks if one.refusal is not None]
    busy = sum(isinstance(one, SlotTaken) for one in refused)
    unqualified = sum(one.members.get("rule") == "qualification" for one in refused)
    return Counts(
        matching=max(matching, len(looks)), looked_at=len(looks), free=len(looks) - len(refused), busy=busy,
        unqualified=unqualified, otherwise=len(refused) - busy - unqualified,
    )  # fmt: skip


async def found(wanted: Search, viewer: Actor | None) -> int:
    """How many a search finds, up to COUNTED where it asks for a time."""
    counted, _ = await counts(wanted, viewer)
    return counted.matching if counted.looked_at is None else counted.free


OWNER = "SELECT o.name FROM organization o JOIN resource r ON r.owner_id = o.id WHERE o.id = $1 AND r.listed LIMIT 1"


async def owner_name(id: UUID) -> str:
    """What an owner is called that shares something; empty for another."""
    return await db.fetchval(OWNER, id) or ""
