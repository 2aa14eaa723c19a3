"""Do what is due, one thing after another, each in its own transaction: the loop of periodic jobs."""

from collections.abc import Awaitable, Callable

import structlog
from asyncpg import Record

from server.core import db

BATCH = 100  # in one round; what is left over is due in the next, which follows at once

log = structlog.get_logger()


async def each_due(sql: str, do: Callable[[Record], Awaitable[bool]]) -> int:
    """Read up to BATCH things ($1) that are due and do each. Return how many were done.

    `do` looks again under the lock, for another worker may have been faster, and then returns False. One thing that
    fails is logged and stops no other.
    """
    done = 0
    for row in await db.fetch(sql, BATCH):
        try:
            done += await do(row)
        except Exception as error:
            log.error("due, but it failed; it is tried again in the next round", what=do.__qualname__, exc_info=error)
    return done
