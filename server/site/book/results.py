"""What the page of results shows, from one look at the candidates: what fits, how many do, what does not and why."""

from uuid import UUID

import msgspec

from server.core.actor import Actor
from server.core.http import Page, cursor_after
from server.search.candidates import common
from server.search.counts import COUNTED, Counts, matches, told
from server.search.found import Found, Look
from server.search.query import Search
from server.search.search import look, search, shown_all


class Results(msgspec.Struct, frozen=True):
    """A page of what fits; `refused` are those of the first COUNTED that do not."""

    page: Page[Found]
    counted: Counts
    refused: list[Look]
    common: bool  # its words are


async def results(wanted: Search, viewer: Actor | None, after: UUID | None, limit: int) -> Results:
    """Find and count. The page is cut from what is counted, as far as that reaches."""
    usual = await common(wanted)
    matching = await matches(wanted, viewer, common=usual)
    if not wanted.timed:
        return Results(await search(wanted, viewer, after, limit), Counts(matching=matching), [], usual)
    looks, _ = await look(msgspec.structs.replace(wanted, refused=True), viewer, None, COUNTED)
    if wanted.sort == "next":  # of more than are counted
        page = await search(wanted, viewer, after, limit)
    else:
        page = await _cut(looks, wanted, viewer, after, limit)
    return Results(page, told(matching, looks), [one for one in looks if one.refusal is not None], usual)


async def _cut(looks: list[Look], wanted: Search, viewer: Actor | None, after: UUID | None, limit: int) -> Page[Found]:
    """The page after `after`, looking at more only where what was looked at does not fill it."""
    ids = [one.id for one in looks]
    if after is not None and after not in ids:
        return await search(wanted, viewer, after, limit)
    start = 0 if after is None else ids.index(after) + 1
    fitting = [one for one in looks[start:] if one.refusal is None][: limit + 1]
    last = None
    if len(fitting) <= limit and len(looks) == COUNTED:
        more, last = await look(wanted, viewer, ids[-1], limit + 1 - len(fitting))
        fitting += more
    if len(fitting) > limit:
        fitting = fitting[:limit]
        last = fitting[-1].id
    return Page(await shown_all(fitting, viewer), None if last is None else cursor_after(last))
