"""Run what a command does with the database at hand: the one named, the one that runs, or one started for it."""

import asyncio
from typing import Any


def with_database(job: Any, *, lasting: bool = True) -> Any:
    """Run a coroutine function of the settings with the database at hand; `lasting`: with the lasting key loaded."""
    from server.core import db
    from server.core.migrate import forwards
    from server.embedded.reach import database
    from server.operator import open_lasting_key

    async def run(given: Any) -> Any:
        async with db.connected(given.database_url, size=2):
            if lasting:
                await open_lasting_key.load()
            return await job(given)

    with database() as (given, started):
        if started:
            asyncio.run(forwards(given.database_url))
        return asyncio.run(run(given))
