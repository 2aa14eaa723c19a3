"""The outbox: notices owed to someone because something changed.

The record is the table, written in the transaction of the change. The bell only tells the worker that there is
something to do; when it is lost, the worker's own rounds find the notice.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Literal

import msgspec
import structlog
from arq import create_pool
from arq.connections import ArqRedis, RedisSettings
from piccolo.columns import JSONB, BigSerial, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from server import db
from server.calendars.facts import Facts
from server.ids import new_id
from server.pgtypes import Id, PrimaryKey
from server.resources.tables import Resource


class Notice(Table):
    """One message owed to one recipient. Owed in the transaction of the change, frozen, sent by the worker."""

    resource_id = ForeignKey(Resource, on_delete=OnDelete.restrict, null=False, default=None)
    id = Id(primary_key=True)
    position = BigSerial()  # the order in which they were owed; per booking the order of its changes
    booking_id = Id()
    kind = Text(default=None)
    recipient = Text(default=None)  # mail address
    locale = Text(default="zh-CN")
    facts = JSONB(default="{}")  # calendars.facts.Facts
    owed_at = Timestamptz()
    attempts = Integer(default=0)
    attempt_at = Timestamptz()  # not before this
    leased_until = Timestamptz(default=None, null=True)
    sent_at = Timestamptz(default=None, null=True)
    lapsed_at = Timestamptz(default=None, null=True)  # not sent because the booking was over
    dead_at = Timestamptz(default=None, null=True)
    last_error = Text(default="")

    notice_pk = PrimaryKey("(resource_id, id)")


Kind = Literal[
    "requested", "confirmed", "moved", "changed", "declined", "cancelled",
    "owner_requested", "owner_confirmed", "owner_moved", "owner_cancelled",
]  # fmt: skip

OWE = """
INSERT INTO notice (resource_id, id, booking_id, kind, recipient, locale, facts)
SELECT $1, id, $2, kind, recipient, locale, facts::jsonb
FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[])
     WITH ORDINALITY AS owed (id, kind, recipient, locale, facts, position)
ORDER BY position
"""


class Owed(msgspec.Struct, frozen=True):
    """One message to one recipient."""

    kind: Kind
    recipient: str
    locale: str
    facts: Facts


async def owe(notices: list[Owed]) -> None:
    """Record notices about one booking in the current transaction."""
    if not notices:
        return
    if db.DB.current_transaction.get() is None:
        raise RuntimeError("notices are owed in the transaction of the change")
    facts = notices[0].facts
    await db.execute(
        OWE,
        facts.resource_id,
        facts.booking_id,
        [new_id() for _ in notices],
        [notice.kind for notice in notices],
        [notice.recipient for notice in notices],
        [notice.locale for notice in notices],
        [msgspec.json.encode(notice.facts).decode() for notice in notices],
    )


_bell: ArqRedis | None = None
log = structlog.get_logger()


@asynccontextmanager
async def bell(redis_url: str) -> AsyncIterator[None]:
    """Hold the connection over which ring() calls the worker. While Redis is away, ringing does nothing."""
    global _bell
    if redis_url:
        settings = RedisSettings.from_dsn(redis_url)
        settings.conn_retries = 0
        with suppress(Exception):
            _bell = await create_pool(settings)
    try:
        yield
    finally:
        if _bell is not None:
            await _bell.aclose()
        _bell = None


async def ring() -> None:
    """Tell the worker that notices are owed. May fail: nothing is lost."""
    if _bell is None:
        return
    try:
        await _bell.enqueue_job("drain", _job_id="drain")
    except Exception as error:
        log.warning("bell did not ring", error=type(error).__name__)
