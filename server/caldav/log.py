"""What has changed in a calendar since a program last looked.

The log is written by those who read: under a lock, the calendar as it stands is compared with what was told last, and
what differs gets the next number. Whatever changed it, in whichever order transactions committed, is seen by the next
who looks; nothing has to remember to write (docs/decisions/0151).
"""

import re
from uuid import UUID

import msgspec

from server.access.acting import acting
from server.caldav import views
from server.core import db
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.errors import Forbidden

MOST = 1000  # changes in one answer
_TOKEN = re.compile(
    r"\Ahttps://rongtong\.invalid/sync/([0-9a-f-]{36})/([a-zA-Z-]{1,20})/(\d{1,9})(?:/([0-9a-f]{2,2000}))?\Z"
)

BEGIN = "INSERT INTO dav_calendar (resource_id, number) VALUES ($1, 0) ON CONFLICT DO NOTHING"
LOCK = "SELECT number FROM dav_calendar WHERE resource_id = $1 FOR UPDATE"
TOLD = "SELECT name, etag FROM dav_member WHERE resource_id = $1 AND etag IS NOT NULL"
WRITE = """
INSERT INTO dav_member (resource_id, name, etag, number) SELECT $1, told.name, told.etag, $4
FROM unnest($2::text[], $3::text[]) AS told (name, etag)
ON CONFLICT (resource_id, name) DO UPDATE SET etag = excluded.etag, number = excluded.number
"""
ADVANCE = "UPDATE dav_calendar SET number = $2 WHERE resource_id = $1"
# From one number on, or within one from one name on.
SINCE = """
SELECT name, etag, number FROM dav_member
WHERE resource_id = $1 AND (number, name) > ($2, $3) AND (etag IS NOT NULL OR NOT $4)
ORDER BY number, name LIMIT $5
"""


class Seen(msgspec.Struct, frozen=True):
    """A calendar at one number of its log: the ETags, by name."""

    resource_id: UUID
    number: int
    etags: dict[str, str]
    locale: str

    @property
    def token(self) -> str:
        return token(self.resource_id, self.locale, self.number)


class Changes(msgspec.Struct, frozen=True):
    """What changed: the ETag now of each name, None for what is gone; `more` where this is not all."""

    etags: dict[str, str | None]
    token: str
    more: bool


@rerunning
async def look(resource_id: UUID, by: Actor) -> Seen:
    """Look at a calendar, and write down what changed since somebody last did. The actor must run the resource."""
    async with acting(by):
        await db.execute(BEGIN, resource_id)
        number: int = await db.fetchval(LOCK, resource_id)
        now = await views.names(resource_id, by)
        told = {row["name"]: row["etag"] for row in await db.fetch(TOLD, resource_id)}
        changed: dict[str, str | None] = {name: etag for name, etag in now.items() if told.get(name) != etag}
        changed |= dict.fromkeys(told.keys() - now.keys())
        if changed:
            number += 1
            await db.execute(WRITE, resource_id, list(changed), list(changed.values()), number)
            await db.execute(ADVANCE, resource_id, number)
    return Seen(resource_id, number, now, by.locale)


async def since(known: str, seen: Seen, limit: int) -> Changes:
    """Tell what changed since a token; everything for an empty one. Raises Forbidden for one that is none of ours."""
    number, name = (0, "") if not known else _read(known, seen)
    rows = await db.fetch(SINCE, seen.resource_id, number, name, not known, limit + 1)
    rows, more = rows[:limit], len(rows) > limit
    at = seen.token
    if more:  # a number that has not been told whole: after the name that was told last
        at = token(seen.resource_id, seen.locale, rows[-1]["number"], rows[-1]["name"])
    return Changes({row["name"]: row["etag"] for row in rows}, at, more)


def token(resource_id: UUID, locale: str, number: int, name: str = "") -> str:
    """A sync token is an address that leads nowhere (RFC 6578 4)."""
    return f"https://rongtong.invalid/sync/{resource_id}/{locale}/{number}" + (
        f"/{name.encode().hex()}" if name else ""
    )


def _read(known: str, seen: Seen) -> tuple[int, str]:
    """Where a token stands: after all of a number, or within one after a name."""
    found = _TOKEN.match(known)
    if found is None or found[1] != str(seen.resource_id) or found[2] != seen.locale or int(found[3]) > seen.number:
        raise Forbidden("this sync token is not valid here; synchronise anew", condition="D:valid-sync-token")
    if found[4] is None:
        return int(found[3]) + 1, ""
    try:
        return int(found[3]), bytes.fromhex(found[4]).decode()
    except ValueError:
        raise Forbidden("this sync token is not valid here", condition="D:valid-sync-token") from None
