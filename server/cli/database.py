"""Run what a command does with the database at hand: the one named, the one that runs, or one started for it."""

import asyncio
from typing import Any


def with_database(job: Any) -> Any:
    """Run a coroutine function of the settings with the database at hand."""
    from server.core import db
    from server.core.migrate import forwards
    from server.embedded.reach import database

    async def run(given: Any) -> Any:
        async with db.connected(given.database_url, size=2):
            return await job(given)

    with database() as (given, started):
        if started:
            asyncio.run(forwards(given.database_url))
        return asyncio.run(run(given))
