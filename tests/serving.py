"""The application behind a real HTTP server, in the test's own transaction, and clients that write to its sockets."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from server.cli.main import SERVING
from tests.patience import PATIENCE


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


class Client:
    """A socket, and whoever sends odd things through it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, *said: bytes) -> "Client":
        for one in said:
            self.writer.write(one)
            await self.writer.drain()
        return self

    async def to_the_end(self) -> bytes:
        """All that is answered until the other side closes."""
        try:
            return await asyncio.wait_for(self.reader.read(), PATIENCE)
        except ConnectionResetError:
            return b""

    async def one_answer(self) -> bytes:
        return await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), PATIENCE)


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Client(reader, writer)
    finally:
        writer.transport.abort()


async def until(there: Callable[[], bool]) -> None:
    """Wait for what the server, in this loop, brings about."""
    async with asyncio.timeout(PATIENCE):
        while not there():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.005)
