"""arq, the bell's other end. What it does with a job is to wake the rounds, so no job can be lost, block or be long."""

import asyncio
import logging
from contextlib import suppress
from typing import Any

import msgspec
import structlog
from arq.connections import RedisSettings
from arq.worker import Worker, func

from server.bell import JOB

JOB_SECONDS = 5  # arq locks the job of a killed worker for this long and ten seconds more
POLL_SECONDS = 0.2
HEALTH_SECONDS = 30
RECONNECT_SECONDS = 2

log = structlog.get_logger()


def arq_worker(redis_url: str, rung: asyncio.Event) -> Worker:
    """Make an arq worker that sets `rung` for every ring. It ends with an error when Redis is away."""

    async def wake(ctx: dict[Any, Any], *args: Any, **kwargs: Any) -> None:
        rung.set()

    redis = RedisSettings.from_dsn(redis_url)
    redis.conn_retries = 0
    return Worker(
        functions=[func(wake, name=JOB)],
        redis_settings=redis,
        handle_signals=False,
        job_timeout=JOB_SECONDS,
        poll_delay=POLL_SECONDS,
        keep_result=0,  # a kept result would swallow the next ring, for they share an id
        health_check_interval=HEALTH_SECONDS,
        job_serializer=msgspec.msgpack.encode,  # arq's default is pickle
        job_deserializer=msgspec.msgpack.decode,
        log_results=False,
    )


async def listen(redis_url: str, rung: asyncio.Event) -> None:
    """Listen for rings for ever; while Redis is away, try again and again."""
    logging.getLogger("arq").setLevel(logging.CRITICAL)  # it would tell of every attempt
    heard = True

    async def connected(ctx: dict[Any, Any]) -> None:
        nonlocal heard
        heard = True
        rung.set()  # what was rung while nobody listened
        log.info("listening for the bell")

    while True:
        worker = arq_worker(redis_url, rung)
        worker.on_startup = connected
        try:
            await worker.async_run()
        except Exception as error:
            if heard:
                log.warning("the bell is silent; notices wait for the next round", error=repr(error))
            heard = False
        finally:
            with suppress(Exception):
                await worker.close()
        await asyncio.sleep(RECONNECT_SECONDS)
