"""Unpack what was sent packed, piece by piece, and stop where it becomes too large."""

import zlib
from collections.abc import Iterator

PIECE = 64 * 1024  # bytes, unpacked at a time
RATIO = 100  # a calendar packs to a fifteenth; what is a bomb packs to a thousandth
RATIO_FROM = 1024 * 1024  # bytes; what is smaller does no harm


class Oversized(Exception):
    """It is larger than we read, or packed beyond reason."""


class Inflater:
    """Collects a body of at most `most` bytes after unpacking."""

    def __init__(self, encoding: str, most: int) -> None:
        """Raises ValueError for an encoding that was not asked for."""
        if encoding not in ("identity", "", "gzip", "x-gzip"):
            raise ValueError("an encoding that was not asked for")
        self._zip = None if encoding in ("identity", "") else zlib.decompressobj(wbits=31)
        self._most = most
        self._read = 0
        self._body = bytearray()

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Unpack what has arrived, PIECE by PIECE. Raises ValueError for what is not packed as it says."""
        self._read += len(chunk)
        if self._zip is None:
            yield chunk
            return
        try:
            while chunk and not self._zip.eof:
                yield self._zip.decompress(chunk, PIECE)
                chunk = self._zip.unconsumed_tail
        except zlib.error:
            raise ValueError("not packed as it says") from None

    def keep(self, piece: bytes) -> None:
        """Add a piece. Raises Oversized."""
        size = len(self._body) + len(piece)
        self._body += piece[: self._most - len(self._body)]
        if size > self._most or (size > RATIO_FROM and size > RATIO * self._read):
            raise Oversized

    @property
    def kept(self) -> bytes:
        return bytes(self._body)

    def end(self) -> bytes:
        """The whole body. Raises ValueError when it broke off."""
        if self._zip is not None and self._read and not self._zip.eof:
            raise ValueError("it broke off")
        return self.kept
