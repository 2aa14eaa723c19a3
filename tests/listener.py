"""A web server on loopback that keeps what it was asked, for what the program sends and fetches."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Self

import msgspec


class Asked(msgspec.Struct):
    """A request. The names of headers are lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Reply(msgspec.Struct):
    """What is answered. `drip` sends the body byte by byte and never ends it."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = {}
    drip: bool = False


Answering = Callable[[Asked], Reply | Awaitable[Reply]]


class Listener:
    """Answers each request with what `answering` says. `connections` counts also those that asked nothing."""

    def __init__(self, answering: Answering = lambda asked: Reply(), *, host: str = "127.0.0.1") -> None:
        self.answering = answering
        self.host = host
        self.connections = 0
        self.asked: list[Asked] = []
        self._open: set[asyncio.StreamWriter] = set()

    async def start(self, port: int = 0, tls: ssl.SSLContext | None = None) -> Self:
        self._server = await asyncio.start_server(self._serve, self.host, port, ssl=tls)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        self._server.close()
        for writer in [*self._open]:
            writer.close()
        await self._server.wait_closed()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    def url(self, path: str = "/", host: str = "") -> str:
        return f"http://{host or self.host}:{self.port}{path}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        with suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.rstrip().split("\r\n")
            method, path, _ = first.split(" ")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            asked = Asked(method, path, headers, body)
            self.asked.append(asked)
            reply = self.answering(asked)
            await self._send(reply if isinstance(reply, Reply) else await reply, writer)
        writer.close()
        self._open.discard(writer)

    async def _send(self, reply: Reply, writer: asyncio.StreamWriter) -> None:
        length = len(reply.body) + (1 << 30 if reply.drip else 0)
        headers = {"Content-Length": str(length), "Connection": "close"} | reply.headers
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"HTTP/1.1 {reply.status} Told\r\n{head}\r\n".encode() + reply.body)
        await writer.drain()
        while reply.drip and not writer.is_closing():
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.005)
