"""End tasks that go on for ever."""

import asyncio
from typing import Any

AGAIN_SECONDS = 0.2


async def end(*tasks: "asyncio.Task[Any]") -> None:
    """Cancel tasks until each has ended, however.

    Once is not enough: a cancellation that meets an answer of Redis is at times swallowed on its way through arq and
    redis-py, and the task goes on.
    """
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)  # what they ended with was theirs to tell
