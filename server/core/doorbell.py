"""The bell: wake the worker up when notices are owed (a wake-up; it may fail, nothing is lost).

Nothing depends on it. Redis may be away, slow or wiped: the worker's own rounds find every notice, the bell only saves
the wait for the next one.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import Context

import msgspec
import structlog
from arq.connections import ArqRedis
from redis.asyncio import ConnectionPool

from server.core.tasks import end

JOB = "drain"  # also the job's id: while one waits in the queue another adds nothing
RING_SECONDS = 0.5
PAUSE_SECONDS = 0.02  # after a ring: without it a busy server spends a tenth of its time on the bell
REDIS_SECONDS = 5  # without an answer the connection is given up
EXPIRES_SECONDS = 60  # the rounds have long found what an older ring told of

log = structlog.get_logger()
_rung: asyncio.Event | None = None


@asynccontextmanager
async def bell(redis_url: str) -> AsyncIterator[None]:
    """Carry rings to the worker while the block runs. Without a URL ringing does nothing."""
    global _rung
    if not redis_url:
        yield
        return
    _rung = asyncio.Event()
    # A context of its own: the task must not inherit a booker's transaction.
    carrying = asyncio.create_task(_carry(redis_url, _rung), context=Context())
    try:
        yield
    finally:
        _rung = None
        await end(carrying)


def ring() -> None:
    """Let the worker know that notices are owed. Returns at once, never fails."""
    if _rung is not None:
        _rung.set()


async def _carry(redis_url: str, rung: asyncio.Event) -> None:
    """Put a job in the queue after every ring; rings that come meanwhile share one job."""
    redis = queue(redis_url)
    heard = True
    try:
        while True:
            await rung.wait()
            rung.clear()
            try:
                async with asyncio.timeout(RING_SECONDS):
                    await redis.enqueue_job(JOB, _job_id=JOB, _expires=EXPIRES_SECONDS)
                heard = True
            except Exception as error:
                if heard:  # say it once, not at every booking
                    log.warning("the bell does not ring; notices wait for the worker's round", error=repr(error))
                heard = False
            await asyncio.sleep(PAUSE_SECONDS)
    finally:
        await redis.aclose(close_connection_pool=True)


def queue(redis_url: str) -> ArqRedis:
    """Give the queue between server and worker. It connects when first used, and again whenever that failed.

    Jobs are msgpack; arq's default is pickle. Whoever called this closes it with `aclose(close_connection_pool=True)`.
    """
    limits = {"socket_connect_timeout": REDIS_SECONDS, "socket_timeout": REDIS_SECONDS}
    return ArqRedis(
        ConnectionPool.from_url(redis_url, **limits),
        job_serializer=msgspec.msgpack.encode,
        job_deserializer=msgspec.msgpack.decode,
    )
