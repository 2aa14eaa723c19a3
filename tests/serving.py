"""The application behind a real HTTP server, in the test's own transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from server.cli.main import SERVING


@asynccontextmanager
async def serving(app: Any, **changes: Any) -> AsyncIterator[int]:
    """Serve as `rongtong serve` does, but for `changes`; yield the port. Its tasks see what the test has written."""
    options = SERVING | {"log_config": None, "lifespan": "off", "port": 0} | changes
    config = uvicorn.Config(app, **options)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    try:
        yield int(server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        await server.shutdown()
