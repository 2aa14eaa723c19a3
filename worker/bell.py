"""arq, the bell's other end: a job wakes up the rounds and does no more, so none can be lost, block or be long."""

import asyncio
import logging
from typing import Any, Protocol

import structlog
from arq.connections import ArqRedis
from arq.worker import Worker, func

from server.core.doorbell import JOB, queue

JOB_SECONDS = 5  # arq locks the job of a killed worker for this long and ten seconds more
POLL_SECONDS = 0.2
HEALTH_SECONDS = 30
RECONNECT_SECONDS = 2

log = structlog.get_logger()


class Bell(Protocol):
    """What is set by a ring: an event, or several."""

    def set(self) -> None: ...


async def listen(redis_url: str, rung: Bell) -> None:
    """Set `rung` after every ring, for ever; while Redis is away, try again and again."""
    logging.getLogger("arq").setLevel(logging.CRITICAL)  # it would tell of every attempt
    heard = True

    async def connected(ctx: dict[Any, Any]) -> None:
        nonlocal heard
        heard = True
        rung.set()  # for what was rung while nobody listened
        log.info("listening for the bell")

    while True:
        redis = queue(redis_url)
        worker = arq_worker(redis, rung)
        worker.on_startup = connected
        try:
            await worker.async_run()
        except Exception as error:
            if heard:
                log.warning("the bell is silent; notices wait for the next round", error=repr(error))
            heard = False
        finally:
            await _close(worker, redis)
        await asyncio.sleep(RECONNECT_SECONDS)


def arq_worker(redis: ArqRedis, rung: Bell) -> Worker:
    """Make an arq worker that sets `rung` for every ring. It ends with an error when Redis goes away."""

    async def hear(ctx: dict[Any, Any], *args: Any, **kwargs: Any) -> None:
        pass

    async def wake(ctx: dict[Any, Any]) -> None:
        rung.set()

    return Worker(
        functions=[func(hear, name=JOB)],
        after_job_end=wake,  # not before: until the job is gone from Redis another ring adds nothing
        redis_pool=redis,
        handle_signals=False,
        job_timeout=JOB_SECONDS,
        poll_delay=POLL_SECONDS,
        keep_result=0,  # a kept result would swallow the next ring, for they share an id
        health_check_interval=HEALTH_SECONDS,
        job_serializer=redis.job_serializer,
        job_deserializer=redis.job_deserializer,
        log_results=False,
    )


async def _close(worker: Worker, redis: ArqRedis) -> None:
    """Do what Worker.close() would, which fails with CancelledError when a job was going on."""
    jobs = [*worker.tasks.values()]
    for job in jobs:
        job.cancel()
    await asyncio.gather(*jobs, return_exceptions=True)
    await redis.aclose(close_connection_pool=True)
