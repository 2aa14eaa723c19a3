"""Fetch foreign calendars that are due: conditionally, guarded, parsed in a process of its own, taken over whole.

Whatever fails is noted and put off. What was read before stands until something better was read.
"""

import asyncio
import hashlib
import random
from datetime import timedelta
from email.message import Message
from urllib.parse import urlsplit

import structlog
from asyncpg import Record

from server.bookings.capacity import lock
from server.bookings.waitlist import offers
from server.calendars.reading.content import SIZE
from server.core import db, outbound
from server.core.encryption import Unreadable, unseal
from server.core.errors import AddressRefused
from server.core.settings import settings
from server.foreign.collection import query
from server.foreign.fail import fail
from server.foreign.schemas import Asked
from server.foreign.take_over import take_over
from worker.parser import WALL_SECONDS, parse

AT_ONCE = 2  # each has a process at work
EVERY = timedelta(minutes=15)
LEASE = timedelta(seconds=WALL_SECONDS + 3 * outbound.TOTAL_SECONDS)
GONE = (404, 410)
SEALED = "its address was sealed with another RONGTONG_SECRET; connect it anew"

DUE = """
UPDATE foreign_calendar SET leased_until = now() + $1, tried_at = now()
WHERE (resource_id, id) IN (
    SELECT resource_id, id FROM foreign_calendar
    WHERE removed_at IS NULL AND fetch_at <= now() AND (leased_until IS NULL OR leased_until <= now())
    ORDER BY fetch_at LIMIT $2 FOR UPDATE SKIP LOCKED
)
RETURNING resource_id, id, url, is_collection, keep_titles, digest, accept_empty, events,
    (SELECT time_zone FROM resource r WHERE r.id = resource_id) AS time_zone, now() AS now,
    parsed_at > now() - interval '20 hours' AS fresh, etag, last_modified
"""
# The horizon moves on, so it is parsed anew once a day although nothing has changed.
UNCHANGED = """
UPDATE foreign_calendar SET read_at = now(), failures = 0, missing = 0, error = '', told_at = NULL
WHERE resource_id = $1 AND id = $2
"""
DONE = """
UPDATE foreign_calendar SET leased_until = NULL, fetch_at = CASE WHEN error = '' THEN now() + $3 ELSE fetch_at END
WHERE resource_id = $1 AND id = $2
"""

log = structlog.get_logger()


async def fetch(stop: asyncio.Event) -> int:
    """Fetch all that is due, or until the worker stops. Return how many were tried."""
    tried = 0
    while not stop.is_set():
        due = await db.fetch(DUE, LEASE, AT_ONCE)
        if not due:
            break
        tried += len(due)
        await asyncio.gather(*(_one(row) for row in due))
    return tried


async def _one(row: Record) -> None:
    try:
        await _read(row)
    except Exception as error:
        log.error("foreign calendar failed", of=str(row["id"]), exc_info=error)
        await fail(row["resource_id"], row["id"], "something went wrong on our side")
    every = EVERY * random.uniform(0.9, 1.1)  # noqa: S311 - so that not all come at once
    await db.execute(DONE, row["resource_id"], row["id"], every)


async def _read(row: Record) -> None:
    known = (row["resource_id"], row["id"])
    if row["is_collection"]:
        await _collection(row)
        return
    asked_if = {"If-None-Match": row["etag"], "If-Modified-Since": row["last_modified"]} if row["fresh"] else {}
    headers = {"Accept": "text/calendar, */*;q=0.1"} | {name: value for name, value in asked_if.items() if value}
    try:
        answer = await outbound.get(unseal(row["url"]), headers, most=SIZE)
    except Unreadable:
        await fail(*known, SEALED)
        return
    except (outbound.Unreached, AddressRefused) as refusal:
        await fail(*known, str(refusal))
        return
    if answer.status == 304 and row["fresh"]:
        await _unchanged(row)
        return
    if answer.status != 200:
        await fail(*known, f"it answered {answer.status}", missing=answer.status in GONE)
        return
    await _take(row, answer)


async def _collection(row: Record) -> None:
    """Ask a CalDAV collection for all ahead. It has no ETag for that, so what is the same is known by its digest."""
    known = (row["resource_id"], row["id"])
    headers = {"Content-Type": "application/xml; charset=utf-8", "Depth": "1", "Accept": "application/xml, text/xml"}
    try:
        answer = await outbound.report(unseal(row["url"]), headers, query(row["now"]), most=SIZE)
    except Unreadable:
        await fail(*known, SEALED)
        return
    except (outbound.Unreached, AddressRefused) as refusal:
        await fail(*known, str(refusal))
        return
    if answer.status != 207:
        await fail(*known, f"it answered {answer.status}", missing=answer.status in GONE)
        return
    await _take(row, answer)


async def _take(row: Record, answer: outbound.Answer) -> None:
    """Have an answer read and take over what it says, unless it is what was said before."""
    known = (row["resource_id"], row["id"])
    digest = hashlib.sha256(answer.body).digest()
    if row["fresh"] and digest == row["digest"]:
        await _unchanged(row)
        return
    own_host = urlsplit(settings().base_url).hostname or ""
    asked = Asked(
        row["time_zone"], row["now"], own_host, row["keep_titles"], row["is_collection"],
        charset=_declared(answer.headers.get("content-type", "")),
    )  # fmt: skip
    told = await parse(asked, answer.body)
    if told.found is None:
        await fail(*known, told.error)
    elif not told.found.events and row["events"] and not row["accept_empty"]:
        await fail(*known, "it is empty, and was not before; say accept_empty if that is right")
    else:
        said = {name: answer.headers.get(name, "")[:500] for name in ("etag", "last-modified")}
        await take_over(*known, told.found, digest=digest, etag=said["etag"], last_modified=said["last-modified"])


def _declared(content_type: str) -> str:
    """The charset that a Content-Type names."""
    header = Message()
    header["Content-Type"] = content_type
    return str(header.get_content_charset(""))


async def _unchanged(row: Record) -> None:
    async with db.transaction():
        resource = await lock.lock_any(row["resource_id"])
        await db.execute(UNCHANGED, row["resource_id"], row["id"])
        await offers.offer(resource)  # lets the claims of busy time follow
