"""Find resources: by what they are, and by when they are free.

A search for time never shows what booking would refuse. Statements find the candidates (candidates.py); which of them
can be booked is told one by one with the functions that booking itself uses (verdict.py).
"""

from collections.abc import Sequence
from uuid import UUID

from server.bookings.capacity import lock
from server.bookings.capacity.occupancy_read import surroundings
from server.bookings.capacity.resource_snapshot import Bookable, around
from server.core.actor import Actor
from server.core.http import Page, cursor_after
from server.resources import views
from server.search.candidates import Candidates
from server.search.found import Found, Look, by_next_free, shown
from server.search.query import Search
from server.search.verdict import verdict

BATCH = 50  # candidates looked at in one go
SPARE = 5  # and so many more than are wanted, the first time: most of them are free
EXAMINED = 500  # candidates looked at for one page; a page that is not full by then says where to go on


async def search(wanted: Search, viewer: Actor | None, after: UUID | None, limit: int) -> Page[Found]:
    """Find a page of resources as they are to be sorted. A page may be short and still have a `next_cursor`."""
    if wanted.sort == "next":
        looks, last = await _by_next_free(wanted, viewer, after, limit + 1)
    else:
        looks, last = await look(wanted, viewer, after, limit + 1)
    if len(looks) > limit:
        looks = looks[:limit]
        last = looks[-1].id
    return Page(await shown_all(looks, viewer), None if last is None else cursor_after(last))


async def shown_all(looks: Sequence[Look], viewer: Actor | None) -> list[Found]:
    """Read what was looked at, in that order."""
    known = {one.id: one for one in await views.resources([one.id for one in looks], viewer)}
    return [shown(known[one.id], one) for one in looks if one.id in known]


async def look(wanted: Search, viewer: Actor | None, after: UUID | None, count: int) -> tuple[list[Look], UUID | None]:
    """Look at candidates until `count` fit, and tell the last one looked at when there may be more."""
    candidates = await Candidates.of(wanted, viewer)
    if not wanted.timed:
        rows = await candidates.batch(after, count)
        return [Look(row["id"], row["distance"]) for row in rows], None
    found: list[Look] = []
    window = around(wanted.exactly, lock.MARGIN) if wanted.exactly else wanted.within
    if window is None:
        return found, None
    for first in range(0, EXAMINED, BATCH):
        size = BATCH if first else min(count + SPARE, BATCH)
        # Where two batches do not fill a page most is taken: the database leaves it out.
        rows = await candidates.batch(after, size, unless_taken=first > BATCH and not wanted.refused)
        looked = [row for row in rows if wanted.refused or not row["plainly_taken"]]
        seen = await surroundings(window, [Bookable.from_row(row) for row in looked], viewer)
        for row, (resource, around_it) in zip(looked, seen, strict=True):
            refusal = verdict(wanted, resource, around_it, plainly_taken=row["plainly_taken"])
            if refusal is None or wanted.refused:
                found.append(Look(resource.id, row["distance"], refusal))
                if len(found) == count:
                    return found, None
        if len(rows) < size:
            return found, None
        after = rows[-1]["id"]
    return found, after


async def _by_next_free(
    wanted: Search, viewer: Actor | None, after: UUID | None, count: int
) -> tuple[list[Look], UUID | None]:
    """Sort what fits among the first EXAMINED, and go on after the one that was shown last."""
    looks, _ = await look(wanted, viewer, None, EXAMINED)
    ordered = await by_next_free(looks, viewer)
    ids = [one.id for one in ordered]
    start = ids.index(after) + 1 if after in ids else 0
    return ordered[start : start + count], None
