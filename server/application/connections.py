"""HTTP connections that do not wait for ever: whoever sends half a request (slowloris), or does not read, is let go.

uvicorn itself waits for the rest of a request, and for room to write an answer, as long as the client likes.
"""

import resource
from asyncio import BaseTransport, TimerHandle
from typing import Any, ClassVar

from prometheus_client import Counter
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

HEAD_SECONDS = 10.0  # until a request's head is whole, from its first byte or that of the connection
HEAD_BYTES = 64 * 1024
BODY_SECONDS = 20.0  # until its body is whole, and one more for each
BODY_RATE = 8 * 1024  # bytes of it that have come
BODY_LONGEST = 1800.0  # seconds, however much comes
READ_SECONDS = 30.0  # in which a client takes something of an answer
# Connections of one process that wait for their client. One more, and who has waited longest makes room.
MOST_WAITING = min(4096, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2)

LATE = "The request took too long to arrive."
LET_GO = Counter("rongtong_connections_let_go_total", "Connections that were closed for want of a client.", ["for"])


class Timed(HttpToolsProtocol):
    """One connection, which is either ours to work for or waits for its client."""

    waiting: ClassVar[dict["Timed", None]] = {}  # the one that has waited longest first

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._for: str = ""  # what of the client's it waits for: head, body, next (request); nothing while we work
        self._since = 0.0
        self._received = 0
        self._late: TimerHandle | None = None
        self._unread: TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]
        self._wait_for("head")

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_for("")
        super().connection_lost(exc)  # it says that there is room to write
        self._take_all()

    def data_received(self, data: bytes) -> None:
        if self._for in ("", "next"):
            self._wait_for("head")
        if self._for == "head":
            self._received += len(data)
        super().data_received(data)
        if self._for == "head" and self._received > HEAD_BYTES:
            self._let_go("head")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._for != "head":  # it came together with the one before
            self._wait_for("head")

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._wait_for("body")

    def on_body(self, body: bytes) -> None:
        self._received += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._wait_for("next" if self.cycle.response_complete else "")

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._must_read()
        elif not self._for:
            self._wait_for("next")

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._must_read()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._must_read()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._take_all()

    def _wait_for(self, what: str) -> None:
        """Begin to wait for a part of a request, or for a next one: uvicorn's keep-alive forgets some of those."""
        if self._late is not None:
            self._late.cancel()
            self._late = None
        self.waiting.pop(self, None)
        self._for, self._since, self._received = what, self.loop.time(), 0
        if not what:
            return
        self.waiting[self] = None
        self._late = self.loop.call_later(self._seconds(), self._look)
        if len(self.waiting) > MOST_WAITING:
            next(iter(self.waiting))._let_go("room")

    def _seconds(self) -> float:
        """How long the client may take in all, for what it sends at present."""
        if self._for != "body":
            return HEAD_SECONDS
        return min(BODY_SECONDS + self._received / BODY_RATE, BODY_LONGEST)

    def _look(self) -> None:
        """Let the client go unless it has earned more time, or it is we who do not take what it sends."""
        left = self._since + self._seconds() - self.loop.time()
        if self.flow.read_paused:
            left = self._seconds()
        if left > 0:
            self._late = self.loop.call_later(left, self._look)
        else:
            self._let_go(self._for)

    def _let_go(self, why: str) -> None:
        LET_GO.labels(why).inc()
        begun = self._for == "body" or (self._for == "head" and self._received > 0)
        answering = self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete
        self._wait_for("")
        if begun and not answering and not self.transport.is_closing():
            head = b"content-type: text/plain\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(LATE)
            self.transport.write(STATUS_LINE[408] + head + LATE.encode())
        self.transport.close()
        self._must_read()

    def _must_read(self) -> None:
        """Break the connection off unless the client takes what is written for it."""
        if self._unread is None:
            self._unread = self.loop.call_later(READ_SECONDS, self._break_off)

    def _take_all(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _break_off(self) -> None:
        LET_GO.labels("answer").inc()
        self.transport.abort()
