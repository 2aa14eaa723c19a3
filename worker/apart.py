"""Run what blocks in a thread of its own, for which the end of the worker does not wait."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


async def apart(do: Callable[..., T], *given: Any) -> T:
    """Call `do` and return what it returns. The loop's own threads are joined when a program ends; these are not."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def tell(settle: Callable[[Any], None], said: Any) -> None:
        if not answer.done():  # nobody waits any more
            settle(said)

    def run() -> None:
        settle: Callable[[Any], None]
        try:
            settle, said = answer.set_result, do(*given)
        except Exception as error:
            settle, said = answer.set_exception, error  # type: ignore[assignment]
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(tell, settle, said)

    Thread(target=run, name=do.__qualname__, daemon=True).start()
    return await answer
