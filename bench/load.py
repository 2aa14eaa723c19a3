"""The load client: so little work per request that the server, which shares the cores with it, has most of them.

Requests come ready as bytes. Connections are kept open and carry one request at a time (no pipelining).
"""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from typing import cast

import msgspec
import uvloop

from bench.outcome import Outcome


class Load(msgspec.Struct):
    """What to send."""

    port: int
    clients: int
    seconds: float  # no request begins later
    requests: list[bytes]
    repeat: bool = False  # begin again at the end of the list
    at_once: bool = False  # as many requests as there are clients at one moment, then wait for all of them


class Client(asyncio.Protocol):
    """One connection. Understands what our server sends: a status line, headers, and as many bytes as they say."""

    def __init__(self) -> None:
        self.received = b""
        self.answered: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, end, body = self.received.partition(b"\r\n\r\n")
        if end and len(body) >= _length(head) and self.answered is not None:
            self.received = b""
            self.answered.set_result(int(head[9:12]))

    def connection_lost(self, error: Exception | None) -> None:
        if self.answered is not None and not self.answered.done():
            self.answered.set_exception(error or ConnectionResetError("the server closed the connection"))

    async def send(self, request: bytes) -> int:
        """Send a request and return the status of its answer."""
        self.answered = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self.answered


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0]) if rest else 0


async def drive(load: Load) -> Outcome:
    loop = asyncio.get_running_loop()
    clients = [(await loop.create_connection(Client, "127.0.0.1", load.port))[1] for _ in range(load.clients)]
    requests = cycle(load.requests) if load.repeat else iter(load.requests)
    latencies: list[float] = []
    statuses: Counter[str] = Counter()

    async def send(client: Client, request: bytes) -> None:
        began = time.perf_counter()
        status = await client.send(request)
        latencies.append(time.perf_counter() - began)
        statuses[str(status)] += 1

    async def send_on(client: Client, requests: Iterator[bytes]) -> None:
        for request in requests:
            if time.perf_counter() > ends:
                return
            await send(client, request)

    started = time.perf_counter()
    ends = started + load.seconds
    if load.at_once:
        while round_ := list(zip(clients, requests, strict=False)):
            await asyncio.gather(*(send(client, request) for client, request in round_))
            if time.perf_counter() > ends:
                break
    else:
        await asyncio.gather(*(send_on(client, requests) for client in clients))
    elapsed = time.perf_counter() - started
    for client in clients:
        client.transport.close()
    return Outcome(elapsed, latencies, dict(statuses))


if __name__ == "__main__":
    given = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Load)
    sys.stdout.buffer.write(msgspec.msgpack.encode(uvloop.run(drive(given))))
